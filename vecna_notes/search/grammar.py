"""How the tokens of a query belong together: what is a condition on notes, and what is words to search for.

OR joins its two neighbours and binds tighter than standing side by side, so that `why forget tag:a OR tag:b` means the
words in either tag. Between words alone it changes nothing: a search for words finds any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from vecna_notes.search.conditions import Either, Every, Filter, Not, Part, Test
from vecna_notes.search.operators import Read, misspelt, read_operator
from vecna_notes.search.tokens import Token, tokens
from vecna_notes.types import Condition, ConditionKind, Span

MAX_CONDITIONS = 32
MAX_DEPTH = 8
MAX_PHRASES = 8


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query taken apart. `words` is the text without its operators, for all that is ranked."""

    words: str
    parts: tuple[Part, ...]
    like: tuple[str, ...]
    unlike: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """A token, or what stands between parentheses, or operands of OR."""

    start: int
    end: int
    token: Token | None = None
    read: Read | None = None
    children: tuple[_Node, ...] = ()
    ors: tuple[Span, ...] = ()
    """Where the OR between the children stand; none where they stand side by side."""
    is_group: bool = False
    is_negated: bool = False

    @property
    def is_filter(self) -> bool:
        """Whether it is anything but words to rank by."""
        if self.children or self.is_group:
            return self.is_negated or any(child.is_filter for child in self.children)
        return self.is_negated or (self.read is not None and self.read.test is not None)

    @property
    def is_plain(self) -> bool:
        """Whether its text is read as words as it stands."""
        return self.read is not None and self.read.test is None and not self.read.name


def parse(text: str, today: date) -> Parsed:
    """Take a text apart. None is wrong: what is no operator is words."""
    nodes = _Nodes(text, today)
    top: list[_Node] = []
    blanks = nodes.blanks
    for node in nodes.all():
        top += _flat(node, blanks)
    blanks += [span for node in top for span in _blanks(node)]
    parts = sorted((part for node in top if (part := _part(node, text))), key=lambda part: part.condition.span)
    named = [leaf.read for leaf in _leaves(top) if leaf.read is not None and leaf.read.name]
    return Parsed(
        _without(text, blanks),
        tuple(_few_phrases(parts)),
        like=tuple(read.name for read in named if read.kind == "like"),
        unlike=tuple(read.name for read in named if read.kind == "unlike"),
    )


# ── from tokens to nodes ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Nodes:
    text: str
    today: date
    blanks: list[Span] = field(default_factory=list)
    _count: int = 0

    def all(self) -> list[_Node]:
        """The nodes that stand side by side at the top."""
        pieces = list(tokens(self.text))
        pairs = _pairs(pieces)
        nodes, _at = self._side_by_side(pieces, pairs, 0, len(pieces))
        return nodes

    def _side_by_side(
        self, pieces: Sequence[Token], pairs: dict[int, int], at: int, end: int
    ) -> tuple[list[_Node], int]:
        nodes: list[_Node] = []
        ors: list[tuple[int, Token]] = []
        while at < end:
            token = pieces[at]
            if token.kind == "or":
                ors.append((len(nodes), token))
            elif token.kind == "open" and at in pairs:
                inner, _ = self._side_by_side(pieces, pairs, at + 1, pairs[at])
                close = pieces[pairs[at]]
                nodes.append(
                    _Node(token.start, close.end, children=tuple(inner), is_group=True, is_negated=token.is_negated)
                )
                at = pairs[at]
            else:
                nodes.append(self._leaf(token))
            at += 1
        return self._joined(nodes, ors), at

    def _leaf(self, token: Token) -> _Node:
        if self._count >= MAX_CONDITIONS:
            return _Node(token.start, token.end, token)
        read = None
        if token.kind == "operator":
            read = read_operator(token, self.text[token.start : token.end], self.today)
        elif token.kind == "word":
            read = misspelt(token)
        is_test = token.kind in ("word", "phrase") if read is None else read.test is not None
        self._count += read is not None or (is_test and token.is_negated)
        return _Node(token.start, token.end, token, read, is_negated=is_test and token.is_negated)

    def _joined(self, nodes: list[_Node], ors: list[tuple[int, Token]]) -> list[_Node]:
        """Operands of OR as one node, where any of them is a filter. An OR with nothing on one side is a word, and
        one beside a filter is nothing."""
        by_place: dict[int, list[Token]] = {}
        for place, token in ors:
            by_place.setdefault(place, []).append(token)
        runs: list[tuple[list[_Node], list[Token]]] = []
        for place, node in enumerate(nodes):
            joining = by_place.get(place, [])
            if joining and runs:
                runs[-1][0].append(node)
                runs[-1][1].extend(joining)
            else:
                self._dangling(joining, node)
                runs.append(([node], []))
        self._dangling(by_place.get(len(nodes), []) if nodes else [], nodes[-1] if nodes else None)
        return [joined for operands, tokens in runs for joined in _either(operands, tokens)]

    def _dangling(self, ors: Iterable[Token], node: _Node | None) -> None:
        if node is not None and node.is_filter:
            self.blanks += [(token.start, token.end) for token in ors]


