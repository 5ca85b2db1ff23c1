"""Pictures of the flows that begin with an order."""

from __future__ import annotations

from connector.domain.flows import TriggerKind
from tests.library.pictures import SEOUL, Picture, Shopper

PICTURES = [
    Picture(
        "win-back", "a hello after 60 days, 10 % a week later", "1 April 12:00",
        """
        31 May 12:00   email  win_back
        7 June 12:00   email  win_back  10 %, 168 h
        """,
        begins=TriggerKind.ORDER_PLACED,
    ),
    Picture(
        "win-back", "no offer for who came back after the hello", "1 April 12:00",
        "31 May 12:00 email win_back",
        begins=TriggerKind.ORDER_PLACED, buys="2 June 09:00",
    ),
    Picture(
        "win-back", "who orders again within 60 days has not become quiet", "1 April 12:00",
        "not entered: she ordered before",
        begins=TriggerKind.ORDER_PLACED, buys="20 May 09:00",
    ),
    Picture(
        "post-purchase-thanks", "at once, at any hour, without any consent", "9 June 23:10",
        "9 June 23:10 email thanks",
        begins=TriggerKind.ORDER_PAID, who=Shopper(consents={}), place=SEOUL,
    ),
    Picture(
        "first-order-welcome", "the day after", "9 June 14:00", "10 June 14:00 email welcome",
        begins=TriggerKind.ORDER_PLACED, nth=1,
    ),
    Picture(
        "first-order-welcome", "not after the second order", "9 June 14:00",
        "not entered: it does not begin with this",
        begins=TriggerKind.ORDER_PLACED, nth=2,
    ),
    Picture(
        "review-request", "14 days after it was sent out", "1 June 14:00",
        "15 June 14:00 email review",
        begins=TriggerKind.ORDER_FULFILLED,
    ),
    Picture(
        "review-request", "another order in between changes nothing", "1 June 14:00",
        "15 June 14:00 email review",
        begins=TriggerKind.ORDER_FULFILLED, buys="5 June 10:00",
    ),
]  # fmt: skip
