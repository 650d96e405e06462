# include: attempts
import os

out = os.path.join(os.path.dirname(os.path.dirname(os.environ["HOME"])), "out")
for place in (out, os.environ["HOME"]):
    attempt(os.chmod, place, 0o555)
os._exit(0)
