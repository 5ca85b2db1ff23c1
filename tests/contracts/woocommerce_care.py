"""What looking after a WooCommerce store means beside the contract."""

from __future__ import annotations

import pytest

from connector.errors import Refused
from connector.services.discounts import obtain
from platforms.woocommerce.adapter import WooCommerce
from tests.contracts.bench import Bench, terms
from tests.contracts.platform_care import CareContract


class WooCommerceCare(CareContract):
    """Codes that the store changed without a word."""

    def test_a_code_of_ours_with_other_terms_is_not_adopted(self, bench: Bench) -> None:
        """Whoever made it may have died before looking: it could be used by everybody."""
        wanted = terms()
        assert isinstance(bench.platform, WooCommerce)
        expires = wanted.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        odd = {"code": wanted.code, "amount": "5", "date_expires": expires}
        ours = [{"key": "_cartwright_ref", "value": wanted.reference}]
        bench.platform._client.post(
            "coupons", {**odd, "discount_type": "percent", "meta_data": ours}
        )
        with pytest.raises(Refused, match="changed the coupon's terms"):
            obtain(bench.platform, wanted)
        assert bench.state()["codes"] == []
        made = bench.platform.create_discount(wanted)
        assert obtain(bench.platform, wanted) == made
