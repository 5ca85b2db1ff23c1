"""Forms of data, worked out when their module is imported.

msgspec works a struct out at its first use, and two threads that do so at once crash the
process (seen with 0.22.0): senders decode in several threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def work_out(names: Mapping[str, Any]) -> None:
    """Prepare every struct of a module: `work_out(globals())` at its end."""
    module = names["__name__"]
    for value in list(names.values()):
        is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
        if is_struct and value.__module__ == module:
            msgspec.json.Decoder(value)
