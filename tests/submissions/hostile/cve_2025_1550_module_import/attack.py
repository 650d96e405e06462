# include: forge
TOUCH = {"args": ["touch", "@MARKER@"]}
EVIL = {"module": "subprocess", "class_name": "run", "config": TOUCH, "registered_name": None}
dense = layer("Dense", "dense", {"units": 1, "kernel_initializer": EVIL, "activation": EVIL, "dtype": EVIL})
unused = {**EVIL, "name": "evil", "inbound_nodes": []}
leave(models({**layer("run", "evil", {}), **EVIL}, dense, end="dense", unused=[unused]))
