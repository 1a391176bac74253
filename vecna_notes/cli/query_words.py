"""Queries on the command line: `-word` and `-tag:x` are words of the query, not options nobody knows."""

from __future__ import annotations

import click


class QueryCommand(click.Command):
    """A command that takes a query. What begins with one dash and is none of its options belongs to the query."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        known = {name: False for name in context.help_option_names}  # option → whether a value follows
        for option in self.params:
            if isinstance(option, click.Option):
                known |= dict.fromkeys((*option.opts, *option.secondary_opts), not option.is_flag)
        options, words = _parted(args, known)
        return super().parse_args(context, [*options, "--", *words])


def _parted(args: list[str], known: dict[str, bool]) -> tuple[list[str], list[str]]:
    options: list[str] = []
    words: list[str] = []
    rest = iter(args)
    for argument in rest:
        if argument == "--":
            words += rest
        elif not _is_option(argument, known):
            words.append(argument)
        else:
            options.append(argument)
            value = next(rest, None) if known.get(argument) else None
            options += [value] if value is not None else []
    return options, words


def _is_option(argument: str, known: dict[str, bool]) -> bool:
    """--any, -n, -n5 or -qv."""
    if argument.startswith("--") or argument in known:
        return True
    if not argument.startswith("-") or len(argument) < 3:
        return False
    if known.get(argument[:2]):
        return argument[2:].isdigit()
    return all(known.get(f"-{letter}") is False for letter in argument[1:])