def _pairs(pieces: Sequence[Token]) -> dict[int, int]:
    """Opening parenthesis → the one that closes it, down to MAX_DEPTH."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for at, token in enumerate(pieces):
        if token.kind == "open":
            opened.append(at)
        elif token.kind == "close" and opened:
            begin = opened.pop()
            if len(opened) < MAX_DEPTH:
                pairs[begin] = at
    return pairs


def _either(operands: list[_Node], ors: list[Token]) -> list[_Node]:
    if len(operands) == 1 or not any(node.is_filter for node in operands):
        return operands
    spans = tuple((token.start, token.end) for token in ors)
    return [_Node(operands[0].start, operands[-1].end, children=tuple(operands), ors=spans)]


def _flat(node: _Node, blanks: list[Span]) -> Iterator[_Node]:
    """A group that only holds things together falls apart into them."""
    if not node.is_group or node.is_negated or (len(node.children) == 1 and node.children[0].ors):
        yield node
        return
    if node.is_filter:
        blanks += _parentheses(node)
    for child in node.children:
        yield from _flat(child, blanks)


def _leaves(nodes: Iterable[_Node]) -> Iterator[_Node]:
    for node in nodes:
        yield node
        yield from _leaves(node.children)


# ── from nodes to conditions, filters and words ─────────────────────────────────────────────────────────────────────


def _part(node: _Node, text: str) -> Part | None:
    kind = _kind(node)
    if kind is None:
        return None
    problem = next((leaf.read.problem for leaf in _leaves([node]) if leaf.read and leaf.read.problem), "")
    condition = Condition(kind, text[node.start : node.end], (node.start, node.end), problem)
    return Part(condition, _filter(node, is_strict=False))


def _kind(node: _Node) -> ConditionKind | None:
    if node.is_negated:
        return "not"
    if node.read is not None:
        return node.read.kind
    if node.token is not None:
        return "phrase" if node.token.kind == "phrase" else None
    return "or" if node.is_filter and node.children else None


def _filter(node: _Node, is_strict: bool) -> Filter | None:
    """What a node asks of notes. `is_strict` where words must be held, since they are joined to filters."""
    inner = _inner(node, is_strict or node.is_negated)
    return Not(inner) if inner is not None and node.is_negated else inner


def _inner(node: _Node, is_strict: bool) -> Filter | None:
    if node.token is not None:
        return _test(node, is_strict)
    is_either = bool(node.ors)
    parts = tuple(
        made for child in node.children if (made := _filter(child, is_strict or (is_either and node.is_filter)))
    )
    if len(parts) < 2:
        return parts[0] if parts else None
    return Either(parts) if is_either else Every(parts)


def _test(node: _Node, is_strict: bool) -> Test | None:
    if node.read is not None and (node.read.test is not None or node.read.name):
        return node.read.test
    if not is_strict or node.token is None or node.token.kind in ("open", "close", "or"):
        return None
    value = node.token.value.strip()
    if not any(character.isalnum() for character in value):
        return None
    return Test("phrase" if node.token.kind == "phrase" else "word", value)


def _blanks(node: _Node) -> Iterator[Span]:
    """What of a node is no words to search for: tests, all that is negated, and the marks that hold them together."""
    if node.is_negated or (node.read is not None and not node.is_plain):
        yield node.start, node.end
        return
    if node.is_group and node.is_filter:
        yield from _parentheses(node)
    yield from node.ors
    for child in node.children:
        yield from _blanks(child)


def _parentheses(node: _Node) -> tuple[Span, Span]:
    return (node.start, node.start + 1), (node.end - 1, node.end)


def _few_phrases(parts: Iterable[Part]) -> Iterator[Part]:
    phrases = 0
    for part in parts:
        phrases += part.condition.kind == "phrase"
        if part.condition.kind != "phrase" or phrases <= MAX_PHRASES:
            yield part


def _without(text: str, spans: Iterable[Span]) -> str:
    kept: list[str] = []
    at = 0
    for start, end in sorted(spans):
        kept += [text[at:start], " "] if start >= at else []
        at = max(at, end)
    return "".join([*kept, text[at:]])
