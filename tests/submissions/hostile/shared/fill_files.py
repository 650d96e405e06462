chunk = b"x" * (1 << 20)


def without_name(number):
    """A new file whose name is gone."""
    name = f"{HOME}/file{number}"
    handle = os.open(name, os.O_RDWR | os.O_CREAT)
    os.unlink(name)
    return handle


def fill(make=without_name, keep=lambda handle: None):
    """Write 30 MB into each of 64 files, and keep it; say at last what kept us from it."""
    problem = None
    for number in range(64):
        handle = make(number)
        try:
            for _ in range(30):
                os.write(handle, chunk)
        except OSError as error:
            problem = error
            break
        keep(handle)
    wait(3)
    if problem:
        raise problem


