"""Where the contract data lies: vendors' schemas and recorded deliveries, outside."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CONTRACTS = Path(
    os.environ.get("CONTRACTS_DIR") or Path(__file__).resolve().parents[1] / "../shared/contracts"
).resolve()
needs_contracts = pytest.mark.skipif(
    not CONTRACTS.is_dir(),
    reason=f"contract data not found at {CONTRACTS} (set CONTRACTS_DIR)",
)
