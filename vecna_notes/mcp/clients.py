"""What each client wants in its configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vecna_notes.errors import ConfigError

NAME = "vecna-notes"
PORT = 8377
PATH = "/mcp"
CLIENTS: Mapping[str, str] = {
    "claude": "claude_desktop_config.json (Settings, Developer, Edit Config)",
    "claude-code": ".mcp.json in your project, or ~/.claude.json",
    "cursor": "~/.cursor/mcp.json",
    "vscode": ".vscode/mcp.json, or `MCP: Open User Configuration`",
    "windsurf": "~/.codeium/windsurf/mcp_config.json",
    "zed": "settings.json",
    "gemini": "~/.gemini/settings.json",
    "codex": "~/.codex/config.toml",
}
"""Client → where its configuration lies."""
_TOPS = {"vscode": "servers", "zed": "context_servers"}
_URLS = {"windsurf": "serverUrl", "gemini": "httpUrl"}


@dataclass(frozen=True, slots=True)
class Launch:
    """How a client starts the server, or with a `url` where it finds it."""

    command: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    token: str = ""


def configuration(client: str, launch: Launch) -> str:
    """For the client's own file. Raises ConfigError for one that cannot speak HTTP with a token."""
    if client == "claude" and launch.url:
        raise ConfigError("Claude's desktop program starts its servers itself; leave out --http")
    if client == "codex":
        return _toml(launch)
    return json.dumps({_TOPS.get(client, "mcpServers"): {NAME: _entry(client, launch)}}, indent=2)


def _entry(client: str, launch: Launch) -> dict[str, Any]:
    if launch.url:
        kind = {"type": "http"} if client in ("claude-code", "vscode") else {}
        headers = {"Authorization": f"Bearer {launch.token}"}
        return {**kind, _URLS.get(client, "url"): launch.url, "headers": headers}
    kind = {"type": "stdio"} if client in ("claude-code", "vscode") else {}
    own = {"env": dict(launch.environment)} if launch.environment else {}
    return {**kind, "command": launch.command, "args": list(launch.arguments), **own}


def _toml(launch: Launch) -> str:
    """A JSON string is a TOML string, too."""
    lines = [f"[mcp_servers.{NAME}]"]
    if launch.url:
        return "\n".join(
            (*lines, f"url = {json.dumps(launch.url)}", f'http_headers = {{ Authorization = "Bearer {launch.token}" }}')
        )
    lines += [f"command = {json.dumps(launch.command)}", f"args = {json.dumps(list(launch.arguments))}"]
    if launch.environment:
        pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in launch.environment.items())
        lines.append(f"env = {{ {pairs} }}")
    return "\n".join(lines)
