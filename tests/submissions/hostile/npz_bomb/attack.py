# include: forge
# include: zeros
shape = "{'descr': '|u1', 'fortran_order': False, 'shape': (3221225472,), }".ljust(117) + "\n"
start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shape)) + shape.encode()
(out / "weights.npz").write_bytes(archive(b"weights.npy", start, 3072))
leave()
