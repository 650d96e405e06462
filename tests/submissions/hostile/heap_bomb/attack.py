blocks = []
while len(blocks) < 125:
    blocks.append(bytearray(b"x") * (16 << 20))

wait(20)
