"""The Ask screen: an answer as it comes, what came of its sources, and what can be done with it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import pytest

from tests.chat_server import Script, Server, begin, event, refusing, saying, serving
from tests.tui.conftest import Open, Stage
from tests.tui.fake_answers import REFUSED
from tests.tui.fakes import FakeVault, FakeWorker, fake_vault
from tests.vaults import Home
from vecna_notes.answer.ask import Answer, Asking
from vecna_notes.config import Folders, ScreenSettings, load
from vecna_notes.engine import Engine
from vecna_notes.errors import GeneratorError
from vecna_notes.tui import VecnaApp
from vecna_notes.tui.screens.ask import AskScreen
from vecna_notes.tui.screens.note import NoteScreen
from vecna_notes.vault import Vault

QUESTION = "why do I forget what I read"
TRUE = "Ebbinghaus measured retention and found a steep early drop [1]."
MADE_UP = "Elephants forget nothing at all, whatever they read [1]."
NOWHERE = "Goldfish do [9]."
WIDE, NARROW = (120, 36), (80, 24)


async def on_ask(s: Stage) -> AskScreen:
    await s.press("escape", "down", "4")
    await s.settle(0.05)
    assert isinstance(s.app.screen, AskScreen)
    return s.app.screen


async def ask(s: Stage, question: str, *said: str | GeneratorError, is_whole: bool = True) -> AskScreen:
    """Type a question and let the generator say that."""
    screen = s.app.screen if isinstance(s.app.screen, AskScreen) else await on_ask(s)
    if screen.focused is not screen.question_input:
        await s.press("a")
    before = len(screen.exchanges)
    await s.type(question)
    await s.press("enter")
    await s.until(lambda: len(screen.exchanges) > before and screen.exchanges[-1].asked is not None)
    s.engine.answers[-1].tell(*said, *([""] if is_whole else []))
    if is_whole:
        await s.until(lambda: not screen.is_answering)
    else:
        await s.until(lambda: screen.exchanges[-1].text == "".join(map(str, said)))
    return screen


async def test_an_answer_is_drawn_while_it_comes_and_then_checked(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        screen = await ask(s, QUESTION, "Ebbinghaus measured retention ", "and found [1]", is_whole=False)
        assert "Ebbinghaus measured retention and found [1]" in s.text and "esc stops" in s.text
        assert "[1] Forgetting curve" in s.text and "exact" not in s.text
        s.engine.answers[-1].tell(" a steep early drop.", "")
        await s.until(lambda: not screen.is_answering)
        assert "✓ exact" in s.text and "quote found in note?" in s.text
        assert f"{len(s.vault.notes)} of {len(s.vault.notes) + 2} notes searched" in s.text


async def test_what_no_note_bears_out_is_marked_and_can_be_hidden(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        screen = await ask(s, QUESTION, f"{TRUE} {MADE_UP} {NOWHERE}")
        assert s.text.count("⚠") == 3 and "2 sentences have no support in your notes (dim, underlined)" in s.text
        line = next(line for line in s.lines if "[9] there is no such source" in line)
        assert line.endswith("✗ missing")
        assert "underline" in str(screen.view.ink("doubt"))
        await s.press("c")
        assert "Elephants" not in s.text and "(hidden)" in s.text and "Ebbinghaus" in s.text
        await s.press("c")
        assert "Elephants" in s.text


async def test_enter_on_a_source_opens_the_note_at_its_lines(stage: Open) -> None:
    async with stage() as s:
        screen = await ask(s, QUESTION, TRUE)
        await s.press("tab")
        row = screen.sources.current
        assert row is not None and screen.focused is screen.sources
        await s.press("enter")
        await s.settle(0.1)
        assert isinstance(s.app.screen, NoteScreen) and s.app.screen.opened is not None
        assert (s.app.screen.opened.path, s.app.screen.view.line) == (row.path, row.lines[0])


async def test_a_source_opens_in_obsidian(stage: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage() as s:
        urls: list[str] = []
        monkeypatch.setattr(s.app, "open_url", lambda url, new_tab=True: urls.append(url))
        screen = await ask(s, QUESTION, TRUE)
        await s.press("tab", "o")
        assert screen.sources.current is not None
        assert urls == ["obsidian://open?path=" + quote(f"/notes/{screen.sources.current.path}", safe="")]


async def test_a_click_on_a_number_goes_to_its_source(stage: Open) -> None:
    async with stage() as s:
        screen = await ask(s, QUESTION, f"{TRUE} Active recall helps [2].")
        line = next(place for place, text in enumerate(s.lines) if "[2]." in text)
        await s.pilot.click(offset=(s.lines[line].index("[2]") + 1, line))
        assert screen.focused is screen.sources and screen.sources.current is not None
        assert screen.sources.current.number == 2


async def test_where_nothing_is_close_it_says_so_and_shows_what_is_least_far(stage: Open) -> None:
    vault = fake_vault()
    vault.is_close = False
    async with stage(size=NARROW, vault=vault) as s:
        screen = await on_ask(s)
        await s.type(QUESTION)
        await s.press("enter")
        await s.until(lambda: bool(screen.exchanges) and not screen.is_answering)
        assert "Not in your notes." in s.text and "least far from it" in s.text and "[1] Forgetting curve" in s.text


async def test_esc_stops_the_answer_and_keeps_what_was_said(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        screen = await ask(s, QUESTION, TRUE, is_whole=False)
        await s.press("escape")
        await s.until(lambda: not screen.is_answering)
        assert s.engine.answers[-1].is_stopped
        assert "Ebbinghaus" in s.text and "✓ exact" in s.text and "stopped; what was said until then is kept" in s.text


async def test_an_answer_that_breaks_off_is_kept_with_the_reason(stage: Open) -> None:
    async with stage(size=NARROW) as s:
        await ask(s, QUESTION, TRUE, GeneratorError("127.0.0.1 was silent for 60 s"))
        assert "Ebbinghaus" in s.text and "cut short: 127.0.0.1 was silent for 60 s" in s.text


async def test_questions_keep_the_thread_until_one_begins_anew(stage: Open) -> None:
    async with stage() as s:
        screen = await ask(s, QUESTION, TRUE)
        await ask(s, "what helps against it", "Nothing much.")
        assert [length for _q, _g, length, _a in s.vault.questions] == [0, 1]
        await s.until(lambda: len(s.vault.kept) == 2)
        assert [len(thread) for thread, _done in s.vault.kept] == [0, 1]
        assert "answer 2 of 2" in s.text
        await s.press("[")
        assert "answer 1 of 2" in s.text and "Ebbinghaus" in s.text
        await s.press("n")
        assert screen.exchanges == [] and screen.focused is screen.question_input
        await s.press("up")
        assert screen.question_input.value == "what helps against it"
        await ask(s, "", TRUE)
        assert s.vault.questions[-1][2] == 0


async def test_one_who_may_not_answer_is_refused_with_the_sentence(stage: Open) -> None:
    async with stage() as s:
        screen = await ask(s, QUESTION, TRUE)
        await s.press("g")
        await s.until(lambda: "who answers" in s.text)
        assert "sends to api.example.com" in s.text and "stays in this process" in s.text
        await s.press("home", "enter")
        await s.until(lambda: s.app.screen is screen)
        assert REFUSED[:60] in s.text and screen.answerer is not None and screen.answerer.name == "extractive"
        await s.press("g")
        await s.press("G", "enter")
        await s.until(lambda: "openai/qwen3:8b · local" in s.text)
        await ask(s, "and what helps", TRUE)
        assert s.vault.questions[-1][1] == "openai"


async def test_a_note_is_written_on_one_key_only_and_taken_back_on_another(stage: Open) -> None:
    async with stage() as s:
        before = set(s.vault.notes)
        await ask(s, QUESTION, TRUE)
        await s.press("y")
        await s.settle(0.05)
        assert s.app.clipboard.startswith(f"# {QUESTION}\n") and "[[Forgetting curve]]" in s.app.clipboard
        assert set(s.vault.notes) == before
        await s.press("S")
        await s.until(lambda: f"{QUESTION}.md" in s.text)
        await s.press("enter")
        await s.until(lambda: "u takes it back" in s.text)
        assert set(s.vault.notes) - before == {f"{QUESTION}.md"} and "rescan" in s.worker.sent
        await s.press("S", "enter")
        await s.until(lambda: "is there already" in s.text)


async def test_a_hit_of_a_search_can_be_asked(stage: Open) -> None:
    async with stage() as s:
        await s.type("forget")
        await s.settle()
        await s.press("down", "a")
        await s.until(lambda: isinstance(s.app.screen, AskScreen))
        screen = s.app.screen
        assert isinstance(screen, AskScreen) and screen.about is not None and screen.question_input.value == "forget"
        await s.until(lambda: "only " in s.lines[1])
        await ask(s, "what of it", TRUE)
        assert s.vault.questions[-1][0] == "what of it" and s.vault.questions[-1][3] == screen.about.path
        await s.press("escape", "escape", "escape")
        assert screen.about is None


async def test_without_an_index_it_says_when_to_ask_again(stage: Open) -> None:
    async with stage(size=NARROW, vault=FakeVault({}, is_indexed=False)) as s:
        await on_ask(s)
        await s.type(QUESTION)
        await s.press("enter")
        await s.until(lambda: "are being read for the first time" in s.text)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["120x36", "80x24"])
@pytest.mark.parametrize("moment", ["empty", "coming", "whole", "generators"])
async def test_ask_look(stage: Open, snapshot: Callable[[str], None], moment: str, size: tuple[int, int]) -> None:
    async with stage(size=size) as s:
        await _show(s, moment)
        snapshot(s.text)


async def _show(s: Stage, moment: str) -> None:
    s.worker.tell(event="synced", notes=15, chunks=41)
    await s.until(lambda: s.app.indexing.phase == "synced")
    s.vault.held_back = 2
    screen = await on_ask(s)
    if moment != "empty":
        await ask(s, QUESTION, f"{TRUE} {MADE_UP}", *([] if moment == "coming" else [f" {NOWHERE}"]), is_whole=False)
    if moment in ("whole", "generators"):
        s.engine.answers[-1].tell("")
        await s.until(lambda: not screen.is_answering)
        done = screen.exchanges[-1].done
        assert done is not None
        object.__setattr__(done, "seconds", 1.9)
        screen._show()
    if moment == "generators":
        await s.press("g")
    await s.settle(0.2)


async def test_ask_in_ascii(stage: Open, snapshot: Callable[[str], None]) -> None:
    vault = fake_vault()
    for path in [path for path, note in vault.notes.items() if not note.text.isascii() or path.startswith("attack")]:
        del vault.notes[path]
    async with stage(size=NARROW, glyphs="ascii", vault=vault) as s:
        await _show(s, "whole")
        snapshot(s.text)
        assert s.text.isascii(), sorted({sign for sign in s.text if not sign.isascii()})


# ── over real files ─────────────────────────────────────────────────────────────────────────────────────────────────

LEVAIN = "# Levain\n\nFeed the levain every day with rye flour and water, warm ones from the tap.\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Home]:
    folder = tmp_path_factory.mktemp("asking")
    root = folder / "vault"
    root.mkdir()
    (root / "levain.md").write_text(LEVAIN, encoding="utf-8")
    for number in range(8):
        (root / f"filler {number}.md").write_text(f"# Filler {number}\n\nThe cello hangs on wall number {number}.\n")
    home = Home(folder / "home")
    done = home.vecna("index", str(root))
    assert done.returncode == 0, done.stderr
    return root, home


@asynccontextmanager
async def answered_by(
    script: Script, home: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Stage, Server]]:
    """The Ask screen over a real engine, whose generator is the scripted server; the question is asked."""
    root, at = home
    for name in ("VECNA_CONFIG", "VECNA_DATA_DIR", "VECNA_INDEX__EMBEDDER"):
        monkeypatch.setenv(name, at.environment[name])
    with serving(script) as server:
        Path(at.environment["VECNA_CONFIG"]).write_text(
            f'[answer]\ngenerator = "openai"\n[generators.openai]\nurl = "{server.url}"\nmodel = "m"\nsilence = 1\n'
        )
        folders = Folders.standard(Path(at.environment["VECNA_DATA_DIR"]))
        with Engine(root, folders, load(folders, root)) as engine:
            app = VecnaApp(engine, FakeWorker(), ScreenSettings("vecna-dark", "unicode", ""), "vault")
            async with app.run_test(size=NARROW) as pilot:
                stage = Stage(app, pilot, *(cast(Any, None),) * (len(fields(Stage)) - 2))
                await stage.until(lambda: "Filler 7" in stage.text, 20)
                await on_ask(stage)
                await stage.until(lambda: "openai/m · local" in stage.text, 20)
                await stage.type("feed levain rye")
                await stage.press("enter")
                yield stage, server


async def test_a_model_that_thinks_holds_up_no_search(home: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch) -> None:
    let_go = threading.Event()

    def thinking(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        begin(handler, Content_Type="text/event-stream")
        handler.wfile.write(event("Feed the levain every day "))
        handler.wfile.flush()
        let_go.wait(20)

    async with answered_by(thinking, home, monkeypatch) as (s, server):
        await s.until(lambda: "Feed the levain every day" in s.text, 20)
        engine = cast(Engine, s.app.engine)
        found = await asyncio.wrap_future(engine.ask(lambda vault: vault.search("cello", limit=3)))
        assert found.hits and not let_go.is_set(), "answered while the model still thinks"
        await s.press("escape")
        await s.until(lambda: "what was said until then is kept" in s.text, 20)
        let_go.set()
        assert "Feed the levain every day" in s.text and len(server.requests) == 1


@pytest.mark.parametrize(
    ("script", "kept", "said"),
    [
        (saying("Feed the levain every day with rye flour and water [1]."), "✓ exact", ""),
        (saying("Feed the levain", is_whole=False), "Feed the levain", "the answer was cut short"),
        (refusing(429, Retry_After="7"), "nothing was said", "try again in 7 s"),
        (lambda _handler, _body: time.sleep(2), "nothing was said", "was silent for 1 s"),
    ],
    ids=["whole", "cut", "429", "silent"],
)
async def test_whatever_a_server_does_is_told_in_a_sentence(
    script: Script, kept: str, said: str, home: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with answered_by(script, home, monkeypatch) as (s, _server):
        screen = cast(AskScreen, s.app.screen)
        await s.until(lambda: bool(screen.exchanges) and not screen.is_answering, 20)
        assert kept in s.text and said in s.text


async def test_an_answer_becomes_a_real_note_and_goes_again(
    home: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home[0] / "feed levain rye.md"
    async with answered_by(saying("Feed the levain every day [1]. Moon cheese [1]."), home, monkeypatch) as (s, _):
        screen = cast(AskScreen, s.app.screen)
        await s.until(lambda: bool(screen.exchanges) and not screen.is_answering, 20)
        await s.press("S", "enter")
        await s.until(lambda: "u takes it back" in s.text, 20)
        text = file.read_text(encoding="utf-8")
        assert "[[levain|Levain]]" in text and "Moon cheese [1]. *(not borne out by your notes)*" in text
        await s.press("u")
        await s.until(lambda: "took feed levain rye.md away again" in s.text, 20)
        assert not file.exists()


async def test_what_a_generator_asks_of_the_vault_is_answered_in_the_engines_thread(
    home: tuple[Path, Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    root, at = home
    for name in ("VECNA_CONFIG", "VECNA_DATA_DIR", "VECNA_INDEX__EMBEDDER"):
        monkeypatch.setenv(name, at.environment[name])
    folders = Folders.standard(Path(at.environment["VECNA_DATA_DIR"]))
    threads: set[str] = set()
    rows_of = Vault._rows_of

    def told(self: Vault, *arguments: Any) -> Any:
        threads.add(threading.current_thread().name)
        return rows_of(self, *arguments)

    monkeypatch.setattr(Vault, "_rows_of", told)
    with Engine(root, folders, load(folders, root)) as engine:
        said = [one async for one in engine.answering("feed levain rye", "extractive").said()]
    assert isinstance(said[0], Asking) and isinstance(said[-1], Answer)
    assert "".join(one for one in said if isinstance(one, str)) == said[-1].text
    assert said[-1].sentences[0].support == "exact" and threads == {"engine"}
