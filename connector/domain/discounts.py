"""Discount terms, and the code that names an offer: the same intent gives the same code."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that are misread or spell words
_LENGTH = 10  # 30^10 = 5.9e14: not to be guessed


class OfferKind(StrEnum):
    """What a code gives."""

    PERCENT = "percent"


@dataclass(frozen=True)
class DiscountTerms:
    """A single-use code as it must exist at the platform; `percent` of 5 means 5 %."""

    code: str
    kind: OfferKind
    percent: Decimal
    starts_at: datetime
    expires_at: datetime
    reference: str  # ours, for example "run 12, step offer"; kept at the platform


def code_for(secret: bytes, run_id: int, step_id: str, kind: OfferKind) -> str:
    """The code of this run, step and kind, always the same; not guessable without `secret`."""
    name = f"discount:{run_id}:{step_id}:{kind}".encode()
    number = int.from_bytes(hmac.digest(secret, name, hashlib.sha256)[:16], "big")
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "BACK-" + "".join(letters)
