"""Changes of the database, run as the owner; the other roles are made by the first one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class Login:
    """A database role and its password ("" where the server trusts its socket)."""

    role: str
    password: str

    @classmethod
    def of(cls, url: str) -> Login:
        """The login that a connection URL uses."""
        parts = make_url(url)
        return cls(parts.username or "", parts.password or "")


def upgrade(owner_url: str, app_url: str, broker_url: str) -> None:
    """Bring the database to head; safe to run twice and by two processes at once."""
    config = _config()
    config.attributes["app"] = Login.of(app_url)
    config.attributes["broker"] = Login.of(broker_url)
    engine = create_engine(owner_url)
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql("select pg_advisory_xact_lock(7203514)")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()


def is_at_head(owner_url: str) -> bool:
    """True if no migration is missing."""
    engine = create_engine(owner_url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_heads()
    finally:
        engine.dispose()
    return set(current) == set(ScriptDirectory.from_config(_config()).get_heads())


def _config() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config
