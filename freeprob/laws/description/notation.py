"""How laws are written in papers: names in roman type, convolutions as infix signs.

A law states its own name or sign; here is how these are put on a line. ``show`` prints what is
inside, as the caller's printer does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import sympy as sp

from freeprob.exact.systems.operation import Sign

if TYPE_CHECKING:
    from freeprob.laws.description.described import Described

Show = Callable[[sp.Basic], str]


def named(name: str, arguments: Iterable[sp.Basic], show: Show) -> str:
    """A name with its parameters below."""
    return rf"\mathrm{{{name}}}_{{{', '.join(show(argument) for argument in arguments)}}}"


def without_defaults(
    arguments: Sequence[sp.Basic], defaults: Sequence[object]
) -> Sequence[sp.Basic]:
    """The arguments without trailing ones at their default."""
    shown = list(arguments)
    for default in reversed(defaults):
        if shown and shown[-1] == default:
            shown.pop()
    return shown


def latex_sign(sign: Sign | None) -> str:
    """The sign of an operation that papers write with one."""
    assert sign is not None, "a law that is written with a sign states it"
    return sign.latex


def infix(parts: Sequence[Described], sign: Sign | None, show: Show) -> str:
    """Parts with a sign between them."""
    return f" {latex_sign(sign)} ".join(tight(part, show) for part in parts)


def power(part: Described, sign: Sign | None, exponent: str, show: Show) -> str:
    """A power with respect to an operation."""
    return rf"{{{tight(part, show)}}}^{{{latex_sign(sign)} {exponent}}}"


def weighted(terms: Iterable[tuple[str, sp.Expr]], show: Show) -> str:
    """Σ pᵢ μᵢ from the μᵢ in LaTeX and the pᵢ."""
    return " + ".join(
        rf"\left({show(weight)}\right) {what}" if weight.is_Add else f"{show(weight)} {what}"
        for what, weight in terms
    )


def image(law: Described, function: Callable[[sp.Symbol], str], inner: str) -> str:
    """The image f_* μ of a law under a function f of a letter that is no parameter."""
    (x,) = fresh(law, ["x", "u", "v", "s"], 1)
    return rf"\left({function(x)}\right)_{{*}} {inner}"


def tight(law: Described, show: Show) -> str:
    """LaTeX in parentheses where the law is written with an operation."""
    inside = show(law)
    return rf"\left({inside}\right)" if law._compound else inside


def fresh(law: Described, names: list[str], count: int) -> list[sp.Symbol]:
    """Letters that are no parameters of the law."""
    taken = {symbol.name for symbol in law.free_symbols}
    return [sp.Symbol(name) for name in names if name not in taken][:count]
