"""WooCommerce: REST v3, signed webhooks, and the cart topic of our shop plugin."""
