"""How laws are written in papers: names in roman type, convolutions as infix signs."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

from freeprob.exact.equations.derived import Name
from freeprob.exact.equations.steps import source_of
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law

Show = Callable[[sp.Basic], str]

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
# laws of functions of X, written as images of the law under the function
_IMAGES: dict[str, Callable[..., sp.Expr]] = {
    "Dilate": lambda x, a: a * x,
    "Shift": lambda x, a: x + a,
    "Mobius": lambda x, a, b, c, d: (a * x + b) / (c * x + d),
    "Square": lambda x: x**2,
}
_SUBSCRIPTED = {"InformationPlusNoise": "IPN", "CompoundFreePoisson": "CFP"}
_POWERS = {"BoxplusPower": (r"\boxplus", "⊞"), "BoxtimesPower": (r"\boxtimes", "⊠")}


def latex_of(law: Law, show: Show) -> str:
    """LaTeX of a law; ``show`` prints its arguments."""
    kind = type(law).__name__
    if kind in _INFIX:
        return f" {_INFIX[kind][0]} ".join(_tight(part, show) for part in law.args)
    if kind == "RectangularBoxplus":
        first, second, ratio = law.args
        sign = rf"\boxplus_{{{show(ratio)}}}"
        return f"{_tight(first, show)} {sign} {_tight(second, show)}"
    if kind in _POWERS:
        part, exponent = law.args
        return rf"{{{_tight(part, show)}}}^{{{_POWERS[kind][0]} {show(exponent)}}}"
    if kind in _IMAGES or kind in ("Symmetrize", "Compress"):
        return _image(law, show)
    return _named(law, kind, show)


def _named(law: Law, kind: str, show: Show) -> str:
    """Laws with a name or an equation of their own."""
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
    if kind in _SUBSCRIPTED:
        (inner,) = (part for part in law.args if isinstance(part, Law))
        inside = ", ".join(show(part) for part in law.args if part is not inner)
        name = rf"\mathrm{{{_SUBSCRIPTED[kind]}}}_{{{inside}}}"
        return rf"{name}\left({latex_of(inner, show)}\right)"
    if kind in ("AlgebraicLaw", "TransformLaw"):
        return rf"\left\{{{_equation(law, show)}\right\}}"
    if kind == "DensityLaw":
        density, low, high = law.args
        (x,) = _fresh(law, ["x", "u", "v", "s"], 1)
        interval = rf"\left[{show(low)}, {show(high)}\right]"
        return rf"\left({show(density(x))}\right) 1_{{{interval}}}\left({show(x)}\right) d{show(x)}"
    if "_latex" in vars(type(law)):
        return show(law)
    raise TypeError(f"no notation for {kind}")


def _equation(law: Law, show: Show) -> str:
    """The equation by which a user gave a law."""
    *kind, function = law.args
    variables = _fresh(law, ["w", "u", "v", "s"] if kind else ["G", "z", "u", "v"], 2 - len(kind))
    value = show(function(*variables))
    return rf"{kind[0]}\left({show(variables[0])}\right) = {value}" if kind else f"{value} = 0"


def _image(law: Law, show: Show) -> str:
    """The image f_* μ of a law under a function f."""
    kind, (part, *numbers) = type(law).__name__, law.args
    (x,) = _fresh(law, ["x", "u", "v", "s"], 1)
    inner = latex_of(part, show) if type(part).__name__ in _IMAGES else _tight(part, show)
    if kind == "Symmetrize":
        function = rf"\pm {show(sp.sqrt(x))}"
    elif kind == "Compress":
        # the free compression by a projection of trace t, Nica-Speicher 1996
        (trace,) = numbers
        function = show(trace * x)
        inner = rf"{{{_tight(part, show)}}}^{{\boxplus {show(1 / trace)}}}"
    else:
        function = show(_IMAGES[kind](x, *numbers))
    return rf"\left({function}\right)_{{*}} {inner}"


def _fresh(law: Law, names: list[str], count: int) -> list[sp.Symbol]:
    """Letters that are no parameters of the law."""
    taken = {symbol.name for symbol in law.free_symbols}
    return [sp.Symbol(name) for name in names if name not in taken][:count]


def text_of(law: Law, show: Show) -> str:
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
    sums = {*_INFIX, "RectangularBoxplus", "Atomic", "Mixture", "DensityLaw"}
    return type(law).__name__ in {*sums, *_IMAGES, "Symmetrize", "Compress"}


def _tight(law: Law, show: Show) -> str:
    """LaTeX in parentheses where the law is written with an operation."""
    inside = latex_of(law, show)
    return rf"\left({inside}\right)" if _is_compound(law) else inside


def _braced(law: Law, show: Show) -> str:
    inside = text_of(law, show)
    return f"({inside})" if type(law).__name__ in _INFIX else inside
