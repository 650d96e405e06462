def tell(address, family=socket.AF_UNIX, kind=socket.SOCK_STREAM, text=b"the answers are"):
    """Somebody outside."""
    with socket.socket(family, kind) as handle:
        handle.settimeout(1)
        handle.connect(address)
        handle.sendall(text)
    print("told", address)


