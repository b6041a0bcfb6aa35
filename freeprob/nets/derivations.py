"""The steps by which a Gaussian mean or a dual kernel was derived, each an equation to check."""

from __future__ import annotations

import sympy as sp

from freeprob.exact.steps import Step
from freeprob.nets.closed_forms import (
    COVARIANCE,
    FIRST,
    GAP,
    SECOND,
    VARIANCE,
    pair_means,
    piece_terms,
    term_means,
)
from freeprob.nets.constants import prepared
from freeprob.nets.dual import GaussianDual, pair_mean
from freeprob.nets.expectation import mean_of
from freeprob.nets.exponential_terms import OutsideClass, Shape
from freeprob.nets.gaussian_moments import displayed
from freeprob.nets.pieces import Pieces
from freeprob.nets.tidy import tidy
from freeprob.nets.unevaluated import GaussianExpectation

_REFERENCE = {
    "tilt": "Gaussian shift and determinant formula",
    "stein": "Stein (1981), E w g(w) = q E g'(w)",
    "pair": "Sheppard (1899); Plackett (1954)",
    "tail": "normal distribution function",
}


def mean_steps(pieces: Pieces, q: sp.Expr) -> tuple[Step, ...]:
    """Return the steps that lead from E f(w), w ~ N(0, q), to its closed form.

    Each equation holds numerically on both sides; the last one is the result.
    """
    x, start = pieces.variable, _mean_of(pieces, q)
    (clean,), meanings = prepared(pieces)
    back = dict(meanings) | {VARIANCE: q}
    result = mean_of(pieces, q)
    try:
        rows = term_means(piece_terms(Pieces(x, clean.breaks, clean.parts)))
    except OutsideClass:
        closed = not isinstance(result, GaussianExpectation)
        rule = (
            "odd monomials vanish, Stein's identity removes x, and T' = 1 - T^2 closes"
            if closed
            else "no closed form is known: the mean stays an exact object"
        )
        return (Step(_equation(start, result), rule, "symmetry; Stein (1981)"),)
    steps, total = [], sp.Integer(0)
    for shape, coefficient, value in rows:
        body, weight = (entry.xreplace(back) for entry in (expression(shape, x), coefficient))
        term = GaussianExpectation(body, x, q)
        total += weight * term
        rule, reference = _rule(shape, ())
        steps.append(Step(_equation(term, tidy(value).xreplace(back)), rule, reference))
    for place, order, weight in clean.masses:
        mass = sp.DiracDelta(x - place, order).xreplace(back)
        total += weight.xreplace(back) * GaussianExpectation(mass, x, q)
    rule = "write the function as powers times exponentials times normal ogives, piece by piece"
    first = Step(_equation(start, total), rule, "linearity")
    last = Step(_equation(start, result), "collect the terms", "linearity")
    return (first, *steps, last)


def dual_steps(f: Pieces, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> tuple[Step, ...]:
    """Return the steps that lead to the dual kernel E f(u) f(v)."""
    x, result = f.variable, pair_mean(f, f, q1, k, q2)
    start = GaussianDual(f.expression(), f.expression(), x, q1, k, q2)
    if isinstance(result, GaussianDual):
        rule = "no closed form is known: the kernel stays an exact object"
        return (Step(_equation(start, result), rule, "Mehler (1866) for its numbers"),)
    (clean, _), meanings = prepared(f, f)
    back = dict(meanings) | {FIRST: q1, COVARIANCE: k, SECOND: q2}
    steps, total = [], sp.Integer(0)
    for a, b, coefficient, value in pair_means(clean, clean):
        bodies = (expression(shape, x).xreplace(back) for shape in (a, b))
        term = GaussianDual(*bodies, x, q1, k, q2)
        total += coefficient.xreplace(back) * term
        form = tidy(displayed(value, stable=False)).xreplace({GAP: FIRST * SECOND - COVARIANCE**2})
        rule, reference = _rule(a, b.ogives, b)
        steps.append(Step(_equation(term, form.xreplace(back)), rule, reference))
    rule = "write the function as powers times exponentials times normal ogives, piece by piece"
    first = Step(_equation(start, total), rule, "linearity")
    last = Step(_equation(start, result), "collect the terms", "linearity")
    return (first, *steps, last)


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


def _mean_of(pieces: Pieces, q: sp.Expr) -> sp.Expr:
    """Return the unevaluated mean, point masses included."""
    masses = sum(
        weight * sp.DiracDelta(pieces.variable - place, order)
        for place, order, weight in pieces.masses
    )
    return GaussianExpectation(pieces.expression() + masses, pieces.variable, q)


def _rule(shape: Shape, more: tuple, other: Shape | None = None) -> tuple[str, str]:
    """Name the moves of the moment rule that one term needs."""
    shapes = (shape,) if other is None else (shape, other)
    moves, sources = [], []
    if any(s.linear != 0 or s.quadratic != 0 for s in shapes):
        moves.append("tilt the Gaussian by the exponential")
        sources.append(_REFERENCE["tilt"])
    if any(s.power for s in shapes):
        moves.append("remove powers by Stein's identity")
        sources.append(_REFERENCE["stein"])
    count = len(shape.ogives) + len(more)
    if count:
        kind = "one half-space" if count == 1 else f"{count} half-spaces"
        moves.append(f"take the probability of {kind}")
        sources.append(_REFERENCE["tail" if count == 1 else "pair"])
    return "; ".join(moves) or "a constant", "; ".join(sources) or "linearity"


def _equation(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)
