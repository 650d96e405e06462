# include: forge
leave(models(layer("Dense", "a", {"units": 1}, "b"), layer("Dense", "b", {"units": 1}, "a"), end="b"))
