"""Oscar never sees or touches what is Mina's: every route of the application, walked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from connector.models import Cart, KeyPurpose, LinkPurpose, Message, PrivacyRequest
from connector.ports.events import DataAsked
from connector.services import account_keys, links
from tests import factories
from tests.cast import Cast, link
from tests.stage import ANA, Stage
from tests.web.merchants import account_of, settled
from tests.web.pages import everything, form_token, of_store

# Reviewed: open to everyone, and why.
PUBLIC = {
    "health": "says only that the process lives",
    "desk.asset": "the style sheet",
    "desk.ask": "a random key in the path says which store",
    "desk.enter": "a random key in the path says which store",
    "account.sign_up": "a form that asks for an address",
    "account.signed_up": "sends a mail, and answers alike for all addresses",
    "account.confirm": "a random key in the path says whose mailbox",
    "account.confirmed": "a random key in the path, and the password",
    "account.sign_in": "a form that asks for a password",
    "account.signed_in": "an address and its password",
    "account.forgotten": "a form that asks for an address",
    "account.send_link": "sends a mail, and answers alike for all addresses",
    "account.reset": "a random key in the path says whose mailbox",
    "account.was_reset": "a random key in the path says whose mailbox",
    "hooks.shopify": "signed by the platform",
    "hooks.woocommerce": "signed by the store",
    "hooks.report": "signed by the vendor",
    "privacy_call": "signed by the store",
    "install.choose": "a form that asks which shop",
    "install.shopify": "leads to Shopify, which asks the merchant",
    "install.woocommerce": "a form that asks which shop",
    "install.woocommerce_begin": "leads to the shop, which asks the merchant",
    "install.woocommerce_by_hand": "the keys say which shop, and are proved there",
    "install.woocommerce_keys": "a signed state, used once, says which shop",
    "install.woocommerce_return": "a signed state says which shop, a cookie that it began here",
    "install.woocommerce_enter": "a signed state says which shop, a cookie that it began here",
    "install.shopify_callback": "signed by Shopify, for a state of this very browser",
    "links.recover": "a random token in the path says which message",
    "links.ask": "a random token in the path says which message",
    "links.unsubscribe": "a random token in the path says which message",
}
# What only these readings may write: a click on a recovery link, and its line in the story.
CLICKS = {"links.recover": {"clicks", "journal"}}
# Only for the browser that began, and then tested with the rest of its way.
REFUSED = {"install.woocommerce_return"}
# What ends a session: the rest of a walk needs it.
LEAVING = {"desk.leave", "account.sign_out", "account.everywhere"}
# What a reading needs to be more than a refusal.
ASKED = {"install.shopify": "?shop=oscars-outdoor"}
# OAuth's own way back is a GET that connects a store; what makes it safe is tested in
# test_install_shopify.py: signed, for this browser, once. A HEAD of it changes nothing.
OAUTH = {"install.shopify_callback"}


Id = int | str


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every route with every method that it takes."""
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield rule, method


