"""Notes are written whole or not at all, never over a change of their author, and the way back is to the byte."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.vaults import python_path
from vecna_notes.edit import Change, apply, history, preview, undo
from vecna_notes.edit.journal import FILE, KEPT_EDITS, KEPT_SECONDS
from vecna_notes.errors import EditRefused, NoteChanged
from vecna_notes.store import faultpoint
from vecna_notes.text import decode, digest

REPOSITORY = Path(__file__).resolve().parents[1]
BOMS = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff", "utf-32-le": b"\xff\xfe\x00\x00"}
TEXTS = st.lists(
    st.sampled_from(["one", " ", "\t", "\n", "\n\n", "\r\n", "\r", "é", "e\u0301", "日本", "🜨", "[[x]]", "|", "zwei"]),
    max_size=30,
).map("".join)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "vault"
    made.mkdir()
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    faultpoint.arm("")


def note(root: Path, data: bytes | str, name: str = "note.md") -> Path:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return file


def change(root: Path, old: str, new: str, name: str = "note.md", about: str = "") -> Change:
    data = (root / name).read_bytes()
    text, _ = decode(data)
    start = text.index(old)
    return Change(name, digest(data), (start, start + len(old)), new, about)


def alike(one: bytes, other: bytes) -> int:
    """Bytes with which both begin."""
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def left_behind(root: Path) -> list[str]:
    return [file.name for file in root.rglob(".vecna-*")]


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(TEXTS, st.sampled_from(["plain", *BOMS]), st.data())
@example("no end", "plain", None)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_change_is_all_that_changes_and_undo_is_to_the_byte(
    root: Path, folder: Path, written: str, encoding: str, draw: st.DataObject | None
) -> None:
    mark, codec = BOMS.get(encoding, b""), "utf-8" if encoding == "plain" else encoding
    before = mark + written.encode(codec)
    file = note(root, before)
    text, _ = decode(before)
    start = draw.draw(st.integers(0, len(text))) if draw else 0
    end = draw.draw(st.integers(start, len(text))) if draw else 2
    apply(root, folder, Change("note.md", digest(before), (start, end), "[[new|ünd]]"))
    after = file.read_bytes()
    assert decode(after)[0] == text[:start] + "[[new|ünd]]" + text[end:]
    assert after.startswith(mark)
    replaced = len(text[start:end].replace("\n", "\r\n").encode(codec))
    same = alike(before, after) + alike(before[::-1], after[::-1])
    assert same >= len(before) - replaced, "bytes outside the change became others"
    undone = undo(root, folder)
    assert undone is not None and file.read_bytes() == before
    assert left_behind(root) == []


def test_new_lines_end_as_the_others_do(root: Path, folder: Path) -> None:
    file = note(root, b"\xef\xbb\xbfone\r\n\ttwo\r\nthree")
    apply(root, folder, change(root, "two", "2\n\t2½"))
    assert file.read_bytes() == "\ufeffone\r\n\t2\r\n\t2½\r\nthree".encode()
    file = note(root, b"one\rtwo\r", "mac.md")
    apply(root, folder, change(root, "two", "a\nb", "mac.md"))
    assert file.read_bytes() == b"one\ra\rb\r"


def test_mode_and_attributes_stay(root: Path, folder: Path) -> None:
    file = note(root, "one two")
    file.chmod(0o640)
    try:
        os.setxattr(file, "user.tag", b"blue")
    except (OSError, AttributeError):
        tagged = False
    else:
        tagged = True
    os.chown(file, -1, os.getgid())
    apply(root, folder, change(root, "two", "three"))
    assert file.stat().st_mode & 0o777 == 0o640
    if tagged:
        assert os.getxattr(file, "user.tag") == b"blue"


def test_a_preview_is_a_unified_diff_and_writes_nothing(root: Path, folder: Path) -> None:
    file = note(root, "a\nb\nc\nd two\ne\nf\ng\n")
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert preview(root, folder, change(root, "two", "[[two]]")) == [
        "--- note.md", "+++ note.md", "@@ -2,5 +2,5 @@", " b", " c", "-d two", "+d [[two]]", " e", " f",
    ]  # fmt: skip
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before and not list(folder.iterdir())


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_note_that_changed_meanwhile_is_left_alone(root: Path, folder: Path) -> None:
    file = note(root, "one two")
    planned = change(root, "two", "three")
    file.write_text("one two and more")
    with pytest.raises(NoteChanged):
        preview(root, folder, planned)
    with pytest.raises(NoteChanged) as refused:
        apply(root, folder, planned)
    assert refused.value.exit_code == 3 and file.read_text() == "one two and more"
    assert history(folder) == []


def test_a_note_that_changes_while_it_is_written_is_left_alone(root: Path, folder: Path) -> None:
    file = note(root, "base")
    child = start(root, folder, 1, "edit_temp:1:delay")
    while not left_behind(root) and child.poll() is None:
        time.sleep(0.01)
    file.write_text("saved by its editor")
    _out, err = child.communicate()
    assert child.returncode == 1 and b"NoteChanged" in err
    assert file.read_text() == "saved by its editor" and left_behind(root) == [] and history(folder) == []


@pytest.mark.parametrize("data", [b"one two\r\nthree", "\ufeffone two\n\tthree".encode("utf-16-le"), b"one two three"])
def test_changes_made_for_one_state_follow_each_other(root: Path, folder: Path, data: bytes) -> None:
    """As when several suggestions for a note are accepted before it is indexed again."""
    file = note(root, data)
    planned = [change(root, word, f"[[{word}]]") for word in ("two", "one", "three")]
    for one in planned:
        assert f"[[{one.new[2:-2]}]]" in "".join(line for line in preview(root, folder, one) if line[0] == "+")
        apply(root, folder, one)
    text = decode(file.read_bytes())[0]
    assert [text.count(f"[[{word}]]") for word in ("one", "two", "three")] == [1, 1, 1]
    with pytest.raises(NoteChanged):
        apply(root, folder, planned[1])
    for _ in planned:
        undo(root, folder)
    assert file.read_bytes() == data


def test_undo_of_a_note_that_changed_since_is_refused(root: Path, folder: Path) -> None:
    file = note(root, "one two")
    apply(root, folder, change(root, "two", "three"))
    file.write_text("one three four")
    with pytest.raises(NoteChanged):
        undo(root, folder)
    assert file.read_text() == "one three four"
    file.write_text("one three")
    assert undo(root, folder) is not None and file.read_text() == "one two"


@pytest.mark.parametrize(
    "data",
    [b"caf\xe9 two", b"\xc3\xa9\xc3\xa9\xc3\xa9 two \xff", b"\x00\x01 two", b"\xff\xfea\x00b", b"\x01\x02\x03\x04two"],
)
def test_what_is_no_whole_text_is_left_alone(root: Path, folder: Path, data: bytes) -> None:
    file = note(root, data)
    with pytest.raises(EditRefused):
        apply(root, folder, Change("note.md", digest(data), (0, 1), "x"))
    assert file.read_bytes() == data


@pytest.mark.parametrize("new", ["a\x00b", "\x1b]52;c;eA==\x07", "\udce9", "\x9b31m", "a\rb"])
def test_what_belongs_into_no_note_is_not_written(root: Path, folder: Path, new: str) -> None:
    file = note(root, "one")
    with pytest.raises(EditRefused):
        apply(root, folder, change(root, "one", new))
    assert file.read_text() == "one"


@pytest.mark.parametrize("span", [(-1, 2), (2, 1), (0, 99), (99, 99)])
def test_a_range_that_is_not_there_is_refused(root: Path, folder: Path, span: tuple[int, int]) -> None:
    file = note(root, "one")
    with pytest.raises(EditRefused):
        apply(root, folder, Change("note.md", digest(b"one"), span, "x"))
    assert file.read_text() == "one"


@pytest.mark.parametrize(
    "path", ["../out.md", "a/../../out.md", "/etc/hosts", "link.md", "dir/out.md", "", ".", "gone.md"]
)
def test_nothing_outside_the_vault_is_written(root: Path, folder: Path, path: str) -> None:
    outside = root.parent / "out.md"
    outside.write_text("one")
    (root / "link.md").symlink_to(outside)
    (root / "dir").symlink_to(root.parent)
    with pytest.raises(EditRefused):
        apply(root, folder, Change(path, digest(b"one"), (0, 3), "x"))
    assert outside.read_text() == "one" and not (root.parent / "gone.md").exists()


def test_a_symlink_inside_the_vault_stays_one(root: Path, folder: Path) -> None:
    file = note(root, "one", "real/note.md")
    (root / "alias.md").symlink_to(file)
    apply(root, folder, change(root, "one", "two", "alias.md"))
    assert (root / "alias.md").is_symlink() and file.read_text() == "two"
    undo(root, folder)
    assert (root / "alias.md").is_symlink() and file.read_text() == "one"


def test_a_read_only_note_and_one_of_two_names_stay(root: Path, folder: Path) -> None:
    file = note(root, "one")
    planned = change(root, "one", "two")
    file.chmod(0o444)
    with pytest.raises(EditRefused, match="read-only"):
        apply(root, folder, planned)
    file.chmod(0o644)
    os.link(file, root / "other.md")
    with pytest.raises(EditRefused, match="2 names"):
        apply(root, folder, planned)
    (root / "other.md").unlink()
    os.mkfifo(root / "pipe.md")
    with pytest.raises(EditRefused, match="pipe"):
        apply(root, folder, Change("pipe.md", planned.digest, (0, 1), "x"))
    assert file.read_text() == "one"


# ── the journal ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_edits_are_undone_last_first_and_by_name(root: Path, folder: Path) -> None:
    one, other = note(root, "a b"), note(root, "c", "other.md")
    first = apply(root, folder, change(root, "a", "A", about="first"))
    apply(root, folder, change(root, "c", "C", "other.md", about="second"))
    apply(root, folder, change(root, "b", "B", about="third"))
    assert [edit.about for edit in history(folder)] == ["third", "second", "first"]
    with pytest.raises(NoteChanged):
        undo(root, folder, first.id)
    done = undo(root, folder)
    assert done is not None and done.about == "third" and one.read_text() == "A b"
    done = undo(root, folder, first.id)
    assert done is not None and done.about == "first" and one.read_text() == "a b" and other.read_text() == "C"
    assert undo(root, folder) is not None and other.read_text() == "c"
    assert undo(root, folder) is None


def test_the_journal_is_private_and_lets_go_of_what_is_old(root: Path, folder: Path) -> None:
    note(root, "x0")
    for turn in range(KEPT_EDITS + 25):
        apply(root, folder, change(root, f"x{turn}", f"x{turn + 1}"))
    file = folder / FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert KEPT_EDITS - 25 <= len(history(folder)) <= KEPT_EDITS + 25
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    old = [{**line, "made": line["made"] - KEPT_SECONDS} if "made" in line else line for line in lines]
    file.write_text("".join(json.dumps(line) + "\n" for line in old))
    apply(root, folder, change(root, "x", "y"))
    assert len(history(folder)) == 1


def test_a_torn_or_foreign_line_hides_no_other(root: Path, folder: Path) -> None:
    file = note(root, "one")
    apply(root, folder, change(root, "one", "two"))
    with (folder / FILE).open("ab") as stream:
        stream.write(b'{"id": "x", "ma')
    apply(root, folder, change(root, "two", "three"))
    with (folder / FILE).open("ab") as stream:
        stream.write(b'null\n[]\n{"id": "x", "state": "done"}\n\xff\n')
    assert undo(root, folder) and undo(root, folder) and file.read_text() == "one"


# ── kills, errors, company ──────────────────────────────────────────────────────────────────────────────────────────

POINTS = ["edit_writing", "edit_temp", "edit_rename", "edit_renamed"]
WRITER = """
import sys
from pathlib import Path
from vecna_notes.edit import Change, apply, undo
from vecna_notes.text import decode, digest
root, folder = Path(sys.argv[1]), Path(sys.argv[2])
for turn in range(int(sys.argv[3])):
    data = (root / "note.md").read_bytes()
    text, _ = decode(data)
    if turn % 3 == 2:
        undo(root, folder)
    else:
        apply(root, folder, Change("note.md", digest(data), (len(text), len(text)), "+" * 50_000))
    print(turn, flush=True)
