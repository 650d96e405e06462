# include: forge
import h5py

with h5py.File(out / "model.weights.hdf5", "w") as file:
    file.create_dataset("layers/dense/vars/0", shape=(1,), dtype="S120", external=[("@CANARY_FILE@", 0, 120)])
    layout = h5py.VirtualLayout(shape=(1,), dtype="S120")
    layout[:] = h5py.VirtualSource(".", "layers/dense/vars/0", shape=(1,))
    file.create_virtual_dataset("layers/dense/vars/1", layout)

leave()
