from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serve.serving import Running, Serving


@pytest.fixture(scope="session")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Serving:
    return Serving.made(tmp_path_factory.mktemp("serving"))


@pytest.fixture(scope="module")
def running(serving: Serving) -> Iterator[Running]:
    with serving.running() as one:
        yield one
