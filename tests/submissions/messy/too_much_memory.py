block = bytearray(3 * 1024**3)
