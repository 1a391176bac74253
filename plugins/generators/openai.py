"""Answers from any server that speaks OpenAI's chat protocol: Ollama, llama.cpp, LM Studio, vLLM, a cloud."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from vecna_notes.errors import ConfigError, GeneratorError, MissingPart
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Generator, Prompt
from vecna_notes.text import safe_line

from ..embedders.settings import missing_modules, whole
from .prompting import messages

NAME = "openai"
SUMMARY = "a model behind an OpenAI-style address, such as Ollama's on this machine"
URL = "http://127.0.0.1:11434/v1"
CONNECT_SECONDS = 5.0
LONGEST_LINE = 1_000_000
"""Bytes; a server that sends more without a line's end is not speaking the protocol."""


@hookimpl
def vecna_generators() -> list[Offer[Generator]]:
    return [Offer(NAME, SUMMARY, OpenAi, extra="http", missing=lambda: missing_modules(NAME, "httpx2"))]


class OpenAi:
    """Options: "url", "model", "key_variable" (the environment variable that holds the key), "seconds" and "silence"
    (how long the whole answer, and the wait for its next piece, may take)."""

    def __init__(self, options: Options) -> None:
        self._url = str(options.get("url", URL)).rstrip("/")
        self._model = str(options.get("model", ""))
        self._key = os.environ.get(str(options.get("key_variable", "OPENAI_API_KEY")), "")
        self._seconds = whole(NAME, options, "seconds", 300, least=1, kind="generators")
        self._silence = whole(NAME, options, "silence", 60, least=1, kind="generators")
        parts = urlsplit(self._url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigError(f"generators.openai.url must be a web address such as {URL}, not {self._url!r}")
        self.host = parts.netloc.rpartition("@")[2]

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Nothing is followed elsewhere: no redirect, no proxy of the environment."""
        if not self._model:
            raise GeneratorError('no model is named; set generators.openai.model, as in model = "qwen3:8b"')
        try:
            import httpx2
        except ImportError as error:
            raise MissingPart("openai needs the extra: pip install 'vecna-notes[http]'") from error

        body = {"model": self._model, "messages": messages(prompt), "stream": True, "temperature": 0}
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        limits = httpx2.Timeout(self._silence, connect=CONNECT_SECONDS)
        try:
            with (
                httpx2.Client(timeout=limits, trust_env=False, follow_redirects=False) as client,
                client.stream("POST", f"{self._url}/chat/completions", json=body, headers=headers) as response,
            ):
                if response.status_code != 200:
                    raise GeneratorError(self._refused(response))
                yield from self._pieces(response.iter_bytes())
        except httpx2.ConnectError as error:
            raise GeneratorError(
                f"nothing answers at {self._url}; start the server, or set generators.openai.url"
            ) from error
        except httpx2.TimeoutException as error:
            raise GeneratorError(f"{self.host} was silent for {self._silence} s") from error
        except httpx2.HTTPError as error:
            raise GeneratorError(f"{self.host} broke off: {safe_line(str(error)) or type(error).__name__}") from error

    def _pieces(self, stream: Iterator[bytes]) -> Iterator[str]:
        """What the server sends as events, until it says that it is done."""
        deadline = time.monotonic() + self._seconds
        for line in _lines(stream, self.host):
            if time.monotonic() > deadline:
                raise GeneratorError(f"{self.host} took more than {self._seconds} s")
            if not line.startswith(b"data:"):
                continue  # comments and names of events
            data = line[5:].strip()
            if data == b"[DONE]":
                return
            choice = _choice(data, self.host)
            if text := choice.get("delta", {}).get("content"):
                yield str(text)
            if choice.get("finish_reason"):
                return
        raise GeneratorError(f"{self.host} ended the stream before the answer")

    def _refused(self, response: Any) -> str:
        said = safe_line(_head(response.iter_bytes(), 2_000).decode("utf-8", "replace"))[:300]
        code = response.status_code
        if code in (401, 403):
            return f"{self.host} refuses the key ({code}); set the variable that generators.openai.key_variable names"
        if code == 404:
            return f"{self.host} has no model {self._model!r}, or no chat at {self._url}: {said}"
        if code == 429:
            wait = safe_line(str(response.headers.get("retry-after", "")))
            return f"{self.host} is asked too much at the moment (429){f'; try again in {wait} s' if wait else ''}"
        if 300 <= code < 400:
            return f"{self.host} points elsewhere ({code}), which is not followed; set generators.openai.url"
        return f"{self.host} answers {code}: {said or 'without a word'}"


def _lines(stream: Iterator[bytes], host: str) -> Iterator[bytes]:
    left = b""
    for chunk in stream:
        *whole_lines, left = (left + chunk).split(b"\n")
        yield from whole_lines
        if len(left) > LONGEST_LINE:
            raise GeneratorError(f"{host} sends what is no chat: a line without an end")
    yield left


def _choice(data: bytes, host: str) -> Mapping[str, Any]:
    try:
        event = json.loads(data)
        if "error" in event:
            raise GeneratorError(f"{host} says: {safe_line(str(event['error']))[:300]}")
        choices = event["choices"]
        choice = choices[0] if choices else {}
        return {**choice, "delta": choice.get("delta") or {}}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise GeneratorError(
            f"{host} sends what is no chat: {safe_line(data[:80].decode('utf-8', 'replace'))}"
        ) from error


def _head(stream: Iterator[bytes], most: int) -> bytes:
    read = b""
    for chunk in stream:
        read += chunk
        if len(read) >= most:
            break
    return read[:most]
