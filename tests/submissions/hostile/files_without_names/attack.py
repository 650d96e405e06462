import os
import tempfile
import time

chunk = b"x" * (1 << 20)
handles, problem = [], None
for number in range(64):
    handles.append(os.open(tempfile.gettempdir(), os.O_RDWR | os.O_TMPFILE, 0o600))
    try:
        for _ in range(30):
            os.write(handles[-1], chunk)
    except OSError as error:
        problem = error
        break
time.sleep(2)
if problem:
    raise problem
