# include: daemon
import socket

if stays():
    handles = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    try:
        for handle, name in zip(handles, ("\0residue-@TOKEN@", f"{os.environ['HOME']}/residue-@TOKEN@.sock")):
            handle.bind(name)
            handle.listen()
    except OSError:
        pass
    select.select([], [], [], 60)
    os._exit(0)
select.select([], [], [], 0.5)
