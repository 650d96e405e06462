import ctypes
import os
import socket
import time

if os.fork() == 0:
    os.setsid()
    if os.fork():
        os._exit(0)
    ctypes.CDLL(None).prctl(15, b"residue-@TOKEN@", 0, 0, 0)
    os.closerange(0, 3)
    handles = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    try:
        handles[0].bind("\0residue-@TOKEN@")
        handles[0].listen()
        handles[1].bind(f"{os.environ['HOME']}/residue-@TOKEN@.sock")
        handles[1].listen()
    except OSError:
        pass
    time.sleep(60)
    os._exit(0)
time.sleep(0.5)
