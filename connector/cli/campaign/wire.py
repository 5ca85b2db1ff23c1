"""The wire to the provider, step by step: a process can be killed between any two of them."""

from __future__ import annotations

import http.client
import json
import select
from typing import Any

from connector.errors import NotSent, OutcomeUnknown
from jobs.runtime import runtime

Line = http.client.HTTPConnection


def connect(door: str) -> Line:
    """A connection; NotSent if there is none to be had."""
    line = http.client.HTTPConnection(door, timeout=runtime().config.call_s)
    try:
        line.connect()
    except OSError as error:
        raise NotSent("the provider could not be reached") from error
    return line


def write_half(line: Line, path: str, body: bytes) -> None:
    """The head and half of the body: the provider cannot have accepted it yet."""
    line.putrequest("POST", path)
    line.putheader("Content-Type", "application/json")
    line.putheader("Content-Length", str(len(body)))
    line.endheaders(body[: len(body) // 2])


def write_rest(line: Line, body: bytes) -> None:
    """The other half: from here on it may be accepted."""
    line.send(body[len(body) // 2 :])


def await_answer(line: Line) -> None:
    """Until an answer lies there unread: the provider has accepted."""
    if not select.select([line.sock], [], [], runtime().config.call_s)[0]:
        raise OutcomeUnknown("the provider gave no answer in time")


def read_answer(line: Line) -> dict[str, Any]:
    """The answer's body."""
    answer = line.getresponse()
    body: dict[str, Any] = json.loads(answer.read())
    return body


def post(door: str, path: str, message: dict[str, str]) -> dict[str, Any]:
    """The whole way. Raises NotSent or OutcomeUnknown."""
    line, body = connect(door), json.dumps(message).encode()
    try:
        write_half(line, path, body)
        write_rest(line, body)
        await_answer(line)
        return read_answer(line)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise OutcomeUnknown("the provider broke off the connection") from error
    finally:
        line.close()


def ask(door: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and answer of a question that may be asked again. Raises NotSent."""
    line = http.client.HTTPConnection(door, timeout=runtime().config.call_s)
    try:
        line.request(method, path, None if body is None else json.dumps(body))
        answer = line.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent("the provider did not answer") from error
    finally:
        line.close()
