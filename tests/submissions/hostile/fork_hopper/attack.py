if os.fork() == 0:
    for number in range(3):
        os.close(number)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:  # nobody lives long enough to be found in a table of processes
        os.setsid()
        if os.fork():
            os._exit(0)
print("the parent is done")
