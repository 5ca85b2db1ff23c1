"""A call ends at its limit, however slowly the other side drips, and tells what may have been."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from connector import http
from connector.errors import NotSent, OutcomeUnknown
from tests.contracts.doors import open_doors

LIMIT_S = 0.6
GRACE_S = 1.5
PAUSE_S = 0.05
ENDLESS = b"x" * 200  # 10 s at that pace
HEAD = b"HTTP/1.1 200 OK\r\n"


class Dripping:
    """A server that says the first part at once and then one byte at a time."""

    def __init__(self, at_once: bytes, drops: bytes, *, listens: bool = True) -> None:
        self.at_once, self.drops, self.listens = at_once, drops, listens
        self.ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.door = f"127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self.ended.is_set():
                connection, _ = self._listener.accept()
                with contextlib.suppress(OSError), connection:
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self.listens:
            connection.recv(65536)
        connection.sendall(self.at_once)
        for drop in self.drops:
            connection.sendall(bytes([drop]))
            if self.ended.wait(PAUSE_S):
                return

    def close(self) -> None:
        self.ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits in accept
        self._listener.close()


@contextlib.contextmanager
def dripping(at_once: bytes, drops: bytes, *, listens: bool = True) -> Iterator[Dripping]:
    server = Dripping(at_once, drops, listens=listens)
    with contextlib.closing(server), open_doors(server.door, timeout_s=LIMIT_S):
        yield server


@contextlib.contextmanager
def ends_in_time() -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < LIMIT_S + GRACE_S


@pytest.mark.parametrize(
    ("at_once", "drops"),
    [
        (b"", HEAD + b"X-Slow: " + ENDLESS),
        (HEAD, b"X-Slow: " + ENDLESS),
        (HEAD, b"A: b\r\n" * 30),  # cut between two headers, they look complete
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
        (HEAD + b"Content-Length: 200\r\n\r\n", ENDLESS),
        (HEAD + b"\r\n", ENDLESS),  # without a length the end looks like the end
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 40),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"A: b\r\n" * 40),
    ],
)
def test_dripping_ends_at_the_limit(at_once: bytes, drops: bytes) -> None:
    with (
        dripping(at_once, drops) as server,
        ends_in_time(),
        pytest.raises(OutcomeUnknown),
    ):
        http.call("it", "POST", f"http://{server.door}/", json={}).text  # noqa: B018


def test_a_handshake_that_drips_ends_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_route", lambda _: None)  # doors are plain
    record = b"\x16\x03\x03\x40\x00" + ENDLESS  # of 16 KB, it says
    with dripping(b"", record) as server, ends_in_time(), pytest.raises(OutcomeUnknown):
        http.call("it", "GET", f"https://{server.door}/")


def test_a_server_that_does_not_read_ends_at_the_limit() -> None:
    body = b"x" * 30_000_000
    with (
        dripping(b"", ENDLESS, listens=False) as server,
        ends_in_time(),
        pytest.raises(OutcomeUnknown),
    ):
        http.call("it", "POST", f"http://{server.door}/", data=body)


def test_each_call_of_a_session_has_its_own_end() -> None:
    """A connection that is kept for the next call would be one without a deadline."""
    whole = HEAD + b"Content-Length: 2\r\n\r\n{}"
    with dripping(whole, b"") as server, http.session() as opened:
        for _ in range(2):
            time.sleep(LIMIT_S / 2)
            assert opened.get(f"http://{server.door}/").content == b"{}"
        server.at_once, server.drops = HEAD, ENDLESS
        with ends_in_time(), pytest.raises(OutcomeUnknown), http.sorted_out("it"):
            opened.get(f"http://{server.door}/")


def test_an_answer_that_is_slow_and_in_time_is_good() -> None:
    with dripping(HEAD + b"Content-Length: 4\r\n\r\n", b"slow") as server:
        assert http.call("it", "GET", f"http://{server.door}/").content == b"slow"


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        door = f"127.0.0.1:{mute.getsockname()[1]}"
        with open_doors(door, timeout_s=LIMIT_S), pytest.raises(NotSent):
            http.call("it", "POST", f"http://{door}/", json={})


def test_a_host_that_is_found_too_late_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are looked up before there is a connection to cut."""
    asked = []

    def late(host: str, port: int) -> str:
        asked.append(port)
        time.sleep(LIMIT_S + 0.1)
        return host

    monkeypatch.setattr(http, "guarded_address", late)
    with dripping(HEAD + b"\r\n", b"") as server, pytest.raises(NotSent):
        http.call("it", "POST", f"http://{server.door}/", json={})
    assert len(asked) == 1


def test_no_timer_outlives_its_call() -> None:
    before = set(threading.enumerate())
    with (
        dripping(HEAD + b"Content-Length: 2\r\n\r\n{}", b"") as server,
        open_doors(server.door, timeout_s=60),
    ):
        before |= set(threading.enumerate())
        http.call("it", "GET", f"http://{server.door}/")
        for left in set(threading.enumerate()) - before:
            left.join(5)
            assert not left.is_alive()
