"""A mail server that delivers to a page: real SMTP in, every mail readable in the browser."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask, Response, abort, jsonify, request

from connector.sandbox.server import Clock, Listener, Shelf
from connector.sandbox.vendor import Faults, add_controls, page

_LIST = """
<table><tr><th>To<th>Subject<th>At</tr>
{% for m in mails %}<tr><td>{{ m.to }}<td><a href="/mail/{{ m.id }}">{{ m.subject or "(none)" }}</a>
<td><small>{{ m.at[:19] }}</small></tr>
{% else %}<tr><td colspan="3" class="none">No mails yet.</td></tr>{% endfor %}</table>"""
_MAIL = """
<p><a href="/">All mails</a> &middot; to {{ mail.to }} &middot; <small>{{ mail.at }}</small></p>
{% if mail.html %}<iframe sandbox="allow-popups allow-popups-to-escape-sandbox"
 srcdoc="&lt;base target=_blank&gt;{{ mail.html }}"></iframe>{% endif %}
<h2>Text</h2><pre>{{ mail.text }}</pre>
<h2>Headers</h2><pre>{% for name, value in mail.headers.items() %}{{ name }}: {{ value }}
{% endfor %}</pre>"""


class MailCatcher:
    """An SMTP server and its page, both on loopback; `door` is the SMTP server's."""

    def __init__(self, ports: tuple[int, int], folder: Path | None, login: tuple[str, str]) -> None:
        self.clock = Clock()
        self.shelf = Shelf(folder / "mail.sqlite" if folder else None)
        self.faults = Faults(counted=(), valued=("refuse_rcpt", "refuse_data", "hang_after_data_s"))
        page_port, smtp_port = ports[0], ports[1] or free_port()
        self._smtp = Controller(_Handler(self, login), "127.0.0.1", smtp_port, **_auth(login))
        self._smtp.start()
        self._listener = Listener(make_app(self), page_port)
        self.url, self.door = self._listener.url, f"127.0.0.1:{smtp_port}"

    def mails(self) -> list[dict[str, Any]]:
        """All mails, oldest first."""
        return self.shelf.all("mail")

    def keep(self, envelope: Envelope) -> None:
        """Store one mail as its reader sees it."""
        number = f"{self.shelf.next_id('mail'):09d}"
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        mail = message_from_bytes(raw, policy=policy.default)
        kept = {
            "id": number,
            "at": self.clock.now().isoformat(),
            "to": ", ".join(envelope.rcpt_tos),
        }
        self.shelf.put("mail", number, kept | _read(mail) | {"raw": raw.decode("latin-1")})

    def stop(self) -> None:
        """Stop listening on both ports and give the file back."""
        self._smtp.stop()
        self._listener.stop()
        self.shelf.close()


def start(
    port: int = 0,
    folder: Path | None = None,
    *,
    smtp_port: int = 0,
    username: str = "",
    password: str = "",
) -> MailCatcher:
    """Catch mail on 127.0.0.1; with a user name it lets nobody in without the password."""
    return MailCatcher((port, smtp_port), folder, (username, password))


def free_port() -> int:
    """A port that nobody listens on: aiosmtpd cannot pick one by itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_app(catcher: MailCatcher) -> Flask:
    """The pages and the levers."""
    app = Flask(__name__)
    add_controls(app, catcher.faults, catcher.clock)

    @app.get("/")
    def listing() -> Response:
        return page("Mails", _LIST, mails=catcher.mails()[::-1])

    @app.get("/mail/<number>")
    def one(number: str) -> Response:
        mail = catcher.shelf.get("mail", number) or abort(404)
        return page(mail["subject"] or "(no subject)", _MAIL, mail=mail)

    @app.get("/mail/<number>/raw")
    def source(number: str) -> Response:
        mail = catcher.shelf.get("mail", number) or abort(404)
        return Response(mail["raw"].encode("latin-1"), mimetype="text/plain")

    @app.get("/_sandbox/mails")
    def state() -> Response:
        to = request.args.get("to")
        mails = [m for m in catcher.mails() if to in {None, m["to"]}]
        return jsonify([{k: v for k, v in m.items() if k != "raw"} for m in mails])

    return app


class _Handler:
    """What aiosmtpd calls: it refuses and hangs as planned, and keeps the rest."""

    def __init__(self, catcher: MailCatcher, login: tuple[str, str]) -> None:
        self._catcher, self._login = catcher, login

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        options: list[str],
    ) -> str:
        """Let in who logged in, if one must."""
        if self._login[0] and not session.authenticated:
            return "530 5.7.0 authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take or refuse one recipient."""
        refused = self._catcher.faults.strike("refuse_rcpt", to=address)
        if refused:
            return f"{int(refused[1])} 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail; the answer may come late."""
        to = envelope.rcpt_tos[0]
        if refused := self._catcher.faults.strike("refuse_data", to=to):
            return f"{int(refused[1])} refused on purpose"
        self._catcher.keep(envelope)
        if late := self._catcher.faults.strike("hang_after_data_s", to=to):
            await asyncio.sleep(late[1])
        return "250 2.0.0 accepted"


def _auth(login: tuple[str, str]) -> Mapping[str, Any]:
    def check(*details: Any) -> AuthResult:
        given = details[-1]
        wanted = LoginPassword(login[0].encode(), login[1].encode())
        known = isinstance(given, LoginPassword) and given == wanted
        return AuthResult(success=known, handled=False)

    if not login[0]:
        return {}
    return {"authenticator": check, "auth_require_tls": False}


def _read(mail: EmailMessage) -> dict[str, Any]:
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    return {
        "from": str(mail["From"]),
        "subject": str(mail["Subject"] or ""),
        "message_id": str(mail["Message-ID"] or ""),
        "headers": {name: str(value) for name, value in mail.items()},
        "text": text.get_content() if text else "",
        "html": html.get_content() if html else "",
    }
