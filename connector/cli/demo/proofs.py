"""What must hold at the end, counted where it counts: at the providers, not in our own rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from connector.cli.demo.figures import Figures
from connector.cli.demo.shopper import Shopper
from connector.cli.playground import Playground

_TEXTS = text(
    "select c.phone, count(*) as n from messages m join contacts c on c.id = m.contact_id"
    " where m.medium = 'sms' and m.state in ('sent', 'unknown') group by 1"
)


@dataclass(frozen=True)
class Proofs:
    """What must be zero."""

    duplicate_messages: int
    sent_after_purchase: int
    dead_rows: int
    unprocessed_webhooks: int

    def broken(self) -> list[str]:
        """The promises that do not hold, each in a line."""
        return [
            f"{name.replace('_', ' ')}: {count}, must be 0"
            for name, count in vars(self).items()
            if count
        ]


def prove(play: Playground, shoppers: Sequence[Shopper], total: Figures) -> Proofs:
    """Count at the mail catcher and at the phone network."""
    mails = play.mail.get("mails")
    texts = [m for m in play.twilio.get("state")["messages"] if m["direction"] != "inbound"]
    return Proofs(
        duplicate_messages=doubled_mails(mails) + doubled_texts(play, texts),
        sent_after_purchase=sum(_after_purchase(she, mails, texts) for she in shoppers),
        dead_rows=total.dead_rows,
        unprocessed_webhooks=total.webhooks_received - total.webhooks_processed - dead(play),
    )


def dead(play: Playground) -> int:
    """Deliveries that nobody could read."""
    query = text("select count(*) from webhooks where state = 'dead'")
    with play.means.sessions.all_stores() as session:
        return session.scalar(query) or 0


def doubled_mails(mails: Iterable[dict[str, Any]]) -> int:
    """Mails beyond the first with one Message-ID, which is made from the message's own key."""
    return sum(n - 1 for n in Counter(mail["message_id"] for mail in mails).values())


def doubled_texts(play: Playground, texts: Iterable[dict[str, Any]]) -> int:
    """Texts that a phone got beyond those that were meant for it; each phone is one person's."""
    got, meant = Counter(message["to"] for message in texts), Counter[str]()
    for shop in play.shops.values():
        with play.means.sessions.store(shop.store.id) as session:
            meant.update({row.phone: row.n for row in session.execute(_TEXTS)})
    return sum((got - meant).values())


def _after_purchase(she: Shopper, mails: list[dict[str, Any]], texts: list[dict[str, Any]]) -> int:
    """Marketing that went to her after she had bought."""
    if she.bought_at is None:
        return 0
    marketing = (mail for mail in mails if "List-Unsubscribe" in mail["headers"])
    to_her = [
        *(mail["at"] for mail in marketing if she.email and mail["to"] == she.email),
        *(message["at"] for message in texts if she.phone and message["to"] == she.phone),
    ]
    return sum(datetime.fromisoformat(at) > she.bought_at for at in to_her)
