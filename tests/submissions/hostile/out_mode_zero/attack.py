import os

out = os.path.join(os.path.dirname(os.path.dirname(os.environ["HOME"])), "out")
os.chmod(out, 0)
print("nobody gets in")
