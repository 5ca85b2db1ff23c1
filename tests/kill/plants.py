"""Bugs that are planted in the crew on purpose: a campaign that misses them proves nothing."""

from __future__ import annotations

from connector.services import unknowns
from jobs import dispatch


def send_again_blindly() -> None:
    """Whatever broke off in the middle is simply due again: what most plugins do."""
    blindly = (
        "update messages set state = 'scheduled', lease_token = null, lease_until = null,"
        " rung_until = null where state = 'inflight' and lease_until < clock_timestamp()"
    )
    setattr(dispatch, "RESCUE", (blindly, *dispatch.RESCUE))  # noqa: B010 - of another length


def believe_no_vendor() -> None:
    """What the vendor shows is never ours."""
    unknowns._is_ours = lambda *_: False
