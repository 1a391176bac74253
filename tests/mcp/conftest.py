from __future__ import annotations

import pytest

from tests.mcp.served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Served:
    return Served.made(tmp_path_factory.mktemp("served"))
