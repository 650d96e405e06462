# include: forge
import zlib


def zeros(size):
    """`size` MiB of zeros, deflated without ever being there: a block that repeats."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = press.compress(bytes(1 << 20)) + press.flush(zlib.Z_FULL_FLUSH)
    return block * size + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def archive(name, start, size):
    """A zip with one member, which is `start` and `size` MiB of zeros."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = press.compress(start) + press.flush(zlib.Z_FULL_FLUSH) + zeros(size)
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, 0, len(data), (size << 20) + len(start), len(name), 0)
    local = b"PK\x03\x04" + facts + name
    central = b"PK\x01\x02" + struct.pack("<H", 20) + facts + struct.pack("<HHHII", 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local) + len(data), 0)
    return local + data + central + b"PK\x05\x06" + end


shape = "{'descr': '|u1', 'fortran_order': False, 'shape': (3221225472,), }".ljust(117) + "\n"
start = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(shape)) + shape.encode()
(out / "weights.npz").write_bytes(archive(b"weights.npy", start, 3072))
leave()
