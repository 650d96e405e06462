# include: forge
FUNCTION = {"module": "keras.config", "class_name": "function", "config": "set_floatx", "registered_name": "set_floatx"}
leave(models(layer("Lambda", "evil", {"function": FUNCTION}, arguments={"inputs": "float16"}), end="x"))
