"""What a message of a flow is: by which media, saying what, giving what."""

from __future__ import annotations

from connector.domain.flows.forms import Form, Word, lasting
from connector.domain.flows.offers import Offer


class Sending(Form, frozen=True, kw_only=True):
    """Write to the shopper, once; dropped when it is `within_hours` too late.

    Several media are an order of preference: the next is used only when it is certain that
    nothing went out by the one before.
    """

    medium: Word | list[Word]
    template: Word
    transactional: bool = False
    offer: Offer | None = None
    code_of: Word | None = None  # the discount step whose code it shows
    within_hours: float = 24
    pictures: bool = False  # with a picture of everything in the cart (MMS)

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if not self.media:
            raise ValueError("it goes by no medium — name one: `medium: email`")
        if self.offer and self.code_of:
            raise ValueError("offer and code_of exclude each other — one message, one offer")
        lasting("within_hours", self.within_hours)

    @property
    def media(self) -> tuple[str, ...]:
        """In order of preference."""
        return (self.medium,) if isinstance(self.medium, str) else tuple(self.medium)
