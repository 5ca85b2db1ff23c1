"""Single-use percentage coupons, made and looked up by code."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from connector.domain.discounts import DiscountTerms
from connector.errors import Refused
from connector.ports.platform import DiscountMade
from platforms.woocommerce import values
from platforms.woocommerce.client import Client
from platforms.woocommerce.payloads import Meta

REFERENCE_KEY = "_cartwright_ref"


class Coupon(msgspec.Struct):
    """A coupon of the store, as far as we ask for it."""

    id: int
    code: str
    amount: float = 0.0
    discount_type: str = ""
    date_expires_gmt: datetime | None = None  # UTC, written without a zone
    usage_limit: int | None = None
    meta_data: list[Meta] = msgspec.field(default_factory=list)


def find(client: Client, code: str) -> DiscountMade | None:
    """The coupon of this code, in any case of letters (the store keeps lower case)."""
    found = client.get("coupons", code=code).read(list[Coupon])
    same = [coupon for coupon in found if coupon.code.casefold() == code.casefold()]
    return _made(same[0]) if same else None


def create(client: Client, terms: DiscountTerms) -> DiscountMade:
    """Make the coupon and read the answer; Refused, and deleted, if it is not as asked."""
    coupon = client.post("coupons", _order(terms)).read(Coupon)
    if not _is_as_asked(coupon, terms):
        client.delete(f"coupons/{coupon.id}")
        raise Refused("the store changed the coupon's terms; it was deleted again")
    return _made(coupon)


def _order(terms: DiscountTerms) -> dict[str, Any]:
    """`date_expires` with Z is that instant; `date_expires_gmt` would be silently ignored."""
    return {
        "code": terms.code,
        "discount_type": "percent",
        "amount": f"{terms.percent.normalize():f}",
        "date_expires": terms.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "usage_limit": 1,
        "individual_use": False,
        "description": terms.reference,
        "meta_data": [{"key": REFERENCE_KEY, "value": terms.reference}],
    }


def _is_as_asked(coupon: Coupon, terms: DiscountTerms) -> bool:
    return (
        _expiry(coupon) == terms.expires_at.replace(microsecond=0)
        and coupon.usage_limit == 1
        and coupon.discount_type == "percent"
        and coupon.amount == float(terms.percent)
    )


def _expiry(coupon: Coupon) -> datetime | None:
    return coupon.date_expires_gmt and coupon.date_expires_gmt.replace(tzinfo=UTC)


def _made(coupon: Coupon) -> DiscountMade:
    return DiscountMade(
        platform_id=str(coupon.id),
        code=values.text(coupon.code),
        expires_at=_expiry(coupon),
        reference=values.meta(coupon.meta_data, REFERENCE_KEY),
    )
