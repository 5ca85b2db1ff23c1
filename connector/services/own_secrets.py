"""The installation's own secrets: kept sealed, so that they outlive the key that sealed them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from connector.crypto import Vault
from connector.models import OwnSecret

_CODES = "codes"


def place(name: str) -> str:
    """Where a sealed secret of the installation belongs."""
    return f"own_secrets:{name}"


def code_secret(session: Session, vault: Vault) -> bytes:
    """What discount codes and links in messages are made with (broker's transaction).

    Written down at its first use, from the oldest key, which it was before it was kept at all;
    the same for ever after, whatever key comes or goes. ConfigError if its key is gone.
    """
    first = vault.seal({"root": vault.first_root.hex()}, place(_CODES))
    row = {"name": _CODES, "sealed": first}
    session.execute(insert(OwnSecret).values(row).on_conflict_do_nothing())
    sealed = session.scalars(select(OwnSecret.sealed).where(OwnSecret.name == _CODES)).one()
    return bytes.fromhex(vault.open(sealed, place(_CODES))["root"])
