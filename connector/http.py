"""The one way out: a guarded HTTP client for everything that a store or vendor told us to call.

Only https on public addresses, checked where the socket is opened (a name that resolves to
something else a moment later finds the same guard), no redirects, no proxies from the
environment, an end for the whole call however slowly the other side drips, and at most 5 MB of
answer. Loopback is reached only through the exact entries of CARTWRIGHT_LOOPBACK, which the
supervisor passes for the sandbox:

    CARTWRIGHT_LOOPBACK=api.twilio.com=127.0.0.1:9103,127.0.0.1:9102

`name=host:port` sends that vendor's name there, a bare `host:port` may be called as it stands.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from connector.deadline import Deadline
from connector.errors import Disconnected, NotSent, OutcomeUnknown, Refused

USER_AGENT = "Cartwright/0.1"
MAX_ANSWER = 5 * 1024 * 1024
_PORTS = frozenset({443, 8443})
_CHUNK = 64 * 1024
# Python 3.11's is_global calls these public; they lead to private or loopback addresses.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


class Forbidden(Refused):
    """The address is not one that we may call."""


@dataclass(frozen=True)
class Loopback:
    """The exact doors to this machine: vendor name -> "host:port", and the doors themselves."""

    routes: Mapping[str, str]
    doors: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Loopback:
        """Read the form of CARTWRIGHT_LOOPBACK (see the module)."""
        routes: dict[str, str] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            name, _, door = entry.rpartition("=")
            routes[name or door] = door
        return cls(routes, frozenset(routes.values()))


@cache
def loopback() -> Loopback:
    """The doors of this process, from its environment."""
    return Loopback.parse(os.environ.get("CARTWRIGHT_LOOPBACK", ""))


def timeout_s() -> float:
    """How long one call may take in all: shorter than a message's lease, always."""
    return float(os.environ.get("CARTWRIGHT_HTTP_TIMEOUT_S", "20"))


def is_public(address: str) -> bool:
    """True if an IP address is on the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    if mapped is not None:
        ip = mapped
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_PUBLIC)


def guarded_address(host: str, port: int) -> str:
    """The one address to connect to; Forbidden unless every address of `host` is public."""
    if f"{host}:{port}" in loopback().doors:
        return host
    try:
        infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise Forbidden("the address has no name that could be looked up") from error
    found = {str(info[4][0]) for info in infos}
    if not all(is_public(address) for address in found):
        raise Forbidden(f"{host} is not a public address")
    return min(found)


# Of the call that this thread makes: urllib3 opens connections far below where calls begin.
_deadline: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def _watched(connection: HTTPConnection, opened: socket.socket) -> socket.socket:
    """The fresh connection under this call's deadline; nothing has been sent on it yet."""
    deadline = _deadline.get()
    if deadline is not None and not deadline.watch(opened):
        opened.close()
        raise ConnectTimeoutError(connection, "no connection in time")
    return opened


class _PlainConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        with _guarded(self):
            return _watched(self, super()._new_conn())


class _TlsConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        with _guarded(self):
            return _watched(self, super()._new_conn())


@contextlib.contextmanager
def _guarded(connection: HTTPConnection) -> Iterator[None]:
    """Connect to the address that was checked; certificate and SNI still go by the name."""
    name = connection._dns_host  # noqa: SLF001 - where urllib3 resolves
    try:
        connection._dns_host = guarded_address(name, connection.port)  # noqa: SLF001
        yield
    except socket.gaierror as error:
        raise NewConnectionError(connection, f"no such host: {name}") from error
    finally:
        connection._dns_host = name  # noqa: SLF001


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class GuardedAdapter(HTTPAdapter):
    """Puts the guard under any `requests` session, also one inside a vendor's SDK."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make every pooled connection a guarded one."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Send to where the guard allows, and read the answer under its limits."""
        _route(request)
        limit = timeout_s()
        kwargs.update(timeout=(min(5.0, limit), limit), stream=True, proxies={})
        with self._ending_after(limit) as deadline:
            response = super().send(request, **kwargs)
            content = self._content(response)
        if deadline.is_over:  # an answer without a length, cut off, looks like a whole one
            raise requests.exceptions.ReadTimeout("the answer took too long", request=request)
        response._content = content  # noqa: SLF001 - requests has no bounded read
        response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response

    def _content(self, response: requests.Response) -> bytes:
        return _read(response)

    @contextlib.contextmanager
    def _ending_after(self, limit: float) -> Iterator[Deadline]:
        deadline = Deadline(limit)
        before = _deadline.set(deadline)
        try:
            yield deadline
        finally:
            _deadline.reset(before)
            deadline.stop()
            self.close()  # a connection that is used again would have no deadline


