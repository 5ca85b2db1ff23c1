"""The sandbox stores: are they like the real ones."""
