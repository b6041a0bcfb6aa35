"""How laws are written in papers: names in roman type, convolutions as infix signs."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

from freeprob.exact.derived import Name
from freeprob.exact.steps import source_of
from freeprob.exact.system import System
from freeprob.laws.base import Law

# a name, and the values of trailing arguments that are not written
_NAMES: dict[str, tuple[str, tuple[int, ...]]] = {
    "MarchenkoPastur": ("MP", (1,)),
    "Semicircle": ("SC", (0,)),
    "FreePoisson": ("FP", (1,)),
    "Arcsine": ("Arcsine", ()),
    "KestenMcKay": ("KM", ()),
    "Wachter": ("Wachter", ()),
    "FussCatalan": ("FC", ()),
    "Raney": ("Raney", ()),
    "FreeMeixner": ("Meixner", ()),
    "Uniform": ("Uniform", ()),
    "Cauchy": ("Cauchy", ()),
}
_INFIX = {
    "Boxplus": (r"\boxplus", "⊞"),
    "Boxtimes": (r"\boxtimes", "⊠"),
    "Subtract": (r"\boxminus", "⊟"),
    "BooleanSum": (r"\uplus", "⊎"),
    "MonotoneSum": (r"\rhd", "▷"),
}
_POWERS = {"BoxplusPower": (r"\boxplus", "⊞"), "BoxtimesPower": (r"\boxtimes", "⊠")}


def latex_of(law: Law, show: Callable[[sp.Basic], str]) -> str:
    """LaTeX of a law; ``show`` prints its arguments."""
    kind = type(law).__name__
    if kind in _NAMES:
        name, defaults = _NAMES[kind]
        inside = ", ".join(show(argument) for argument in _written(law, defaults))
        return rf"\mathrm{{{name}}}_{{{inside}}}"
    if kind == "PointMass":
        return rf"\delta_{{{show(law.args[0])}}}"
    if kind in ("Atomic", "Mixture"):
        terms = []
        for thing, weight in law.weights.items():
            what = rf"\delta_{{{show(thing)}}}" if kind == "Atomic" else _tight(thing, show)
            factor = show(weight)
            terms.append(rf"\left({factor}\right) {what}" if weight.is_Add else f"{factor} {what}")
        return " + ".join(terms)
    if kind in _INFIX:
        return f" {_INFIX[kind][0]} ".join(_tight(part, show) for part in law.args)
    if kind in _POWERS:
        part, exponent = law.args
        return rf"{{{_tight(part, show)}}}^{{{_POWERS[kind][0]} {show(exponent)}}}"
    arguments = ", ".join(show(argument) for argument in law.args)
    return rf"\mathrm{{{kind}}}\left({arguments}\right)"


def text_of(law: Law, show: Callable[[sp.Basic], str]) -> str:
    """One line of Unicode for a law, infix where there is a sign."""
    kind = type(law).__name__
    if kind in _INFIX:
        return f" {_INFIX[kind][1]} ".join(_braced(part, show) for part in law.args)
    if kind in _POWERS:
        part, exponent = law.args
        return f"{_braced(part, show)}^({_POWERS[kind][1]} {show(exponent)})"
    return show(law)


def pretty_of(law: Law) -> prettyForm:
    """The pretty form used by SymPy's terminal printer."""
    return prettyForm(text_of(law, str))


def names_of(law: Law) -> dict[System, Name]:
    """Names of the law and of all laws inside it, by their systems."""
    show = sp.latex
    return {
        part.system: Name(latex_of(part, show), source_of(type(part)))
        for part in sp.preorder_traversal(law)
        if isinstance(part, Law)
    }


def _written(law: Law, defaults: tuple[int, ...]) -> tuple[sp.Basic, ...]:
    """The arguments without trailing ones at their default."""
    shown = list(law.args)
    for default in reversed(defaults):
        if shown and shown[-1] == default:
            shown.pop()
    return tuple(shown)


def _is_compound(law: sp.Basic) -> bool:
    return type(law).__name__ in {*_INFIX, "Atomic", "Mixture"}


def _tight(law: Law, show: Callable[[sp.Basic], str]) -> str:
    """LaTeX in parentheses where the law is written as a sum."""
    inside = latex_of(law, show)
    return rf"\left({inside}\right)" if _is_compound(law) else inside


def _braced(law: Law, show: Callable[[sp.Basic], str]) -> str:
    inside = text_of(law, show)
    return f"({inside})" if type(law).__name__ in _INFIX else inside
