"""What every test may lean on."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: see rapport/__init__.py
SHARED = Path(__file__).resolve().parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Reference results and real inputs beside the project; absent at a user's."""
    if not SHARED.is_dir():
        pytest.skip("the folder of reference data is not beside the project")
    return SHARED
