names = ["answers.txt", "course/answers.txt", "home/course/answers.txt", "solution/answers.txt", "../home/course/answers.txt"]
paths = ["../" * up + name for up in range(9) for name in names]
for path in ["@CANARY_FILE@", os.path.relpath("@CANARY_FILE@"), *paths]:
    attempt(lambda: print(path, open(path).read()))
