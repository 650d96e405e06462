blocks = []
while len(blocks) < 125:
    blocks.append(bytearray(b"x") * (16 << 20))
import select

select.select([], [], [], 20)
