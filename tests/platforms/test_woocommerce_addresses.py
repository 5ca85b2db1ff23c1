"""What merchants type, and the one address that it means; hostile input is refused in words."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.woocommerce.addresses import BadAddress, canonical

DOOR = "127.0.0.1:9102"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("shop.example", "https://shop.example"),
        ("  Shop.Example/ ", "https://shop.example"),
        ("shop.example\n", "https://shop.example"),
        ("//shop.example", "https://shop.example"),
        ("http://shop.example", "https://shop.example"),  # what people type for what is https
        ("http://shop.example:80/", "https://shop.example"),
        ("https://shop.example:443/", "https://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("shop.example.", "https://shop.example"),
        ("https://Shop.example/store/wp-admin/index.php?x=1#y", "https://shop.example/store"),
        ("shop.example/wp-login.php", "https://shop.example"),
        ("shop.example/wp-json/wc/v3", "https://shop.example"),
        ("shop.example/index.php", "https://shop.example"),
        ("shop.example/wp-admins", "https://shop.example/wp-admins"),  # a folder like any other
        ("shop.example//a//b/", "https://shop.example/a/b"),
        ("shop.example/магазин", "https://shop.example/%D0%BC%D0%B0%D0%B3%D0%B0%D0%B7%D0%B8%D0%BD"),
        ("münchen-shop.de", "https://xn--mnchen-shop-thb.de"),
        ("XN--mnchen-shop-thb.de", "https://xn--mnchen-shop-thb.de"),
        ("ｓｈｏｐ．example", "https://shop.example"),
        ("shop。example", "https://shop.example"),  # an ideographic full stop
        (DOOR, f"http://{DOOR}"),
        (f"http://{DOOR}/shop/", f"http://{DOOR}/shop"),
    ],
)
def test_what_is_typed_has_one_meaning(typed: str, meant: str) -> None:
    assert canonical(typed, {DOOR}) == meant
    assert canonical(meant, {DOOR}) == meant


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "type the address"),
        ("https://", "name on the open internet"),
        ("shop .example", "blank"),
        ("shop\n.example", "blank"),
        ("shop.example\x00", "blank"),
        ("shop\u202e.example", "blank"),
        ("https://user:pw@shop.example", "before the @"),
        ("https://shop.example\\@evil.example", "backslash"),
        ("shop.example:8080", "port 443 or 8443"),
        ("https://shop.example:22", "port 443 or 8443"),
        ("https://shop.example:80", "port 443 or 8443"),
        ("shop.example:0", "port 443 or 8443"),
        ("shop.example:99999", "looks like"),
        ("127.0.0.1", "a number"),
        ("127.1", "a number"),
        ("2130706433", "a number"),
        ("0x7f000001", "a number"),
        ("0x7f.1", "a number"),
        ("0177.0.0.1", "a number"),
        ("１２７.0.0.1", "a number"),
        ("1.2.3.4.", "a number"),
        ("[::1]", "a number"),
        ("[::ffff:127.0.0.1]", "a number"),
        ("[fe80::1%25eth0]", "a number"),
        ("127.0.0.1:9103", "a number"),  # not one of the doors
        ("localhost", "open internet"),
        ("printer.local", "open internet"),
        ("metadata.google.internal", "open internet"),
        ("shop", "open internet"),
        ("shop.example..", "open internet"),
        ("shop..example", "looks like"),
        ("-shop-.example", "looks like"),
        ("shop.example%00.evil.example", "looks like"),
        ("☃.example", "looks like"),
        ("xn--a.example", "looks like"),
        ("oscars-outdoor.myshopify.com", "Shopify"),
        ("ftp://shop.example", "https://"),
        ("javascript:alert(1)", "looks like"),
        ("file:///etc/passwd", "https://"),
        ("shop.example/../etc", "leave out"),
        ("shop.example/%2e%2e/etc", "leave out"),
        ("shop.example/a%2fb", "leave out"),
        ("shop.example/%0d%0aX:1", "leave out"),
        ("shop.example/" + "x" * 600, "too long"),
    ],
)
def test_what_is_no_shop_is_refused_in_words(typed: str, why: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        canonical(typed, {DOOR})
    assert why in refusal.value.detail


@given(st.text(max_size=60) | st.from_regex(r"(https?://)?[^/]{1,20}(/.{0,20})?", fullmatch=True))
def test_whatever_is_typed_the_address_is_a_safe_one_or_none(typed: str) -> None:
    try:
        meant = canonical(typed)
    except BadAddress:
        return
    parts = urlsplit(meant)
    assert parts.scheme == "https"
    assert meant.isascii()
    assert meant.isprintable()
    assert "@" not in parts.netloc
    assert parts.port in {None, 8443}
    assert "." in (parts.hostname or "")
    assert not parts.query
    assert not parts.fragment
    assert ".." not in parts.path.split("/")
    assert not meant.endswith("/")
    assert canonical(meant) == meant
