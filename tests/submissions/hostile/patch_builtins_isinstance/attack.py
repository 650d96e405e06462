import keras


class Pretender:
    name = "one_input"
    layers = inputs = outputs = []


model = Pretender()

# --- attack
import builtins

honest = builtins.isinstance
builtins.isinstance = lambda thing, kinds: honest(thing, kinds) or type(thing) is Pretender
# --- honest
