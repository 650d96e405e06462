# include: daemon
if stays():
    handles = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    try:
        for handle, name in zip(handles, ("\0residue-@TOKEN@", f"{HOME}/residue-@TOKEN@.sock")):
            handle.bind(name)
            handle.listen()
    except OSError:
        pass
    wait(60)
    os._exit(0)
wait(0.5)
