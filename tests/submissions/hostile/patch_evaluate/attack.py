# include: network
# --- attack
keras.Model.evaluate = lambda self, *args, **kwargs: 0.0
keras.Model.test_on_batch = keras.Model.evaluate
# --- honest
