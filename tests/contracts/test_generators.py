"""Every offered generator keeps the contract, and one that breaks it is found out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from vecna_notes.errors import GeneratorError, MissingPart
from vecna_notes.interfaces import Prompt, Sending
from vecna_notes.registry import Registry
from vecna_notes.testing import check_generator


@pytest.mark.parametrize("name", [row.offer.name for row in Registry(only_ours=True).offers("generators")])
def test_offered_generators_keep_the_contract(name: str, tmp_path: Path) -> None:
    try:
        generator = Registry(only_ours=True).generator(name, {"cache": tmp_path, "threads": 2})
    except (MissingPart, GeneratorError) as error:
        pytest.skip(str(error))
    if isinstance(generator, Sending):
        pytest.skip(f"{name} speaks to a server: its own tests make one")
    check_generator(generator)


class Bytes:
    def generate(self, prompt: Prompt) -> Iterator[str]:
        yield b"bytes"  # type: ignore[misc]


def test_one_that_breaks_it_is_found_out() -> None:
    with pytest.raises(AssertionError, match="no text"):
        check_generator(Bytes())
