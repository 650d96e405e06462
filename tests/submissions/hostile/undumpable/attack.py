# include: children


def hide(number, held):
    libc.prctl(4, ctypes.c_ulong(0), 0, 0, 0)
    for _ in range(45):  # as fast as whoever looks ten times a second can see
        held.append(b"x" * (20 << 20))
        wait(0.04)


children(3, hide, 20)
wait(8)
