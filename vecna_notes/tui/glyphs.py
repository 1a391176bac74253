"""The few signs the screen draws with, in Unicode and in plain ASCII."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One look. Every sign is one cell wide unless it says otherwise."""

    bar: str = "▌"
    """Where the focus or the cursor is."""
    full: str = "━"
    empty: str = "╌"
    dot: str = "●"
    ring: str = "○"
    logo: str = "◆"
    chevron: str = "›"
    prompt: str = "❯"
    rule: str = "─"
    ellipsis: str = "…"
    middot: str = "·"
    check: str = "✓"
    cross: str = "✗"
    warning: str = "⚠"
    both_ways: str = "↔"
    to: str = "→"
    back: str = "←"
    down: str = "▾"
    wrap: str = "↪"
    dash: str = "–"
    bullet: str = "•"
    todo: str = "☐"
    done: str = "☑"
    times: str = "×"
    reranked: str = "⇅"
    better: str = "▲"
    worse: str = "▼"
    give_or_take: str = "±"
    quote: str = "“"
    unquote: str = "”"
    here: str = "◉"
    """The note under the cursor of the map."""


UNICODE = Glyphs()
ASCII = Glyphs(
    bar="|",
    full="=",
    empty="-",
    dot="*",
    ring="o",
    logo="#",
    chevron=">",
    prompt=">",
    rule="-",
    ellipsis="~",
    middot="-",
    check="+",
    cross="x",
    warning="!",
    both_ways="=",
    to=">",
    back="<",
    down="v",
    wrap="+",
    dash="-",
    bullet="-",
    todo="o",
    done="x",
    times="x",
    reranked="^",
    better="^",
    worse="v",
    give_or_take="+",
    quote='"',
    unquote='"',
    here="@",
)


def glyphs(name: str) -> Glyphs:
    """`name` is the setting screen.glyphs: "unicode" or "ascii"."""
    return ASCII if name == "ascii" else UNICODE


def meter(score: float, width: int, look: Glyphs) -> tuple[str, str]:
    """The filled and the empty part of a similarity meter for a score in [0, 1]."""
    filled = round(max(0.0, min(score, 1.0)) * width)
    return look.full * filled, look.empty * (width - filled)


def decimal(score: float) -> str:
    """A score as it stands beside its meter: ".84", "1.0"."""
    return "1.0" if score >= 0.995 else f"{max(score, 0.0):.2f}"[1:]
