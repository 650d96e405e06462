KEEP_SIZE, MEGABYTE = 1, 2**20
for number in range(100):
    handle = os.open(f"{HOME}/reserved-{number}", os.O_RDWR | os.O_CREAT)
    for size in (1_500, 30):
        if libc.fallocate(handle, KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(size * MEGABYTE)) == 0:
            break
    print(os.fstat(handle).st_blocks // 2048, os.strerror(ctypes.get_errno()))
    os.close(handle)
    if sum(os.stat(f"{HOME}/{name}").st_blocks for name in os.listdir(HOME)) > 3_000 * 2048:
        break
time.sleep(1)
for number in range(100):  # what cannot be reserved is written
    with open(f"{HOME}/written-{number}", "wb") as file:
        file.write(bytes(8 * MEGABYTE))
