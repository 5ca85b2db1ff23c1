"""wc-auth: the page on which a merchant gives us REST keys, and the keys as her shop posts them.

The shop signs nothing and does not name itself: `user_id` is our own one-time state, and binds it.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from connector.structs import work_out

APP_NAME = "Cartwright"
SCOPE = "read_write"  # webhooks and coupons are made; there is no smaller scope that may

# \Z, since $ also matches before a line break at the end.
_Key = Annotated[str, Meta(pattern=r"^ck_[0-9a-f]{40}\Z")]
_Secret = Annotated[str, Meta(pattern=r"^cs_[0-9a-f]{40}\Z")]


class Keys(msgspec.Struct, forbid_unknown_fields=True):
    """The body that core posts (class-wc-auth.php, post_consumer_data)."""

    key_id: int
    user_id: Annotated[str, Meta(max_length=2000)]
    consumer_key: _Key
    consumer_secret: _Secret
    key_permissions: str

    @property
    def may_write(self) -> bool:
        """True if they may do what we need."""
        return self.key_permissions == SCOPE

    @property
    def credentials(self) -> dict[str, str]:
        """As a store's account keeps them."""
        return {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}


def authorize_url(address: str, state: str, return_url: str, keys_url: str) -> str:
    """Where the merchant is asked, in her own shop. Pretty permalinks only: without them core
    makes links of this page that lead to the front page.
    """
    asked = {
        "app_name": APP_NAME,
        "scope": SCOPE,
        "user_id": state,
        "return_url": return_url,
        "callback_url": keys_url,
    }
    return f"{address}/wc-auth/v1/authorize?{urlencode(asked)}"


def read(body: bytes) -> Keys | None:
    """The keys in what somebody posted; None for every other form."""
    try:
        return msgspec.json.decode(body, type=Keys)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


work_out(globals())
