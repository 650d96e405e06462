def until_refused(act, *arguments):
    """Again and again, until there is no room for more."""
    try:
        while True:
            act(*arguments)
    except OSError:
        pass


def children(count, work, seconds=60):
    """So many processes, each of which keeps what its work has made for so long."""
    for number in range(count):
        try:
            if os.fork():
                continue
        except OSError:
            break
        kept = []
        try:
            work(number, kept)
        except OSError as error:
            print(error)
        wait(seconds)
        os._exit(0)


