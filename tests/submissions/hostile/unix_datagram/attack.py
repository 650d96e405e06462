# include: tell
attempt(tell, "@UNIX_DATAGRAM@", socket.AF_UNIX, socket.SOCK_DGRAM)
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as handle:
    attempt(handle.sendto, b"the answers are", "@UNIX_DATAGRAM@")
