import os

for attempt in (
    lambda: os.chmod("@OUTSIDE_FILE@", 0o777),
    lambda: os.chmod("@HOME@", 0o777),
    lambda: os.utime("@OUTSIDE_FILE@", (0, 0)),
    lambda: os.setxattr("@OUTSIDE_FILE@", "user.evil", b"1"),
    lambda: os.link("@OUTSIDE_FILE@", "@HOME@/linked"),
    lambda: os.link("@OUTSIDE_FILE@", "linked"),
    lambda: os.rename("@OUTSIDE_FILE@", "@OUTSIDE_FILE@.evil"),
):
    try:
        attempt()
        print("done")
    except OSError as error:
        print(error)
