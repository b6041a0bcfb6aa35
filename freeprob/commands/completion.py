"""``freeprob completion SHELL``: a script by which the shell completes the command."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from freeprob.commands.network import activations
from freeprob.extras import require_installed
from freeprob.language.vocabulary import words

_SHELLS = ("bash", "zsh", "fish", "tcsh", "powershell")
# what stands for an argument of a command; files for those named below
_WORDS: dict[tuple[str, str], Callable[[], Iterable[str]]] = {
    ("network", "activation"): activations,
    ("words", "name"): words,
}
_FILES = {("check", "file"), ("derive", "plot")}
_EPILOG = 'for bash: eval "$(freeprob completion bash)", in ~/.bashrc for every session'


def describe(commands: Any, parser: Callable[[], argparse.ArgumentParser]) -> None:
    """Add the command, which completes what a parser reads."""
    completion = commands.add_parser(
        "completion",
        help="print a script for completion by Tab",
        description="Print a script that lets the shell complete commands, options and names.",
        epilog=_EPILOG,
    )
    completion.set_defaults(run=partial(run, parser=parser))
    completion.add_argument("shell", choices=_SHELLS)


def run(options: argparse.Namespace, parser: Callable[[], argparse.ArgumentParser]) -> int:
    """Print the script."""
    require_installed("shtab", "completion scripts", "completion")
    import shtab

    whole = parser()
    for name, command in _commands(whole).items():
        for action in command._actions:
            place = name, action.dest
            if place in _WORDS:
                action.choices = sorted(_WORDS[place]())
            if place in _FILES:
                vars(action)["complete"] = shtab.FILE
    print(shtab.complete(whole, shell=options.shell))
    return 0


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the commands, by name."""
    (found,) = (
        action for action in parser._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(found.choices)