"""


def start(root: Path, folder: Path, turns: int, fault: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(root), str(folder), str(turns)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"VECNA_FAULT": fault} | python_path(REPOSITORY),
    )


def run(root: Path, folder: Path, turns: int, fault: str = "", seconds: float | None = None) -> tuple[int, bytes]:
    child = start(root, folder, turns, fault)
    if seconds is not None:
        assert child.stdout is not None
        child.stdout.readline()  # it is at work
        time.sleep(seconds)
        child.kill()
    _out, err = child.communicate()
    return child.returncode, err


def check_whole(root: Path, folder: Path) -> None:
    """The note is the base and a whole number of changes, the journal knows each, and nothing is left behind."""
    file = root / "note.md"
    while undo(root, folder):
        text = file.read_text()
        assert set(text[4:]) <= {"+"} and (len(text) - 4) % 50_000 == 0
    assert file.read_text() == "base" and left_behind(root) == []


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("nth", [1, 3])
def test_a_kill_at_any_point_leaves_the_old_or_the_new_note(root: Path, folder: Path, point: str, nth: int) -> None:
    file = note(root, "base")
    code, err = run(root, folder, 6, f"{point}:{nth}:kill")
    assert code == -signal.SIGKILL, err
    text = file.read_text()
    assert text.startswith("base") and (len(text) - 4) % 50_000 == 0
    assert run(root, folder, 2) == (0, b"")
    check_whole(root, folder)


def test_kills_at_random_moments(root: Path, folder: Path) -> None:
    chance = random.Random(11)
    note(root, "base")
    for _ in range(60 if os.environ.get("VECNA_SOAK") else 8):
        run(root, folder, 10_000, seconds=0.3 * chance.random())
        text = (root / "note.md").read_text()
        assert text.startswith("base") and (len(text) - 4) % 50_000 == 0
        check_whole(root, folder)


@pytest.mark.parametrize("point", POINTS[:3])
def test_an_error_before_the_rename_changes_nothing(root: Path, folder: Path, point: str) -> None:
    file = note(root, "one")
    faultpoint.arm(f"{point}:1:raise")
    with pytest.raises(faultpoint.Fault):
        apply(root, folder, change(root, "one", "two"))
    assert file.read_text() == "one" and left_behind(root) == [] and history(folder) == []


def test_two_processes_never_write_over_each_other(root: Path, folder: Path) -> None:
    """Both append to one note; whoever looked before the other wrote is refused, looks again, and none is lost."""
    note(root, "base")
    script = (
        "import sys\nfrom pathlib import Path\nfrom vecna_notes.edit import Change, apply\n"
        "from vecna_notes.errors import NoteChanged\nfrom vecna_notes.text import digest\n"
        "root, folder, mark = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]\nleft, refused = 25, 0\n"
        "while left:\n    data = (root / 'note.md').read_bytes()\n"
        "    try:\n        apply(root, folder, Change('note.md', digest(data), (len(data), len(data)), mark))\n"
        "        left -= 1\n    except NoteChanged:\n        refused += 1\nprint(refused)"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(root), str(folder), mark],
            env=os.environ | python_path(REPOSITORY),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for mark in "xyz"
    ]
    for child in children:
        _out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
    text = (root / "note.md").read_text()
    assert sorted(text[4:]) == sorted("xyz" * 25)
    for _ in range(75):
        assert undo(root, folder)
    assert (root / "note.md").read_text() == "base"
