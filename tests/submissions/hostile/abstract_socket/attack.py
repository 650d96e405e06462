import socket

try:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as handle:
        handle.settimeout(1)
        handle.connect("\0@ABSTRACT@")
        handle.sendall(b"the answers are")
except OSError as error:
    print(error)
