"""What shoppers do. A story plays until it yields when to go on: minutes since she began."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from connector.cli.demo.shopper import Shopper

Story = Iterator[int]
Plot = Callable[[Shopper], Story]

BEFORE_REMINDER, AFTER_REMINDER, LATER = 57, 90, 240
JUST_BEFORE_TEXT = 33  # her phone rings half an hour before `text_after`
A_MOMENT = 3  # from the link to the button


def walks_away(she: Shopper) -> Story:
    """She never comes back."""
    she.fills_cart()
    yield from ()


def only_browses(she: Shopper) -> Story:
    """Nobody ever learns who she is."""
    she.browses()
    yield from ()


def buys_at_once(she: Shopper) -> Story:
    """She needs no help."""
    she.fills_cart()
    yield 0
    she.pays()


def buys_just_before_the_reminder(she: Shopper) -> Story:
    """Her cart is abandoned already; no mail may go out."""
    she.fills_cart()
    yield BEFORE_REMINDER
    she.pays()


def buys_unheard_before_the_reminder(she: Shopper) -> Story:
    """The webhooks of her order are lost: only asking the store shows it."""
    she.fills_cart()
    yield BEFORE_REMINDER
    she.pays(quiet=True)


def buys_unheard_before_the_text(she: Shopper) -> Story:
    """As above, a day later."""
    she.fills_cart()
    yield she.text_after - JUST_BEFORE_TEXT
    she.pays(quiet=True)


def buys_under_another_spelling(she: Shopper) -> Story:
    """The same mailbox, spelled otherwise, in another browser."""
    she.fills_cart()
    yield BEFORE_REMINDER
    name, _, host = she.email.partition("@")
    herself = replace(she, email=f"{name.title()}+Shop@{host.upper()}", phone="")
    herself.fills_cart()
    herself.pays()
    she.bought_at = herself.bought_at


def comes_back_by_mail(she: Shopper) -> Story:
    """The reminder is enough."""
    she.fills_cart()
    yield AFTER_REMINDER
    she.follows_the_mail()
    yield AFTER_REMINDER + A_MOMENT
    she.pays()


def comes_back_by_text(she: Shopper) -> Story:
    """The code convinces her."""
    she.fills_cart()
    yield she.text_after
    she.follows_the_text()
    yield she.text_after + A_MOMENT
    she.pays()


def comes_back_and_leaves_again(she: Shopper) -> Story:
    """She adds something, and goes."""
    she.fills_cart()
    yield AFTER_REMINDER
    she.follows_the_mail()
    yield AFTER_REMINDER + A_MOMENT
    she.adds(she.items[0])


def is_refunded(she: Shopper) -> Story:
    """She came back by mail, and sent everything back."""
    yield from comes_back_by_mail(she)
    yield LATER
    she.is_given_back()


def is_cancelled(she: Shopper) -> Story:
    """She came back by mail; the merchant cannot deliver."""
    yield from comes_back_by_mail(she)
    yield LATER
    she.is_called_off()


def buys_after_a_scanner(she: Shopper) -> Story:
    """A machine opened her link: that earns nobody credit for her order."""
    she.fills_cart()
    yield AFTER_REMINDER
    she.has_her_mail_scanned()
    yield LATER
    she.pays()


def unsubscribes(she: Shopper) -> Story:
    """One click in her mail program: no text either."""
    she.fills_cart()
    yield AFTER_REMINDER
    she.unsubscribes()


def stops_the_texts(she: Shopper) -> Story:
    """She answers STOP."""
    she.fills_cart()
    yield she.text_after
    she.replies("STOP")


def empties_her_cart(she: Shopper) -> Story:
    """There is nothing left to remind her of."""
    she.fills_cart()
    yield BEFORE_REMINDER
    she.empties_cart()


def told_twice(she: Shopper) -> Story:
    """Every webhook about her cart comes twice."""
    she.shop.lever.post("faults", duplicate_webhooks=3)
    she.fills_cart()
    yield AFTER_REMINDER
    she.follows_the_mail()


def card_fails(she: Shopper) -> Story:
    """Her card is refused; she pays the open order from the mail."""
    she.fills_cart()
    yield 0
    she.pays("failed")
    yield AFTER_REMINDER
    she.follows_the_mail()
    yield AFTER_REMINDER + A_MOMENT
    she.pays_the_open_order()


def never_finishes_paying(she: Shopper) -> Story:
    """She goes to her bank's page and does not return."""
    she.fills_cart()
    yield 0
    she.pays("pending")


def pays_by_bank_transfer(she: Shopper) -> Story:
    """The order is on hold: it is an order."""
    she.fills_cart()
    yield 0
    she.pays("on-hold")


def pays_at_the_door(she: Shopper) -> Story:
    """Cash on delivery: an order too."""
    she.fills_cart()
    yield 0
    she.pays("pending", gateway="cod")
