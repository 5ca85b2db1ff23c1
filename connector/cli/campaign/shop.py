"""The campaign's shop: WooCommerce in what it says, the campaign's provider in what it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from connector.cli.campaign import wire
from connector.domain.discounts import DiscountTerms
from connector.errors import CodeTaken
from connector.ports.events import StoreEvent
from connector.ports.platform import DiscountMade, ProductCard
from platforms import PLATFORMS
from platforms.woocommerce.adapter import WooCommerce

_TAKEN, _ABSENT = 409, 404


class Shop(WooCommerce):
    """Signs and speaks as WooCommerce does; its codes live at the provider."""

    @property
    def _door(self) -> str:
        return self.account.credentials["door"]

    def orders_since(self, since: datetime) -> list[StoreEvent]:
        """None: purchases come in by themselves here."""
        del since
        return []

    def find_discount(self, code: str) -> DiscountMade | None:
        """A code by its name."""
        status, found = wire.ask(self._door, "GET", f"/codes/{code}")
        return None if status == _ABSENT else _made(found)

    def create_discount(self, terms: DiscountTerms) -> DiscountMade:
        """Make a code; CodeTaken if it exists."""
        wanted = {
            "code": terms.code,
            "reference": terms.reference,
            "kind": str(terms.kind),
            "expires_at": terms.expires_at.isoformat(),
        }
        status, found = wire.ask(self._door, "POST", "/codes", wanted)
        if status == _TAKEN:
            raise CodeTaken(f"the code {terms.code} exists")
        return _made(found)

    def check_discount(self, found: DiscountMade, wanted: DiscountTerms) -> None:
        """The provider keeps of a code what its name and reference say: that was compared."""
        del found, wanted

    def products(self, product_ids: Sequence[str]) -> list[ProductCard]:
        """No pictures here."""
        del product_ids
        return []


def _made(code: dict[str, Any]) -> DiscountMade:
    expires_at = datetime.fromisoformat(code["expires_at"])
    return DiscountMade(code["id"], code["code"], expires_at, code["reference"])


def register() -> None:
    """Make this process take it for WooCommerce."""
    PLATFORMS[Shop.kind] = Shop
