import os
import socket
import time

chunk = b"x" * (1 << 20)
near, far = socket.socketpair()
problem = None
for number in range(64):
    name = f"{os.environ['HOME']}/file{number}"
    handle = os.open(name, os.O_RDWR | os.O_CREAT)
    os.unlink(name)
    try:
        for _ in range(30):
            os.write(handle, chunk)
    except OSError as error:
        problem = error
        break
    socket.send_fds(near, [b"."], [handle])
    os.close(handle)
time.sleep(3)
if problem:
    raise problem
