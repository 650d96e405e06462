for mode in ("a", "w"):
    attempt(lambda: open("helper.csv", mode).write("student,score\nmallory,10\n"))
