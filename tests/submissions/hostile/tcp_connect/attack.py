# include: tell
for host in ("127.0.0.1", "10.0.2.2"):
    attempt(tell, (host, @TCP_PORT@), socket.AF_INET)
