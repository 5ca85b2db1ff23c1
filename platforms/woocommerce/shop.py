"""What we read of a store: who it is, its orders, its products."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from connector.errors import AdapterError
from connector.ports.events import Ignored, StoreEvent
from connector.ports.platform import ProductCard, StoreAccount, StoreInfo
from connector.structs import work_out
from platforms.woocommerce import plugin_status, values
from platforms.woocommerce.client import Client
from platforms.woocommerce.parse import UNREADABLE, read
from platforms.woocommerce.parse_orders import order_events
from platforms.woocommerce.payloads import Envelope, Image, Order

_PAGE = 100  # the most that REST gives at once


class Index(msgspec.Struct):
    """The open index; a shop on a fixed offset has no zone name."""

    name: str = ""
    home: str = ""
    timezone_string: str = ""
    gmt_offset: float = 0


class StoreSetting(msgspec.Struct):
    """One setting."""

    value: str = ""


class Category(msgspec.Struct):
    """A category that a product is in."""

    id: int


class Product(msgspec.Struct):
    """A product, as far as messages show it."""

    id: int
    name: str = ""
    status: str = ""
    permalink: str = ""
    images: list[Image] = msgspec.field(default_factory=list)
    categories: list[Category] = msgspec.field(default_factory=list)


def info(client: Client) -> StoreInfo:
    """The store's name, currency, zone, country and address of its pages."""
    index = client.index().read(Index)
    country = _setting(client, "woocommerce_default_country")  # "US:CA"
    return StoreInfo(
        name=values.plain(index.name),
        currency=_setting(client, "woocommerce_currency"),
        timezone=values.text(index.timezone_string) or _fixed_zone(index.gmt_offset),
        storefront=values.text(index.home).rstrip("/"),
        email="",  # no open setting tells it
        country=country.partition(":")[0],
        ref=_store_id(client),
    )


def _store_id(client: Client) -> str:
    """Which shop this is, whoever has its address now; "" where core does not tell in time."""
    try:
        return values.text(plugin_status.environment(client).store_id)[:100]
    except AdapterError:
        return ""


def _setting(client: Client, name: str) -> str:
    return values.text(client.get(f"settings/general/{name}").read(StoreSetting).value)


def _fixed_zone(offset: float) -> str:
    """A zone without summer time; IANA's signs are the other way round (Etc/GMT-9 is +9)."""
    return f"Etc/GMT{-round(offset):+d}" if round(offset) else "UTC"


def orders_since(client: Client, account: StoreAccount, since: datetime) -> list[StoreEvent]:
    """Events of every order changed at or after `since`, oldest first; last, what has no form.

    One order that makes no sense must not hide the others from us: it is named and left out.
    """
    found = [_order(row) for row in _changed(client, since)]
    known = {(o.id, o.date_modified_gmt): o for o in found if isinstance(o, Order)}
    oldest_first = sorted(known.values(), key=lambda o: (o.date_modified_gmt or "", o.id))
    events = [event for order in oldest_first for event in _events(account, order, since)]
    return [*events, *dict.fromkeys(o for o in found if isinstance(o, Ignored))]


def _order(row: msgspec.Raw) -> Order | Ignored:
    try:
        return read(row, Order)
    except UNREADABLE as error:
        return _unreadable(_id(row), error)


def _id(row: msgspec.Raw) -> str:
    try:
        return values.text(read(row, Envelope).id)[:100] or "without an id"
    except UNREADABLE:
        return "without an id"


def _events(account: StoreAccount, order: Order, since: datetime) -> list[StoreEvent]:
    try:
        return order_events(account, order, since)
    except UNREADABLE as error:
        return [_unreadable(str(order.id), error)]


def _unreadable(name: str, error: Exception) -> Ignored:
    return Ignored(f"order {name} cannot be read: {values.text(str(error))[:200]}")


def _changed(client: Client, since: datetime) -> list[msgspec.Raw]:
    """All pages, the last one first.

    An order that changes while we read moves to the end, and the others move up a place:
    reading towards the front may see one twice, and skips none. The first page, which told
    how many there are, is therefore read again at the end.
    """
    first, pages = _page(client, since, 1)
    backwards = range(pages, 0, -1) if pages > 1 else ()
    return [*first, *(order for page in backwards for order in _page(client, since, page)[0])]


def _page(client: Client, since: datetime, page: int) -> tuple[list[msgspec.Raw], int]:
    before = since.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=1)
    answer = client.get(
        "orders",
        modified_after=before.strftime("%Y-%m-%dT%H:%M:%S"),  # strictly after, whole seconds
        dates_are_gmt="true",
        orderby="modified",
        order="asc",
        status="any",
        per_page=str(_PAGE),
        page=str(page),
    )
    return answer.read(list[msgspec.Raw]), answer.pages


def products(client: Client, product_ids: Sequence[str]) -> list[ProductCard]:
    """The cards of these products, without drafts and what is gone."""
    wanted = [key for key in dict.fromkeys(product_ids) if values.is_id(key)]
    chunks = [wanted[start : start + _PAGE] for start in range(0, len(wanted), _PAGE)]
    return [card for chunk in chunks for card in _cards(client, chunk)]


def _cards(client: Client, ids: Sequence[str]) -> list[ProductCard]:
    answer = client.get("products", include=",".join(ids), per_page=str(_PAGE))
    found = answer.read(list[Product])
    return [card(product) for product in found if product.status == "publish"]


def card(product: Product) -> ProductCard:
    """What a message shows of a product."""
    return ProductCard(
        product_id=str(product.id),
        title=values.plain(product.name),
        image_url=values.text(product.images[0].src if product.images else ""),
        product_url=values.text(product.permalink),
        collections=tuple(str(category.id) for category in product.categories),
    )


work_out(globals())