def guarded(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Those that are not on the list."""
    return ((rule, method) for rule, method in rules(app) if rule.endpoint not in PUBLIC)


@pytest.fixture
def minas(played: Cast) -> dict[str, Id]:
    """Mina's ids, by the name that routes give them."""
    return {
        "public_id": played.mina.store.public_id,
        "cart_id": played.mina.rows(Cart)[0].id,
        "webhook_id": factories.delivery(played.mina),
        "request_id": asked_for_her_data(played.mina),
    }


def asked_for_her_data(stage: Stage) -> int:
    """The id of a request for somebody's data."""
    stage.tell(DataAsked(ANA, (), "1", stage.now))
    return stage.one(PrivacyRequest).id


def path_of(rule: Rule, values: dict[str, Id]) -> str:
    """The route's path with these ids; a new kind of id must be added to `minas`."""
    unknown = rule.arguments - values.keys()
    assert not unknown, f"{rule}: put one of Mina's {unknown} into the fixture `minas`"
    named = {name: values[name] for name in rule.arguments}
    built = rule.build(named)
    assert built is not None
    return built[1]


def test_the_public_list_names_only_what_is_there(cast: Cast) -> None:
    assert PUBLIC.keys() <= {rule.endpoint for rule in cast.app.url_map.iter_rules()}


def test_nobody_without_a_session_gets_in(played: Cast, minas: dict[str, Id]) -> None:
    before = everything(played.mina), everything(played.oscar)
    for rule, method in guarded(played.app):
        answer = call(played.app.test_client(), method, path_of(rule, minas))
        assert answer == 401, f"{method} {rule} is open: guard it, or review it for PUBLIC"
    assert (everything(played.mina), everything(played.oscar)) == before


@dataclass
class Seated:
    """A browser in which a merchant is signed in, at her desk and in her account."""

    browser: FlaskClient
    tokens: dict[str, str]  # of the forms, by blueprint

    def token(self, rule: Rule) -> str:
        """What the form that leads to this route carries."""
        return self.tokens[rule.endpoint.partition(".")[0]]


def seated(cast: Cast, stage: Stage, email: str) -> Seated:
    """The merchant of a store, who has an account and has opened the desk by a link."""
    merchant = settled(cast.app, stage.sessions, email).owns(stage)
    browser = merchant.browser
    assert browser.post(f"/desk/enter/{link(stage)}").status_code == 303
    account = form_token(browser, "/account/settings")
    return Seated(browser, {"desk": form_token(browser), "account": account})


def test_oscar_finds_none_of_mina_s_ids(played: Cast, minas: dict[str, Id]) -> None:
    oscar = seated(played, played.oscar, "oscar@oscars.example")
    before = everything(played.mina), everything(played.oscar)
    asked = 0
    for rule, method in guarded(played.app):
        if rule.arguments:
            answer = call(oscar.browser, method, path_of(rule, minas), oscar.token(rule))
            assert answer == 404, f"{method} {rule}"
            asked += 1
    assert asked >= 3
    assert (everything(played.mina), everything(played.oscar)) == before


def test_an_unknown_id_and_a_foreign_one_look_alike(played: Cast, minas: dict[str, Id]) -> None:
    desk = played.desk(played.oscar)
    foreign = desk.get(f"/desk/carts/{minas['cart_id']}")
    unknown = desk.get("/desk/carts/987654321")
    assert foreign.text == unknown.text
    assert foreign.status_code == unknown.status_code == 404


def test_oscar_s_own_pages_hold_nothing_of_mina_s(played: Cast, minas: dict[str, Id]) -> None:
    """Ana shops at both: her name is Oscar's to see, her doings at Mina's are not."""
    oscar = seated(played, played.oscar, "oscar@oscars.example")
    before = of_store(played.mina)
    for rule, method in guarded(played.app):
        if rule.arguments or rule.endpoint in LEAVING:
            continue
        path = path_of(rule, minas)
        form = {"form_token": oscar.token(rule)} if method == "POST" else None
        page = oscar.browser.open(path, method=method, data=form, follow_redirects=True).text
        page = re.sub(r'value="[0-9a-f]{64}"', "", page)  # a form's token may hold any digits
        for canary in ("달항아리", "₩", "Mina", "7001", "ana-cart", "minas.example"):
            assert canary not in page, f"{method} {path} shows {canary}"
    assert of_store(played.mina) == before


def test_mina_s_session_stays_hers_whatever_the_request_says(played: Cast) -> None:
    desk = played.desk(played.oscar)
    names = {"store": played.mina.store.id, "store_id": played.mina.store.id}
    headers = {"X-Shopify-Shop-Domain": played.mina.store.domain}
    page = desk.get("/desk/", query_string=names, headers=headers, data=names).text
    assert "Oscar" in page
    assert "Mina" not in page


def test_reading_changes_nothing(played: Cast, minas: dict[str, Id]) -> None:
    """Mail scanners and previews open every link: they may not sign in, unsubscribe or pause."""
    message = next(m for m in played.mina.rows(Message) if m.step_id == "reminder")
    with played.mina.session() as session:
        tokens = {
            "links.recover": links.issue(session, message, LinkPurpose.RECOVER, played.mina.now),
            "links.ask": links.issue(session, message, LinkPurpose.UNSUBSCRIBE, played.mina.now),
        }
    tokens |= {"desk.ask": link(played.mina)}
    mina = seated(played, played.mina, "mina@minas.example").browser
    tokens |= account_links(played.mina, "mina@minas.example")
    for rule, method in rules(played.app):
        if method not in {"GET", "HEAD"} or rule.endpoint in {"desk.asset", *OAUTH}:
            continue
        token = tokens.get(rule.endpoint)
        path = str(rule).replace("<token>", token) if token else path_of(rule, minas)
        path += ASKED.get(rule.endpoint, "")
        before = everything(played.mina)
        good = {400} if rule.endpoint in REFUSED else {200, 302}
        assert mina.open(path, method=method).status_code in good, path
        after = everything(played.mina)
        changed = {table for table in after if after[table] != before[table]}
        assert changed <= CLICKS.get(rule.endpoint, set()), f"{method} {path}"


def account_links(stage: Stage, email: str) -> dict[str, str]:
    """The tokens of links that wait in her mailbox."""
    account = account_of(stage.sessions, email)
    assert account is not None
    with stage.sessions.all_stores() as session:
        return {
            "account.confirm": account_keys.issue(session, account.id, KeyPurpose.VERIFY),
            "account.reset": account_keys.issue(session, account.id, KeyPurpose.RESET),
        }


def call(browser: FlaskClient, method: str, path: str, token: str = "") -> int:
    """The status of one request, with the form's token where there is one."""
    return browser.open(path, method=method, data={"form_token": token}).status_code
