# include: children
chunk = b"x" * 190_000


def fill(number, kept):
    for place in range(150):
        kept.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        kept[-1].bind(f"\0queue-@TOKEN@-{number}-{place}")
        try:
            for _ in range(12):
                with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                    sender.setblocking(False)
                    sender.sendto(chunk, kept[-1].getsockname())
        except BlockingIOError:
            pass


children(14, fill, 14)
wait(12)
