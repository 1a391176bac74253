"""The screen in a real browser: searched, walked through and looked at. Needs Chromium, and skips without it."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.serve.browser import chromium, page
from tests.serve.serving import Serving

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="Chromium is not installed (on Debian: apt install chromium)"),
]


async def test_a_browser_searches_selects_and_opens_a_note(serving: Serving, tmp_path: Path) -> None:
    with serving.running() as running:
        async with page(tmp_path) as shown:
            await shown.open(running.address)
            await shown.until(lambda text: "search by words or meaning" in text and "synced" in text)
            await shown.type("water and flour")
            await shown.until(lambda text: "A levain is flour" in text and "Bread" in text)
            await shown.press("ArrowDown")
            await shown.press("ArrowDown")
            await shown.press("ArrowUp")
            await shown.press("Enter")
            opened = await shown.until(lambda text: "related to this" in text and "PROPERTIES" in text)
            assert "Bread.md" in opened or "Levain.md" in opened
            picture = await shown.picture()
            (tmp_path / "note.png").write_bytes(picture)
            assert await shown.evaluate("document.fonts.check('16px \"Roboto Mono\"')")
            assert colours(picture) > 30  # drawn, and not a blank or a dialog
            assert not shown.errors
            assert {urlsplit(one).netloc for one in shown.requests} == {f"127.0.0.1:{running.port}"}
            await shown.type("q")
            await shown.seen("document.body.classList.contains('-closed')")


async def test_a_page_can_reach_nothing_else(serving: Serving, tmp_path: Path) -> None:
    """Not even if a script came to run in it."""
    with serving.running() as running:
        async with page(tmp_path) as shown:
            await shown.open(running.address)
            await shown.until(lambda text: "vecna" in text)
            for address in ("http://127.0.0.1:9/", f"http://localhost:{running.port}/api/status"):
                said = await shown.evaluate(f"fetch('{address}').then(() => 'reached', (error) => error.name)")
                assert said == "TypeError"
            assert shown.errors and all("Content Security Policy" in error for error in shown.errors)


def colours(picture: bytes) -> int:
    from PIL import Image

    return len(Image.open(io.BytesIO(picture)).convert("RGB").getcolors(1_000_000) or ())
