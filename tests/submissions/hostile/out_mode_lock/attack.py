import os

out = os.path.join(os.path.dirname(os.path.dirname(os.environ["HOME"])), "out")
for place, mode in ((out, 0o555), (os.environ["HOME"], 0o555)):
    try:
        os.chmod(place, mode)
    except OSError as error:
        print(error)
os._exit(0)
