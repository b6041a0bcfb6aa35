"""The words of the language: every public law and operation, read off the package itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, wraps
from typing import Any

import freeprob
from freeprob.laws.base import Law


@dataclass(frozen=True)
class Word:
    """A law, an operation or a kind of matrix: its name, and the callable that builds it."""

    name: str
    build: Callable[..., Any]

    @property
    def signature(self) -> inspect.Signature:
        """Parameters as a user gives them."""
        if inspect.isclass(self.build):
            parameters = list(inspect.signature(self.build.__new__).parameters.values())[1:]
            return inspect.Signature(parameters)
        return inspect.signature(self.build)

    @property
    def usage(self) -> str:
        """The call with its parameters' names, as help shows it."""
        parts = []
        for parameter in self.signature.parameters.values():
            name = "law" if parameter.name == "self" else parameter.name
            if str(parameter.annotation).startswith("Mapping"):
                name = _NAMED["Mapping"]
            star = "*" if parameter.kind is parameter.VAR_POSITIONAL else ""
            default = "" if parameter.default is parameter.empty else f"={parameter.default}"
            parts.append(f"{star}{name}{default}")
        return f"{self.name}({', '.join(parts)})"

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (inspect.getdoc(self.build) or "").partition("\n")[0]

    def misuse(self, arguments: Sequence[object], keywords: Mapping[str, object]) -> str | None:
        """What is wrong with a call's arguments, or None."""
        try:
            bound = self.signature.bind(*arguments, **keywords)
        except TypeError as error:
            return str(error)
        for name, value in bound.arguments.items():
            parameter = self.signature.parameters[name]
            values = value if parameter.kind is parameter.VAR_POSITIONAL else (value,)
            wanted = "Law" if name == "self" else str(parameter.annotation)
            for one in values:
                kind = _kind(one)
                if _accepts(wanted, kind) is False:
                    label = "law" if name == "self" else name
                    return f"'{label}' must be {_NAMED[wanted.partition('[')[0]]}, got a {kind}"
        return None


_NAMED = {"Law": "a law", "Number": "a number", "Mapping": "{key: weight, ...}"}


def _kind(value: object) -> str:
    if isinstance(value, Law):
        return "law"
    return "mapping" if isinstance(value, dict) else "number"


def _accepts(annotation: str, kind: str) -> bool | None:
    """Whether a parameter so annotated takes such a value; None if the annotation does not say."""
    wanted = {"Law": "law", "Number": "number", "Mapping": "mapping"}
    kinds = wanted.get(annotation.partition("[")[0])
    return None if kinds is None else kinds == kind


@cache
def words() -> Mapping[str, Word]:
    """Every word by name: public laws, functions of the laws room, and methods that give a law."""
    found: dict[str, Callable[..., Law]] = {}
    for name, home in freeprob._HOMES.items():
        if home.startswith(("laws.", "nets.")) and name != "Law":
            value: Any = getattr(freeprob, name)
            # functions of the other rooms take symbols, which the language has no mappings of
            is_law = inspect.isclass(value) and issubclass(value, Law)
            if is_law or (home.startswith("laws.") and _gives_law(value)):
                found[name] = value
    for name, value in vars(Law).items():
        if not name.startswith("_") and inspect.isfunction(value) and _gives_law(value):
            found.setdefault(name, _dispatched(name, value))
    return {name: Word(name, found[name]) for name in sorted(found, key=str.lower)}


def _dispatched(name: str, method: Callable[..., Law]) -> Callable[..., Law]:
    """A method as a function that asks the law's own class for it."""

    @wraps(method)
    def call(self: Law, *arguments: object, **keywords: object) -> Law:
        return getattr(self, name)(*arguments, **keywords)

    return call


def _gives_law(value: Callable[..., object]) -> bool:
    return getattr(value, "__annotations__", {}).get("return") in (Law, "Law")


@cache
def abbreviations() -> Mapping[str, Word]:
    """Laws by the short names that papers and the LaTeX of a law print: MP, SC."""
    short = {getattr(word.build, "_short", ""): word for word in words().values()}
    return {name: word for name, word in short.items() if name}


def find(name: str) -> Word | None:
    """The word of a name or abbreviation, or None."""
    return words().get(name) or abbreviations().get(name)


def closest(name: str, *more: str) -> str:
    """A hint for a name that is no word."""
    lower = {word.lower(): word for word in (*words(), *abbreviations(), *more)}
    close = get_close_matches(name.lower(), lower, n=1)
    return f"did you mean '{lower[close[0]]}'?" if close else "'freeprob words' lists all"
