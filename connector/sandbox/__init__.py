"""Stores and vendors that speak the true protocols on loopback, for people without a store.

A world of its own: nothing here knows the service, the service knows nothing of it.
"""
