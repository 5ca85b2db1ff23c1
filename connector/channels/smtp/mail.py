"""One message as it goes over the wire: headers that nobody can add to, one recipient."""

from __future__ import annotations

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate

from connector.domain.people import clean_email
from connector.domain.text import one_line, printable
from connector.errors import Disconnected, Refused, Scope
from connector.ports.channel import Outgoing

_MAX_NAME = 100


class _WirePolicy(EmailPolicy):
    """Folds as the RFCs ask, all but one header.

    Python folds a long List-Unsubscribe into encoded words, and mailbox providers then show
    no unsubscribe button; the usual way out, a line length of 998, breaks the 75 letters of
    an encoded word (RFC 2047) in every long subject that is not English.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        """One header as bytes."""
        if name.lower() == "list-unsubscribe":
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


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
    local, _, domain = clean_email(text).rpartition("@")
    try:
        address = f"{local}@{domain.encode('idna').decode()}"
        # a second opinion: the strict parser of the library must see this very address
        parsed = Address(addr_spec=address).addr_spec
    except (ValueError, IndexError):  # a label that IDNA cannot carry; no local part
        return ""
    return address if address == parsed and address.isascii() and address.isprintable() else ""
