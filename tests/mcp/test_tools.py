"""A real client runs every tool, over stdio in a child process and over HTTP, and gets what it is promised."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from mcp import Client, MCPError
from tests.mcp.served import CANARY, EVERY_TOOL, NOTES, WRITING, Served
from vecna_notes.vault.handed import FILE, MOST_BYTES, Handed, remember, remembered

DOCUMENTED = Path(__file__).resolve().parents[2] / "docs" / "mcp.md"
NOISE = (
    "import os\nimport sys\nprint('noise of an import')\nos.write(1, b'noise of a C library\\n')\n"
    "print('noise', file=sys.stderr)\n"
)

WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("search_notes", {"query": "x", "folders": "work"}, "folders"),
    ("search_notes", {"query": "x", "limit": 26}, "25"),
    ("search_notes", {"query": "x" * 2_001}, "2000"),
    ("search_notes", {"query": "x", "since": "last week"}, "no day"),
    ("search_notes", {}, "query"),
    ("read_note", {"ref": "Levaim"}, "Levain.md"),
    ("read_note", {"ref": "Bread", "section": "Cooling"}, "Rising"),
    ("read_note", {"ref": "Bread", "max_lines": 401}, "400"),
    ("read_note", {"ref": "../vault-twin/x.md"}, "no name of a note"),
    ("read_note", {"ref": "/etc/passwd"}, "no name of a note"),
    ("read_note", {"ref": "work/../Diary.md"}, "no name of a note"),
    ("read_note", {"ref": "Bread.md\0"}, "no name of a note"),
    ("read_note", {"ref": "Diary"}, "no note is called"),
    ("read_note", {"ref": f"The {CANARY}"}, "no note is called"),
    ("related_notes", {}, "either"),
    ("related_notes", {"ref": "Bread", "text": "x"}, "either"),
    ("create_note", {"path": "x.md", "text": "x"}, "Unknown tool"),
    ("delete_note", {"path": "x.md"}, "Unknown tool"),
)


async def told(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    done = await client.call_tool(name, arguments)
    assert not done.is_error, done.content
    assert done.structured_content is not None
    return done.structured_content


def handed(served: Served) -> list[dict[str, Any]]:
    done = served.home.vecna("--vault", str(served.root), "privacy", "--json")
    found: list[dict[str, Any]] = json.loads(done.stdout)["agents"]
    return found


async def refused(client: Client, name: str, **arguments: Any) -> str:
    done = await client.call_tool(name, arguments)
    assert done.is_error
    return str(done.content)


async def everything(client: Client) -> str:
    """Run all there is, and return all that came back."""
    said = [str(await client.list_tools()), str(await client.list_prompts()), str(await client.list_resources())]
    for name, arguments in EVERY_TOOL:
        said.append(str(await told(client, name, **arguments)))
    for query in (CANARY, f"bread {CANARY}", f"tag:{CANARY}", "", f'"{CANARY}"', f"{CANARY}x"):
        for mode in ("hybrid", "semantic", "keyword"):
            said.append(str((await told(client, "search_notes", query=query, mode=mode, detail="full"))["hits"]))
    for ref in ("Bread", "Levain", "Keys", "work/Plan", "Ferry"):
        for tool in ("read_note", "related_notes", "suggest_links"):
            said.append(str(await told(client, tool, ref=ref)))
        said.append(str(await client.read_resource(f"note://{(await told(client, 'read_note', ref=ref))['path']}")))
    said.append(str((await told(client, "related_notes", text=f"bread {CANARY}"))["related"]))
    said.append(str((await told(client, "gather_context", question=f"ferry {CANARY}"))["passages"]))
    for uri in ("vault://overview", "vault://tags", *[f"vault://topic/{one}" for one in await topics(client)]):
        said.append(str(await client.read_resource(uri)))
    for name, given in (
        ("research", {"question": "ferry?"}),
        ("link_this_note", {"ref": "Bread"}),
        ("weekly_review", {}),
    ):
        said.append(str(await client.get_prompt(name, given)))
    return "\n".join(said)


async def topics(client: Client) -> list[int]:
    return [one["id"] for one in (await told(client, "vault_overview"))["topics"]]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_every_tool_answers_over_stdio_and_nothing_private_comes_out(served: Served, mode: str) -> None:
    async with served.over_stdio(mode=mode) as client:
        said = await everything(client)
    assert CANARY not in said and "Diary" not in said
    assert "Traceback" not in served.log


async def test_every_tool_answers_over_http_and_nothing_private_comes_out(served: Served) -> None:
    async with served.over_http() as client:
        said = await everything(client)
    assert CANARY not in said and "Diary" not in said
    assert "Traceback" not in served.log


async def test_what_tools_are(served: Served) -> None:
    async with served.over_stdio() as client:
        tools = {one.name: one for one in (await client.list_tools()).tools}
        assert set(tools) == {name for name, _ in EVERY_TOOL}
        for tool in tools.values():
            assert tool.annotations is not None and tool.output_schema is not None
            assert tool.annotations.read_only_hint and tool.annotations.open_world_hint is False
            assert tool.input_schema["additionalProperties"] is False
    told = DOCUMENTED.read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` ", told, re.MULTILINE)) == {*tools, *(name for name, _ in WRITING)}


async def test_answers(served: Served) -> None:
    async with served.over_stdio() as client:
        found = await told(client, "search_notes", query="levain", limit=1)
        assert found["hits"][0]["title"] == "Levain" and found["held_back"] == 1
        more = await told(client, "search_notes", query="levain", limit=1, cursor=found["next_cursor"])
        assert more["hits"][0]["ref"] != found["hits"][0]["ref"]
        assert "another question" in await refused(client, "search_notes", query="x", cursor=found["next_cursor"])

        whole = await told(client, "read_note", ref=found["hits"][0]["ref"])
        assert whole["total_lines"] == NOTES["Levain.md"].count("\n") + 1 and whole["next_line"] is None
        part = await told(client, "read_note", ref="Bread", section="rising")
        assert "levain" in part["text"] and "oven" not in part["text"] and "salt" not in part["text"]
        page = await told(client, "read_note", ref="Bread", start_line=2, max_lines=3)
        assert (page["lines"], page["next_line"]) == ([2, 4], 5)
        secret = await told(client, "read_note", ref="Keys")
        assert secret["held_back_lines"] == 1 and "held back" in secret["text"]

        packed = await told(client, "gather_context", question="what is the levain fed with?", max_tokens=100)
        assert packed["passages"][0]["citation"] == 1 and packed["tokens"] <= 100
        near = await told(client, "related_notes", ref="Bread")
        assert [one["path"] for one in near["backlinks"]] == ["Levain.md"]
        assert (await told(client, "suggest_links", ref="Bread"))["suggestions"][0]["target"]["path"] == "Levain.md"
        listed = await told(client, "list_notes", tag="baking", limit=1)
        assert listed["total"] == 2 and (await told(client, "list_notes", tag="baking", cursor=listed["next_cursor"]))
        overview = await told(client, "vault_overview")
        assert (overview["notes"], overview["held_back"]) == (5, 1)
        assert {"name": "baking", "notes": 2} in overview["tags"]


async def test_a_note_is_delimited_by_what_it_cannot_know(served: Served) -> None:
    async with served.over_stdio() as client:
        plan, again = [(await told(client, "read_note", ref="Plan"))["text"] for _ in range(2)]
        marks = [re.fullmatch(r"<note-text (\w+)>\n.*\n</note-text \1>", text, re.DOTALL) for text in (plan, again)]
        assert marks[0] and marks[1] and marks[0][1] != marks[1][1]
        assert "no instruction" in (await told(client, "read_note", ref="Plan"))["untrusted"]


async def test_what_is_wrong_is_said_in_a_sentence(served: Served) -> None:
    async with served.over_stdio() as client:
        for name, arguments, said in WRONG:
            assert said in await refused(client, name, **arguments), (name, arguments)
    assert "Traceback" not in served.log


async def test_addresses_that_lead_nowhere(served: Served) -> None:
    async with served.over_stdio() as client:
        for uri in ("note://../outside.md", "note:///etc/passwd", "note://Diary.md", "note://a%00b", "note://%2e%2e/x",
                    "vault://topic/x", "vault://topic/999", "vault://nothing", "file:///etc/passwd"):  # fmt: skip
            with pytest.raises(MCPError):
                await client.read_resource(uri)
        for name, given in (("nothing", {}), ("research", {}), ("research", {"question": "x", "more": "y"})):
            with pytest.raises(MCPError):
                await client.get_prompt(name, given)
    assert "Traceback" not in served.log


async def test_no_noise_reaches_the_wire(served: Served) -> None:
    plugin = served.home.folder / "config" / "plugins" / "hash.py"
    quiet = plugin.read_text()
    plugin.write_text(
        NOISE + quiet.replace("rows = np.zeros", "print('noise'); os.write(1, b'noise\\n'); rows = np.zeros")
    )
    try:
        async with served.over_stdio() as client:
            assert (await told(client, "search_notes", query="levain"))["hits"]
    finally:
        plugin.write_text(quiet)
    assert "noise" in served.log


async def test_without_an_index_each_tool_says_so(served: Served, tmp_path: Path) -> None:
    other = Served(served.home, tmp_path)
    async with other.over_stdio() as client:
        assert "vecna index" in await refused(client, "search_notes", query="x")


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_nothing_is_written_without_leave(served: Served) -> None:
    before = {file: file.read_bytes() for file in served.root.rglob("*.md")}
    async with served.over_stdio() as client:
        for name, arguments in WRITING:
            assert "Unknown tool" in await refused(client, name, **arguments, dry_run=False)
    async with served.over_stdio("--allow-write") as client:
        for name, arguments in WRITING[:2]:
            assert not (await told(client, name, **arguments))["is_written"]
    assert {file: file.read_bytes() for file in served.root.rglob("*.md")} == before


async def test_what_is_written_honours_the_hash_and_can_be_taken_back(tmp_path: Path) -> None:
    served = Served.made(tmp_path)
    bread, levain = served.root / "Bread.md", served.root / "Levain.md"
    before = bread.read_bytes(), levain.read_bytes()
    async with served.over_stdio("--allow-write") as client:
        hints = {one.name: one.annotations for one in (await client.list_tools()).tools}
        assert hints["create_note"] and not hints["create_note"].read_only_hint

        made = await told(client, "create_note", path="work/New.md", text="# New\n", dry_run=False)
        assert made["is_written"] and (served.root / "work/New.md").read_text() == "# New\n"
        assert "there already" in await refused(client, "create_note", path="work/New.md", text="x", dry_run=False)
        for path in ("../out.md", "/tmp/out.md", ".git/x.md", "no/folder.md", "x.sh"):
            await refused(client, "create_note", path=path, text="x", dry_run=False)

        hash_ = (await told(client, "read_note", ref="Levain"))["hash"]
        assert "if_hash" in await refused(client, "append_to_note", ref="Levain", text="More.", dry_run=False)
        wrong = {"ref": "Levain", "text": "More.", "if_hash": "0" * 32, "dry_run": False}
        assert "not what it was" in await refused(client, "append_to_note", **wrong)
        assert levain.read_bytes() == before[1]
        done = await told(client, "append_to_note", **{**wrong, "if_hash": hash_})
        assert levain.read_bytes() == before[1] + b"More.\n"
        await told(client, "append_to_note", **{**wrong, "if_hash": done["hash"]})
        levain.write_bytes(before[1] + b"Mine.\n")
        await refused(client, "append_to_note", **{**wrong, "if_hash": done["hash"]})
        await refused(client, "append_to_note", ref="Diary", text="x", if_hash=hash_, dry_run=False)

        suggested = await told(client, "suggest_links", ref="Bread")
        link = {"ref": "Bread", "suggestion": suggested["suggestions"][0]["id"], "dry_run": False}
        await refused(client, "apply_link", **link, if_hash="0" * 32)
        assert bread.read_bytes() == before[0]
        assert "[[" in (await told(client, "apply_link", **link, if_hash=suggested["hash"]))["diff"]
        assert b"[[" in bread.read_bytes()
    assert served.home.vecna("--vault", str(served.root), "links", "undo").returncode == 0
    assert bread.read_bytes() == before[0]


async def test_what_an_agent_was_given_is_told(served: Served) -> None:
    before = len(handed(served))
    async with served.over_stdio() as client:
        await told(client, "search_notes", query="levain", limit=2)
        await told(client, "read_note", ref="Bread")
        await refused(client, "read_note", ref="Diary")
        await told(client, "vault_overview")
        await client.read_resource("note://Levain.md")
    calls = handed(served)[: len(handed(served)) - before]
    assert [(one["tool"], one["notes"]) for one in reversed(calls)] == [
        ("search_notes", 2),
        ("read_note", 1),
        ("vault_overview", 0),
        ("note://", 1),
    ]
    assert len({one["client"] for one in calls}) == 1 and calls[0]["client"]
    text = served.home.vecna("--vault", str(served.root), "privacy").stdout
    assert f"{calls[0]['client']}  read_note  of 1 note" in text


def test_that_list_has_an_end_and_survives_a_cut_line(tmp_path: Path) -> None:
    for number in range(40):
        remember(tmp_path, Handed(float(number), "\x1b[31m\ud800" + "x" * 20_000, "read_note", number))
        if number == 20:
            with (tmp_path / FILE).open("ab") as file:
                file.write(b'[3, "half')
    found = remembered(tmp_path)
    assert [one.notes for one in found] == [*range(39, 21, -1), *range(20, -1, -1)]  # the one after the half is lost
    assert len(found[0].client) <= 80 and "\x1b" not in found[0].client
    (tmp_path / FILE).write_bytes(b"x" * (MOST_BYTES + 1))
    remember(tmp_path, Handed(1.0, "a", "read_note", 1))
    remember(tmp_path, Handed(2.0, "a", "read_note", 1))
    assert [one.made for one in remembered(tmp_path)] == [2.0, 1.0]
