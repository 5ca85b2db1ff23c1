"""Single-use coupons, made and looked up by code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from connector.domain.discounts import DiscountTerms, OfferKind, flaw
from connector.errors import OutcomeUnknown, Refused
from connector.ports.platform import DiscountMade, Retired
from connector.structs import work_out
from platforms.woocommerce import values
from platforms.woocommerce.client import Client
from platforms.woocommerce.payloads import Meta

REFERENCE_KEY = "_cartwright_ref"
_LIMITS = ("usage_limit", "usage_limit_per_user")
_MOST = 100  # goods or categories of one code: a page of REST; and a batch
_NO_COUPON = "woocommerce_rest_shop_coupon_invalid_id"


class Coupon(msgspec.Struct):
    """A coupon of the store, as far as we ask for it."""

    id: int
    code: str
    amount: float = 0.0
    discount_type: str = ""
    date_expires_gmt: datetime | None = None  # UTC, written without a zone
    usage_count: int = 0
    usage_limit: int | None = None
    usage_limit_per_user: int | None = None
    individual_use: bool = False
    free_shipping: bool = False
    product_ids: list[int] = msgspec.field(default_factory=list)
    product_categories: list[int] = msgspec.field(default_factory=list)
    minimum_amount: float = 0.0
    email_restrictions: list[str] = msgspec.field(default_factory=list)
    meta_data: list[Meta] = msgspec.field(default_factory=list)


class BatchError(msgspec.Struct):
    """Why one thing of a batch was not done."""

    code: str = ""
    message: str = ""


class BatchItem(msgspec.Struct):
    """What became of one thing of a batch."""

    error: BatchError | None = None


class Batch(msgspec.Struct):
    """The answer to a batch of deletions, in their order."""

    delete: list[BatchItem] = msgspec.field(default_factory=list)


class Named(msgspec.Struct):
    """A product or category, of which only the id matters."""

    id: int


def find(client: Client, code: str) -> DiscountMade | None:
    """The coupon of this code, in any case of letters (the store keeps lower case)."""
    found = client.get("coupons", code=code).read(list[Coupon])
    same = [coupon for coupon in found if coupon.code.casefold() == code.casefold()]
    return _made(same[0]) if same else None


def create(client: Client, currency: str, terms: DiscountTerms) -> DiscountMade:
    """Make the coupon and read the answer; Refused, and deleted, if it is not as asked."""
    wrong = flaw(terms, currency)
    if wrong:
        raise Refused(f"code {terms.code}: {wrong}")
    _check_goods(client, "products", terms.product_ids)
    _check_goods(client, "products/categories", terms.collection_ids)
    coupon = client.post("coupons", _order(terms)).read(Coupon)
    _check(client, coupon, terms)
    return _made(coupon)


def check(client: Client, platform_id: str, terms: DiscountTerms) -> None:
    """The same of a coupon that was found: whoever made it may have died before looking."""
    if values.is_id(platform_id):
        _check(client, client.get(f"coupons/{platform_id}").read(Coupon), terms)


def _check(client: Client, coupon: Coupon, terms: DiscountTerms) -> None:
    if not _is_as_asked(coupon, terms, _order(terms)):
        client.delete(f"coupons/{coupon.id}")
        raise Refused("the store changed the coupon's terms; it was deleted again")


def retire(client: Client, ids: Sequence[str]) -> list[Retired]:
    """Delete the coupons that nobody used, for good; used ones are spent and stay in the books.

    At most 100 go in one batch, whose answer is 200 also when single ones failed.
    """
    known = [key for key in dict.fromkeys(ids) if values.is_id(key)]
    chunks = [known[start : start + _MOST] for start in range(0, len(known), _MOST)]
    done = [one for chunk in chunks for one in _retired(client, chunk)]
    odd = [Retired(key, error="no id of a coupon") for key in ids if not values.is_id(key)]
    return [*done, *odd]


def _retired(client: Client, ids: Sequence[str]) -> list[Retired]:
    found = client.get("coupons", include=",".join(ids), per_page=str(_MOST)).read(list[Coupon])
    there = {str(coupon.id): coupon.usage_count > 0 for coupon in found}
    unused = [int(key) for key, used in there.items() if not used]
    errors = _deleted(client, unused) if unused else {}
    return [Retired(key, there.get(key, False), errors.get(key, "")) for key in ids]


def _deleted(client: Client, ids: Sequence[int]) -> dict[str, str]:
    """Why single ones are still there; an answer stands at the place of its question."""
    answer = client.post("coupons/batch", {"delete": list(ids)}).read(Batch)
    if len(answer.delete) != len(ids):
        raise OutcomeUnknown("the store did not say what became of the coupons")
    asked = zip(ids, answer.delete, strict=True)
    wrong = {str(key): one.error for key, one in asked if one.error}
    return {key: values.text(e.message) for key, e in wrong.items() if e.code != _NO_COUPON}


def _check_goods(client: Client, kind: str, ids: Sequence[str]) -> None:
    """Refused for what the store has not: core takes any number, and the code fits nothing."""
    if not ids:
        return
    odd = [key for key in ids if not values.is_id(key)]
    if odd or len(ids) > _MOST:
        raise Refused(f"no list of {kind}: {values.text(','.join(odd or ids))[:100]}")
    found = client.get(kind, include=",".join(ids), per_page=str(_MOST)).read(list[Named])
    gone = {int(key) for key in ids} - {one.id for one in found}
    if gone:
        raise Refused(f"the store has no {kind} {', '.join(map(str, sorted(gone)))}")


def _order(terms: DiscountTerms) -> dict[str, Any]:
    """`date_expires` with Z is that instant; `date_expires_gmt` would be silently ignored.

    The code is bound to nobody: with `email_restrictions` a guest whose session has no e-mail
    yet cannot apply it from a link (10.9), and core drops addresses that it dislikes without a
    word. What protects it is that nobody can guess it and that it works once.
    """
    kind, amount = _value(terms)
    return {
        "code": terms.code,
        "discount_type": kind,
        "amount": f"{amount.normalize():f}",
        "free_shipping": terms.kind is OfferKind.FREE_SHIPPING,
        "date_expires": terms.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "usage_limit": 1,
        "usage_limit_per_user": 1,
        "individual_use": not terms.combines,
        "product_ids": [int(key) for key in terms.product_ids],
        "product_categories": [int(key) for key in terms.collection_ids],
        "minimum_amount": f"{terms.minimum.amount:f}" if terms.minimum else "0",
        "description": terms.reference,
        "meta_data": [{"key": REFERENCE_KEY, "value": terms.reference}],
    }


def _value(terms: DiscountTerms) -> tuple[str, Decimal]:
    """Type and amount. Free shipping takes nothing off the goods.

    It needs a shipping method "Free shipping" that asks for a coupon, in the shopper's zone.
    """
    if terms.kind is OfferKind.FIXED and terms.amount is not None:
        return "fixed_cart", terms.amount.amount  # in the store's currency
    if terms.kind is OfferKind.FREE_SHIPPING:
        return "fixed_cart", Decimal(0)
    return "percent", terms.percent


def _is_as_asked(coupon: Coupon, terms: DiscountTerms, asked: Mapping[str, Any]) -> bool:
    exact = ("discount_type", "free_shipping", "individual_use", *_LIMITS)
    return (
        _expiry(coupon) == terms.expires_at.replace(microsecond=0)
        and all(getattr(coupon, name) == asked[name] for name in exact)
        and set(coupon.product_ids) == set(asked["product_ids"])
        and set(coupon.email_restrictions) == set(asked.get("email_restrictions", ()))
        and set(coupon.product_categories) == set(asked["product_categories"])
        and _is_about(coupon.amount, asked["amount"])
        and _is_about(coupon.minimum_amount, asked["minimum_amount"])
    )


def _is_about(shown: float, asked: str) -> bool:
    """REST shows amounts with two digits, whatever the currency has."""
    return abs(Decimal(str(shown)) - Decimal(asked)) <= Decimal("0.005")


def _expiry(coupon: Coupon) -> datetime | None:
    return coupon.date_expires_gmt and coupon.date_expires_gmt.replace(tzinfo=UTC)


def _made(coupon: Coupon) -> DiscountMade:
    return DiscountMade(
        platform_id=str(coupon.id),
        code=values.text(coupon.code),
        expires_at=_expiry(coupon),
        reference=values.meta(coupon.meta_data, REFERENCE_KEY),
    )


work_out(globals())
