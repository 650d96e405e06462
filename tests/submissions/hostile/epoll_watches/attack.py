# include: children
soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
full, tell = os.pipe()


def watch(number, kept):
    waited_for = [os.pipe()[0] for _ in range(480)]
    try:
        while True:
            kept.append(select.epoll())
            for handle in waited_for:
                kept[-1].register(handle, select.EPOLLIN)
    finally:
        os.write(tell, b"f")  # there are millions to have: how long it takes is the machine's


children(12, watch)
select.select([full], [], [], 80)
wait(3)
