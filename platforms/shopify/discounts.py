"""Discount codes: found by name, made once, single-use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connector.domain.discounts import DiscountTerms, OfferKind, flaw
from connector.domain.text import one_line
from connector.errors import OutcomeUnknown, Refused
from connector.ports.platform import DiscountMade, Retired
from platforms.shopify.answers import (
    CreateCodeAnswer,
    DiscountCreated,
    DiscountNode,
    FindCodeAnswer,
)
from platforms.shopify.care_answers import (
    CodeDeactivateAnswer,
    CodeDeleteAnswer,
    CodesUseAnswer,
    CodeUse,
)
from platforms.shopify.care_operations import CODE_DEACTIVATE, CODE_DELETE, CODES_USE
from platforms.shopify.client import Client
from platforms.shopify.errors import refuse
from platforms.shopify.names import gid, is_number
from platforms.shopify.operations import CREATE_CODE, CREATE_SHIPPING_CODE, FIND_CODE

_VALID = frozenset({"ACTIVE", "SCHEDULED"})


def find(client: Client, code: str) -> DiscountMade | None:
    """The discount that has this code, in any case of letters; None if there is none."""
    node = client.run(FIND_CODE, FindCodeAnswer, code=code).code_discount_node_by_code
    return _made(node, code) if node else None


def create(client: Client, currency: str, terms: DiscountTerms) -> DiscountMade:
    """Make the code. Raises CodeTaken, Refused, and OutcomeUnknown when it may exist."""
    wrong = flaw(terms, currency)
    if wrong:
        raise Refused(f"code {terms.code}: {wrong}")
    outcome = _shipping(client, terms) if _is_shipping(terms) else _goods(client, terms)
    if outcome is None:
        raise OutcomeUnknown("Shopify did not answer what we asked for")
    refuse(outcome.user_errors, f"code {terms.code}")
    if outcome.code_discount_node is None:
        raise OutcomeUnknown("Shopify did not say which discount it made")
    return _made(outcome.code_discount_node, terms.code)


def _is_shipping(terms: DiscountTerms) -> bool:
    return terms.kind is OfferKind.FREE_SHIPPING


def _goods(client: Client, terms: DiscountTerms) -> DiscountCreated | None:
    """Money off the goods; works beside free shipping, which the shop may give by itself.

    Two discounts are used together only if each says that it combines with the other's class.
    """
    asked = {
        **_common(terms),
        "combinesWith": {"shippingDiscounts": True},
        "customerGets": {"value": _value(terms), "items": _items(terms)},
    }
    return client.run(CREATE_CODE, CreateCodeAnswer, discount=asked).discount_code_basic_create


def _shipping(client: Client, terms: DiscountTerms) -> DiscountCreated | None:
    """Free shipping, everywhere; Shopify cannot limit it to some goods."""
    if terms.product_ids or terms.collection_ids:
        raise Refused("Shopify gives free shipping for the whole order, not for some goods")
    asked = {
        **_common(terms),
        "combinesWith": {"orderDiscounts": terms.combines, "productDiscounts": terms.combines},
        "destination": {"all": True},
    }
    answer = client.run(CREATE_SHIPPING_CODE, CreateCodeAnswer, discount=asked)
    return answer.discount_code_free_shipping_create


def _common(terms: DiscountTerms) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "title": terms.reference,
        "code": terms.code,
        "startsAt": _text(terms.starts_at),
        "endsAt": _text(terms.expires_at),
        "usageLimit": 1,
        "appliesOncePerCustomer": True,
        "context": _context(terms),  # `customerSelection` is deprecated
    }
    if terms.minimum is not None:
        least = f"{terms.minimum.amount:f}"
        asked["minimumRequirement"] = {"subtotal": {"greaterThanOrEqualToSubtotal": least}}
    return asked


def _context(terms: DiscountTerms) -> dict[str, Any]:
    """Bound to her account where we know it; the API takes no e-mail address."""
    if is_number(terms.customer_id):
        return {"customers": {"add": [gid("Customer", terms.customer_id)]}}
    return {"all": "ALL"}


def _value(terms: DiscountTerms) -> dict[str, Any]:
    if terms.amount is not None:
        amount = f"{terms.amount.amount:f}"  # in the shop's currency
        return {"discountAmount": {"amount": amount, "appliesOnEachItem": False}}
    return {"percentage": float(terms.percent / 100)}


def _items(terms: DiscountTerms) -> dict[str, Any]:
    if terms.product_ids:
        return {"products": {"productsToAdd": _gids("Product", terms.product_ids)}}
    if terms.collection_ids:
        return {"collections": {"add": _gids("Collection", terms.collection_ids)}}
    return {"all": True}


def _gids(kind: str, numbers: Sequence[str]) -> list[str]:
    odd = [number for number in numbers if not is_number(number)]
    if odd:
        raise Refused(f"{one_line(odd[0])[:50]!r} is not the id of a {kind.lower()}")
    return [gid(kind, number) for number in numbers]


def retire(client: Client, ids: Sequence[str]) -> list[Retired]:
    """Delete the codes that nobody used, and stop those that somebody did; one result a code.

    One call a code: the bulk mutations run later and tell no outcome of a single one.
    """
    nodes = client.run(CODES_USE, CodesUseAnswer, ids=list(ids)).nodes
    standing = {node.id: node.code_discount for node in nodes if node and node.id}
    return [_retired(client, one, standing.get(one)) for one in ids]


def _retired(client: Client, platform_id: str, code: CodeUse | None) -> Retired:
    if code is None:  # deleted before, by us or by the merchant
        return Retired(platform_id)
    if code.async_usage_count and code.status not in _VALID:
        return Retired(platform_id, used=True)
    if code.async_usage_count:
        stopped = client.run(CODE_DEACTIVATE, CodeDeactivateAnswer, id=platform_id)
        problems = stopped.discount_code_deactivate.user_errors
    else:
        deleted = client.run(CODE_DELETE, CodeDeleteAnswer, id=platform_id)
        problems = deleted.discount_code_delete.user_errors
    said = one_line("; ".join(problem.message[:200] for problem in problems[:3]))
    return Retired(platform_id, used=bool(code.async_usage_count) and not said, error=said)


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
