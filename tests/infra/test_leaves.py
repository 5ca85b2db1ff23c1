"""The leaves beside the stack: configuration, vault, clock, and the guarded way out."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector import clock, http
from connector.config import load
from connector.crypto import Vault
from connector.errors import ConfigError

KEYS = ("new-key-" * 5, "old-key-" * 5)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"DATABASE_URL": "postgresql+psycopg://o@/x"}, "DATABASE_APP_URL and DATABASE_BROKER_URL"),
        (dict.fromkeys(["DATABASE_URL", "DATABASE_APP_URL", "DATABASE_BROKER_URL"], "mysql://x"),
         "must start with postgresql"),
        ({"CARTWRIGHT_SECRET_KEY": "short"}, "too short"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_mend(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load(environ)


def test_a_sealed_secret_opens_in_its_place_only() -> None:
    vault = Vault([KEYS[0]])
    sealed = vault.seal({"token": "shpat_canary"}, "stores:1:credentials")
    assert b"canary" not in sealed
    assert vault.open(sealed, "stores:1:credentials") == {"token": "shpat_canary"}
    for place in ("stores:2:credentials", "stores:1:webhook_secrets"):
        with pytest.raises(ConfigError, match="does not belong"):
            vault.open(sealed, place)
    with pytest.raises(ConfigError, match="does not belong"):
        vault.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), "stores:1:credentials")


def test_keys_rotate_and_codes_stay() -> None:
    old, both = Vault([KEYS[1]]), Vault(KEYS)
    sealed = old.seal({"a": "b"}, "p")
    assert both.open(sealed, "p") == {"a": "b"}
    assert both.first_root == old.first_root
    with pytest.raises(ConfigError, match="CARTWRIGHT_SECRET_KEY that is not set"):
        old.open(both.seal({}, "p"), "p")
    with pytest.raises(ConfigError, match="set CARTWRIGHT_SECRET_KEY"):
        Vault([])


def test_the_product_clock_is_the_real_one_unless_it_is_shifted() -> None:
    clock.follow(lambda: None)
    real = datetime.now(UTC)
    assert abs(clock.now() - real) < timedelta(seconds=5)
    there = datetime(2030, 1, 1, tzinfo=UTC)
    shift = clock.Shift(real=real, product=there, rate=3600.0)
    assert shift.at(real + timedelta(seconds=2)) == there + timedelta(hours=2)
    clock.follow(lambda: shift)
    assert clock.now() >= there
    clock.follow(lambda: None)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
     "100.64.0.1", "192.0.0.8", "224.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1",
     "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1%eth0", "fc00::1", "::"],
)  # fmt: skip
def test_what_is_not_on_the_open_internet_is_not_called(address: str) -> None:
    assert not http.is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111"])
def test_public_addresses_are(address: str) -> None:
    assert http.is_public(address)


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "https://shop.example:22/", "https://u:p@shop.example/",
     "ftp://shop.example/", "http://127.0.0.1:9999/", "file:///etc/passwd"],
)  # fmt: skip
def test_only_https_on_its_own_ports_is_called(url: str) -> None:
    with pytest.raises(http.Forbidden):
        http.call("the shop", "GET", url)


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Every name leads to these addresses."""

    def answer(host: str, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize("host", ["localhost", "2130706433", "127.1", "internal.example"])
def test_a_name_that_leads_inside_is_refused_where_the_socket_opens(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    resolves_to(monkeypatch, "127.0.0.1")
    with pytest.raises(http.Forbidden, match="not a public address"):
        http.call("the shop", "GET", f"https://{host}/")


def test_one_inside_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(http.Forbidden, match="not a public address"):
        http.call("the shop", "GET", "https://shop.example/")


def test_doors_are_exact() -> None:
    doors = http.Loopback.parse("api.twilio.com=127.0.0.1:9103, 127.0.0.1:9102")
    assert doors.routes == {
        "api.twilio.com": "127.0.0.1:9103",
        "127.0.0.1:9102": "127.0.0.1:9102",
    }
    assert doors.doors == {"127.0.0.1:9103", "127.0.0.1:9102"}
