# include: hunt
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
ATTACH, DETACH, WALL = 16, 17, 0x40000000
if libc.ptrace(ATTACH, @VICTIM_PID@, None, None) < 0:
    print(os.strerror(ctypes.get_errno()))
else:
    os.waitpid(@VICTIM_PID@, WALL)
    attempt(hunt, @VICTIM_PID@)
    libc.ptrace(DETACH, @VICTIM_PID@, None, None)
