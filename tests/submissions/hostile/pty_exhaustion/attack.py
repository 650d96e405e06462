# include: children
def take(number, held):
    while True:
        held.append(os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY))


children(8, take, 5)
wait(6)
