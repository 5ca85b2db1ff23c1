"""What a merchant may call herself and choose as a password."""

from __future__ import annotations

import re
import unicodedata

from connector.domain.people import clean_email

SHORTEST, LONGEST = 10, 200  # characters of a password
_FEW = 5  # different characters: less is a pattern
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "01234567890123456789",
)
# The words that the lists of leaked passwords are made of, with digits and marks left out.
_WORDS = [
    "password",
    "passwort",
    "passw",
    "motdepasse",
    "contrasena",
    "qwerty",
    "qwertz",
    "azerty",
    "letmein",
    "welcome",
    "iloveyou",
    "monkey",
    "dragon",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "batman",
    "master",
    "shadow",
    "michael",
    "trustno",
    "admin",
    "administrator",
    "login",
    "user",
    "guest",
    "changeme",
    "secret",
    "default",
    "test",
    "testing",
    "hello",
    "cartwright",
    "shopify",
    "woocommerce",
    "wordpress",
]
_LOOKS = str.maketrans("013457@$!", "oleastasi")  # p4ssw0rd is password


def clean_address(text: str) -> str:
    """A merchant's address as she spells it, or "" for what mail cannot be sent to.

    Plain ASCII before the @ and after it: two spellings that look alike must not be one account.
    """
    address = clean_email(text)
    return address if address.isascii() else ""


def address_key(address: str) -> str:
    """One spelling for an account's address. Only case: other marks may be other mailboxes."""
    return address.lower()


def password_problem(password: str, address: str) -> str:
    """Why this cannot be her password, in words for her; "" if it can."""
    if len(password) < SHORTEST:
        return f"Please use {SHORTEST} characters or more; a few words in a row are easy to keep."
    if len(password) > LONGEST:
        return f"Please use {LONGEST} characters at most."
    if _is_common(password, address):
        return "Many people use a password like this one. Please choose one that is only yours."
    return ""


def _is_common(password: str, address: str) -> bool:
    plain = unicodedata.normalize("NFKC", password).lower()
    if len(set(plain)) < _FEW or plain.isdecimal() or _is_row(plain):
        return True
    return any(_is_only(plain, word) for word in [*_WORDS, *_names(address.lower())])


def _names(address: str) -> list[str]:
    """The parts of an address, and what is before the @ as one word."""
    parts = re.split(r"[^a-z0-9]+", address)
    together = re.sub(r"[^a-z]", "", address.partition("@")[0])
    return [part for part in [*parts, together] if len(part) > 2]  # noqa: PLR2004 - de, com


def _is_row(plain: str) -> bool:
    """Keys side by side, or one piece again and again."""
    rows = [row + row for row in (*_ROWS, *(row[::-1] for row in _ROWS))]
    if any(plain in row for row in rows):
        return True
    sizes = range(1, len(plain) // 2 + 1)
    return any(plain == (plain[:size] * len(plain))[: len(plain)] for size in sizes)


def _is_only(plain: str, word: str) -> bool:
    """The word (perhaps again) with digits and marks around it: password123!, p4ssw0rd-2026."""
    known = re.escape(word)
    pattern = rf"[\W\d_]*(?:{known}[\W\d_]*)+[a-z]{{0,2}}[\W\d_]*"  # linear: each round is a word
    spellings = (plain, plain.translate(_LOOKS), re.sub(r"[\W_]", "", plain))
    return any(re.fullmatch(pattern, text) for text in spellings)
