"""What our shop plugin says of the shop it runs in."""

from __future__ import annotations

import msgspec

from connector.structs import work_out
from platforms.woocommerce.client import Client, StoreRefused

_NO_PLUGIN = "rest_no_route"


class Cron(msgspec.Struct):
    """WordPress's clock: whether page views start it, and how late the oldest work is (s)."""

    disabled: bool = False
    oldest_due_s: int = 0


class Status(msgspec.Struct):
    """`GET wc-cartwright/v1/status`."""

    plugin: str  # its version
    woocommerce: str = ""
    wordpress: str = ""
    php: str = ""
    checkout: str = ""  # "block", "classic"
    cron: Cron = msgspec.field(default_factory=Cron)
    direct_push: bool = False  # carts come at once, whatever the cron does
    notice: bool = True  # shoppers are told that their address is kept
    currency: str = ""
    own_recovery_mail: bool | None = None  # None: this WooCommerce has none


class Environment(msgspec.Struct):
    """What a shop runs on, told by core where our plugin is not."""

    version: str = ""
    wp_cron: bool = True
    store_id: str = ""  # a UUID that core makes once and keeps with the database (since 8.4)


class SystemStatus(msgspec.Struct):
    """`GET system_status?_fields=environment`."""

    environment: Environment


def environment(client: Client) -> Environment:
    """What core tells of the shop's software."""
    return client.get("system_status", _fields="environment").read(SystemStatus).environment


def read(client: Client) -> Status | None:
    """The plugin's word; None where it is not installed or not active."""
    try:
        return client.get_ours("status").read(Status)
    except StoreRefused as refusal:
        if refusal.code == _NO_PLUGIN:
            return None
        raise


work_out(globals())
