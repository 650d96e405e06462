# include: tell
question = bytes.fromhex("000101000001000000000000") + b"\x07answers\x04evil\x04test\x00" + bytes.fromhex("00010001")
attempt(tell, ("127.0.0.1", @UDP_PORT@), socket.AF_INET, socket.SOCK_DGRAM, question)
