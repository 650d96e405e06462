import socket

for way in (
    lambda handle: handle.sendto(b"the answers are", "@UNIX_DATAGRAM@"),
    lambda handle: handle.connect("@UNIX_DATAGRAM@") or handle.send(b"the answers are"),
):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as handle:
            way(handle)
            print("told")
    except OSError as error:
        print(error)
