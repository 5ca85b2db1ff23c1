"""Text that strangers wrote, made safe to put into headers, subjects and texts."""

from __future__ import annotations

import unicodedata

# Marks that turn the direction of what follows: they make a text read otherwise than it is.
_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """The text without control, direction and broken characters; its line breaks stay."""
    return "".join(letter for letter in text if letter == "\n" or _shows(letter))


def one_line(text: str) -> str:
    """The same on a single line: every kind of line break and white space becomes a blank."""
    return " ".join(printable(" ".join(text.split())).split())


def _shows(letter: str) -> bool:
    # Cc: NUL and its kin; Cs: half a surrogate pair, which cannot be encoded at all
    return unicodedata.category(letter) not in {"Cc", "Cs"} and letter not in _BIDI
