"""What people text back, read generously where they want to be left alone."""

from __future__ import annotations

import re
import unicodedata

from connector.ports.channel import ReportKind

# Twilio's own keywords on long codes; it blocks the number by itself on these
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
_START = frozenset({"start", "yes", "unstop"})
# Any reasonable wording counts (FCC 2025); a text too many costs more than a reader lost.
_WISHES = re.compile(
    r"""
      ^(stop|unsubscribe)\b
    | \bplease\ (stop|quit|end)\b
    | \bstop\ (all|it|this|these|that|now|please|me|text|messag|send|contact|bother|spam)
    | \b(do\ not|don'?t|dont|no\ more|quit|never)\ ((ever|keep|send|me|any|more)\ )*
      (text|messag|sms|send|contact|bother)
    | \bunsubscribe\b | \bopt(ing)?[ -]?(me[ ])?out\b
    | \b(remove|delete)\ (me|my)\b | \btake\ me\ off\b | \bleave\ me\ alone\b
    | \bwrong\ (number|person)\b
    | 수신\s*거부 | 그만\s*보내 | ^그만 | 보내지\s*마 | 문자\s*하지\s*마 | ^(중지|정지|거부)$
    """,
    re.VERBOSE,
)


def meaning(body: str, opt_out_type: str) -> ReportKind:
    """STOPPED or STARTED if the text (or Twilio's OptOutType) says so, else PROGRESS."""
    words = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", body)).strip().casefold()
    words = words.replace("\u2019", "'")
    keyword = opt_out_type.casefold() or re.sub(r"[^\w]", "", words)
    if keyword in _STOP or _WISHES.search(words):
        return ReportKind.STOPPED
    return ReportKind.STARTED if keyword in _START else ReportKind.PROGRESS
