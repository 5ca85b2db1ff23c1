"""What a cart costs: its goods, the way to her, and what her coupons take off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connector.sandbox.woocommerce import coupons
from connector.sandbox.woocommerce.catalog import Choice
from connector.sandbox.woocommerce.state import State


@dataclass(frozen=True)
class Line:
    """Goods of one kind and what they cost."""

    choice: Choice
    cost: Decimal

    def fits(self, coupon: Mapping[str, Any]) -> bool:
        """True for goods that the coupon is for."""
        product = self.choice.product
        named = {product.id, self.choice.variation_id} & set(coupon["product_ids"])
        grouped = set(product.categories) & set(coupon["product_categories"])
        limited = coupon["product_ids"] or coupon["product_categories"]
        return bool(named or grouped) if limited else True


@dataclass(frozen=True)
class Used:
    """A coupon that was accepted, and what it takes off the goods in all."""

    coupon: Mapping[str, Any]
    off: Decimal


@dataclass(frozen=True)
class Basket:
    """Amounts in the shop's currency; `refusals` says of each other code why not."""

    lines: tuple[Line, ...]
    offs: tuple[Decimal, ...]  # what is taken off each line
    used: tuple[Used, ...]
    refusals: dict[str, str]
    rate: Decimal  # of the shop's only paid shipping method

    @property
    def worth(self) -> Decimal:
        """The goods before any coupon."""
        return sum((line.cost for line in self.lines), Decimal(0))

    @property
    def off(self) -> Decimal:
        """What the coupons take off the goods."""
        return sum(self.offs, Decimal(0))

    @property
    def is_free_of_shipping(self) -> bool:
        """True when a coupon opens the method "Free shipping"."""
        return any(one.coupon["free_shipping"] for one in self.used)

    @property
    def shipping(self) -> Decimal:
        """What she pays for the way to her."""
        return Decimal(0) if self.is_free_of_shipping else self.rate

    @property
    def total(self) -> Decimal:
        """What is to be paid."""
        return self.worth - self.off + self.shipping


def make(state: State, lines: Sequence[Line], email: str, codes: Sequence[str]) -> Basket:
    """The basket with these codes, applied one after the other."""
    accepted: list[dict[str, Any]] = []
    refusals = {}
    for code in dict.fromkeys(code.strip().lower() for code in codes if code.strip()):
        reason = _refusal(state, code, lines, email, accepted)
        if reason:
            refusals[code] = reason
        else:
            accepted = _beside(accepted, coupons.known(state, code))
    offs = [_shares(state, lines, coupon) for coupon in accepted]
    return Basket(
        lines=tuple(lines),
        offs=tuple(
            min(line.cost, sum((off[number] for off in offs), Decimal(0)))
            for number, line in enumerate(lines)
        ),
        used=tuple(
            Used(one, sum(off, Decimal(0))) for one, off in zip(accepted, offs, strict=True)
        ),
        refusals=refusals,
        rate=state.shipping if lines else Decimal(0),
    )


def _beside(accepted: list[dict[str, Any]], coupon: dict[str, Any]) -> list[dict[str, Any]]:
    """A coupon for individual use puts the others out of the cart."""
    return [coupon] if coupon["individual_use"] else [*accepted, coupon]


def _refusal(
    state: State, code: str, lines: Sequence[Line], email: str, others: Sequence[Mapping[str, Any]]
) -> str:
    """Why she may not use a code now, as she reads it; "" when she may."""
    reason = coupons.refusal(state, code)
    if reason:
        return reason
    coupon = coupons.known(state, code)
    worth = sum((line.cost for line in lines), Decimal(0))
    least = Decimal(coupon["minimum_amount"])
    alone = next((other["code"] for other in others if other["individual_use"]), "")
    wrong = {
        f'Coupon "{alone}" has already been applied and cannot be used with others.': bool(alone),
        f'The minimum spend for coupon "{code}" is {state.money(least)}.': worth < least,
        f'Coupon "{code}" is not applicable to selected products.': (
            not any(line.fits(coupon) for line in lines)
        ),
        f'Please enter a valid email at checkout to use coupon code "{code}".': (
            not _is_hers(coupons.addresses(coupon), email)
        ),
        f'Usage limit for coupon "{code}" has been reached.': _used_up(coupon, email),
    }
    return next((words for words, is_so in wrong.items() if is_so), "")


def _is_hers(allowed: Sequence[str], email: str) -> bool:
    """True if the address is one of those, where * stands for anything."""
    patterns = (re.escape(one.lower()).replace(r"\*", ".*") for one in allowed)
    return not allowed or any(re.fullmatch(p, email.lower()) for p in patterns)


def _used_up(coupon: Mapping[str, Any], email: str) -> bool:
    limit = coupon["usage_limit_per_user"]
    return bool(limit and email) and coupon["used_by"].count(email.lower()) >= limit


def _shares(state: State, lines: Sequence[Line], coupon: Mapping[str, Any]) -> list[Decimal]:
    """What one coupon takes off each line: in proportion, the rounding in the last one."""
    fitting = sum((line.cost for line in lines if line.fits(coupon)), Decimal(0))
    wanted = coupons.discount(state, coupon, fitting)
    shares, taken, seen = [], Decimal(0), Decimal(0)
    for line in lines:
        seen += line.cost if line.fits(coupon) else Decimal(0)
        so_far = state.rounded(wanted * seen / fitting) if fitting else Decimal(0)
        shares.append(so_far - taken)
        taken = so_far
    return shares
