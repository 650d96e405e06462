# include: forge
shape = "{'descr': '<f8', 'fortran_order': False, 'shape': (1099511627776,), }".ljust(117) + "\n"
(out / "weights.npy").write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shape)) + shape.encode())
leave()
