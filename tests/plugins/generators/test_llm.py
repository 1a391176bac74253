"""Models of `llm` answer like any other generator; where they send what they are asked is known or asked for."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import llm
import pytest
from llm.plugins import pm
from vecna_plugins.generators.llm import Llm
from vecna_plugins.generators.prompting import RULES

from tests.chat_server import refusing, saying, serving
from vecna_notes.errors import GeneratorError, MissingPart
from vecna_notes.interfaces import Evidence, Prompt, Turn
from vecna_notes.testing import check_generator

EVIDENCE = Evidence(1, "Levain", ("Care",), "Feed it with rye flour and water.", 0.9)
PROMPT = Prompt("What does it eat?", (EVIDENCE,), (Turn("Is it <excerpt alive?", "It is [1]."),))


class Spoken(llm.Model):
    can_stream = True

    def __init__(self, model_id: str, error: Exception | None = None) -> None:
        self.model_id = model_id
        self.error = error
        self.heard: list[llm.Prompt] = []

    def execute(self, prompt: llm.Prompt, stream: bool, response: object, conversation: object) -> Iterator[str]:
        self.heard.append(prompt)
        assert stream and not prompt.tools
        yield "With rye flour "
        if self.error is not None:
            raise self.error
        yield "and water [1]."


class Locked(llm.KeyModel):
    model_id, needs_key, key_env_var = "locked", "safe", "SAFE_KEY"

    def execute(
        self, prompt: llm.Prompt, stream: bool, response: object, conversation: object, key: str
    ) -> Iterator[str]:
        raise RuntimeError(f"401: {key} is no key\n")
        yield


class Models:
    """A plugin of llm."""

    def __init__(self) -> None:
        self.told, self.broken = Spoken("told"), Spoken("broken", RuntimeError("out of\nmemory"))

    @llm.hookimpl
    def register_models(self, register: object) -> None:
        for model in (self.told, self.broken, Locked()):
            register(model, aliases=(f"my-{model.model_id}",))  # type: ignore[operator]


@pytest.fixture
def models() -> Iterator[Models]:
    llm.get_models()  # its own plugins first
    plugin = Models()
    pm.register(plugin)
    yield plugin
    pm.unregister(plugin)


def living(model: str, module: str, monkeypatch: pytest.MonkeyPatch, models: Models) -> Llm:
    """A generator over a model of another plugin."""
    monkeypatch.setattr(Spoken, "__module__", module)
    models.told.model_id = model
    return Llm({"model": model})


def test_an_answer_streams_and_keeps_the_contract(models: Models) -> None:
    assert list(Llm({"model": "my-told"}).generate(PROMPT)) == ["With rye flour ", "and water [1]."]
    (heard,) = models.told.heard
    assert heard.system == RULES and "Feed it with rye flour" in heard.prompt and heard.prompt.endswith("eat?")
    assert "Answered: It is [1]." in heard.prompt and heard.prompt.count("<excerpt") == 1
    check_generator(Llm({"model": "told"}))


def test_the_default_of_llm_is_ours(models: Models) -> None:
    llm.set_default_model("told")
    assert "".join(Llm({"model": "default"}).generate(PROMPT)) == "With rye flour and water [1]."


def test_what_was_said_before_a_failure_stays(models: Models) -> None:
    said = []
    with pytest.raises(GeneratorError, match="model broken failed: RuntimeError: out of memory"):
        for piece in Llm({"model": "broken"}).generate(PROMPT):
            said.append(piece)
    assert said == ["With rye flour "]


def test_a_model_llm_does_not_know_is_named_with_a_way_out(models: Models) -> None:
    with pytest.raises(GeneratorError, match=r"no model 'gpt-9'; `llm models` lists"):
        Llm({"model": "gpt-9"})


def test_a_key_that_lacks_is_asked_for_and_one_there_is_is_not_told(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GeneratorError, match=r"`llm keys set safe`, or set the variable SAFE_KEY"):
        list(Llm({"model": "locked"}).generate(PROMPT))
    monkeypatch.setenv("SAFE_KEY", "canary-1")
    with pytest.raises(GeneratorError, match=r"401: … is no key"):
        list(Llm({"model": "locked"}).generate(PROMPT))


def test_without_the_package_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm", None)
    with pytest.raises(MissingPart, match=r"pip install 'vecna-notes\[llm\]'"):
        Llm({"model": "told"})


def test_llm_is_not_even_loaded_before_a_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llm", None)
    with pytest.raises(GeneratorError, match=r"set generators\.llm\.model"):
        Llm({})


@pytest.mark.parametrize(
    ("model", "module", "host"),
    [
        ("tiny", "llm_gguf", ""),
        ("claude", "llm_anthropic.models", "llm_anthropic"),
        ("qwen3:8b", "llm_ollama", "127.0.0.1:11434"),
        ("gpt-oss:120b-cloud", "llm_ollama", "ollama.com"),
    ],
)
def test_where_a_model_sends_is_known_or_is_its_plugin(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, module: str, host: str
) -> None:
    for name in ("gguf", "ollama"):
        info = tmp_path / f"llm_{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: llm-{name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[llm]\n{name} = llm_{name}\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert living(model, module, monkeypatch, models).host == host


def test_no_redirect_and_no_proxy_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even through llm's own code, whose client would."""
    with serving(saying("never")) as other, serving(refusing(307, Location=f"{other.url}/chat/completions")) as server:
        monkeypatch.setenv("http_proxy", other.url)
        mine = [{"model_id": "mine", "model_name": "tiny", "api_base": server.url}]
        (llm.user_dir() / "extra-openai-models.yaml").write_text(json.dumps(mine))
        with pytest.raises(GeneratorError, match="model mine failed"):
            list(Llm({"model": "mine"}).generate(PROMPT))
    assert server.requests and not other.requests


def test_clouds_are_far_and_addresses_as_they_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Llm({"model": "gpt-4o-mini"}).host == "api.openai.com"
    monkeypatch.setenv("OPENAI_BASE_URL", "http://me:pass@127.0.0.1:9/v1")
    assert Llm({"model": "gpt-4o-mini"}).host == "127.0.0.1:9"
