"""How long a text is, as carriers count and bill it."""

from __future__ import annotations

# 3GPP TS 23.038: the default alphabet of a text, and what costs two places in it.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("\f^{}\\[~]|€")
_GSM_ALONE, _GSM_JOINED = 160, 153  # a part of a longer text gives places to its number
_UCS2_ALONE, _UCS2_JOINED = 70, 67
_PLANE_END = 0xFFFF  # beyond it a character is two UTF-16 units

KOREAN_SMS_BYTES = 90  # what Korean carriers take as a short text (SMS),
KOREAN_LMS_BYTES = 2000  # and as a long one (LMS, or MMS with a picture)


def segments(text: str) -> int:
    """How many parts a text is sent and billed as; 0 for an empty one.

    One letter outside the GSM alphabet makes the whole text count in UTF-16 units.
    """
    if all(letter in _GSM or letter in _GSM_TWICE for letter in text):
        widths = [2 if letter in _GSM_TWICE else 1 for letter in text]
        return _parts(widths, _GSM_ALONE, _GSM_JOINED)
    widths = [2 if ord(letter) > _PLANE_END else 1 for letter in text]
    return _parts(widths, _UCS2_ALONE, _UCS2_JOINED)


def korean_bytes(text: str) -> int:
    """The length by which Korean carriers tell SMS from LMS: Hangul and signs take 2 bytes.

    What their code page (CP949, which holds EUC-KR) lacks, such as an emoji, counts 2 for each
    UTF-16 unit: no carrier shows it as fewer.
    """
    return sum(_korean_width(letter) for letter in text)


def _korean_width(letter: str) -> int:
    try:
        return len(letter.encode("cp949"))
    except UnicodeEncodeError:
        return 4 if ord(letter) > _PLANE_END else 2


def _parts(widths: list[int], alone: int, joined: int) -> int:
    """Parts that hold letters of these widths; a letter is never cut in two."""
    if sum(widths) <= alone:
        return min(1, len(widths))
    parts, room = 0, 0
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return parts
