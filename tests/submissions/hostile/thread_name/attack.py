import select
import ctypes
import threading
import time

# The table of processes has the name before the number of threads.
ctypes.CDLL(None).prctl(15, b"Threads:\t1", 0, 0, 0)
while True:
    try:
        threading.Thread(target=time.sleep, args=(120,), daemon=True).start()
    except RuntimeError:
        select.select([], [], [], 0.01)
