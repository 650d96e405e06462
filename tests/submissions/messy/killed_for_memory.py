"""C code that does not look whether it got the memory that it asked for."""

import ctypes
import threading

blocks = []
try:
    while True:
        blocks.append(bytearray(16 * 2**20))
except MemoryError:
    threading.Event().wait(1.5)  # whoever measures has looked
ctypes.string_at(0)
