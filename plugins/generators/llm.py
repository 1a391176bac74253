"""Answers from any model that Simon Willison's `llm` knows, with the plugins and keys it has."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from copy import copy
from typing import Any
from urllib.parse import urlsplit

from vecna_notes.errors import GeneratorError, MissingPart
from vecna_notes.hookspecs import Offer, Options, hookimpl
from vecna_notes.interfaces import Generator, Prompt
from vecna_notes.text import safe_line

from ..embedders.settings import missing_modules, whole
from .prompting import RULES, folded

NAME = "llm"
SUMMARY = "a model that the program `llm` reaches with its plugins, here or in a cloud"
IN_PROCESS = ("llm-gguf", "llm-gpt4all", "llm-mlx")
"""Plugins of llm whose models run in the process that asks them."""
OLLAMA = "llm-ollama"
OPENAI = "llm.default_plugins.openai_models"


@hookimpl
def vecna_generators() -> list[Offer[Generator]]:
    return [Offer(NAME, SUMMARY, Llm, extra="llm", missing=lambda: missing_modules(NAME, "llm"))]


class Llm:
    """Options: "model" (a name or alias that llm knows; "default" = llm's default), "seconds" (of a whole answer).

    `host` is where llm's plugin says it sends what it is asked, or the plugin's name where it does not say; "" where
    the model runs in this process. The model is given no tools, and nothing is written into llm's log.
    """

    def __init__(self, options: Options) -> None:
        self._seconds = whole(NAME, options, "seconds", 300, least=1, kind="generators")
        model = _known(str(options.get("model", "")))
        self._model = _straight(model) if _speaks_openai(model) else model
        self.host = _host(model)

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """A pause between two pieces is as long as llm's plugin lets it be."""
        deadline = time.monotonic() + self._seconds
        try:
            response = self._model.prompt(folded(prompt), system=RULES, stream=bool(self._model.can_stream))
            with closing(iter(response)) as pieces:
                for piece in pieces:
                    yield piece
                    if time.monotonic() > deadline:
                        raise GeneratorError(f"{self._named} took more than {self._seconds} s")
        except GeneratorError:
            raise
        except Exception as error:  # whatever llm's plugins raise
            raise GeneratorError(self._refused(error)) from error

    @property
    def _named(self) -> str:
        return f"llm's model {safe_line(str(self._model.model_id))}"

    def _refused(self, error: Exception) -> str:
        import llm

        if isinstance(error, llm.NeedsKeyException):
            variable = self._model.key_env_var
            or_else = f", or set the variable {variable}" if variable else ""
            return f"{self._named} needs a key; give llm one with `llm keys set {self._model.needs_key}`{or_else}"
        return f"{self._named} failed: {type(error).__name__}: {self._without_key(safe_line(str(error)))[:300]}"

    def _without_key(self, said: str) -> str:
        try:
            key = self._model.get_key()
        except Exception:  # there is none to hide
            return said
        return said.replace(key, "…") if key else said


def _known(name: str) -> Any:
    """Raises MissingPart, or GeneratorError for a model that llm cannot give.

    Importing llm takes a second or two, so that is left to those who have named a model.
    """
    if not name:
        raise GeneratorError(
            'no model is named; set generators.llm.model to one of `llm models`, or to "default" for llm\'s own'
        )
    try:
        import llm
    except ImportError as error:
        raise MissingPart("llm needs the extra: pip install 'vecna-notes[llm]'") from error
    try:
        name = llm.get_default_model() if name == "default" else name
        return llm.get_model(name)
    except llm.UnknownModelError as error:
        raise GeneratorError(
            f"llm knows no model {name!r}; `llm models` lists those it has, `llm install` adds to them; "
            "set generators.llm.model"
        ) from error
    except Exception as error:  # a plugin of llm that does not load
        raise GeneratorError(
            f"llm cannot give its models: {type(error).__name__}: {safe_line(str(error))[:300]}"
        ) from error


def _host(model: Any) -> str:
    plugin = _plugin(type(model).__module__.partition(".")[0])
    if _speaks_openai(model):
        return _netloc(model.api_base or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1") or plugin
    if plugin == OLLAMA:
        is_passed_on = str(model.model_id).partition("/")[0].endswith("cloud")
        return "ollama.com" if is_passed_on else _netloc(os.environ.get("OLLAMA_HOST") or "127.0.0.1:11434") or plugin
    return "" if plugin in IN_PROCESS else plugin


def _speaks_openai(model: Any) -> bool:
    """Whether it is llm's own code, not a plugin's, that sends what the model is asked."""
    sending = (getattr(type(model), name, None) for name in ("execute", "get_client"))
    return all(getattr(function, "__module__", "") == OPENAI for function in sending)


def _straight(model: Any) -> Any:
    """The model over a client that goes to its host and nowhere else: no redirect, no proxy of the environment."""
    import openai

    def client(*arguments: Any, **named: Any) -> Any:
        straight = openai.DefaultHttpxClient(follow_redirects=False, trust_env=False)
        return model.get_client(*arguments, **named).with_options(http_client=straight)

    other = copy(model)
    other.get_client = client
    return other


def _plugin(module: str) -> str:
    """What is installed that gives llm a module, "llm-anthropic"; the module's own name where nothing does."""
    from importlib.metadata import entry_points

    given = (one for one in entry_points(group="llm") if one.module.partition(".")[0] == module)
    return next((one.dist.name for one in given if one.dist is not None), module)


def _netloc(address: str) -> str:
    try:
        return urlsplit(address if "://" in address else f"//{address}").netloc.rpartition("@")[2]
    except ValueError:
        return ""
