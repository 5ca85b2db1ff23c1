"""Discount terms, and the code that names an offer: the same intent gives the same code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from connector.domain.money import Money

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are misread or spell words
_LENGTH = 10  # 30^10 = 5.9e14: not to be guessed


class OfferKind(StrEnum):
    """What a code gives."""

    PERCENT = "percent"
    FIXED = "fixed"
    FREE_SHIPPING = "free_shipping"


@dataclass(frozen=True)
class DiscountTerms:
    """A single-use code as it must exist at the platform; `percent` of 5 means 5 %.

    Two codes of one message (free shipping and 5 %) both have `combines` set: the platform
    must let them be used together. `email` and `customer_id` bind the code to the person
    where the platform can; "" binds it to nobody.
    """

    code: str
    kind: OfferKind
    percent: Decimal  # 0 unless PERCENT
    starts_at: datetime
    expires_at: datetime
    reference: str  # ours, for example "run 12, step offer"; kept at the platform
    amount: Money | None = None  # what FIXED takes off the order
    minimum: Money | None = None  # the least that the goods must cost
    product_ids: tuple[str, ...] = ()  # only these goods; () for all
    collection_ids: tuple[str, ...] = ()  # only goods of these collections or categories
    email: str = ""
    customer_id: str = ""
    combines: bool = False


def flaw(terms: DiscountTerms, currency: str) -> str:
    """What no platform could do for a store of `currency`; "" if there is nothing."""
    money = [amount for amount in (terms.amount, terms.minimum) if amount]
    wrong = {
        f"a code takes off more than 0 and at most 100 %, not {terms.percent} %": (
            terms.kind is OfferKind.PERCENT and not 0 < terms.percent <= 100  # noqa: PLR2004
        ),
        "a fixed amount must be more than nothing": (
            terms.kind is OfferKind.FIXED and (terms.amount is None or terms.amount.minor <= 0)
        ),
        f"the store's currency is {currency}": any(one.currency != currency for one in money),
        "a minimum cannot be below nothing": terms.minimum is not None and terms.minimum.minor < 0,
        "a code is limited to products or to collections, not to both": (
            bool(terms.product_ids and terms.collection_ids)
        ),
    }
    return next((words for words, is_so in wrong.items() if is_so), "")


def code_for(secret: bytes, run_id: int, step_id: str, kind: OfferKind) -> str:
    """The code of this run, step and kind, always the same; not guessable without `secret`."""
    name = f"discount:{run_id}:{step_id}:{kind}".encode()
    number = int.from_bytes(hmac.digest(secret, name, hashlib.sha256)[:16], "big")
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "BACK-" + "".join(letters)
