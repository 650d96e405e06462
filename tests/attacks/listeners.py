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
        self.abstract = name
        self.heard = {"tcp": 0, "udp": 0, "abstract": 0, "a path": 0, "a path, by messages": 0}
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        unix = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        unix.bind(f"\0{name}")
        unix.listen()
        self.stream, self.datagram = folder / "stream.sock", folder / "datagram.sock"
        by_path, by_message = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        by_path.bind(str(self.stream))
        by_path.listen()
        by_message.bind(str(self.datagram))
        self.tcp_port, self.udp_port = tcp.getsockname()[1], udp.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.ends = socket.socketpair()
        places = {"tcp": tcp, "udp": udp, "abstract": unix, "a path": by_path, "a path, by messages": by_message}
        for kind, handle in {**places, "end": self.ends[0]}.items():
            self.selector.register(handle, selectors.EVENT_READ, kind)
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
        if kind in ("udp", "a path, by messages"):
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
