"""The server: tools that take no unknown parameter, resources, prompts, and what the agent is told of them all."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from mcp.server import MCPServer
from mcp.server.caching import CacheHint
from mcp.server.lowlevel.helper_types import ReadResourceContents
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, CallToolResult, GetPromptResult, InputRequiredResult, ToolAnnotations
from pydantic import AnyUrl, ConfigDict

from vecna_notes import __version__
from vecna_notes.engine import Engine
from vecna_notes.mcp import prompts, shapes
from vecna_notes.mcp.asking import Asking, Refused
from vecna_notes.mcp.reading import Reading
from vecna_notes.mcp.resources import Resources
from vecna_notes.mcp.writing import Writing

P = ParamSpec("P")
T = TypeVar("T")
LISTS_MS = 60_000
"""How long a client may keep a list of tools, resources or prompts."""
INSTRUCTIONS = (
    "A person's own notes. search_notes finds passages by meaning and by word; gather_context packs what answers a "
    "question; read_note reads; related_notes shows a note's neighbourhood. Cite notes by path and lines. "
    f"{shapes.UNTRUSTED} Notes that the person keeps private are held back, and only counted."
)
_READ = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
_WRITE = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)


def server(engine: Engine, allow_write: bool = False) -> MCPServer[Any]:
    """Over one engine. It writes notes only with `allow_write`, and then never deletes."""
    ask = Asking(engine)
    reading, writing = Reading(ask), Writing(ask)
    reads = (
        reading.search_notes,
        reading.gather_context,
        reading.read_note,
        reading.related_notes,
        reading.suggest_links,
        reading.list_notes,
        reading.vault_overview,
    )
    writes = (writing.create_note, writing.append_to_note, writing.apply_link) if allow_write else ()
    hint = CacheHint(LISTS_MS, "private")
    made = _Server(
        "vecna-notes",
        title="Notes",
        instructions=INSTRUCTIONS,
        version=__version__,
        tools=[*(_tool(one, _READ) for one in reads), *(_tool(one, _WRITE) for one in writes)],
        log_level="WARNING",
        cache_hints={"tools/list": hint, "prompts/list": hint, "resources/list": hint},
        subscriptions=False,
    )
    made.ask = ask
    _add_resources(made, ask)
    for prompt in (prompts.research, prompts.link_this_note, prompts.weekly_review):
        made.prompt(title=prompt.__name__.replace("_", " "))(prompt)
    return made


class _Server(MCPServer[Any]):
    """Writes down what it gives."""

    ask: Asking

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        done = await super().call_tool(name, arguments, context)
        if isinstance(done, CallToolResult):
            await self._remember(context, name, done.structured_content, ToolError)
        return done

    async def read_resource(
        self, uri: AnyUrl | str, context: Context[Any, Any] | None = None
    ) -> Iterable[ReadResourceContents] | InputRequiredResult:
        done = await super().read_resource(uri, context)
        kind = str(uri).partition("://")[0]
        given = {"path": str(uri)} if kind == "note" else [json.loads(one.content) for one in _read(done)]
        await self._remember(context, f"{kind}://", given, ResourceNotFoundError)
        return done

    async def _remember(self, context: Context[Any, Any] | None, tool: str, given: Any, kind: type[Exception]) -> None:
        told = context.session.client_params if context is not None else None
        client = told.client_info.name if told is not None else ""
        await _readable(self.ask.remember, kind)(client, tool, len(set(_paths(given))))

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[Any, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """A name or an argument that is wrong is the asker's fault, so it is told, and no bug of ours."""
        try:
            return await super().get_prompt(name, arguments, context)
        except ValueError as error:
            raise MCPError(INVALID_PARAMS, shapes.line(str(error))) from error


def _read(done: Iterable[ReadResourceContents] | InputRequiredResult) -> Iterable[ReadResourceContents]:
    return () if isinstance(done, InputRequiredResult) else done


def _paths(given: Any) -> Iterator[str]:
    """Of all notes in an answer, however deep."""
    if isinstance(given, dict):
        if isinstance(path := given.get("path"), str):
            yield path
        given = list(given.values())
    if isinstance(given, list):
        for one in given:
            yield from _paths(one)


def _tool(function: Callable[..., Awaitable[Any]], annotations: ToolAnnotations) -> Tool:
    """With a schema that allows no other parameter: one that is misspelt must not be passed over."""
    tool = Tool.from_function(_readable(function, ToolError), annotations=annotations)
    given = tool.fn_metadata.arg_model

    class Strict(given):  # type: ignore[misc,valid-type]
        model_config = ConfigDict(extra="forbid", title=given.__name__)

    metadata = tool.fn_metadata.model_copy(update={"arg_model": Strict})
    schema = Strict.model_json_schema(by_alias=True)
    return tool.model_copy(update={"fn_metadata": metadata, "parameters": schema})


def _readable(function: Callable[P, Awaitable[T]], kind: type[Exception]) -> Callable[P, Awaitable[T]]:
    @wraps(function)
    async def asked(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await function(*arguments, **named)
        except Refused as error:
            raise kind(str(error)) from error

    return asked


def _add_resources(made: MCPServer[Any], ask: Asking) -> None:
    own = Resources(ask)
    for uri, function, about, kind in (
        ("vault://overview", own.overview, "Counts, folders, tags, topics, freshness", "application/json"),
        ("vault://tags", own.tags, "Every tag with its number of notes", "application/json"),
        ("vault://topic/{id}", own.topic, "A topic and its notes", "application/json"),
        ("note://{+path}", own.note, "A note's text, by its path", "text/markdown"),
    ):
        asked = _readable(function, ResourceNotFoundError)
        made.resource(uri, name=function.__name__, description=about, mime_type=kind)(asked)
