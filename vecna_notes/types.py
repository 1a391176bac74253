"""The values that pass between the rooms: frozen, slotted, and without behaviour beyond their own meaning."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NewType, TypeAlias

import numpy as np
import numpy.typing as npt

from vecna_notes.errors import SpaceMismatch

NoteId = NewType("NoteId", int)
PassageId = NewType("PassageId", int)
SpaceId = NewType("SpaceId", int)
VectorId = NewType("VectorId", int)
"""AUTOINCREMENT id of a stored vector; the label it carries in a nearest-neighbour index."""

Rows: TypeAlias = npt.NDArray[np.float32]
"""Float32 array of shape (n, dim)."""
Role: TypeAlias = Literal["note", "query"]
"""What a text is to an embedder: something to be found, or something that asks."""
Metric: TypeAlias = Literal["cosine", "dot", "euclidean"]
Property: TypeAlias = str | int | float | bool | Sequence["Property"] | None
LinkStyle: TypeAlias = Literal["wiki", "markdown"]
LinkState: TypeAlias = Literal["resolved", "broken", "ambiguous", "outside"]
"""outside: it names a file of a kind that may be a note, such as a PDF, but is none here; it counts as no link."""
Leg: TypeAlias = Literal[
    "keyword",
    "exact",
    "substring",
    "semantic",
    "title",
    "latent",
    "nearness",
    "neighbours",
    "feedback",
    "recency",
    "links",
    "rerank",
]
"""What speaks for a note: a way it was found, or a prior."""


@dataclass(frozen=True, slots=True)
class Space:
    """The geometry a vector lives in; vectors compare only inside one Space."""

    embedder: str
    """Name of the offer, "sbert"."""
    model: str
    """"all-MiniLM-L6-v2", or a checkpoint's name."""
    revision: str
    """Digest of the weights: retraining is a new Space."""
    dim: int
    metric: Metric
    recipe: str
    """Digest of what else shapes the rows: pooling, prefixes, truncation, runtime precision."""

    @property
    def key(self) -> str:
        """Short name of this space for rows and files, "sbert-9f3c2a7114e0": a digest of all six."""
        return _key(self)


@lru_cache(maxsize=64)
def _key(space: Space) -> str:
    parts = (space.embedder, space.model, space.revision, str(space.dim), space.metric, space.recipe)
    return f"{space.embedder}-{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """Rows with their Space: (n, space.dim) float32, finite, unit length (or zero) where the metric is cosine.

    A zero row means "unembeddable here": no known word. It is stored and never indexed.
    """

    space: Space
    rows: Rows

    def __post_init__(self) -> None:
        rows = self.rows
        if rows.ndim != 2 or rows.shape[1] != self.space.dim or rows.dtype != np.float32:
            raise SpaceMismatch(
                f"{self.space.key} holds float32 rows of {self.space.dim}, but got {rows.dtype} {rows.shape}"
            )
        if not np.isfinite(rows).all():
            raise SpaceMismatch(f"vectors for {self.space.key} hold NaN or infinity; re-embed these texts")

    def __len__(self) -> int:
        return len(self.rows)

    def against(self, other: Vectors) -> Rows:
        """Similarity of every row with every row of `other`, higher is nearer: shape (len(self), len(other))."""
        if self.space.key != other.space.key:
            raise SpaceMismatch(
                f"vectors of {self.space.key} cannot meet vectors of {other.space.key}; embed both with one embedder"
            )
        return similarity(self.rows, other.rows, self.space.metric)


def similarity(queries: Rows, rows: Rows, metric: Metric) -> Rows:
    """Scores of shape (len(queries), len(rows)), higher is nearer; euclidean becomes 1 / (1 + distance)."""
    products: Rows = queries @ rows.T
    if metric != "euclidean":
        return products
    squares = (queries**2).sum(1)[:, None] + (rows**2).sum(1)[None, :] - 2 * products
    return np.asarray(1 / (1 + np.sqrt(np.maximum(squares, 0))), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class WrittenLink:
    """A link as its author wrote it, before anyone looked for its target."""

    target: str
    """Note name or path as written, without heading; empty for a link inside the same note."""
    heading: str = ""
    """"Why it decays", "H1#H2" or "^block-id"."""
    label: str = ""
    line: int = 1
    """1-based line of the file."""
    style: LinkStyle = "wiki"
    is_embed: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader makes of a file."""

    path: str
    """Relative to the vault, with "/"; undecodable bytes as surrogates (os.fsdecode)."""
    title: str
    """Front matter title, else first level-1 heading, else file name without suffix."""
    text: str
    """The whole decoded file, line ends as "\\n", so that line numbers are the file's."""
    digest: str
    """text.digest() of the file's bytes."""
    body_line: int = 1
    """1-based first line after the front matter."""
    own_title: str = ""
    """The title if the text itself carries one; empty when the title is only the file name."""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Without "#", in the author's case, each once."""
    properties: Mapping[str, Property] = field(default_factory=dict)
    links: tuple[WrittenLink, ...] = ()
    problems: tuple[str, ...] = ()
    """What could not be understood, in words for the status; the rest is indexed all the same."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a note as a splitter cuts it; the chunks of a note tile its body without gap or overlap."""

    text: str
    """Exactly as in the note."""
    trail: tuple[str, ...]
    """Headings above it, outermost first."""
    first_line: int
    last_line: int
    """1-based and inclusive, lines of the file."""
    embedded: str
    """What an embedder reads: own title, heading trail and the text without its markup. A function of the note's
    content alone, never of its path, so that moving a note embeds nothing. Empty when there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored chunk: a chunk with an address."""

    id: PassageId
    note_id: NoteId
    path: str
    title: str
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Signal:
    """That one leg found a passage: at which rank (1-based) and with which score of its own scale."""

    leg: Leg
    rank: int
    score: float
    share: float = 0.0
    """What it brought to the note's score; the shares of a hit add up to it where nothing raised or cut it."""


