"""The one way out, against addresses that lead inside, lying resolvers and swelling answers."""

from __future__ import annotations

import gzip
import socket
import tracemalloc
from typing import Any

import pytest
from flask import Flask, Response, request

from connector import http
from connector.errors import NotSent, OutcomeUnknown
from connector.sandbox.server import Listener
from tests.contracts.doors import open_doors

PUBLIC, INSIDE = "93.184.216.34", "127.0.0.1"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "0",
        "１２７.0.0.1",
        "127。0。0。1",
        "localhost",
        "LOCALHOST.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%25lo]",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "100.64.0.1",
        "192.0.0.8",
    ],
)
def test_no_way_of_writing_it_leads_inside(host: str) -> None:
    """With the machine's own resolver, which reads numbers of every kind."""
    with pytest.raises((http.Forbidden, NotSent)):
        http.call("the shop", "GET", f"https://{host}/")


class Resolver:
    """Answers one name by turns; numbers are what they are. Keeps who was connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *turns: str) -> None:
        self.turns, self.asked, self.reached = list(turns), 0, list[str]()
        monkeypatch.setattr(socket, "getaddrinfo", self._answer)
        monkeypatch.setattr(socket.socket, "connect", self._connect)

    def _answer(self, host: str, port: Any, *args: Any, **kw: Any) -> list[Any]:
        address = host
        if host == "shop.example":
            self.asked += 1
            address = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    def _connect(self, address: tuple[str, int]) -> None:
        self.reached.append(address[0])
        raise ConnectionRefusedError


def test_a_name_that_changes_after_it_was_checked_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolver = Resolver(monkeypatch, PUBLIC, INSIDE)
    with pytest.raises(NotSent):
        http.call("the shop", "GET", "https://shop.example/")
    assert (resolver.asked, resolver.reached) == (1, [PUBLIC])


def test_the_next_call_is_checked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Resolver(monkeypatch, PUBLIC, INSIDE)
    with http.session() as opened:
        for kind in (NotSent, http.Forbidden):
            with pytest.raises(kind), http.sorted_out("the shop"):
                opened.get("https://shop.example/")
    assert resolver.reached == [PUBLIC]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://169.254.169.254/latest/meta-data/", "/again"])
def test_no_redirect_is_followed(status: int, target: str) -> None:
    asked: list[str] = []
    app = Flask("shop")

    @app.get("/<path>")
    def away(path: str) -> Response:
        asked.append(request.path)
        return Response("", status, {"Location": target})

    shop = Listener(app)
    with open_doors(shop.door):
        answer = http.call("the shop", "GET", f"{shop.url}/here")
    shop.stop()
    assert (answer.status_code, asked) == (status, ["/here"])


def test_an_answer_that_swells_is_cut_off_before_it_fills_memory() -> None:
    """200 MB of nothing in 200 KB."""
    bomb = gzip.compress(bytes(200_000_000), 1)
    app = Flask("shop")
    app.add_url_rule("/", "bomb", lambda: Response(bomb, 200, {"Content-Encoding": "gzip"}))
    shop = Listener(app)
    tracemalloc.start()
    with open_doors(shop.door, timeout_s=10), pytest.raises(OutcomeUnknown):
        http.call("the shop", "GET", shop.url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    shop.stop()
    assert peak < 60_000_000
