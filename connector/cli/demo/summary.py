"""The end of the play: what a merchant wants to know, and the same for machines."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from connector.cli.demo.figures import Figures
from connector.cli.demo.proofs import Proofs
from connector.cli.demo.screen import credit
from connector.cli.playground import Playground
from connector.domain.money import Money


def as_json(play: Playground, total: Figures, proofs: Proofs, seconds: float) -> dict[str, Any]:
    """Everything as one object; money in major units, as text."""
    members = play.mailchimp.get("state")["members"]
    return {
        "webhooks_received": total.webhooks_received,
        "webhooks_processed": total.webhooks_processed,
        "carts_seen": total.carts,
        "carts_abandoned": total.abandoned,
        "messages_sent": {medium: total.by_medium(medium) for medium in ("email", "sms")},
        "discounts_created": total.codes,
        "orders_recovered": total.recovered,
        "money": {currency: str(amount) for currency, amount in total.money.items()},
        "mailchimp_members": len(members),
        "duplicate_messages": proofs.duplicate_messages,
        "sent_after_purchase": proofs.sent_after_purchase,
        "dead_rows": proofs.dead_rows,
        "unprocessed_webhooks": proofs.unprocessed_webhooks,
        "unknown_messages": total.unknown,
        "seconds": round(seconds, 1),
    }


def show(console: Console, parts: list[Figures], total: Figures, told: dict[str, Any]) -> None:
    """Tables for people."""
    console.print(_results([*parts, total]))
    console.print(_held(total))
    console.print(
        f"{told['webhooks_received']} webhooks came, {told['webhooks_processed']} were understood."
        f" {told['mailchimp_members']} consenting shoppers are in step with Mailchimp.\n"
        f"Messages sent twice: {told['duplicate_messages']}. Reminders after a purchase:"
        f" {told['sent_after_purchase']}. Dead rows: {told['dead_rows']}."
        f" Messages of unknown outcome: {told['unknown_messages']}.",
        highlight=False,
    )


def _results(parts: list[Figures]) -> Table:
    table = Table(title="Three days in two shops", title_justify="left")
    table.add_column("")
    for part in parts:
        table.add_column(part.name, justify="right")
    rows = {
        "Carts seen": [str(part.carts) for part in parts],
        "Carts abandoned": [str(part.abandoned) for part in parts],
        "Reminders by e-mail": [str(part.sent["email", "marketing"]) for part in parts],
        "Offers by text": [str(part.sent["sms", "marketing"]) for part in parts],
        "Thank-you mails": [str(part.sent["email", "transactional"]) for part in parts],
        "Discount codes made": [str(part.codes) for part in parts],
        "Shoppers who came back": [str(part.clicks) for part in parts],
        "Orders recovered": [str(part.recovered) for part in parts],
        "Credited at first": [_money(part.credited) for part in parts],
        "Cancelled or refunded": [_money(part.taken_back) for part in parts],
        "Money won back": [credit(part) for part in parts],
    }
    for name, cells in rows.items():
        table.add_row(name, *cells)
    return table


def _money(amounts: dict[str, int]) -> str:
    return " + ".join(Money(currency, minor).text() for currency, minor in amounts.items())


def _held(total: Figures) -> Table:
    table = Table(title="Held back, and why", title_justify="left")
    table.add_column("Messages", justify="right")
    table.add_column("By")
    table.add_column("Because")
    words = {"email": "e-mail", "sms": "text"}
    for (medium, reason), count in total.held.most_common():
        table.add_row(str(count), words.get(medium, medium), reason)
    return table
