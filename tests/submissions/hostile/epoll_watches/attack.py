import os
import resource
import select
import time

soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
for _ in range(12):
    if os.fork() == 0:
        waited_for, polls = [], []
        for _ in range(480):
            waited_for += os.pipe()[:1]
        try:
            while True:
                polls.append(select.epoll())
                for handle in waited_for:
                    polls[-1].register(handle, select.EPOLLIN)
        except OSError as error:
            print(len(polls), error)
        time.sleep(8)
        os._exit(0)
time.sleep(8)
