"""What the shop knows of a customer; her address goes out in the body of a POST only."""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.money import Money
from connector.errors import NotSent
from connector.ports.platform import CustomerCard
from platforms.shopify.answers import Customer, CustomerAnswer
from platforms.shopify.client import Client
from platforms.shopify.errors import UNREADABLE
from platforms.shopify.names import gid, is_number, number_of
from platforms.shopify.operations import CUSTOMER
from platforms.shopify.values import text


def find(client: Client, customer_id: str, email: str) -> CustomerCard | None:
    """The account of this id, else of this address: a merged account has a new id."""
    account = gid("Customer", customer_id) if is_number(customer_id) else ""
    names = {"id": account, "emailAddress": email}
    found = (_asked(client, name, value) for name, value in names.items() if value)
    return next((card for card in found if card is not None), None)


def _asked(client: Client, name: str, value: str) -> CustomerCard | None:
    answer = client.run(CUSTOMER, CustomerAnswer, who={name: value})
    try:
        return _card(answer.customer_by_identifier) if answer.customer_by_identifier else None
    except UNREADABLE as error:
        raise NotSent("Shopify's answer has an unexpected form") from error


def _card(customer: Customer) -> CustomerCard:
    spent = customer.amount_spent
    return CustomerCard(
        customer_id=number_of(customer.id),
        orders_count=int(customer.number_of_orders),
        total_spent=Money.rounded(spent.amount, spent.currency_code),
        tags=tags_of(customer.tags),
    )


def tags_of(tags: Sequence[str]) -> tuple[str, ...]:
    """The shop's own tags for somebody, each once, in order."""
    return tuple(dict.fromkeys(filter(None, map(text, tags))))
