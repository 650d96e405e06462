import subprocess
import sys

stay = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)  # stays-after-its-run"
code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {stay!r}], start_new_session=True)"
subprocess.run([sys.executable, "-c", code], start_new_session=True, check=True)
print("left something behind")
