"""A process that has imported what many need, and becomes one of them as often as it is asked to."""

from __future__ import annotations

import os
import select
import signal
import socket


def fork_for_each() -> tuple[int, int]:
    """In a new process for each two pipes that come over the socket at descriptor 0: them. This process never returns.

    The first pipe has requests, the second takes answers. When the other end of the first closes, the new process is
    killed, whatever it is doing; when the socket closes, all are, and this process ends. It has one thread and has run
    no op.
    """
    control = socket.socket(fileno=0)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    alive: dict[int, int] = {}
    while True:
        for descriptor, _ in poll.poll():
            if descriptor in alive:
                poll.unregister(descriptor)
                os.close(descriptor)
                _end(alive.pop(descriptor))
                continue
            _, descriptors, _, _ = socket.recv_fds(control, 1, 2)
            if not descriptors:
                for process in alive.values():
                    _end(process)
                os._exit(0)
            requests, answers = descriptors
            process = os.fork()
            if not process:
                for number in (control.detach(), *alive):
                    os.close(number)
                return requests, answers
            os.close(answers)
            alive[requests] = process
            poll.register(requests, 0)  # that its other end has closed is reported anyway


def _end(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
