"""Pictures of the flows that are about carts."""

from __future__ import annotations

from connector.domain.flows import TriggerKind
from tests.library.pictures import LONDON, SEOUL, TASON_HOURS, US_HOURS, Picture, Shopper, of

RECOVERY = [
    Picture(
        "cart-recovery", "a reminder after an hour, 5 % a day later", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        10 June 15:00  sms    offer     5 %, 48 h
        """,
    ),
    Picture(
        "cart-recovery", "who buys is thanked, and hears no more", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        10 June 09:30  email  thanks
        """,
        buys="10 June 09:30",
    ),
]  # fmt: skip

VALUED = Shopper(orders=5, spent="500.00")
VALUED_WAY = """
    9 June 15:00   sms  offer      free shipping + 5 %, 24 h
    10 June 15:00  sms  last_hour  free shipping + 10 %, 1 h
    14 June 15:00  sms  benefits
"""
OCCASIONAL_WAY = """
    9 June 15:00   sms  offer      5 %, 24 h
    10 June 15:00  sms  last_hour  10 %, 1 h
    14 June 15:00  sms  benefits
"""
LEFT = "9 June 14:00"
SMSBUMP = [
    Picture("smsbump", "$500 and 5 orders", LEFT, VALUED_WAY, who=VALUED, place=LONDON),
    Picture("smsbump", "more of both", LEFT, VALUED_WAY, who=Shopper(12, "2310.50"), place=LONDON),
    Picture("smsbump", "$499.99", LEFT, OCCASIONAL_WAY, who=Shopper(5, "499.99"), place=LONDON),
    Picture("smsbump", "4 orders", LEFT, OCCASIONAL_WAY, who=Shopper(4, "5000"), place=LONDON),
    Picture("smsbump", "a guest", LEFT, OCCASIONAL_WAY, place=LONDON),
    Picture(
        "smsbump", "the second text to a US number goes by mail", LEFT,
        """
        9 June 15:00   sms    offer      free shipping + 5 %, 24 h
        10 June 15:00  email  last_hour  free shipping + 10 %, 1 h
        14 June 15:00  email  benefits
        """,
        who=VALUED,
    ),
    Picture(
        "smsbump", "no consent to texts: mail", LEFT,
        """
        9 June 15:00   email  offer      5 %, 24 h
        10 June 15:00  email  last_hour  10 %, 1 h
        14 June 15:00  email  benefits
        """,
        who=Shopper(consents={"email": "yes"}), place=LONDON,
    ),
    Picture(
        "smsbump", "thank-you by text instead of the second message", LEFT,
        """
        9 June 15:00   sms  offer   5 %, 24 h
        10 June 11:20  sms  thanks
        """,
        buys="10 June 11:20", place=LONDON,
    ),
    Picture(
        "smsbump", "thank-you before anything was sent", LEFT, "9 June 14:40 sms thanks",
        buys="9 June 14:40", place=LONDON,
    ),
    Picture(
        "smsbump", "nothing is texted in the night", "9 June 22:30",
        """
        10 June 08:00  sms  offer      5 %, 24 h
        11 June 08:00  sms  last_hour  10 %, 1 h
        15 June 08:00  sms  benefits
        """,
        place=LONDON,
    ),
]  # fmt: skip

SEGMENTS = [
    Picture(
        "smsbump-segments", "1 hour, 12 hours, 1 day, each with its discount", "9 June 07:30",
        """
        9 June 08:30   sms  offer  5 %, 11 h
        9 June 19:30   sms  offer  10 %, 12 h
        10 June 08:00  sms  offer  15 %, 24 h
        """,  # due at 07:30, and nobody is texted before eight
        place=LONDON,
    ),
    Picture(
        "two-weeks", "1 day, 3 days, 1 week, 2 weeks", "1 June 14:00",
        """
        2 June 14:00   sms    reminder
        4 June 14:00   email  benefits
        8 June 14:00   email  objections
        15 June 14:00  email  offer       5 %, 72 h
        """,
    ),
]  # fmt: skip

