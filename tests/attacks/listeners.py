"""Somebody to tell: sockets of five kinds, which count what they hear."""

from __future__ import annotations

import selectors
import socket
import threading
from contextlib import suppress
from pathlib import Path


class Listeners:
    """A TCP and a UDP port of this machine, an abstract name, and two sockets with a path in `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.abstract, self.stream, self.datagram = name, folder / "stream.sock", folder / "datagram.sock"
        places: dict[str, tuple[int, int, tuple[str, int] | str]] = {
            "tcp": (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            "udp": (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            "abstract": (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{name}"),
            "a path": (socket.AF_UNIX, socket.SOCK_STREAM, str(self.stream)),
            "a path, by messages": (socket.AF_UNIX, socket.SOCK_DGRAM, str(self.datagram)),
        }
        self.heard = dict.fromkeys(places, 0)
        self.selector = selectors.DefaultSelector()
        self.ends = socket.socketpair()
        self.selector.register(self.ends[0], selectors.EVENT_READ, "end")
        handles = {kind: socket.socket(family, form) for kind, (family, form, _) in places.items()}
        for kind, handle in handles.items():
            handle.bind(places[kind][2])
            if handle.type == socket.SOCK_STREAM:
                handle.listen()
            self.selector.register(handle, selectors.EVENT_READ, kind)
        self.tcp_port, self.udp_port = (handles[kind].getsockname()[1] for kind in ("tcp", "udp"))
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        while True:
            for key, _ in self.selector.select():
                if key.data == "end":
                    return
                with suppress(OSError):
                    self._hear(key.fileobj, key.data)

    def _hear(self, handle: object, kind: str) -> None:
        assert isinstance(handle, socket.socket)
        if handle.type == socket.SOCK_DGRAM:
            self.heard[kind] += max(1, len(handle.recv(65_536)))
            return
        connection, _ = handle.accept()
        with connection:
            connection.settimeout(1)
            self.heard[kind] += 1  # being reached is enough
            with suppress(OSError):
                self.heard[kind] += len(connection.recv(65_536))

    def close(self) -> None:
        self.ends[1].send(b".")
        self.thread.join(timeout=5)
        for key in list(self.selector.get_map().values()):
            with suppress(AttributeError):
                key.fileobj.close()  # type: ignore[union-attr]
        self.ends[1].close()
        self.selector.close()
