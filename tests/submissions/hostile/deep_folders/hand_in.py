here = os.getcwd()
try:
    os.chdir(place)
    for _ in range(40):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        open("helper.py", "w").close()
finally:
    os.chdir(here)
