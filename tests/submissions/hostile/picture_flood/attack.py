import base64
import struct
import zlib

from IPython.display import display


def part(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


header = struct.pack(">IIBBBBB", 1_000, 1_000, 1, 0, 0, 0, 0)
rows = zlib.compress(bytes(126 * 1_000), 9)
picture = b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", rows) + part(b"IEND", b"")
shown = base64.b64encode(picture).decode()
for _ in range(10_000):
    display({"image/png": shown}, raw=True)
print("@TOKEN@")
