# Folders in the folder of the recording, too deep for whoever measures or removes them by recursion.
out = os.open(os.path.join(os.getcwd(), "..", "..", "out"), os.O_RDONLY) if os.path.isdir("../../out") else os.open(".", 0)
if os.fork() == 0:
    os.setsid()
    wait(60)
    os._exit(0)
for _ in range(1_900):
    os.mkdir("d", dir_fd=out)
    inner = os.open("d", os.O_RDONLY, dir_fd=out)
    os.close(out)
    out = inner
wait(1)
print("done")
