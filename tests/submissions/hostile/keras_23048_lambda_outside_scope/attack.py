# include: forge
# include: lambda_code
INNER = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": {"name": "inner", "function": LAMBDA}}
shape = (None, 2, 1)
leave(models(layer("TimeDistributed", "evil", {"layer": INNER}, shape=shape), shape=shape))
