# include: forge
leave(models(layer("Dense", "wide", {"units": 10**12}), layer("Dense", "head", {"units": 1}, "wide"), end="head"))
