import socket

question = bytes.fromhex("000101000001000000000000") + b"\x07answers\x04evil\x04test\x00" + bytes.fromhex("00010001")
try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        handle.sendto(question, ("127.0.0.1", @UDP_PORT@))
except OSError as error:
    print(error)
