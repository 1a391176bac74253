"""Reading a plugin's own options, with a sentence for what cannot be."""

from __future__ import annotations

import importlib.util

from vecna_notes.errors import ConfigError
from vecna_notes.hookspecs import Options


def whole(name: str, options: Options, key: str, default: int, least: int, kind: str = "embedders") -> int:
    """A whole number of at least `least`."""
    value = options.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise ConfigError(f"{kind}.{name}.{key} must be a whole number from {least} up, not {value!r}")
    return value


def choice(name: str, options: Options, key: str, choices: tuple[str, ...], kind: str = "embedders") -> str:
    """One of `choices`; the first is the default."""
    value = options.get(key, choices[0])
    if not isinstance(value, str) or value not in choices:
        raise ConfigError(f"{kind}.{name}.{key} must be one of {', '.join(choices)}, not {value!r}")
    return value


def share(name: str, options: Options, key: str, default: float, kind: str = "embedders") -> float:
    """A number from 0 to 1."""
    value = options.get(key, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise ConfigError(f"{kind}.{name}.{key} must be a number from 0 to 1, not {value!r}")
    return float(value)


def missing_modules(name: str, *modules: str) -> str:
    """Which of the modules an embedder needs are not installed, in a sentence, or ""; imports nothing."""
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    return f"{name} needs {' and '.join(absent)}: not installed here" if absent else ""
