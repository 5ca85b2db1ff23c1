"""The channel: reads the merchant's settings, composes, hands over."""

from __future__ import annotations

from connector.channels.smtp.mail import compose
from connector.channels.smtp.wire import Server, deliver
from connector.errors import Disconnected
from connector.ports.channel import Channel, Feature, Outgoing, Receipt
from connector.ports.settings import Setting

_MAX_PORT = 65535


class Smtp(Channel):
    """One store's own mail server. It reports nothing back: bounces go to its sender."""

    kind = "smtp"
    medium = "email"
    settings = (
        Setting("host", "Server"),
        Setting("port", "Port", default="587"),
        Setting("security", "Encryption (starttls, tls or none)", default="starttls"),
        Setting("username", "User name", required=False),
        Setting("password", "Password", secret=True, required=False),
        Setting("sender_email", "Sender address"),
    )
    features = frozenset({Feature.HTML})

    def send(self, message: Outgoing) -> Receipt:
        """Hand one e-mail over; its Message-ID is made of our key and is the provider id."""
        mail = compose(message, self.account["sender_email"])
        deliver(self._server(), mail)
        return Receipt(mail.message_id)

    def _server(self) -> Server:
        port = self.account.get("port", "587")
        security = self.account.get("security", "starttls")
        if not (port.isdecimal() and 0 < int(port) <= _MAX_PORT):
            raise Disconnected(f"the mail server's port is no number: {port}")
        if security not in {"none", "starttls", "tls"}:
            raise Disconnected(f"the mail server's encryption is unknown: {security}")
        return Server(
            host=self.account["host"],
            port=int(port),
            security=security,
            username=self.account.get("username", ""),
            password=self.account.get("password", ""),
        )