Span: TypeAlias = tuple[int, int]
"""Half-open character range in a text."""

ConditionKind: TypeAlias = Literal[
    "phrase", "not", "or", "tag", "path", "file", "property", "regex", "before", "after", "like", "unlike", "lang"
]


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a query that is more than words: what the screen shows as a chip."""

    kind: ConditionKind
    text: str
    """As it was typed, "-tag:archive"."""
    span: Span
    """Where it stands in the query as typed, so that it can be taken out."""
    problem: str = ""
    """Why it could not be understood, and how it was read instead, in one sentence; else empty."""
    removed: int | None = None
    """Notes of the vault that this condition alone keeps out; None for one that keeps none out."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A note found, by its best passage; the score is in [0, 1] and higher is better, always."""

    passage: Passage
    score: float
    signals: tuple[Signal, ...] = ()
    others: tuple[Passage, ...] = ()
    """Further passages of the same note that were found, best first."""
    words: tuple[Span, ...] = ()
    """Query words where they stand in the passage's text."""
    decisive: Span | None = None
    """The sentence that decided, in the passage's text."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search: hits best first, and which legs could take part."""

    query: str
    hits: tuple[Hit, ...]
    space: Space | None = None
    """Space of the semantic leg; None when only keywords searched."""
    notice: str = ""
    """One sentence when the answer is less than asked for ("the sbert index is not ready"), else empty."""
    seconds: float = 0.0
    conditions: tuple[Condition, ...] = ()
    """Filters, phrases and likes of the query, in the order typed."""
    closest: tuple[Hit, ...] = ()
    """Only when nothing was found: what would be nearest without the filters."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """Milliseconds that each leg took, for the eye."""
    meant: Mapping[str, str] = field(default_factory=dict)
    """Words of the query that no note holds, each with the one it was probably meant for."""
    closeness: str = ""
    """"nothing close" where no note seems to speak of what was asked, whatever was found; else empty."""


@dataclass(frozen=True, slots=True)
class RelatedNote:
    """A note near in meaning, with the two passages that meet as evidence."""

    note_id: NoteId
    path: str
    title: str
    score: float
    is_linked: bool
    source: Passage
    target: Passage
    signals: tuple[Signal, ...] = ()
    closeness: str = ""
    """In words, "as close as notes you link yourself"; empty while nobody knows."""


@dataclass(frozen=True, slots=True)
class Link:
    """A written link with what it points to; `target` is None when broken or ambiguous."""

    source: NoteId
    target: NoteId | None
    written: WrittenLink
    state: LinkState
    source_path: str = ""
    target_path: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file the status must name."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class SpaceStatus:
    """How far one Space is."""

    space: Space
    vectors: int
    missing: int
    """Texts of the vault that have no row in this Space yet."""
    is_active: bool
    label: str = ""

    @property
    def is_complete(self) -> bool:
        return self.missing == 0


@dataclass(frozen=True, slots=True)
class Status:
    """What `vecna status` and the Index screen say; indexed + waiting + skipped + failed = files seen."""

    indexed: int
    waiting: int
    skipped: int
    failed: int
    chunks: int
    links: int
    broken_links: int
    ambiguous_links: int
    spaces: tuple[SpaceStatus, ...]
    problems: tuple[Problem, ...]
    skips: Mapping[str, int]
    """Why files were skipped, with counts."""
    embedded_last_run: int
    """Texts embedded by the last run of the indexer, over all spaces."""
    last_run: float | None
    """Unix time when the last run finished, None when none has."""
    store_bytes: int
    notices: tuple[str, ...] = ()


Stage: TypeAlias = Literal["scan", "read", "train", "export", "embed", "index", "cluster", "draw", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where long work stands; `total` is None while unknown."""

    stage: Stage
    done: int
    total: int | None = None
    label: str = ""
    """Which embedder or file, for the eye."""
    seconds: float = 0.0
    """Since the stage began."""


FileState: TypeAlias = Literal["indexed", "waiting", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What stat says of a file; when any part differs, the content is hashed and the hash decides."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as the store remembers it."""

    path: str
    state: FileState
    stamp: FileStamp | None = None
    digest: str = ""
    """text.digest() of its bytes when last read; empty when never read."""
    reason: str = ""
    """Why it is skipped or failed."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A file that travels down the chain as a failure instead of a note."""

    path: str
    why: str
    is_skip: bool = False
    """True when a rule or kind of file keeps it out; False when it should have been read."""
    stamp: FileStamp | None = None
    """The file's stamp when it was looked at, so that it is not tried again until it changes."""
