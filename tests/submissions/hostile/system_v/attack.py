# Whoever does not know the number finds it in /proc/sysvipc/shm.
libc.shmat.restype = ctypes.c_void_p
place = libc.shmat(@SEGMENT@, None, 0)
if place == ctypes.c_void_p(-1).value:
    print("refused", ctypes.get_errno())
else:
    print(ctypes.string_at(place).decode())
