"""The notes of the fake vault: (path, title, tags, text)."""

# ruff: noqa: E501 - people write long lines

from __future__ import annotations

HOSTILE = "[/b] [@click=app.quit] \x1b]52;c;AAAA\x07"

FORGETTING = """# Forgetting curve

Ebbinghaus asked how fast a list of nonsense syllables leaves the head.

## Why it decays
Ebbinghaus measured retention and found a steep early drop: we forget most of what we read within a day unless it is retrieved. See [[Spacing effect]] and the testing effect in [[Active recall]].

> [!tip] Retrieval beats review
> Close the book and write what you know.

| interval | retained |
|----------|----------|
| 20 min   | 58 %     |
| 1 day    | 33 %     |
| 6 days   | 25 %     |

What helps: #learning/spacing, teaching, sleep, and linking it to something you already know. ^decay-summary

## History
The 1885 experiment used nonsense words so that meaning would not help. A replication in 2015 found nearly the same curve; see [the paper](https://example.org/curve.html).

```python
def retention(days):
    return 1.84 / (log10(days) ** 1.25 + 1.84)
```
"""

NOTES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("memory/forgetting-curve.md", "Forgetting curve", ("learning/memory",), FORGETTING),
    (
        "study/active-recall.md",
        "Active recall",
        ("learning",),
        "# Active recall\n\nTesting yourself beats re-reading, because the act of pulling it out strengthens what was read.\n\n"
        "## How\n- write questions while you read\n- answer them a day later\n- [ ] try [[Anki setup]] with cloze cards\n"
        "- [x] move old clippings to the archive\n\nSee [[Forgetting curve#Why it decays]] and [[Spacing effect|spacing]].\n",
    ),
    (
        "pkm/reading-workflow.md",
        "Reading workflow",
        ("pkm/reading",),
        "# Reading workflow\n\n1. Capture while you read; never only highlight.\n"
        "2. I distil the same evening, because the forgetting curve is brutal in the first 24 hours.\n"
        "3. Link it to two old notes, or drop it.\n\n> [!question] What would change my mind?\n\n"
        "## Open questions\nHow much of this survives if I only keep summaries? Is the friction of writing by hand the "
        "active ingredient? Compare [[Progressive summarisation]] and [[Zettelkasten|slip box]], and [[A note that is not]].\n",
    ),
    (
        "pkm/progressive-summarisation.md",
        "Progressive summarisation",
        ("pkm",),
        "# Progressive summarisation\n\nHighlights alone are a trap: you feel you remember what you read, but you "
        "recognise it only. Layers of bold and highlight help to find it again, not to know it.\n",
    ),
    (
        "bio/sleep.md",
        "Sleep and consolidation",
        ("sleep",),
        "# Sleep and consolidation\n\nSlow-wave sleep replays the day and moves fragile traces into the cortex. "
        "Forgetting is slower after a night of sleep than after a day awake.\n",
    ),
    (
        "study/spacing.md",
        "Spacing effect",
        ("learning",),
        "# Spacing effect\n\nThe same hour of study, spread over a week, is remembered twice as long. "
        "Why we forget less then: every retrieval comes just before the trace is gone. [[Forgetting curve]]\n",
    ),
    (
        "journal/2025-03-14.md",
        "2025-03-14",
        (),
        "---\nmood: grey\ntags: [daily]\n---\n\nThird time I have looked up the same paper; I clearly do not retain what I read. "
        "Ordered flour for the sourdough, and called the plumber.\n",
    ),
    (
        "kitchen/sourdough.md",
        "Sourdough",
        ("bread",),
        "# Sourdough\n\nHydration 75 %, levain at its peak, an oven that is really hot. Fold every half hour.\n",
    ),
    (
        "study/anki.md",
        "Anki setup",
        ("tools",),
        "# Anki setup\n\nTwenty new cards a day at most. Cloze beats front and back. [[Active recall]] is the reason why.\n",
    ),
    ("注記/記憶.md", "記憶と忘却曲線", (), "# 記憶と忘却曲線\n\n人は読んだものを一日でほとんど忘れる。間隔を空けて思い出すと残る。🧠 read\n"),
    ("attack/markup.md", HOSTILE, ("[red]tag",), f"# {HOSTILE}\n\nread [bold]this[/] [@click=app.quit]click[/] [[{HOSTILE}]]\n"),
    ("attack/[link=x]\x1b[2J\n.md", "\x9b31mCSI \x1bPdcs\x1b\\ \u202egnp.exe", (), "read \x1b[31mred\x1b[0m \x07bell \x9d0;t\x9c end\u2066\n"),
    ("attack/long.md", "word" * 60, (), "read " + "abcdefgh " * 2000 + "\n" + "x" * 30_000 + "\n"),
    ("attack/empty.md", "", (), ""),
    ("travel/lisbon.md", "Lisbon 2024", ("travel",), "# Lisbon 2024\n\nTram 28 at dawn, grilled sardines, a room over the river. Read Pessoa again.\n"),
)  # fmt: skip
