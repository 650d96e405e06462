for mode in ("a", "w"):
    try:
        with open("helper.csv", mode) as file:
            file.write("student,score\nmallory,10\n")
    except OSError as error:
        print(error)
