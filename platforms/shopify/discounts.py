"""Discount codes: found by name, made once, single-use."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from connector.domain.discounts import DiscountTerms
from connector.errors import OutcomeUnknown
from connector.ports.platform import DiscountMade
from platforms.shopify.answers import CreateCodeAnswer, DiscountNode, FindCodeAnswer
from platforms.shopify.client import Client
from platforms.shopify.errors import refuse
from platforms.shopify.operations import CREATE_CODE, FIND_CODE


def find(client: Client, code: str) -> DiscountMade | None:
    """The discount that has this code, in any case of letters; None if there is none."""
    node = client.run(FIND_CODE, FindCodeAnswer, code=code).code_discount_node_by_code
    return _made(node, code) if node else None


def create(client: Client, terms: DiscountTerms) -> DiscountMade:
    """Make the code. Raises CodeTaken, Refused, and OutcomeUnknown when it may exist."""
    answer = client.run(CREATE_CODE, CreateCodeAnswer, discount=_input(terms))
    outcome = answer.discount_code_basic_create
    refuse(outcome.user_errors, f"code {terms.code}")
    if outcome.code_discount_node is None:
        raise OutcomeUnknown("Shopify did not say which discount it made")
    return _made(outcome.code_discount_node, terms.code)


def _input(terms: DiscountTerms) -> dict[str, Any]:
    return {
        "title": terms.reference,
        "code": terms.code,
        "startsAt": _text(terms.starts_at),
        "endsAt": _text(terms.expires_at),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": {"all": "ALL"},  # `customerSelection` is deprecated
        "combinesWith": {"shippingDiscounts": True},
        "customerGets": {
            "value": {"percentage": float(terms.percent / 100)},
            "items": {"all": True},
        },
    }


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _made(node: DiscountNode, code: str) -> DiscountMade:
    discount = node.code_discount
    spelled = (known.code for known in discount.codes.nodes)
    return DiscountMade(
        platform_id=node.id,
        # A discount may have many codes; the one that we asked for is among them.
        code=next((known for known in spelled if known.lower() == code.lower()), code),
        expires_at=discount.ends_at.astimezone(UTC) if discount.ends_at else None,
        reference=discount.title,
    )
