"""Every error a caller may meet; each message is a sentence with a way out.

VecnaError                     exit 2
├── ConfigError                a setting is unknown or has the wrong type
├── UnknownPlugin              no plugin offers that name
├── VaultNotFound              the folder is missing, unmounted or no folder
├── NoteNotFound               no indexed note has that name
├── Busy                       exit 3: another process holds what is needed
├── NotIndexed                 exit 3: there is no index yet
├── MassRemoval                exit 3: so many notes are gone that we ask first
├── MissingPart                exit 4: an optional part is not installed
│   └── NeedsConsent           … and would have to be fetched, which only the user may say
├── EditRefused                a note may not or cannot be written; nothing was
│   └── NoteChanged            exit 3: it changed since we looked
├── StoreError                 the index database cannot be used
│   └── StoreTooNew            it was written by a newer version
├── PluginError                a plugin broke its contract or raised
│   ├── EmbedderError          … while embedding
│   └── GeneratorError         … while answering; what it had said by then stays
├── SpaceMismatch              two vectors of different spaces met
├── Unreadable                 this file is no note, with the reason (data, not a failure)
└── NeedsRebuild               an index cannot do this in place; build it anew (a plan, not a failure)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar


class VecnaError(Exception):
    """A sentence for the user; `exit_code` is what the command line returns for it."""

    exit_code: ClassVar[int] = 2


class ConfigError(VecnaError):
    """A setting is unknown or has the wrong type."""


class UnknownPlugin(VecnaError):
    """No plugin offers that name."""


class VaultNotFound(VecnaError):
    """The notes folder is missing, unmounted, or not a folder."""


class NoteNotFound(VecnaError):
    """No indexed note has that name."""


class Busy(VecnaError):
    """Another process holds what is needed; try again."""

    exit_code = 3


class NotIndexed(VecnaError):
    """The vault has no index yet."""

    exit_code = 3


class MassRemoval(VecnaError):
    """So many notes are gone at once that removing them needs a yes."""

    exit_code = 3


class MissingPart(VecnaError):
    """An optional part is not installed; the message holds the install line."""

    exit_code = 4


class NeedsConsent(MissingPart):
    """A part would have to be fetched over the network; `size` asks how many bytes that is, and may take a while."""

    def __init__(self, message: str, size: Callable[[], int]) -> None:
        super().__init__(message)
        self.size = size


class EditRefused(VecnaError):
    """A note may not or cannot be written; nothing was."""


class NoteChanged(EditRefused):
    """The note changed since it was looked at."""

    exit_code = 3


class StoreError(VecnaError):
    """The index database cannot be read or written."""


class StoreTooNew(StoreError):
    """The index database was written by a newer version."""


class PluginError(VecnaError):
    """A plugin broke its contract or raised."""


class EmbedderError(PluginError):
    """An embedder returned rows that cannot be vectors, or raised."""


class GeneratorError(PluginError):
    """A generator gave no answer, or not the whole of it."""


class SpaceMismatch(VecnaError):
    """Two vectors of different spaces met."""


class Unreadable(VecnaError):
    """This file is no note; the message is the reason shown in the status."""


class NeedsRebuild(VecnaError):
    """An index cannot make this change in place."""
