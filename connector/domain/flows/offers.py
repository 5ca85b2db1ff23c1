"""What a message gives: one code, or two that work together."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from connector.domain.discounts import OfferKind
from connector.domain.flows.forms import Currency, Form, Line, Number, decimal, lasting

MAX_AMOUNT = 100_000_000  # of any currency: some 2,000 euros in Iranian rials, and in no other less


class Offer(Form, frozen=True, kw_only=True):
    """5 means 5 %; amounts are in the store's currency. Each person gets codes of her own.

    `otherwise` is the template that is used when she is to have no offer (the guard's
    budget); without one the message is not sent.
    """

    percent: Annotated[Number, Meta(gt=0, le=100)] | None = None
    amount: Annotated[Number, Meta(gt=0, le=MAX_AMOUNT)] | None = None
    free_shipping: bool = False
    currency: Currency | None = None
    minimum: Annotated[Number, Meta(gt=0, le=MAX_AMOUNT)] | None = None
    products: list[Line] = []
    collections: list[Line] = []
    valid_hours: float = 48
    personal: bool = True  # bound to the person where the platform can
    otherwise: str = ""

    def __post_init__(self) -> None:
        """Refuse what is no offer, or two that exclude each other."""
        if self.percent is not None and self.amount is not None:
            raise ValueError("percent and amount exclude each other — give one of them")
        if not self.kinds():
            raise ValueError("an offer gives percent, amount or free_shipping — say which")
        lasting("valid_hours", self.valid_hours)

    def kinds(self) -> tuple[OfferKind, ...]:
        """The codes that it takes."""
        found = (
            (OfferKind.FREE_SHIPPING, self.free_shipping),
            (OfferKind.PERCENT, self.percent is not None),
            (OfferKind.FIXED, self.amount is not None),
        )
        return tuple(kind for kind, given in found if given)

    @property
    def size(self) -> Decimal:
        """How much is given, to compare two offers of one kind."""
        return decimal(self.percent or self.amount or 0)

    @property
    def valid_for(self) -> timedelta:
        """How long a code works from when it is made."""
        return timedelta(hours=self.valid_hours)
