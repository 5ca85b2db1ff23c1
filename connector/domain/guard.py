"""The offer guard: who gets no offer, so that discounts teach nobody to abandon carts."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.settings import OfferGuard


@dataclass(frozen=True)
class OfferHistory:
    """What a person got and did, under all her names."""

    offers: int  # messages with an offer within the guard's days, this one not counted
    abandoned: int  # carts that she abandoned within the guard's days, this one counted


def refuses(guard: OfferGuard, history: OfferHistory) -> str:
    """Why she is to have no offer; "" if she may."""
    if guard.per_person and history.offers >= guard.per_person:
        return f"she had {history.offers} offers in {guard.days} days, which is the most"
    if guard.serial_carts and history.abandoned >= guard.serial_carts:
        return f"she abandoned {history.abandoned} carts in {guard.serial_days} days"
    return ""
