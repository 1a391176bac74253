"""Our pair of themes, and the colours with a meaning of our own for every other theme."""

from __future__ import annotations

from textual.color import Color
from textual.theme import Theme

from vecna_notes.insight.looks import COLOURS

# Three meanings, three hues: iris says where you are, cyan how near, amber what matched.
VECNA_DARK = Theme(
    name="vecna-dark",
    dark=True,
    primary="#a99bf5",
    secondary="#57c7d4",
    accent="#a99bf5",
    warning="#f2b457",
    error="#f0716f",
    success="#7fc987",
    foreground="#c8ccd8",
    background="#13151c",
    surface="#171a22",
    panel="#1d212b",
    variables={
        "dim": "#8b92a6",
        "faint": "#596075",
        "rule": "#2a2f3d",
        "bright": "#f3f4fa",
        "match": "#f2b457",
        "meter": "#57c7d4",
        "soft": "#312f33",
        "row": "#222634",
        "row-quiet": "#1b1f29",
        "code": "#a9c49a",
        "link": "#9db8ef",
        "input-cursor-background": "#a99bf5",
        "input-cursor-foreground": "#13151c",
        "block-cursor-background": "#a99bf5",
        "block-cursor-foreground": "#13151c",
        "border": "#a99bf5",
    },
)
VECNA_LIGHT = Theme(
    name="vecna-light",
    dark=False,
    primary="#6747c7",
    secondary="#0b7285",
    accent="#6747c7",
    warning="#a45c00",
    error="#c0312f",
    success="#2b7a3d",
    foreground="#2f333d",
    background="#fbfaf7",
    surface="#f6f4ef",
    panel="#eeebe4",
    variables={
        "dim": "#6a6f7d",
        "faint": "#9b9ea8",
        "rule": "#dcd8ce",
        "bright": "#0e1016",
        "match": "#a45c00",
        "meter": "#0b7285",
        "soft": "#f8ecd0",
        "row": "#e7e2f6",
        "row-quiet": "#f0eee9",
        "code": "#4b6b35",
        "link": "#2f55a8",
        "input-cursor-background": "#6747c7",
        "input-cursor-foreground": "#ffffff",
        "block-cursor-background": "#6747c7",
        "block-cursor-foreground": "#ffffff",
        "border": "#6747c7",
    },
)
THEMES = (VECNA_DARK, VECNA_LIGHT)

_ANSI = {
    "dim": "ansi_default",
    "faint": "ansi_bright_black",
    "rule": "ansi_bright_black",
    "bright": "ansi_default",
    "match": "ansi_yellow",
    "meter": "ansi_cyan",
    "soft": "ansi_default",
    "row": "ansi_default",
    "row-quiet": "ansi_default",
    "code": "ansi_green",
    "link": "ansi_blue",
    **{
        f"topic{number}": f"ansi_{name}"
        for number, name in enumerate(
            ("blue", "yellow", "green", "red", "magenta", "cyan", "bright_yellow", "bright_magenta")
        )
    },
}


def meanings(theme: Theme) -> dict[str, str]:
    """Our variables for a theme that does not set them, mixed from its own colours."""
    if theme.ansi:
        return dict(_ANSI)
    colours = theme.to_color_system().generate()
    back, front = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    accent = Color.parse(colours["accent"])
    warning = Color.parse(colours["warning"])
    cyan = Color.parse("#57c7d4" if theme.dark else "#0b7285")
    return {
        "dim": back.blend(front, 0.62).hex,
        "faint": back.blend(front, 0.4).hex,
        "rule": back.blend(front, 0.18).hex,
        "bright": front.blend(Color.parse("#ffffff" if theme.dark else "#000000"), 0.5).hex,
        "match": warning.hex,
        "meter": cyan.hex,
        "soft": back.blend(warning, 0.15).hex,
        "row": back.blend(accent, 0.16).hex,
        "row-quiet": back.blend(front, 0.06).hex,
        "code": front.blend(Color.parse(colours["success"]), 0.5).hex,
        "link": front.blend(Color.parse(colours["primary"]), 0.5).hex,
        **{f"topic{number}": front.blend(Color.parse(colour), 0.8).hex for number, colour in enumerate(COLOURS)},
    }
