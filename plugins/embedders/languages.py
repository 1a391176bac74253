"""Which languages a model was made for: what its card says, else what its name says."""

from __future__ import annotations

import re
from pathlib import Path

_MANY = re.compile(r"multilingual|xlm|labse|(^|[-_/])(bge-m3|gte-multilingual|m-?e5)", re.IGNORECASE)
_SUFFIX = re.compile(r"-(en|zh|de|fr|es|ja|ko|ru|pl|nl|it|pt|ar)(-v[\d.]+)?$", re.IGNORECASE)
_ENGLISH = re.compile(
    r"(^|[-_/])(all-|multi-qa-|msmarco-|paraphrase-|sentence-t5-|gtr-t5-|e5-(small|base|large)|gte-(tiny|small|base|large)$"
    r"|snowflake-arctic-embed-(xs|s|m|l)|mxbai-embed-|nomic-embed-text-v1)",
    re.IGNORECASE,
)
_FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


def read_languages(folder: Path, name: str) -> tuple[str, ...]:
    """ISO 639-1 codes, sorted; empty for many or unknown."""
    if found := _said(folder / "README.md"):
        return () if "multilingual" in found else tuple(sorted(found))
    if _MANY.search(name):
        return ()
    if suffix := _SUFFIX.search(name):
        return (suffix[1].lower(),)
    return ("en",) if _ENGLISH.search(name) else ()


def _said(card: Path) -> set[str]:
    """What the model card lists under "language"; empty when it does not."""
    try:
        matter = _FRONT_MATTER.match(card.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return set()
    import yaml

    try:
        front = yaml.load(matter[1], yaml.BaseLoader) if matter else None  # Norwegian's "no" is no false here
    except yaml.YAMLError:
        return set()
    listed = front.get("language", []) if isinstance(front, dict) else []
    codes = listed if isinstance(listed, list) else [listed]
    return {re.split("[-_]", code.strip().lower())[0] for code in codes if isinstance(code, str) and code.strip()}
