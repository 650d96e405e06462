for name in ("helper.txt", "helper.py", "data/answers.txt"):
    try:
        print(open(name).read())
    except OSError as error:
        print(error)
