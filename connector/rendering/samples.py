"""Sample values for previews: what a cart, an offer and an order look like to a template."""

from __future__ import annotations

from typing import Any

_PICTURE = "https://shop.example/images"

_EN: dict[str, Any] = {
    "store": {"name": "Oscar's Outdoor", "url": "https://oscar.example"},
    "contact": {"first_name": "Ana"},
    "cart": {
        "lines": [
            {
                "title": "Trail jacket",
                "variant_title": "Forest green / M",
                "quantity": 1,
                "price": "$89.00",
                "image_url": f"{_PICTURE}/jacket.jpg",
                "product_url": "https://oscar.example/products/trail-jacket",
            },
            {
                "title": "Merino socks, pack of three",
                "variant_title": "",
                "quantity": 2,
                "price": "$24.00",
                "image_url": "",
                "product_url": "",
            },
        ],
        "total": "$137.00",
    },
    "link": "https://go.oscar.example/r/0123456789abcdefghijkl",
    "unsubscribe_url": "https://go.oscar.example/u/0123456789abcdefghijkl",
}
_KO: dict[str, Any] = {
    "store": {"name": "미나상점", "url": "https://mina.example"},
    "contact": {"first_name": "지수"},
    "cart": {
        "lines": [
            {
                "title": "린넨 원피스",
                "variant_title": "아이보리 / M",
                "quantity": 1,
                "price": "₩68,000",
                "image_url": f"{_PICTURE}/dress.jpg",
                "product_url": "https://mina.example/products/linen-dress",
            },
            {
                "title": "면 양말 3켤레",
                "variant_title": "",
                "quantity": 2,
                "price": "₩9,000",
                "image_url": "",
                "product_url": "",
            },
        ],
        "total": "₩86,000",
    },
    "link": "https://go.mi.kr/r/0123456789abcdefghijkl",
    "unsubscribe_url": "https://go.mi.kr/u/0123456789abcdefghijkl",
}
_CARTS = {"en": _EN, "ko": _KO}
_ONE_CODE = {
    "code": "BACK-7KQ2M9XW4T",
    "codes": ["BACK-7KQ2M9XW4T"],
    "percent": "5",
    "amount": "",
    "free_shipping": False,
    "minimum": "",
}
_TWO_CODES = {
    **_ONE_CODE,
    "codes": ["BACK-7KQ2M9XW4T", "BACK-3RNC8VHD6E"],
    "percent": "10",
    "free_shipping": True,
}
_AMOUNT = {**_ONE_CODE, "percent": ""}
_MORE: dict[str, dict[str, dict[str, Any]]] = {
    "en": {
        "offer": {"offer": {**_ONE_CODE, "expires": "Tue 24 Nov, 18:00"}},
        "last_hour": {"offer": {**_TWO_CODES, "expires": "Mon 23 Nov, 19:00"}},
        "win_back": {
            "offer": {
                **_AMOUNT,
                "amount": "$5.00",
                "minimum": "$50.00",
                "expires": "Mon 30 Nov, 18:00",
            }
        },
        "thanks": {"order": {"name": "#1001", "total": "$130.15"}, "unsubscribe_url": ""},
        "review": {"order": {"name": "#1001", "total": "$130.15"}},
    },
    "ko": {
        "offer": {"offer": {**_ONE_CODE, "expires": "11/24"}},
        "last_hour": {"offer": {**_TWO_CODES, "expires": "11/23"}},
        "win_back": {
            "offer": {**_AMOUNT, "amount": "₩5,000", "minimum": "₩50,000", "expires": "11/30"}
        },
        "thanks": {"order": {"name": "#1001", "total": "₩81,700"}, "unsubscribe_url": ""},
        "review": {"order": {"name": "#1001", "total": "₩81,700"}},
    },
}


def context(template: str, language: str) -> dict[str, Any]:
    """The sample values for one template in one language (English where there are none)."""
    known = language if language in _CARTS else "en"
    return {**_CARTS[known], "offer": None, **_MORE[known].get(template, {})}
