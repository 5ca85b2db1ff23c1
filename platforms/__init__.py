"""The store platforms by name; their vendors' packages are imported only when they call."""

from connector.ports.platform import StorePlatform
from platforms.shopify.adapter import Shopify
from platforms.woocommerce.adapter import WooCommerce

PLATFORMS: dict[str, type[StorePlatform]] = {
    Shopify.kind: Shopify,
    WooCommerce.kind: WooCommerce,
}
