"""Reading a file at a vendor's that is larger than any answer may be: a part a call.

The same guard and the same deadline as every other call; a part is at most `most` bytes,
however much the other side goes on sending.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

import requests

from connector import http

_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15})")


@dataclass(frozen=True)
class Part:
    """Some bytes of a file, and whether they reach to its end."""

    body: bytes
    last: bool


def read(what: str, url: str, start: int, most: int) -> Part:
    """At most `most` bytes of a file, from byte `start` on.

    A host that knows no ranges sends the file from its beginning: what lies before `start` is
    dropped as it comes. Raises NotSent, Refused, Disconnected or OutcomeUnknown like any call.
    """
    wanted = {"Range": f"bytes={start}-{start + most - 1}", "Accept-Encoding": "identity"}
    adapter = _PartAdapter(start, most)
    with http.sorted_out(what), http.session() as opened:
        opened.mount("https://", adapter)
        opened.mount("http://", adapter)
        answer = opened.get(url, headers=wanted, allow_redirects=False)
    if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        return Part(b"", last=True)
    http.raise_for(what, answer)
    return Part(answer.content, last=adapter.at_end)


class _PartAdapter(http.GuardedAdapter):
    """Keeps the wanted bytes of one answer, and reads no further."""

    def __init__(self, start: int, most: int) -> None:
        super().__init__()
        self._start, self._most = start, most
        self.at_end = False

    def _content(self, response: requests.Response) -> bytes:
        if response.status_code not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
            return super()._content(response)
        begins, total = _place(response)
        body, skip = bytearray(), self._start - begins
        if skip < 0:
            raise requests.exceptions.ContentDecodingError("another part than was asked for")
        for chunk in http.chunks(response):
            body += chunk[skip:]
            skip = max(0, skip - len(chunk))
            if len(body) > self._most:
                break
        else:
            self.at_end = True
        if total is not None:
            self.at_end = self._start + min(len(body), self._most) >= total
        return bytes(body[: self._most])


def _place(response: requests.Response) -> tuple[int, int | None]:
    """Where the answer's bytes begin in the file, and how long the file is, if that is told."""
    told = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status_code == HTTPStatus.PARTIAL_CONTENT and told:
        return int(told[1]), int(told[2])
    return 0, None
