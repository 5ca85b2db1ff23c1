"""E-mail layout: MJML compiled once, with its Liquid left in place."""

from __future__ import annotations

import re

import mrml

from connector.rendering.liquid import BadTemplate

# mrml drops what it does not know without a word, and mj-include reads files
KNOWN_TAGS = frozenset(
    {
        "mjml",
        "mj-accordion",
        "mj-accordion-element",
        "mj-accordion-text",
        "mj-accordion-title",
        "mj-all",
        "mj-attributes",
        "mj-body",
        "mj-breakpoint",
        "mj-button",
        "mj-carousel",
        "mj-carousel-image",
        "mj-class",
        "mj-column",
        "mj-divider",
        "mj-font",
        "mj-group",
        "mj-head",
        "mj-hero",
        "mj-image",
        "mj-navbar",
        "mj-navbar-link",
        "mj-preview",
        "mj-raw",
        "mj-section",
        "mj-social",
        "mj-social-element",
        "mj-spacer",
        "mj-style",
        "mj-table",
        "mj-text",
        "mj-title",
        "mj-wrapper",
    }
)
_TAG = re.compile(r"<\s*/?\s*(mj[\w-]*)", re.IGNORECASE)


def compiled(source: str) -> str:
    """The HTML of an MJML source. Raises BadTemplate for broken MJML and unknown tags."""
    unknown = {tag.lower() for tag in _TAG.findall(source)} - KNOWN_TAGS
    if unknown:
        raise BadTemplate(f"unknown MJML: {', '.join(sorted(unknown))}")
    try:
        return mrml.to_html(source).content
    except OSError as error:  # how mrml reports a source that it cannot parse
        raise BadTemplate(f"broken MJML: {error}") from error
