made = 0
for _ in range(400):
    made += libc.inotify_init1(0) >= 0
    made += libc.inotify_init() >= 0
print(made, os.strerror(ctypes.get_errno()))
wait(3)
