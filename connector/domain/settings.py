"""How a store wants things done, with defaults that are safe when nobody chose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from msgspec import field as named

from connector.domain.flows.flow import Exclusions
from connector.domain.flows.forms import Form, Wall, wall
from connector.domain.hours import Hours
from connector.domain.names import is_country

_Count = Annotated[int, Meta(ge=0, le=1000)]
_Price = Annotated[float, Meta(ge=0, le=1_000_000)]
MICROS = 1_000_000


class EmailTo(StrEnum):
    """Who may get marketing mail."""

    BY_COUNTRY = "by_country"  # consented where the law wants it, else not refused
    CONSENTED = "consented"
    NOT_REFUSED = "not_refused"


class Anchor(StrEnum):
    """What opens the window in which an order is credited to a message."""

    CLICK = "click"
    DELIVERY = "delivery"


class Quiet(Form, frozen=True, kw_only=True):
    """Barred hours of a medium, in the person's own time; `resume` is when barred ones go out.

    Without `resume` they go out as soon as the barred hours end (TasOn sets 17:00).
    """

    from_: Wall = named(name="from")
    until: Wall
    resume: Wall | None = None

    @property
    def hours(self) -> Hours:
        """The same as the hours that are allowed."""
        return Hours.quiet(
            wall(self.from_), wall(self.until), wall(self.resume) if self.resume else None
        )


class Caps(Form, frozen=True, kw_only=True):
    """How much marketing one person gets from all flows together; 0 means no bound.

    Counted are messages of other flows than the one that wants to write. Two messages of one
    flow keep `gap_minutes` apart, also when something held the first one up.
    """

    per_day: _Count = 1
    per_week: _Count = 2
    gap_minutes: Annotated[int, Meta(ge=0, le=72 * 60)] = 60


class OfferGuard(Form, frozen=True, kw_only=True):
    """Offers that a person gets at most, and who gets none: she who abandons to get them."""

    per_person: _Count = 4  # messages with an offer, within `days`; 0 means no bound
    days: Annotated[int, Meta(ge=1, le=730)] = 90
    serial_carts: _Count = 5  # from so many abandoned carts on, within `serial_days`: none
    serial_days: Annotated[int, Meta(ge=1, le=730)] = 60


class Texts(Form, frozen=True, kw_only=True):
    """What texts may cost, in the currency of the vendor's bill; caps are hard."""

    price: dict[str, _Price] = {}  # a segment, by country ("US") or "*" for all others
    most: _Price | None = None  # a text that costs more is not sent
    month_cap: _Price | None = None

    def __post_init__(self) -> None:
        """Refuse prices of no country, and a cap against which some texts would not count."""
        for code in self.price:
            if code != "*" and not is_country(code):
                raise ValueError(f"price: {code!r} is no country — use ISO 3166: GB, and not UK")
        for name, given in (("most", self.most), ("month_cap", self.month_cap)):
            if given is not None and not self.price.get("*"):
                what = f"{name} without a price for all countries: texts would cost nothing"
                raise ValueError(f"{what} — say texts.price.*, the most that a segment costs")


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """A store's choices."""

    idle_minutes: Annotated[int, Meta(ge=10, le=1440)] = 30  # without a change: abandoned
    lost_days: Annotated[int, Meta(ge=1, le=365)] = 30  # and lost after this long
    email_to: EmailTo = EmailTo.BY_COUNTRY
    email_blind: Literal["wait", "send"] = "wait"  # when the store cannot be asked for orders
    own_mail: Literal["hold", "ignore"] = "hold"  # our first mail, where the shop itself wrote
    quiet: dict[str, Quiet] = named(
        default_factory=lambda: {"sms": Quiet(from_="20:00", until="08:00")}
    )
    caps: Caps = Caps()
    offers: OfferGuard = OfferGuard()
    texts: Texts = Texts()
    exclude: Exclusions = Exclusions()
    bots: Literal["keep_out", "let_in"] = "keep_out"  # carts of machines: see domain.bots
    staff_email: str = ""
    credit_hours: Annotated[int, Meta(ge=1, le=24 * 90)] = 24
    credit_anchor: Anchor = Anchor.CLICK

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> StoreSettings:
        """Read what was stored; unknown keys are other modules' business.

        ValueError with the place if a value is not what its setting allows.
        """
        known = {name: stored[name] for name in cls.__struct_fields__ if name in stored}
        return msgspec.convert(known, cls)

    @property
    def idle(self) -> timedelta:
        """How long without a change makes a cart abandoned."""
        return timedelta(minutes=self.idle_minutes)

    @property
    def lost(self) -> timedelta:
        """How long after abandonment a cart is given up."""
        return timedelta(days=self.lost_days)

    @property
    def credit_window(self) -> timedelta:
        """How long after the anchor an order is credited."""
        return timedelta(hours=self.credit_hours)

    def hours(self, medium: str) -> tuple[Hours, ...]:
        """The store's own hours for a medium; the law's come on top."""
        quiet = self.quiet.get(medium)
        return (quiet.hours,) if quiet else ()

    def price_micros(self, country: str, segments: int) -> int:
        """What a text costs, in millionths of the bill's currency; 0 when no price is known."""
        price = self.texts.price.get(country, self.texts.price.get("*", 0.0))
        return round(price * MICROS) * segments


msgspec.json.Decoder(StoreSettings)  # worked out now: two threads at once crash (flows/source.py)
