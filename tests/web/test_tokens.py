"""Tokens that expire, at a real token endpoint: renewed once, kept before use, lost and found."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from connector.errors import Disconnected, NotSent
from connector.models import Store, StoreState
from connector.services.chores import Task
from jobs import tokens
from jobs.adapters import platform_for
from jobs.runtime import runtime
from tests.web.pages import words
from tests.web.shopify_merchant import Oscar, oscar

__all__ = ["oscar"]


def installed(oscar: Oscar) -> Store:
    assert oscar.installs().status_code == 303
    return oscar.store()


def age(oscar: Oscar, column: str, span: str) -> None:
    """Time goes by for one column of his store's row."""
    value = text(f"clock_timestamp() + interval '{span}'")
    with oscar.sessions.store(oscar.store().id) as session:
        session.execute(update(Store).values({column: value}))


def work(store_id: int) -> object:
    return tokens.work(Task(0, store_id, "tokens", {}, {}, None)).result  # type: ignore[arg-type]


def test_a_token_that_is_good_is_used_as_it_is(oscar: Oscar) -> None:
    store = installed(oscar)
    assert tokens.fresh(store.id) == tokens.fresh(store.id)
    assert oscar.asked_for("refresh_token") == 0


def test_fifty_at_once_renew_it_once(oscar: Oscar) -> None:
    store = installed(oscar)
    before = tokens.fresh(store.id)
    age(oscar, "access_expires_at", "119 seconds")
    with ThreadPoolExecutor(50) as pool:
        found = set(pool.map(lambda _: tokens.fresh(store.id), range(50)))
    assert len(found) == 1
    assert before not in found
    assert oscar.asked_for("refresh_token") == 1
    assert oscar.store().token_generation == store.token_generation + 1


def test_a_token_that_died_early_is_renewed_within_the_call(oscar: Oscar) -> None:
    store = installed(oscar)
    oscar.do("tokens", expire="access")
    assert platform_for(runtime().vault, store).info().ref == store.platform_ref
    assert oscar.asked_for("refresh_token") == 1


def test_an_answer_that_was_lost_is_asked_for_again(oscar: Oscar) -> None:
    """Shopify made the next pair, and we never heard it: the former one still serves."""
    store = installed(oscar)
    age(oscar, "access_expires_at", "1 second")
    oscar.do("faults", token_drop=1)
    with pytest.raises(NotSent):
        tokens.fresh(store.id)
    assert oscar.store().token_generation == store.token_generation
    assert tokens.fresh(store.id)
    assert platform_for(runtime().vault, oscar.store()).info().ref == store.platform_ref


# A process that asks Shopify for the next pair, hears it, and is killed before its row (C13).
DOOMED = """
import os, signal, sys
from connector.services import store_tokens
from jobs import tokens
store_tokens.next_pair = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
tokens.fresh(int(sys.argv[1]))
"""


def test_killed_between_the_answer_and_the_row_the_store_works_on(oscar: Oscar) -> None:
    store = installed(oscar)
    age(oscar, "access_expires_at", "1 second")
    command = [sys.executable, "-c", DOOMED, str(store.id)]
    died = subprocess.run(command, check=False, timeout=60, capture_output=True)
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert oscar.asked_for("refresh_token") == 1  # Shopify rotated
    assert oscar.store().token_generation == store.token_generation  # and we know nothing of it
    assert platform_for(runtime().vault, oscar.store()).info().ref == store.platform_ref
    assert oscar.asked_for("refresh_token") == 2  # its lock went with it
    age(oscar, "access_expires_at", "1 second")
    assert tokens.fresh(store.id)  # the pair that was kept is the one that goes on


@pytest.mark.parametrize("odd", ["html", "redirect", "error_200", "list", "huge", "no_scope"])
def test_an_odd_answer_costs_a_wait_and_no_store(oscar: Oscar, odd: str) -> None:
    store = installed(oscar)
    age(oscar, "access_expires_at", "1 second")
    oscar.do("faults", token_answer=odd)
    with pytest.raises(NotSent):
        tokens.fresh(store.id)
    assert oscar.store().state is StoreState.ACTIVE
    assert tokens.fresh(store.id)


def test_a_permission_that_is_over_is_shown_and_healed_by_connecting_again(oscar: Oscar) -> None:
    store = installed(oscar)
    oscar.do("tokens", expire="all")
    with pytest.raises(Disconnected, match="Connect the shop again"):
        platform_for(runtime().vault, store).info()
    lost = oscar.store()
    assert lost.state is StoreState.NEEDS_REAUTH
    assert "Connect the shop again" in lost.trouble
    page = oscar.get("/desk/").text
    assert lost.trouble in words(page)
    assert "/install/shopify?shop=oscars-outdoor" in page
    asked = oscar.asked_for("refresh_token")
    with pytest.raises(Disconnected):
        tokens.fresh(store.id)
    assert oscar.asked_for("refresh_token") == asked  # nobody knocks at a door that is shut
    assert oscar.installs().status_code == 303
    assert (oscar.store().state, oscar.store().trouble) == (StoreState.ACTIVE, "")


def test_a_wrong_app_secret_is_no_merchant_s_fault(
    oscar: Oscar, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = installed(oscar)
    age(oscar, "access_expires_at", "1 second")
    monkeypatch.setenv("SHOPIFY_API_SECRET", "another-secret")
    runtime.cache_clear()
    with pytest.raises(NotSent, match="SHOPIFY_API_KEY"):
        tokens.fresh(store.id)
    assert oscar.store().state is StoreState.ACTIVE


def test_an_idle_shop_s_tokens_are_kept_alive(oscar: Oscar) -> None:
    store = installed(oscar)
    assert work(store.id) == {"did": "nothing"}
    age(oscar, "refreshed_at", "-7 days")
    assert work(store.id) == {"did": "renewed"}
    assert oscar.asked_for("refresh_token") == 1


def test_an_old_token_by_consent_is_exchanged_and_one_by_hand_left_alone(oscar: Oscar) -> None:
    store = installed(oscar)
    vault = runtime().vault

    def hold(**credentials: str) -> None:
        sealed = vault.seal(credentials, f"stores:{store.id}:credentials")
        with oscar.sessions.store(store.id) as session:
            session.execute(update(Store).values(credentials=sealed, access_expires_at=None))

    hold(access_token="shpat_by_hand")
    assert work(store.id) == {"did": "nothing"}
    hold(access_token="shpat_by_hand", refresh_token="")
    assert work(store.id) == {"did": "exchanged"}
    assert oscar.asked_for("token-exchange") == 1
    assert oscar.store().access_expires_at is not None
    assert tokens.fresh(store.id) != "shpat_by_hand"


def test_another_shop_under_a_known_name_gets_none_of_its_data(oscar: Oscar) -> None:
    former = installed(oscar)
    with oscar.sessions.store(former.id) as session:
        session.execute(update(Store).values(platform_ref="gid://shopify/Shop/1"))
    assert oscar.installs().status_code == 303
    left, new = oscar.stores()
    assert (left.id, left.state, left.credentials) == (former.id, StoreState.UNINSTALLED, b"")
    assert left.domain == f"{new.domain}#{left.id}"
    assert (new.domain, new.state) == (former.domain, StoreState.ACTIVE)
    assert new.public_id != left.public_id
