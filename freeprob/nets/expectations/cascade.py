"""Closed forms of Gaussian means and kernels: routes in the order in which they are tried.

A route gives the value together with the terms that it was made of, so that a derivation shows
what was done. The last route always answers: the mean stays open.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple, TypeAlias, final

import sympy as sp

from freeprob.nets.expectations.closed_forms import (
    COVARIANCE,
    FIRST,
    GAP,
    SECOND,
    VARIANCE,
    dual_of_pieces,
    mean_of_pieces,
    pair_means,
    piece_means,
)
from freeprob.nets.expectations.gaussian_moments import displayed
from freeprob.nets.expectations.real_powers import (
    absolute_moment,
    power_dual,
    power_mean,
    power_terms,
)
from freeprob.nets.expectations.reductions import ODD, Open, reduced_terms
from freeprob.nets.expectations.tidy import tidy
from freeprob.nets.functions.exponential_terms import OutsideClass, Shape
from freeprob.nets.functions.parity import parity_of
from freeprob.nets.functions.pieces import Pieces
from freeprob.nets.functions.singular_places import refuse_infinite_mean
from freeprob.routes import Route, Routed, first

_POWERS = (
    r"Mellin transform, $\mathbb{E}|x|^p = (2q)^{p/2}\,\Gamma((p+1)/2)/\sqrt\pi$",
    "Winkelbauer 2012",
)
_SERIES = (
    "Hermite coefficients of a power by Stein's identity, summed by Mehler's formula",
    "Mehler 1866; Stein 1981",
)


class Term(NamedTuple):
    """A multiple of the mean of a function, or of a product of two, with the rule that gave it."""

    weight: sp.Expr
    functions: tuple[sp.Expr, ...]
    value: sp.Expr
    rule: str
    reference: str


@final
@dataclass(frozen=True)
class Closed:
    """A mean at variance VARIANCE, or a kernel at FIRST, COVARIANCE, SECOND, and its terms.

    Point masses are in the value and not among the terms; what stays open has no terms.
    """

    value: sp.Expr
    terms: Callable[[], list[Term]] | None


def mean_by_routes(pieces: Pieces, unevaluated: Open) -> Routed[Closed]:
    """The mean of a piecewise function, closed or as the exact object that is made of it."""
    routes = [
        Route(name, partial(run, pieces, unevaluated), refuses=(OutsideClass,))
        for name, run in _MEANS
    ]
    return first("the mean was not found", routes)


@lru_cache(maxsize=256)
def kernel_by_routes(f: Pieces, g: Pieces, *, stable: bool = False) -> Routed[Closed | None]:
    """The kernel E f(u) g(v), with GAP in it when ``stable``; None where it stays open."""
    routes = [
        Route(name, partial(run, f, g, stable), refuses=(OutsideClass,)) for name, run in _KERNELS
    ]
    return first("the kernel was not found", routes)


def _by_moments(pieces: Pieces, unevaluated: Open) -> Closed:
    """Tilt, remove powers, take probabilities of half-spaces."""
    x = pieces.variable

    def terms() -> list[Term]:
        return [
            Term(weight, (expression(shape, x),), tidy(value), *_moves(shape))
            for shape, weight, value in piece_means(pieces.smooth)
        ]

    return Closed(mean_of_pieces(pieces), terms)


def _by_powers(pieces: Pieces, unevaluated: Open) -> Closed:
    """Real powers on both half-lines, by the Mellin transform."""
    x, smooth = pieces.variable, pieces.smooth
    powers = power_terms(smooth)

    def terms() -> list[Term]:
        zero = sp.Integer(0)
        return [
            Term(
                weight,
                (sp.Abs(x) ** p * sp.sign(x) ** s,),
                zero if s else VARIANCE ** (p / 2) * absolute_moment(p),
                *_POWERS,
            )
            for (p, s), weight in powers.items()
        ]

    return Closed(power_mean(smooth) + _masses(pieces), terms)


def _by_symmetry(pieces: Pieces, unevaluated: Open) -> Closed:
    """Odd functions whose mean exists."""
    smooth = pieces.smooth
    if not refuse_infinite_mean(smooth) or parity_of(smooth) != -1:
        raise OutsideClass("no odd function")
    zero, one = sp.Integer(0), sp.Integer(1)
    return Closed(_masses(pieces), lambda: [Term(one, (smooth.expression(),), zero, *ODD)])


def _by_reductions(pieces: Pieces, unevaluated: Open) -> Closed:
    """Term by term, by differential algebra and the Laplace transform."""
    if pieces.breaks:
        raise OutsideClass("more than one piece")
    found = reduced_terms(pieces.parts[0], pieces.variable, unevaluated)
    if found is None:
        raise OutsideClass("a term that is not closed")
    total = tidy(sp.Add(*(term.weight * term.value for term in found)))

    def terms() -> list[Term]:
        return [Term(t.weight, (t.function,), t.value, t.rule, t.reference) for t in found]

    return Closed(total + _masses(pieces), terms)


def _open(pieces: Pieces, unevaluated: Open) -> Closed:
    """One exact object, constants taken out of it."""
    x, masses = pieces.variable, _masses(pieces)
    if pieces.breaks:
        return Closed(unevaluated(pieces.smooth.expression(), x, VARIANCE) + masses, None)
    added, rest = pieces.parts[0].as_independent(x, as_Add=True)
    factor, rest = rest.as_independent(x, as_Add=False)
    return Closed(added + factor * unevaluated(rest, x, VARIANCE) + masses, None)


def _masses(pieces: Pieces) -> sp.Expr:
    """The mean of the point masses."""
    return mean_of_pieces(Pieces(pieces.variable, (), (sp.Integer(0),), pieces.masses))


_Mean: TypeAlias = Callable[[Pieces, Open], Closed]
_MEANS: tuple[tuple[str, _Mean], ...] = (
    ("moment rule", _by_moments),
    ("real powers", _by_powers),
    ("symmetry", _by_symmetry),
    ("reductions", _by_reductions),
    ("exact object", _open),
)


def _kernel_by_moments(f: Pieces, g: Pieces, stable: bool) -> Closed:
    """The moment rule for each pair of terms."""
    x = f.variable

    def terms() -> list[Term]:
        found = []
        for a, b, weight, value in pair_means(f, g):
            form = tidy(displayed(value, stable=False))
            form = form.xreplace({GAP: FIRST * SECOND - COVARIANCE**2})
            functions = expression(a, x), expression(b, x)
            found.append(Term(weight, functions, form, *_moves(a, b)))
        return found

    return Closed(dual_of_pieces(f, g, stable=stable), terms)


def _kernel_by_powers(f: Pieces, g: Pieces, stable: bool) -> Closed:
    """Real powers, whose Hermite series are hypergeometric."""
    value = power_dual(f, g)
    functions = f.expression(), g.expression()
    return Closed(value, lambda: [Term(sp.Integer(1), functions, value, *_SERIES)])


def _kernel_open(f: Pieces, g: Pieces, stable: bool) -> None:
    """No closed form is known."""


_Kernel: TypeAlias = Callable[[Pieces, Pieces, bool], Closed | None]
_KERNELS: tuple[tuple[str, _Kernel], ...] = (
    ("moment rule", _kernel_by_moments),
    ("real powers", _kernel_by_powers),
    ("exact object", _kernel_open),
)


def expression(shape: Shape, x: sp.Symbol) -> sp.Expr:
    """Return a term as a SymPy expression."""
    result = x**shape.power * sp.exp(shape.linear * x + shape.quadratic * x**2)
    for ogive in shape.ogives:
        argument = ogive.slope * x + ogive.offset
        if ogive.variance == 0:
            result *= sp.Heaviside(argument)
        else:
            result *= (1 + sp.erf(argument / sp.sqrt(2 * ogive.variance))) / 2
    return result


def _moves(*shapes: Shape) -> tuple[str, str]:
    """Name the moves of the moment rule that a term, or a pair of terms, needs."""
    moves, sources = [], []
    if any(s.linear != 0 or s.quadratic != 0 for s in shapes):
        moves.append("tilt the Gaussian by the exponential")
        sources.append("Gaussian shift and determinant formula")
    if any(s.power for s in shapes):
        moves.append("remove powers by Stein's identity")
        sources.append("Stein 1981")
    count = sum(len(shape.ogives) for shape in shapes)
    if count:
        kind = "one half-space" if count == 1 else f"{count} half-spaces"
        moves.append(f"take the probability of {kind}")
        sources.append("normal distribution" if count == 1 else "Sheppard 1899; Plackett 1954")
    text = "; ".join(moves) or "a constant"
    return text[0].upper() + text[1:], "; ".join(sources) or "linearity"