def _route(request: requests.PreparedRequest) -> None:
    parts = urlsplit(request.url or "")
    door = loopback().routes.get(parts.netloc)
    if door is not None:
        request.headers.setdefault("Host", parts.netloc)
        request.url = urlunsplit(("http", door, parts.path, parts.query, ""))
        return
    plain = parts.scheme != "https" or parts.username is not None or parts.password is not None
    if plain or (parts.port or 443) not in _PORTS:
        raise Forbidden(f"only https on port 443 or 8443 may be called, not {parts.netloc}")


def as_browsers_reach_it(url: str) -> str:
    """A vendor's page, as a browser beside this process opens it: a name may lead to a door."""
    parts = urlsplit(url)
    door = loopback().routes.get(parts.netloc)
    return urlunsplit(("http", door, parts.path, parts.query, "")) if door else url


def _read(response: requests.Response) -> bytes:
    body = bytearray()
    for chunk in chunks(response):
        body += chunk
        if len(body) > MAX_ANSWER:
            raise requests.exceptions.ContentDecodingError("answer of more than 5 MB")
    return bytes(body)


def chunks(response: requests.Response) -> Iterator[bytes]:
    """An answer's body as it comes; the answer is closed at the end, also at an early one."""
    try:
        yield from response.raw.stream(_CHUNK, decode_content=True)
    except HTTPError as error:
        raise requests.exceptions.ConnectionError(error) from error
    finally:
        response.close()


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow nothing: a redirect is an answer like any other."""
        del resp


def session() -> requests.Session:
    """A guarded session: for our clients, and to put into vendors' SDKs."""
    made = _Session()
    made.trust_env = False
    made.headers["User-Agent"] = USER_AGENT
    made.mount("https://", GuardedAdapter())
    made.mount("http://", GuardedAdapter())
    return made


@contextlib.contextmanager
def sorted_out(what: str) -> Iterator[None]:
    """Turn transport errors into ours: has anything been sent, or may it have been."""
    try:
        yield
    except (requests.exceptions.InvalidSchema, requests.exceptions.InvalidURL) as error:
        raise Forbidden(f"{what} has no https address") from error
    except requests.exceptions.ConnectTimeout as error:
        raise NotSent(f"{what} could not be reached") from error
    except requests.exceptions.ConnectionError as error:
        if _never_connected(error):
            raise NotSent(f"{what} could not be reached") from error
        raise OutcomeUnknown(f"{what} broke off the connection") from error
    except requests.exceptions.RequestException as error:
        raise OutcomeUnknown(f"{what} gave no whole answer in time") from error


def _never_connected(error: requests.exceptions.ConnectionError) -> bool:
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", cause)
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def call(what: str, method: str, url: str, **kwargs: Any) -> requests.Response:
    """One call by our own clients; any HTTP status comes back as an answer."""
    with sorted_out(what), session() as opened:
        return opened.request(method, url, allow_redirects=False, **kwargs)


def raise_for(what: str, answer: requests.Response) -> None:
    """Turn a status that is no 2xx into ours; for vendors without finer rules."""
    status = answer.status_code
    if status < 300:  # noqa: PLR2004
        return
    if status in {401, 403}:
        raise Disconnected(f"{what} refused our credentials (HTTP {status})")
    if status == 429:  # noqa: PLR2004
        raise NotSent(f"{what} asked us to slow down", after=retry_after(answer))
    if status >= 500:  # noqa: PLR2004
        raise OutcomeUnknown(f"{what} failed (HTTP {status})")
    raise Refused(f"{what} refused the request (HTTP {status})")


def retry_after(answer: requests.Response) -> float | None:
    """The seconds of a Retry-After header; None when it is absent or a date."""
    text = answer.headers.get("Retry-After", "")
    return min(float(text), 3600.0) if text.replace(".", "", 1).isdigit() else None
