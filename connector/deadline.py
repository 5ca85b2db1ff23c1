"""An end to a conversation: socket time-outs begin anew with each byte that drips in."""

from __future__ import annotations

import contextlib
import socket
import threading


class Deadline:
    """Cuts a connection when the time is over; it runs from the start, also before there is one."""

    def __init__(self, after_s: float) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._handle: socket.socket | None = None
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connection: socket.socket) -> bool:
        """Cut this connection in time; False if the time is over already."""
        with self._lock:
            if not self.is_over:
                self._handle = connection.dup()  # TLS takes the socket itself over
            return not self.is_over

    def _cut(self) -> None:
        with self._lock, contextlib.suppress(OSError):  # it broke off by itself: nothing to cut
            self.is_over = True
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """The conversation has ended: nothing is cut any more."""
        self._timer.cancel()
        with self._lock:
            if self._handle is not None:
                self._handle.close()
