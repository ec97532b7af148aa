"""What the tests of the program share: a width that does not depend on who runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_width_from_outside() -> Iterator[None]:
    """Take COLUMNS out of the environment, where terminals and test runners put it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        yield
