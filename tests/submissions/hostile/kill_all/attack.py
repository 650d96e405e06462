# include: attempts
import os
import signal

attempt(os.kill, -1, signal.SIGKILL)
