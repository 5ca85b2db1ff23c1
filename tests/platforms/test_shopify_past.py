"""Rows of an export: whole wherever a part ends, and of each only what makes sense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import DocumentNode, FieldNode, OperationDefinitionNode, SelectionSetNode, parse

from connector.errors import Disconnected, NotSent, Refused
from connector.ports.events import (
    CartChanged,
    ConsentChanged,
    ContactChanged,
    OrderPlaced,
    StoreEvent,
)
from connector.ports.platform import PastKind
from platforms.shopify import bulk
from platforms.shopify.adapter import Shopify
from platforms.shopify.past_documents import document
from platforms.shopify.past_rows import Row, read, rows_of
from tests.contracts.doors import open_doors
from tests.platforms.test_shopify_bulk import FILES, OSCAR, SHOP, Host, export, operation

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
MONEY = {"shopMoney": {"amount": "10.00", "currencyCode": "USD"}}
AT = "2026-11-20T08:00:00Z"


@pytest.fixture
def host() -> Iterator[Host]:
    made = Host()
    with open_doors(f"{SHOP}={made.listener.door}", f"{FILES}={made.listener.door}"):
        yield made
    made.listener.stop()


def line(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode()


def order(number: int, **changes: Any) -> bytes:
    known = {"id": f"gid://shopify/Order/{number}", "name": f"#{number}", "createdAt": AT}
    return line(**{**known, "updatedAt": AT, "totalPriceSet": MONEY, **changes})


def item(parent: int, title: str) -> bytes:
    return line(
        id=f"gid://shopify/LineItem/{title}",
        title=title,
        quantity=1,
        __parentId=f"gid://shopify/Order/{parent}",
    )


ROWS = [Row(order(n), tuple(item(n, f"{n}.{m}") for m in range(n % 5))) for n in range(1, 120)]
FILE = b"".join(one + b"\n" for row in ROWS for one in (row.body, *row.nested))


def all_rows(size: int, most: int) -> list[Row]:
    found: list[Row] = []
    start: int | None = 0
    while start is not None:
        rows, following = rows_of(bulk.read(export(), start, size), most)
        assert following is None or following > start
        assert len(rows) <= most
        found, start = [*found, *rows], following
    return found


@pytest.mark.parametrize("most", [1, 7, 1000])
@pytest.mark.parametrize("size", [1500, 4096, 5000, 10**6])
def test_every_row_is_whole_wherever_a_part_ends(host: Host, size: int, most: int) -> None:
    host.file = FILE
    assert all_rows(size, most) == ROWS


def test_a_row_larger_than_a_part_is_taken_with_what_is_there(host: Host) -> None:
    long = tuple(item(1, f"1.{n}") for n in range(100))
    host.file = b"\n".join([ROWS[0].body, ROWS[1].body, *long, ROWS[2].body, *ROWS[2].nested, b""])
    first, second, third = all_rows(2500, 50)
    assert (first.body, second.body, third.body) == tuple(row.body for row in ROWS[:3])
    assert second.nested == long[: len(second.nested)] != ()
    assert third == ROWS[2]


def test_a_line_larger_than_any_part_hides_no_other(host: Host) -> None:
    huge = order(7, note="x" * 1_200_000)
    host.file = b"\n".join([order(1), huge, order(2), item(2, "Mug"), b""])
    done = operation(status="COMPLETED", rootObjectCount="3", url=f"https://{FILES}/file")
    cursor, seen = "1:0:0:1", 0
    found: list[StoreEvent] = []
    while cursor:
        host.answers = [done]
        part = Shopify(OSCAR).past(PastKind.ORDERS, SINCE, cursor)
        cursor, found, seen = part.cursor, [*found, *part.events], seen + part.read
    assert [e.order.external_id for e in found if isinstance(e, OrderPlaced)] == ["1", "2"]
    assert (seen, len(found)) == (3, 2)


@pytest.mark.parametrize("status", [403, 500])
def test_a_file_that_is_not_given_just_now_is_asked_for_again(host: Host, status: int) -> None:
    host.status = status
    host.answers = [operation(status="COMPLETED", url=f"https://{FILES}/file?key=secret")]
    with pytest.raises(NotSent) as caught:
        Shopify(OSCAR).past(PastKind.ORDERS, SINCE, "1:0:0:1")
    assert "secret" not in str(caught.value)


def test_a_dead_token_is_told_apart(host: Host) -> None:
    problem = {"message": "no", "extensions": {"code": "UNAUTHORIZED"}}
    host.answers = [{"data": None, "errors": [problem]}]
    with pytest.raises(Disconnected):
        Shopify(OSCAR).past(PastKind.ORDERS, SINCE, "1:0:0:1")


def test_an_export_that_may_not_be_begun_says_what_lacks(host: Host) -> None:
    problem = {
        "message": "Access denied for bulkOperationRunQuery field.",
        "path": ["bulkOperationRunQuery"],
        "extensions": {"code": "ACCESS_DENIED"},
    }
    denied = {"data": {"bulkOperationRunQuery": None}, "errors": [problem]}
    host.answers = [denied]
    with pytest.raises(Refused, match="read the shop's customers: give it the permission"):
        Shopify(OSCAR).past(PastKind.CUSTOMERS, SINCE, "")
    host.answers = [denied, denied]
    once_more = Shopify(OSCAR).past(PastKind.CARTS, SINCE, "")
    assert (once_more.cursor, once_more.read) == (":0:0:0", 0)
    with pytest.raises(Refused, match="abandoned checkouts"):
        Shopify(OSCAR).past(PastKind.CARTS, SINCE, once_more.cursor)
    assert "abandonedCheckoutUrl" not in host.asked[-1]["variables"]["query"]


# ---------------------------------------------------------------- what rows say


@pytest.mark.parametrize("kind", PastKind)
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"id":7}', b"\xff", b'"x"', b"[" * 60_000, b'{"id":"gid/1"'],
)
def test_a_row_without_sense_says_nothing(kind: PastKind, body: bytes) -> None:
    assert read(kind, [Row(body), Row(body, (body, body))]) == []


def test_an_order_has_the_lines_that_make_sense() -> None:
    nested = (item(1, "Mug"), b"nonsense", b"null", item(1, "Tent"))
    (event,) = read(PastKind.ORDERS, [Row(order(1), nested)])
    assert isinstance(event, OrderPlaced)
    assert [one.title for one in event.order.lines] == ["Mug", "Tent"]


def account(**changes: Any) -> bytes:
    spent = {"amount": "12.5", "currencyCode": "USD"}
    known = {"id": "gid://shopify/Customer/7", "createdAt": AT, "updatedAt": AT}
    counted = {"numberOfOrders": "3", "amountSpent": spent, "tags": ["vip", "vip", ""]}
    return line(**{**known, **counted, **changes})


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("SUBSCRIBED", ["yes", "yes"]),
        ("UNSUBSCRIBED", ["no", "no"]),
        ("PENDING", []),
        ("NOT_SUBSCRIBED", []),
        ("NEVER_SUBSCRIBED", []),
        ("", []),
        (None, []),
    ],
)
def test_only_what_she_said_is_consent(state: str | None, said: list[str]) -> None:
    earlier = "2026-05-01T00:00:00Z"
    row = account(
        defaultEmailAddress={
            "emailAddress": "ana@example.com",
            "marketingState": state,
            "marketingUpdatedAt": earlier,
        },
        defaultPhoneNumber={
            "phoneNumber": "+12025550143",
            "smsMarketingConsent": {"state": state, "updatedAt": None},
        },
    )
    changed, *told = read(PastKind.CUSTOMERS, [Row(row)])
    assert isinstance(changed, ContactChanged)
    assert (changed.orders_count, changed.tags, changed.created) == (3, ("vip",), False)
    marks = [mark for one in told if isinstance(one, ConsentChanged) for mark in one.marks]
    assert [str(mark.state) for mark in marks] == said
    times = ["2026-05-01 00:00:00+00:00", "2026-11-20 08:00:00+00:00"]  # no time: as of the account
    assert [str(mark.at) for mark in marks] == times[: len(said)]


def test_an_account_whose_person_is_withheld_still_counts() -> None:
    (changed,) = read(PastKind.CUSTOMERS, [Row(account(defaultEmailAddress=None))])
    assert isinstance(changed, ContactChanged)
    assert (changed.person.customer_id, changed.person.email) == ("7", "")


def test_a_checkout_is_known_by_the_names_of_its_deliveries() -> None:
    url = f"https://{SHOP}/checkouts/ac/tok1/recover?key=secret"
    number = "gid://shopify/AbandonedCheckout/55"
    row = line(id=number, createdAt=AT, updatedAt=AT, totalPriceSet=MONEY, abandonedCheckoutUrl=url)
    (event,) = read(PastKind.CARTS, [Row(row, (item(1, "Mug"),))])
    assert isinstance(event, CartChanged)
    assert event.cart.tokens == ("tok1", "checkout:55")
    assert [one.title for one in event.cart.lines] == ["Mug"]


# ---------------------------------------------------------------- what may be exported


def lists(selections: SelectionSetNode | None, above: int = 0) -> Iterator[tuple[FieldNode, int]]:
    for one in selections.selections if selections else ():
        if isinstance(one, FieldNode) and one.selection_set:
            inner = one.selection_set.selections
            is_list = any(isinstance(f, FieldNode) and f.name.value == "edges" for f in inner)
            if is_list:
                yield one, above + 1
            yield from lists(one.selection_set, above + is_list)


@pytest.mark.parametrize("kind", PastKind)
def test_a_document_keeps_to_the_rules_of_exports(kind: PastKind) -> None:
    """Five lists at most, nested once, none with a number, each with the ids of its objects."""
    tree: DocumentNode = parse(document(kind, SINCE))
    (definition,) = tree.definitions
    assert isinstance(definition, OperationDefinitionNode)
    found = list(lists(definition.selection_set))
    assert 1 <= len(found) <= 5
    assert max(depth for _, depth in found) <= 2
    for one, _ in found:
        assert {argument.name.value for argument in one.arguments or ()} <= {"query"}


def test_an_export_of_dated_things_begins_at_a_day_of_ours() -> None:
    for kind in (PastKind.ORDERS, PastKind.CARTS):
        assert "created_at:>='2026-10-01T00:00:00Z'" in document(kind, SINCE)
    for kind in PastKind:
        assert "SINCE" not in document(kind, SINCE)
        assert "abandonedCheckoutUrl" not in document(kind, SINCE, linked=False)
