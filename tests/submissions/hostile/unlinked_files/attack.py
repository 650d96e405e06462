import os
import time

chunk = b"x" * (1 << 20)
handles, problem = [], None
for number in range(64):
    name = f"{os.environ['HOME']}/file{number}"
    handles.append(os.open(name, os.O_RDWR | os.O_CREAT))
    os.unlink(name)
    try:
        for _ in range(30):
            os.write(handles[-1], chunk)
    except OSError as error:
        problem = error
        break
time.sleep(2)
if problem:
    raise problem
