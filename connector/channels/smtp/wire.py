"""The conversation with a mail server, which tells exactly how far a message got.

Until the final dot nothing has been accepted, whatever breaks; after it only the server's
own answer says what happened, and silence means that the mail may be on its way.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connector.channels.smtp.mail import Mail
from connector.errors import AdapterError, Disconnected, NotSent, OutcomeUnknown, Refused, Scope
from connector.http import Forbidden, guarded_address, timeout_s

_CONNECT_S = 5.0
_LOGIN = frozenset({530, 534, 535, 538})  # RFC 4954
_NO_SUCH_ADDRESS = frozenset({501, 550, 551, 553})
_TOO_LARGE = 552

_Refusal = Callable[[int, str, str], AdapterError]  # code, enhanced code, what we show


@dataclass(frozen=True)
class Server:
    """A merchant's mail server; security is "none", "starttls" or "tls"."""

    host: str
    port: int
    security: str
    username: str
    password: str = field(repr=False)


class _Deadline:
    """Cuts a connection when its time is over, however slowly the other side drips."""

    def __init__(self, connection: socket.socket, after_s: float) -> None:
        self._handle = connection.dup()
        self._timer = threading.Timer(after_s, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        with contextlib.suppress(OSError):  # it is already closed: nothing to cut
            self._handle.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Let the connection live; may be called twice."""
        self._timer.cancel()
        self._handle.close()


class _Smtp(smtplib.SMTP):
    """smtplib over the guard: only addresses that we may call, and a limit for the whole."""

    def __init__(self, server: Server, hello: str) -> None:
        self._server = server
        self._deadline: _Deadline | None = None
        super().__init__(server.host, server.port, local_hostname=hello, timeout=timeout_s())

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        address = guarded_address(host, port)
        plain = socket.create_connection((address, port), min(_CONNECT_S, timeout))
        plain.settimeout(timeout)
        # without this the final dot waits 40 ms for the acknowledgement of the body
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._deadline = _Deadline(plain, timeout)
        return plain if self._server.security != "tls" else self._encrypted(plain, host)

    def _encrypted(self, plain: socket.socket, host: str) -> socket.socket:
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._deadline is not None:
            self._deadline.stop()
        super().close()


def deliver(server: Server, mail: Mail) -> None:
    """Hand one mail over.

    Raises NotSent, Refused, Disconnected, or OutcomeUnknown once the final dot has left.
    """
    with contextlib.closing(_connected(server, hello=mail.sender.rpartition("@")[2])) as smtp:
        _offer(smtp, mail)
        _finish(smtp)
        with contextlib.suppress(OSError):  # it has been accepted: how we part is no matter
            smtp.quit()


def _connected(server: Server, hello: str) -> _Smtp:
    smtp = None
    try:
        with _nothing_sent("the mail server could not be reached"):
            smtp = _Smtp(server, hello)
        with _nothing_sent("the mail server broke off before the message"):
            _introduce(smtp, server)
    except BaseException:
        if smtp is not None:
            smtp.close()
        raise
    return smtp


def _introduce(smtp: _Smtp, server: Server) -> None:
    if server.security == "starttls":
        smtp.starttls(context=ssl.create_default_context())
    smtp.ehlo_or_helo_if_needed()
    if server.username:
        _log_in(smtp, server)


def _log_in(smtp: _Smtp, server: Server) -> None:
    """Try one way only: after a refusal servers hang up, which smtplib's login would report."""
    smtp.user, smtp.password = server.username, server.password
    ways: dict[str, Any] = {
        "PLAIN": smtp.auth_plain,
        "LOGIN": smtp.auth_login,
        "CRAM-MD5": smtp.auth_cram_md5,
    }
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise smtplib.SMTPNotSupportedError("no way to log in that we know")
    smtp.auth(way, ways[way])


def _offer(smtp: _Smtp, mail: Mail) -> None:
    with _nothing_sent("the mail server broke off before the end of the message"):
        _expect(smtp.mail(mail.sender), _sender_refused)
        _expect(smtp.rcpt(mail.recipient), _recipient_refused)
        _expect(smtp.docmd("DATA"), _message_refused)
        smtp.send(re.sub(rb"(?m)^\.", b"..", mail.payload))


def _finish(smtp: _Smtp) -> None:
    try:
        smtp.send(b".\r\n")
        code, text = smtp.getreply()
    except OSError as error:
        raise OutcomeUnknown("the mail server gave no answer to the whole message") from error
    if code // 100 not in {2, 4, 5}:  # not SMTP: it may have been accepted
        raise OutcomeUnknown("the mail server's answer makes no sense")
    _expect((code, text), _message_refused)


@contextlib.contextmanager
def _nothing_sent(what: str) -> Iterator[None]:
    """Say of every failure inside that the message has certainly not left."""
    try:
        yield
    except Forbidden as error:
        raise Disconnected(f"mail server: {error.detail}") from error
    except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
        raise Disconnected("the mail server cannot do what the settings ask for") from error
    except UnicodeError as error:
        raise Disconnected("host, user name or password is not plain ASCII") from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(error.smtp_code, b"", _server_refused) from error
    except OSError as error:  # smtplib's own errors and time-outs are OSErrors too
        raise NotSent(what) from error


def _expect(reply: tuple[int, bytes], refused: _Refusal) -> None:
    code, text = reply
    if not 200 <= code < 400:  # noqa: PLR2004 - SMTP's own classes of answers
        raise _refusal(code, text, refused)


def _refusal(code: int, text: bytes, refused: _Refusal) -> AdapterError:
    """Our error for an answer; the server's words stay out, they repeat people's addresses."""
    enhanced = re.match(rb"[245]\.\d{1,3}\.\d{1,3}\b", text)
    detail = enhanced[0].decode() if enhanced else ""
    shown = f"the mail server said {code} {detail}".rstrip()
    if code < 500:  # noqa: PLR2004 - 4xx: later; less is no answer at all
        return NotSent(shown)
    return Disconnected(shown) if code in _LOGIN else refused(code, detail, shown)


def _server_refused(_code: int, _enhanced: str, shown: str) -> AdapterError:
    return Disconnected(shown)


def _sender_refused(code: int, _enhanced: str, shown: str) -> AdapterError:
    # the sender is the same for all of a store's mails: it is the set-up that is refused
    return Refused(shown) if code == _TOO_LARGE else Disconnected(shown)


def _recipient_refused(code: int, enhanced: str, shown: str) -> AdapterError:
    policy = enhanced.startswith("5.7.")  # "relaying denied" says nothing of the address
    bad = code in _NO_SUCH_ADDRESS and not policy
    return Refused(shown, Scope.ADDRESS if bad else Scope.MESSAGE)


def _message_refused(_code: int, _enhanced: str, shown: str) -> AdapterError:
    return Refused(shown)
