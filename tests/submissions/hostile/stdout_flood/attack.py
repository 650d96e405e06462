line = "x" * 1023 + "\n"
for _ in range(100):
    sys.stdout.write(line * 1024)
