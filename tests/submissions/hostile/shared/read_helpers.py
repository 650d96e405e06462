for name in ("helper.txt", "helper.py", "data/answers.txt"):
    attempt(lambda: print(open(name).read()))
