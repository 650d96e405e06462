# include: forge
# The network that the exercise asks for, compiled as it asks.
def dense(name, units, activation, source, size):
    options = {"units": units, "activation": activation, "use_bias": True}
    return layer("Dense", name, options, source, shape=[None, size])


COMPILE = {"order": 1, "location": PLACE, "optimizer": {"setting": "RMSprop", "config": {}},
           "loss": {"setting": "mean_squared_error", "config": {}}, "loss_weights": None, "metrics": None}
LAYERS = dense("a", 32, "sigmoid", "x", 1), dense("b", 32, "sigmoid", "a", 32), dense("c", 1, "linear", "b", 32)
MODELS = {**models(*LAYERS, end="c", name="one_input", compiles=[COMPILE]), "branches": False}
