import os
import socket
import time

chunk = b"x" * 60_000
for _ in range(30):
    if os.fork() == 0:
        pairs = []
        for _ in range(480):
            try:
                pair = socket.socketpair()
            except OSError:
                break
            pairs.append(pair)
            for one in pair:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 24)
                one.setblocking(False)
                try:
                    while True:
                        one.send(chunk)
                except OSError:
                    pass
        time.sleep(60)
        os._exit(0)
time.sleep(20)
