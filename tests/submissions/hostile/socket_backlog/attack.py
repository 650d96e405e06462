# include: children
chunk = b"x" * 60_000


def fill(number, listeners):
    for place in range(12):
        listeners.append(socket.socket(socket.AF_UNIX))
        listeners[-1].bind(f"\0backlog-@TOKEN@-{number}-{place}")
        listeners[-1].listen(4096)
        for _ in range(400):
            with socket.socket(socket.AF_UNIX) as sender:
                sender.setblocking(False)
                try:
                    sender.connect(listeners[-1].getsockname())
                    while True:
                        sender.send(chunk)
                except OSError:
                    pass


children(8, fill, 10)
wait(9)
