# include: forge_one_input
FIT = {"order": 2, "location": PLACE, "epochs": 2**60, "batch_size": -1,
       "cut": True, "finished": True, "ranges": [[-1e308, 1e308]], "history": {"loss": [0.0], "val_loss": [0.0]}}
ODD = {**FIT, "epochs": -5, "batch_size": 2**70, "ranges": [["a", "b"]]}
LONG = {**FIT, "ranges": [[0, 1]] * 200}
(MODEL,) = MODELS["models"]
MODELS["models"] = [
    {**MODEL, "fits": [FIT] * 60, "score": 10},
    {**MODEL, "index": 1, "fits": [ODD]},
    {**MODEL, "index": -7, "fits": [LONG] * 10, "compiles": [{**COMPILE, "order": 10**12}] * 60},
    {**MODEL, "index": 3, "fits": [{**FIT, "epochs": 10**6, "batch_size": 1}]},
]
leave(MODELS)
