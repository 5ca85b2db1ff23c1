"""Cartwright: wins abandoned carts back for merchants on Shopify and WooCommerce."""
