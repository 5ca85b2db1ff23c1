"""One message as it goes over the wire: headers that nobody can add to, one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate
from typing import Any

from connector.domain.people import clean_email
from connector.domain.text import one_line, printable
from connector.errors import Disconnected, Refused, Scope
from connector.ports.channel import Outgoing

_MAX_NAME = 100


class _WirePolicy(EmailPolicy):
    """Folds three headers itself, because the library spoils them (measured on 3.11).

    It breaks a long List-Unsubscribe into encoded words, and mailbox providers then show no
    unsubscribe button. In text that is not English it loses blanks between encoded words and
    makes them longer than the 75 letters of RFC 2047; a line length of 998 makes that worse.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header as bytes."""
        match name:
            case "List-Unsubscribe":
                folded = str(value)
            case "Subject":
                folded = _encoded(name, str(value))
            case "From" if not str(value).isascii():
                sender = value.addresses[0]
                folded = f"{_encoded(name, sender.display_name)}\r\n <{sender.addr_spec}>"
            case _:
                return super().fold_binary(name, value)
        return f"{name}: {folded}\r\n".encode("ascii")


def _encoded(name: str, text: str) -> str:
    charset = "us-ascii" if text.isascii() else "utf-8"
    return Header(text, charset, maxlinelen=75, header_name=name).encode(linesep="\r\n")


# Quoted-printable or base64 throughout: not every server takes 8BITMIME.
_POLICY = _WirePolicy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Mail:
    """A composed message with its envelope."""

    sender: str
    recipient: str
    message_id: str
    payload: bytes


def compose(message: Outgoing, sender_email: str) -> Mail:
    """Build the e-mail. Raises Refused (no such address) or Disconnected (our own is none)."""
    sender, recipient = _addr_spec(sender_email), _addr_spec(message.to)
    if not sender:
        raise Disconnected("the sender address is not an e-mail address")
    if not recipient:
        raise Refused("not an e-mail address that SMTP can reach", Scope.ADDRESS)
    message_id = f"<{message.key}@{sender.rpartition('@')[2]}>"
    built = _headers(message, sender, recipient, message_id)
    built.set_content(printable(message.text))
    if message.html:
        built.add_alternative(printable(message.html), subtype="html")
    return Mail(sender, recipient, message_id, built.as_bytes())


def _headers(message: Outgoing, sender: str, recipient: str, message_id: str) -> EmailMessage:
    built = EmailMessage(policy=_POLICY)
    built["From"] = Address(one_line(message.sender_name)[:_MAX_NAME], addr_spec=sender)
    built["To"] = Address(addr_spec=recipient)
    built["Subject"] = one_line(message.subject)
    built["Date"] = formatdate()
    built["Message-ID"] = message_id
    if message.unsubscribe_url:
        built["List-Unsubscribe"] = f"<{message.unsubscribe_url}>"
        built["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return built


def _addr_spec(text: str) -> str:
    """The address as plain ASCII, its domain in IDNA; "" when there is no such form."""
    local, at, domain = clean_email(text).rpartition("@")
    if not at:
        return ""
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
        # a second opinion: the strict parser of the library must see this very address
        parsed = Address(addr_spec=address).addr_spec
    except (ValueError, IndexError, MessageError):  # what IDNA or the parser cannot carry
        return ""
    return address if address == parsed and address.isascii() and address.isprintable() else ""
