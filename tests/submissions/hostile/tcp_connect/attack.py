import socket

for host in ("127.0.0.1", "localhost", "10.0.2.2", "::1"):
    try:
        with socket.create_connection((host, @TCP_PORT@), timeout=1) as connection:
            connection.sendall(b"the answers are")
    except OSError as error:
        print(host, error)
