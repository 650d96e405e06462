import os
import time

os.umask(0)
folder = f"{os.environ['HOME']}/nobody-looks"
os.mkdir(folder, 0o300)
os.mkdir(f"{folder}/inner", 0o300)
chunk = b"x" * (1 << 20)
problem = None
for number in range(64):
    try:
        with open(f"{folder}/inner/{number}", "wb") as file:
            for _ in range(30):
                file.write(chunk)
    except OSError as error:
        problem = error
        break
time.sleep(2)
if problem:
    raise problem
