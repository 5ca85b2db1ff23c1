"""Packs the shop plugin as WordPress takes it: `python3 pack.py build/cartwright.zip`.

The same files make the same bytes anywhere: names in order, one date, one mode, and nothing
compressed, since compressors differ from machine to machine.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "cartwright"
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o100644 << 16


def pack(target: Path) -> None:
    """Write the zip: everything of the plugin's folder, under its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(path for path in SOURCE.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(SOURCE.parent).as_posix(), _DATE)
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, path.read_bytes())


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
    sys.stdout.write(f"{sys.argv[1]}\n")
