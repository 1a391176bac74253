"""A vault's own embedder: tuned on its notes, judged, put to use, and taken back."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vecna_notes.errors import ConfigError, EmbedderError, NotIndexed, StoreError, VecnaError
from vecna_notes.interfaces import Embedder, Report, Say
from vecna_notes.models import is_tuned_name
from vecna_notes.text import safe_line
from vecna_notes.vault.choosing import Choosing

if TYPE_CHECKING:  # whoever only searches does without these rooms
    from vecna_notes.interfaces import Trainer
    from vecna_notes.train.pairs import Mined
    from vecna_notes.train.runs import Runs
    from vecna_notes.train.tuned import How, Plan, Tuned
    from vecna_notes.types import Space


class Tuning(Choosing):
    """Writes its own folder and what is kept, but no index: a reader may tune, whoever writes lets it answer."""

    def mine_pairs(self, how: How) -> Mined:
        """What would be learned from."""
        from vecna_notes.train.pairs import mine

        return mine(self.store, how.seed, how.links, how.without)

    def tuning_seconds(self, how: How, mined: Mined) -> float:
        """How long it would about take here."""
        return self._trainer(how).seconds(mined.train)

    def plan_tuning(self, how: How) -> Plan:
        """What a run would learn from, how long it would take, and what stands against it; nothing is made.

        Sources that the settings leave out are left out, too.
        """
        from vecna_notes.train.tuned import Plan, too_few

        how = replace(how, without=tuple(dict.fromkeys((*self.settings.train.without, *how.without))))
        mined = self.mine_pairs(how)
        if why := too_few(mined):
            return Plan(how, mined, None, why)
        try:
            self._base()
            return Plan(how, mined, self.tuning_seconds(how, mined))
        except VecnaError as error:
            return Plan(how, mined, None, str(error))

    def tune(self, how: How, say: Say, report: Report, mined: Mined | None = None) -> Tuned:
        """Tune, judge and keep a model; it is not put to use: see `go_live`.

        What a killed run left is taken up, and one that was about the very same is not made twice. With too few pairs
        nothing is made, and the verdict says so.
        """
        from vecna_notes.train.tuned import Tuned, too_few
        from vecna_notes.train.verdict import Verdict

        self.report = report
        mined = self.mine_pairs(how) if mined is None else mined
        if why := too_few(mined):
            return Tuned("", Verdict(False, why), mined.counts, how, made=time.time())
        with self._runs().alone(), _writing_explained():
            base = self._base()
            name = self._run(how, mined, base)
            if name in (known := {one.name: one for one in self.tunings()}):
                return known[name]
            done = self._trained(name, how, mined, base, say)
            return self._judged(done, report, base)

    def tunings(self) -> list[Tuned]:
        """In the order made."""
        from vecna_notes.train.tuned import tuned_of

        return [tuned_of(one) for one in self.store.kept.tunings.all()]

    def judge_tuning(self, name: str, report: Report) -> Tuned:
        """Ask the gate again; a model that answers and does not pass any more is taken back, unless it was forced."""
        self.report = report
        done = self._judged(self._tuning(name), report, self._base())
        if done.is_live and not done.is_forced and not done.verdict.is_better:
            self.rollback()
            return replace(done, is_live=False)
        return done

    def go_live(self, name: str, is_forced: bool = False) -> None:
        """Let a tuned model answer once its Space is complete. Raises ConfigError where the gate is against it."""
        from vecna_notes.search.recipe import fact_of

        done = self._tuning(name)
        if not done.verdict.is_better and not is_forced:
            raise ConfigError(
                f"{name} is not used, since {done.verdict.why}; `vecna train gate {name} --force` uses it all the same"
            )
        if done.base is not None and done.space is not None:  # what suited the base suits what was made of it
            fact = self.store.kept.fact(fact_of(done.base))
            if fact is not None and self.store.kept.fact(fact_of(done.space)) is None:
                self.store.kept.set_fact(fact_of(done.space), fact)
        self.store.kept.tunings.go_live(name, is_forced and not done.verdict.is_better)

    def rollback(self) -> Tuned:
        """Let the embedder answer that did before the tuned one, which is returned.

        At once where this vault was opened to write, else as soon as whoever writes has seen it.
        """
        live = self.store.kept.tunings.live()
        if live is None:
            raise ConfigError("no tuned model is in use; `vecna train list` names those there are")
        gone = self._tuning(live.name)
        self.store.kept.tunings.go_back()
        if self.store.is_writer:
            self.switch_back()
        return gone

    def switch_back(self) -> None:
        """Make the best complete Space active that is wanted now."""
        live = self.store.kept.tunings.live()
        models = [one.name for one in (live,) if one is not None]
        names = self.models.rungs(self.embedder_setting)
        bases = [one.base.key for one in self.tunings() if one.base is not None]

        def rank(space: Space) -> tuple[bool, int, bool]:
            place = names.index(space.embedder) if space.embedder in names else -1
            return space.model in models, place, space.key in bases

        spaces = [(id, space) for id, space in self.store.vectors.spaces() if rank(space) > (False, -1, False)]
        whole = [(id, space) for id, space in spaces if not self.store.vectors.missing_count(id)]
        if whole:
            with self.store.transaction():
                self.store.vectors.activate(max(whole, key=lambda one: rank(one[1]))[0])

    def use(self, name: str | None, options: Mapping[str, Any] | None = None) -> None:
        """As always; a tuned model's name stands for it, and another choice lets it rest."""
        model = (options or {}).get("model")
        if isinstance(model, str) and is_tuned_name(model):
            self.go_live(model)
            return
        super().use(name, options)
        self.store.kept.tunings.rest()

    def remove_space(self, key: str) -> None:
        """Of a tuned model by its name everything goes: its vectors, its folder, and what is known of it."""
        if not is_tuned_name(key):
            super().remove_space(key)
            return
        done = self._tuning(key)
        if done.is_live:
            raise ConfigError(f"{key} is in use; go back first: vecna embedders rollback")
        for id, space in self.store.vectors.spaces():
            if done.space is not None and space.key == done.space.key:
                with self.store.transaction():
                    self.store.vectors.drop_space(id)
        self._runs().remove(key)
        self.store.kept.tunings.forget(key)

    # ── how ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _run(self, how: How, mined: Mined, base: Embedder) -> str:
        options = {key: value for key, value in self._trainer_options(how).items() if key not in _MEANS}
        settings = {"trainer": self.settings.train.trainer, "base": base.space.key, **options}
        return self._runs().begin(mined, settings, [one.name for one in self.store.kept.tunings.all()])

    def _trained(self, name: str, how: How, mined: Mined, base: Embedder, say: Say) -> Tuned:
        from vecna_notes.train.tuned import Tuned
        from vecna_notes.train.verdict import Verdict

        started = time.monotonic()
        tuned = self._guarded(how, mined, base, name, say)
        if tuned.space.model != name:
            raise EmbedderError(
                f"trainer {self.settings.train.trainer!r} made a model named {tuned.space.model!r}, not {name}"
            )
        seconds = time.monotonic() - started
        unjudged = Verdict(False, "the gate has not judged it yet")
        return Tuned(name, unjudged, mined.counts, how, seconds, time.time(), tuned.space, base.space)

    def _guarded(self, how: How, mined: Mined, base: Embedder, name: str, say: Say) -> Embedder:
        from vecna_notes.train.stored import StoredFirst

        trainer, stored = self._trainer(how), StoredFirst(base, self.store)
        try:
            return trainer.train(stored, mined.train, mined.dev, self._runs().folder / name, say)
        except (VecnaError, OSError):
            raise
        except Exception as error:  # the plugin border
            reason = f"{type(error).__name__}: {safe_line(str(error))}"
            raise EmbedderError(f"trainer {self.settings.train.trainer!r} failed: {reason}") from error

    def _judged(self, done: Tuned, report: Report, base: Embedder) -> Tuned:
        from vecna_notes.train import gate
        from vecna_notes.train.verdict import Verdict

        space = done.space
        assert space is not None
        held_out = self._runs().held_out(done.name)
        try:
            tuned = self.models.open(space)
            verdict = gate.judge(self._rooms(), base, tuned, held_out, done.how.seed, report)
        except EmbedderError as error:  # a model whose rows are no numbers, for one
            verdict = Verdict(False, f"it cannot be used: {error}")
        done = replace(done, verdict=verdict)
        self.store.kept.tunings.keep(done.name, space.embedder, done.content)
        return done

    def _tuning(self, name: str) -> Tuned:
        found = {one.name: one for one in self.tunings()}
        if name not in found:
            named = ", ".join(found) or "none yet: `vecna train` makes one"
            raise ConfigError(f"there is no tuned model {safe_line(name)!r}; there is {named}")
        return found[name]

    def _base(self) -> Embedder:
        """The embedder that is tuned: the best this vault is set to, opened, with its Space filled."""
        name = self.models.rungs(self.embedder_setting)[-1]
        base = self.models.current(name)
        if not isinstance(base, Embedder):
            raise ConfigError(
                f"{name} learns from these notes already; what can be tuned is a model that came with knowledge of "
                "its own: vecna embedders use sbert"
            )
        spaces = {space.key: id for id, space in self.store.vectors.spaces()}
        if base.space.key not in spaces or not self.store.vectors.count(spaces[base.space.key]):
            raise NotIndexed(f"there are no vectors of {name} yet; `vecna index` computes them")
        return base

    def _trainer(self, how: How) -> Trainer:
        return self.registry.trainer(self.settings.train.trainer, self._trainer_options(how))

    def _trainer_options(self, how: How) -> dict[str, Any]:
        name = self.models.rungs(self.embedder_setting)[-1]
        model = self.embedder_options(name).get("model")
        own = self.settings.trainers.get(self.settings.train.trainer, {})
        given = {"base": model, "seed": how.seed, "full": how.full, "minutes": how.minutes}
        return {**own, **{key: value for key, value in given.items() if value is not None}, **self._means()}

    def _runs(self) -> Runs:
        from vecna_notes.train.runs import Runs

        return Runs(self.models.tuned)


_MEANS = ("cache", "threads", "report")


@contextlib.contextmanager
def _writing_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise StoreError(
            f"{where}{(error.strerror or str(error)).lower()}; nothing that answers has changed, and the next "
            "`vecna train` goes on where this one stopped"
        ) from error
