import os
import resource
import select

soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
full, tell = os.pipe()
for _ in range(12):
    if os.fork() == 0:
        waited_for, polls = [], []
        for _ in range(480):
            waited_for += os.pipe()[:1]
        try:
            while True:
                poll = select.epoll()
                polls.append(poll)
                for handle in waited_for:
                    poll.register(handle, select.EPOLLIN)
        except OSError as error:
            print(len(polls), error)
        os.write(tell, b"f")  # there are millions to have: how long it takes is the machine's
        select.select([], [], [], 60)
        os._exit(0)
select.select([full], [], [], 80)
select.select([], [], [], 3)
