# include: attempts
import os
import socket


def tell(address, family=socket.AF_UNIX, kind=socket.SOCK_STREAM):
    """Somebody outside."""
    with socket.socket(family, kind) as handle:
        handle.settimeout(1)
        handle.connect(address)
        handle.sendall(b"the answers are")
    print("told", address)