TASON = [
    *of("tason", [
        ("13 June 14:00 → 14 June 14:00", "13 June 14:00", "14 June 14:00 sms reminder"),
        ("13 June 22:00 → 15 June 17:00", "13 June 22:00", "15 June 17:00 sms reminder"),
        ("due at 07:59, barred", "13 June 07:59", "14 June 17:00 sms reminder"),
        ("due at 08:00, allowed", "13 June 08:00", "14 June 08:00 sms reminder"),
        ("due at 20:44, allowed", "13 June 20:44", "14 June 20:44 sms reminder"),
        # the law's hours for advertising end a quarter of an hour before the store's
        ("due at 20:45, barred", "13 June 20:45", "15 June 17:00 sms reminder"),
    ], begins=TriggerKind.CART_ABANDONED, quiet=TASON_HOURS, place=SEOUL),
    Picture(
        "tason", "without an hour to resume at: when the barred hours end", "13 June 22:00",
        "15 June 08:00 sms reminder", begins=TriggerKind.CART_ABANDONED,
        quiet={"sms": {"from": "21:00", "until": "08:00"}}, place=SEOUL,
    ),
    Picture(
        "tason", "bought within 24 hours: no text", "13 June 14:00", "", buys="14 June 13:59",
        begins=TriggerKind.CART_ABANDONED, quiet=TASON_HOURS, place=SEOUL,
    ),
    Picture(
        "tason", "bought while the text waits for 17:00: no text", "13 June 22:00", "",
        buys="15 June 16:59", begins=TriggerKind.CART_ABANDONED, quiet=TASON_HOURS, place=SEOUL,
    ),
    *of("tason-daily", [
        ("yesterday's carts at 11:00", "13 June 09:10", "14 June 11:00 sms reminder"),
        ("also those of the evening", "13 June 21:00", "14 June 11:00 sms reminder"),
        # abandoned after midnight, but left before it
        ("a cart of midnight is yesterday's too", "13 June 23:45", "14 June 11:00 sms reminder"),
        ("one that was left after midnight is not", "14 June 00:10", "15 June 11:00 sms reminder"),
    ], begins=TriggerKind.CART_ABANDONED, quiet=TASON_HOURS, place=SEOUL),
]  # fmt: skip

SERIES = [
    Picture(
        "mailchimp-series", "1 hour, 6 hours, 24 hours", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        9 June 20:00   email  benefits
        10 June 14:00  email  offer     free shipping, 48 h
        """,
    ),
    Picture(
        "mailchimp-series", "who has not subscribed gets only the first", "9 June 14:00",
        "9 June 15:00 email reminder", who=Shopper(consents={}),
    ),
    Picture(
        "activecampaign", "gentle, a coupon a day later, then the doubts", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        10 June 15:00  email  offer       10 %, 48 h
        12 June 15:00  email  objections
        """,
    ),
    Picture(
        "activecampaign", "no coupon for who comes back by herself", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        10 June 14:59  email  thanks
        """,
        buys="10 June 14:59",
    ),
    Picture(
        "ladder", "reminder, benefits, 5 %, 10 %", "9 June 14:00",
        """
        9 June 15:00   email  reminder
        10 June 15:00  email  benefits
        11 June 15:00  email  offer     5 %, 48 h
        12 June 15:00  email  offer     10 %, 48 h
        """,
    ),
    Picture(
        "payment-failed", "help at once, and once more", "9 June 14:00",
        """
        9 June 14:30   email  payment_failed
        10 June 14:30  sms    payment_failed
        """,
        begins=TriggerKind.PAYMENT_FAILED,
    ),
    Picture(
        "payment-failed", "a bank transfer that has not come is not chased", "9 June 14:00",
        "not entered: it does not begin with this", begins=TriggerKind.ORDER_UNPAID,
    ),
]  # fmt: skip

US_SAFE = [
    *of("us-safe-sms", [
        ("one text, then mail", "9 June 14:00",
         "9 June 15:00 sms reminder\n 11 June 14:00 email benefits"),
        ("a Friday night waits for ten o'clock", "12 June 22:00",
         "13 June 10:00 sms reminder\n 14 June 22:00 email benefits"),
        ("a Saturday night waits for Sunday noon", "13 June 19:30",
         "14 June 12:00 sms reminder\n 15 June 19:30 email benefits"),
    ], quiet=US_HOURS),
    Picture(
        "us-safe-sms", "a number without consent is no consent", "9 June 14:00",
        "not entered: the flow's filter does not fit", who=Shopper(consents={"email": "yes"}),
    ),
]  # fmt: skip

PICTURES = [*RECOVERY, *SMSBUMP, *SEGMENTS, *TASON, *SERIES, *US_SAFE]
