# include: forge
import h5py

with h5py.File(out / "model.weights.hdf5", "w") as file:
    file.create_dataset("layers/dense/vars/0", shape=(1 << 22, 1 << 20), dtype="f4", chunks=(1024, 1))

leave()
