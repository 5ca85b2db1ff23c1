"""What a store has for its flows: the other side of every check that needs a store."""

from __future__ import annotations

from dataclasses import dataclass

Template = tuple[str, str]  # medium, name

LATER_MEDIA = {"kakao": "KakaoTalk"}
PICTURES = "pictures in messages"


@dataclass(frozen=True)
class StoreMeans:
    """What a flow can count on; `media` and `outlets` are None when no store is asked.

    Currency "" is a store's that is not known: then only what the flow itself names is checked.
    """

    templates: frozenset[Template] = frozenset()
    show_offer: frozenset[Template] = frozenset()  # of the templates: they show the codes
    need_offer: frozenset[Template] = frozenset()  # and make no sense without one
    ask_to_buy: frozenset[Template] = frozenset()  # and lead back to the cart, or give an offer
    currency: str = ""
    media: frozenset[str] | None = None  # with an account of the store's
    outlets: frozenset[str] | None = None  # "slack", "webhook", "staff_email"
    capabilities: frozenset[str] = frozenset()  # "segments", ...: what LATER names is refused
    per_day: int = 1  # what other flows may send one person; 0 means no bound
    per_week: int = 2

    @property
    def known_media(self) -> frozenset[str]:
        """The media for which there are templates."""
        return frozenset(medium for medium, _ in self.templates)
