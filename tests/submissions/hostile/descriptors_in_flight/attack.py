import os
import resource
import socket
import time

soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
for _ in range(40):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(200)]
        null = os.open(os.devnull, os.O_RDONLY)
        for near, _ in pairs:
            near.setblocking(False)
            try:
                while True:
                    socket.send_fds(near, [b"."], [null] * 200)
            except OSError:
                pass
        time.sleep(5)
        os._exit(0)
time.sleep(5)
