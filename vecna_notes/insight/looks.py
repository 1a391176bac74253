"""How topics look: eight colours in four shapes, so that they are told apart without colour, too."""

from __future__ import annotations

COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#17a2b8", "#d4a017", "#ff7fb0")
SHAPES = "●▲■◆"
PLAIN_SHAPES = "o^#+"
NO_COLOUR = "#8a8a8a"
NO_SHAPE, PLAIN_NO_SHAPE = "·", "."


def colour(slot: int) -> str:
    """Hex, of a topic's slot; grey for -1, which is no topic."""
    return NO_COLOUR if slot < 0 else COLOURS[slot % len(COLOURS)]


def shape(slot: int, is_ascii: bool = False) -> str:
    if slot < 0:
        return PLAIN_NO_SHAPE if is_ascii else NO_SHAPE
    return (PLAIN_SHAPES if is_ascii else SHAPES)[slot // len(COLOURS) % len(SHAPES)]
