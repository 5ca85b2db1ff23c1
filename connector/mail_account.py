"""CARTWRIGHT_MAIL_URL: the mail server of the service itself, as one URL.

smtp://user:password@host:587 (STARTTLS), smtps://user:password@host:465 (TLS from the start);
user and password percent-encoded. Only to this machine itself nothing is encrypted.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from connector.domain.people import clean_email
from connector.errors import ConfigError

_PORTS = {"smtp": 587, "smtps": 465}
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


def read(url: str, sender: str) -> Mapping[str, str] | None:
    """What the SMTP channel needs; None if neither is set.

    ConfigError says what is wrong, never repeating the password.
    """
    if not url and not sender:
        return None
    if not url or not sender:
        missing = "CARTWRIGHT_MAIL_FROM" if url else "CARTWRIGHT_MAIL_URL"
        raise ConfigError(f"set {missing} too: the service's own mails need both")
    if not clean_email(sender):
        raise ConfigError("CARTWRIGHT_MAIL_FROM is not an e-mail address")
    parts, port = _parts(url)
    host = parts.hostname or ""
    return {
        "host": host,
        "port": str(port),
        "security": "tls" if parts.scheme == "smtps" else "none" if host in _HERE else "starttls",
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "sender_email": clean_email(sender),
    }


def _parts(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigError(
            "CARTWRIGHT_MAIL_URL must be smtp://user:password@host:587 or smtps://…:465,"
            " with percent-encoding for marks in the password"
        )
    return parts, port or _PORTS[parts.scheme]
