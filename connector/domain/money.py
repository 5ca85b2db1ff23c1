"""Money as whole minor units and a currency, so that nothing is ever rounded by accident."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision


@dataclass(frozen=True, order=True)
class Money:
    """An amount in minor units (cents, won, fils) of one ISO 4217 currency."""

    currency: str
    minor: int

    @classmethod
    def parse(cls, amount: str | float, currency: str) -> Money:
        """Read a platform's decimal ("12.50", 18.5) exactly.

        Raises ValueError for text that is no number, for a currency that is no three
        letters, and for digits that the currency does not have (12.345 USD).
        """
        exact = _scaled(amount, currency)
        if exact != exact.to_integral_value():
            raise ValueError(f"{amount} has more digits than {currency}")
        return cls(currency, int(exact))

    @classmethod
    def rounded(cls, amount: str | float, currency: str) -> Money:
        """Read a computed decimal (a unit price made by division), half up to the unit."""
        return cls(currency, int(_scaled(amount, currency).to_integral_value(ROUND_HALF_UP)))

    @property
    def amount(self) -> Decimal:
        """The amount as a decimal, with just the currency's digits ("12.50", "12000")."""
        return Decimal(self.minor).scaleb(-digits(self.currency))

    def __add__(self, other: Money) -> Money:
        return Money(self._same(other), self.minor + other.minor)

    def __sub__(self, other: Money) -> Money:
        return Money(self._same(other), self.minor - other.minor)

    def __mul__(self, count: int) -> Money:
        return Money(self.currency, self.minor * count)

    def text(self, locale: str = "en") -> str:
        """Write the amount as a reader of `locale` expects it ("$12.50", "₩12,000")."""
        return format_currency(self.amount, self.currency, locale=locale)

    def _same(self, other: Money) -> str:
        if self.currency != other.currency:
            raise ValueError(f"cannot mix {self.currency} and {other.currency}")
        return self.currency


def digits(currency: str) -> int:
    """How many digits follow the point: 2 for USD, 0 for KRW, 3 for KWD."""
    return get_currency_precision(currency)


def _scaled(amount: str | float, currency: str) -> Decimal:
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):  # noqa: PLR2004 - ISO 4217
        raise ValueError(f"not a currency: {currency!r}")
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not value.is_finite() or abs(value) > 10**12:
        raise ValueError(f"not an amount: {amount!r}")
    return value.scaleb(digits(currency))
