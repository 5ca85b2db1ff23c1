"""Our plugin for shops on WooCommerce: PHP in `cartwright/`, packed by `pack.py`."""
