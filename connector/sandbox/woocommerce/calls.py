"""How the store calls out: to https names that the sandbox knows a door for, and to loopback.

The sandbox has no certificates. A setting says which loopback door stands for which https name,
so that callers give true https addresses; nothing ever leaves this machine. Of ports WordPress
allows three (wp_http_validate_url); loopback, which it does not allow at all, may have any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import SplitResult, urlsplit

from connector.sandbox.woocommerce.state import State

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PORTS = {None, 80, 443, 8080}
_MOST = 1024 * 1024  # of an answer that is read


@dataclass(frozen=True)
class Reply:
    """An answer; status 0 and the reason in cURL's words when there was none."""

    status: int
    body: bytes = b""
    why: str = ""


def post(
    routes: Mapping[str, str],
    url: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    timeout: float,
) -> Reply:
    """POST to where `routes` or loopback lead; redirects are not followed."""
    parts = urlsplit(url)
    door = _door(routes, parts)
    if not door:
        return Reply(0, why=_unreachable(parts))
    host, _, port = door.rpartition(":")
    connection = HTTPConnection(host.strip("[]"), int(port), timeout=timeout)
    try:
        path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        connection.putrequest("POST", path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", parts.netloc), *headers]:
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read(_MOST))
    except TimeoutError:
        return Reply(0, why=f"cURL error 28: Operation timed out after {timeout * 1000:.0f} ms")
    except ConnectionRefusedError:
        asked = parts.port or (443 if parts.scheme == "https" else 80)
        words = f"Failed to connect to {parts.hostname} port {asked} after 0 ms"
        return Reply(0, why=f"cURL error 7: {words}: Couldn't connect to server")
    except (OSError, HTTPException):
        return Reply(0, why="cURL error 52: Empty reply from server")
    finally:
        connection.close()


def opening(agent: str) -> list[tuple[str, str]]:
    """What each of WordPress's calls begins with, after Host."""
    return [
        ("User-Agent", agent),
        ("Accept", "*/*"),
        ("Accept-Encoding", "deflate, gzip, br, zstd"),
    ]


def by_wordpress(
    state: State, given: Sequence[tuple[str, str]], body: bytes
) -> list[tuple[str, str]]:
    """The headers of a call that WordPress makes for itself, in its order."""
    return [
        *opening(f"WordPress/{state.shop.wordpress}; {state.home}"),
        *given,
        ("Connection", "close"),
        ("Content-Length", str(len(body))),
    ]


def is_loopback(url: str) -> bool:
    """True for plain http on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in _LOOPBACK


def _door(routes: Mapping[str, str], parts: SplitResult) -> str:
    """Where a URL leads on this machine; "" for nowhere."""
    if parts.scheme == "https":
        return routes.get(parts.netloc, "") if parts.port in _PORTS else ""
    loopback = parts.scheme == "http" and parts.hostname in _LOOPBACK
    return f"{parts.hostname}:{parts.port or 80}" if loopback else ""


def _unreachable(parts: SplitResult) -> str:
    if parts.scheme == "https" and parts.hostname and parts.port in _PORTS:
        return f"cURL error 6: Could not resolve host: {parts.hostname}"
    return "A valid URL was not provided."
