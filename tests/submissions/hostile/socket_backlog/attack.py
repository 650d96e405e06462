import os
import select
import socket

chunk = b"x" * 60_000
for number in range(8):
    if os.fork() == 0:
        listeners = []
        for place in range(12):
            listener = socket.socket(socket.AF_UNIX)
            try:
                listener.bind(f"\0backlog-@TOKEN@-{number}-{place}")
                listener.listen(4096)
            except OSError as error:
                print(error)
                break
            listeners.append(listener)
            for _ in range(400):
                sender = socket.socket(socket.AF_UNIX)
                sender.setblocking(False)
                try:
                    sender.connect(listener.getsockname())
                    while True:
                        sender.send(chunk)
                except OSError:
                    pass
                sender.close()
        select.select([], [], [], 10)
        os._exit(0)
select.select([], [], [], 9)
