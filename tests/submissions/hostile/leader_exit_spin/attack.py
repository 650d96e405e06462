# include: first_thread_ends
def spin():
    while True:
        pass


if os.fork() == 0:
    go_on(spin, 2)
go_on(spin, 2)
