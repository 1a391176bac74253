"""Notes dealt out to train, dev and test, so that what is measured was never shown.

Linked notes go together: were they dealt out one by one, most pairs of two notes would be torn apart and lost.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Part = Literal["train", "dev", "test"]
PARTS: tuple[Part, ...] = ("train", "dev", "test")
SHARES: tuple[tuple[Part, float], ...] = (("dev", 0.05), ("test", 0.2))
REGIONS = 6
"""Places of the web of notes that each held-out part is taken from: one alone would be about one thing."""


def deal(paths: Sequence[str], ties: Iterable[tuple[str, str]], seed: int) -> dict[str, Part]:
    """The part of each note. Tied ones are mostly in one part; the same input is always dealt out the same."""
    rng = random.Random(seed)
    near = _near(paths, ties)
    order = sorted(paths)
    rng.shuffle(order)
    dealt: dict[str, Part] = {}
    for part, share in SHARES:
        left = round(share * len(paths))
        size = max(2, -(-left // REGIONS))
        for start in order:
            if left > 0 and start not in dealt:
                region = _region(start, near, dealt, min(size, left))
                dealt.update(dict.fromkeys(region, part))
                left -= len(region)
    return {path: dealt.get(path, "train") for path in paths}


def _near(paths: Sequence[str], ties: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    near: dict[str, set[str]] = {path: set() for path in paths}
    for one, other in ties:
        if one != other and one in near and other in near:
            near[one].add(other)
            near[other].add(one)
    return {path: sorted(others) for path, others in near.items()}


def _region(start: str, near: Mapping[str, list[str]], taken: Mapping[str, Part], size: int) -> list[str]:
    """At most `size` free notes around `start`; next always the one whose ties lie most inside."""
    region = [start]
    inside: dict[str, int] = {}
    while len(region) < size:
        for other in near[region[-1]]:
            inside[other] = inside.get(other, 0) + 1
        free = [path for path in inside if path not in taken and path not in region]
        if not free:
            break
        region.append(max(free, key=lambda path: (inside[path] / len(near[path]), inside[path], path)))
    return region
