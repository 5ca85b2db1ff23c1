"""The environment as one frozen value; what is missing or wrong is named in one line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from connector import mail_account
from connector.errors import ConfigError

_MAIL = ("CARTWRIGHT_MAIL_URL", "CARTWRIGHT_MAIL_FROM")
_MIN_KEY = 32  # characters of a secret key: less could be guessed


@dataclass(frozen=True)
class Config:
    """How this installation is set up. URLs of databases carry their role's login."""

    home: Path  # where the embedded servers keep their data
    database_url: str  # role owner: migrations only; "" when embedded and not yet started
    database_app_url: str  # role app: row-level security, one store a transaction
    database_broker_url: str  # role broker: intake and dispatch
    redis_url: str
    secret_keys: tuple[str, ...]  # newest first; the first one encrypts
    public_url: str  # where platforms and shoppers reach us, without a trailing slash
    shopify_api_key: str
    shopify_secrets: tuple[str, ...]  # newest first: the old one still signs for an hour
    lease_s: float  # how long a worker may hold a row, on the database's clock
    call_s: float  # how long one call to the outside may take: well within the lease
    proxies: int  # reverse proxies in front whose X-Forwarded-* headers are believed
    testing_clock: bool  # the product clock may be shifted (sandbox stores only)
    # The service's own mail server, as the SMTP channel takes it; None: it sends no mail.
    mail: Mapping[str, str] | None = field(default=None, repr=False)
    mail_url: str = field(default="", repr=False)  # the same as it was set

    @property
    def embedded(self) -> bool:
        """True when we start PostgreSQL ourselves."""
        return not self.database_url


def load(environ: Mapping[str, str] | None = None) -> Config:
    """Read the environment; ConfigError names what to set and how."""
    env = os.environ if environ is None else environ
    urls = [env.get(name, "") for name in _DATABASES]
    _all_or_none(urls)
    for name, url in zip(_DATABASES, urls, strict=True):
        _check_url(name, url, "postgresql+psycopg://")
    lease_s = float(env.get("CARTWRIGHT_LEASE_S", "120"))
    call_s = float(env.get("CARTWRIGHT_HTTP_TIMEOUT_S", "20"))
    if call_s * 2 > lease_s:
        raise ConfigError(
            "CARTWRIGHT_LEASE_S must be at least twice CARTWRIGHT_HTTP_TIMEOUT_S:"
            " a call has to end well before its lease"
        )
    return Config(
        home=home(env),
        database_url=urls[0],
        database_app_url=urls[1],
        database_broker_url=urls[2],
        redis_url=env.get("REDIS_URL", ""),
        secret_keys=_keys(env),
        public_url=env.get("CARTWRIGHT_URL", "http://127.0.0.1:8000").rstrip("/"),
        shopify_api_key=env.get("SHOPIFY_API_KEY", ""),
        shopify_secrets=_listed(env.get("SHOPIFY_API_SECRET", "")),
        lease_s=lease_s,
        call_s=call_s,
        proxies=int(env.get("CARTWRIGHT_PROXIES", "0")),
        testing_clock=env.get("CARTWRIGHT_SANDBOX", "") == "1",
        mail=mail_account.read(*(env.get(name, "") for name in _MAIL)),
        mail_url=env.get("CARTWRIGHT_MAIL_URL", ""),
    )


def home(env: Mapping[str, str]) -> Path:
    """The folder of embedded data: CARTWRIGHT_HOME, or the user's own share folder."""
    try:
        return Path(env.get("CARTWRIGHT_HOME") or "~/.local/share/cartwright").expanduser()
    except RuntimeError:
        raise ConfigError("set CARTWRIGHT_HOME: this user has no home folder") from None


_DATABASES = ("DATABASE_URL", "DATABASE_APP_URL", "DATABASE_BROKER_URL")


def _all_or_none(urls: list[str]) -> None:
    if any(urls) and not all(urls):
        missing = [name for name, url in zip(_DATABASES, urls, strict=True) if not url]
        raise ConfigError(
            f"set {' and '.join(missing)} too: the three database roles have a login each"
            " (see README, Deploy); or unset all three to use the embedded PostgreSQL"
        )


def _check_url(name: str, url: str, scheme: str) -> None:
    if url and not url.startswith(scheme):
        raise ConfigError(f"{name} must start with {scheme}")


def _keys(env: Mapping[str, str]) -> tuple[str, ...]:
    keys = _listed(env.get("CARTWRIGHT_SECRET_KEY", ""))
    for key in keys:
        if len(key) < _MIN_KEY:
            raise ConfigError(
                f"CARTWRIGHT_SECRET_KEY is too short: use {_MIN_KEY} characters or more"
                " (`cartwright secrets new` makes one)"
            )
    return keys


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
