"""Four channels to the campaign's provider, one for each thing that vendors promise or do not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from connector.channels import CHANNELS
from connector.cli.campaign import wire
from connector.ports.channel import Channel, Outgoing, Receipt, Repeat, Trace


class _ToProvider(Channel):
    """Mail that the provider takes at the path of the channel's kind."""

    medium = "email"
    settings = ()
    path: ClassVar[str]

    def send(self, message: Outgoing) -> Receipt:
        """Hand it over, step by step."""
        body = {"key": message.key, "to": message.to, "text": message.text}
        answer = wire.post(self.account["door"], self.path, body)
        return Receipt(str(answer["id"]))


class NoKey(_ToProvider):
    """The vendor knows no keys and cannot be asked: SMTP."""

    kind, path = "campaign_none", "/none"
    repeat = Repeat.NEVER


class AtomicKey(_ToProvider):
    """The vendor keeps one message a key."""

    kind, path = "campaign_key", "/key"
    repeat = Repeat.SAME_KEY
    key_ttl = timedelta(days=1)


class RacingKey(_ToProvider):
    """The vendor says so too, but two requests at once both pass its check."""

    kind, path = "campaign_racing", "/racing"
    repeat = Repeat.SAME_KEY
    key_ttl = timedelta(days=1)


class Lookup(_ToProvider):
    """The vendor knows no keys, and shows what it sent."""

    kind, path = "campaign_lookup", "/lookup"
    repeat = Repeat.LOOK_UP

    def look_up(self, key: str, to: str, since: datetime) -> list[Trace]:
        """What it sent under the key."""
        del to, since
        _, found = wire.ask(self.account["door"], "GET", f"/sent?key={quote(key)}")
        return [Trace(str(sent["id"]), str(sent["text"]), str(sent["key"])) for sent in found]


ADAPTERS: dict[str, type[_ToProvider]] = {
    "key": AtomicKey,
    "lookup": Lookup,
    "none": NoKey,
    "racing": RacingKey,
}


def register() -> None:
    """Make this process know them; the product's own registry has none of them."""
    CHANNELS.update({made.kind: made for made in ADAPTERS.values()})
