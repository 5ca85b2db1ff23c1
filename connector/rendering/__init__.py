"""Turns a template and plain values into the texts of a message; knows no rows, no vendors."""

from connector.rendering.liquid import BadTemplate
from connector.rendering.messages import preview, render

__all__ = ["BadTemplate", "preview", "render"]
