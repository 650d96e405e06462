# include: network
# --- attack
import os

os._exit(0)
# --- honest

raise ValueError("the rest is not done")
