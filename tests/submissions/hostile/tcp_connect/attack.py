import socket

for host in ("127.0.0.1", "10.0.2.2"):
    try:
        with socket.socket() as connection:
            connection.settimeout(1)
            connection.connect((host, @TCP_PORT@))
            connection.sendall(b"the answers are")
    except OSError as error:
        print(host, error)
