# include: first_thread_ends
import select


def allocate():
    select.select([], [], [], 0.5)
    held = []
    for _ in range(9):
        held.append(b"x" * (100 << 20))
        select.select([], [], [], 0.1)
    select.select([], [], [], 60)


for _ in range(3):
    if os.fork() == 0:
        go_on(allocate)
select.select([], [], [], 20)
