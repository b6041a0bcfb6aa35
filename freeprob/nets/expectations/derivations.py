"""The derivation of a Gaussian mean or of a dual kernel, each step an equation to check."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from freeprob.derivation import Derivation
from freeprob.errors import UndefinedOperationError
from freeprob.exact.equations.steps import Step
from freeprob.nets.expectations.cascade import kernel_by_routes
from freeprob.nets.expectations.closed_forms import COVARIANCE, FIRST, SECOND, VARIANCE
from freeprob.nets.expectations.dual import GaussianDual, pair_mean
from freeprob.nets.expectations.expectation import GaussianExpectation, closed_mean, mean_of
from freeprob.nets.expectations.gaussian_evidence import GaussianEvidence
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.pieces import Pieces

_TERMS = ("Write the function as a sum of terms", "linearity")
_OPEN = "No closed form is known: the mean stays an exact object"


class _Term(NamedTuple):
    """A multiple of an unevaluated mean, its closed form, the rule and its source."""

    weight: sp.Expr
    mean: sp.Expr
    value: sp.Expr
    rule: str
    reference: str


def mean_derivation(pieces: Pieces, q: sp.Expr) -> Derivation:
    """Derive the mean E f(w), w ~ N(0, q), from the terms of f."""
    start, result = _mean_of(pieces, q), mean_of(pieces, q)
    steps = _steps(start, result, _mean_terms(pieces, q), "Stein 1981")
    return Derivation("Gaussian mean", sp.latex(start), steps, GaussianEvidence((q,)))


def dual_derivation(f: Pieces, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> Derivation:
    """Derive the dual kernel E f(u) f(v) from the pairs of terms of f."""
    expression = f.expression()
    start = GaussianDual(expression, expression, f.variable, q1, k, q2)
    gap = sp.expand(q1 * q2 - k**2)
    if q1.is_zero or q2.is_zero or gap.is_zero:
        raise UndefinedOperationError(
            "the two Gaussians are multiples of each other: derive_mean gives the mean of the "
            "product"
        )
    result = pair_mean(f, f, q1, k, q2)
    steps = _steps(start, result, _pair_terms(f, q1, k, q2), "Mehler 1866 for its numbers")
    return Derivation("Dual kernel", sp.latex(start), steps, GaussianEvidence((q1, q2, gap)))


def _steps(
    start: sp.Expr, result: sp.Expr, terms: list[_Term] | None, numbers: str
) -> tuple[Step, ...]:
    """From the mean to its terms, from each term to its closed form, and to their sum.

    A mean that reduces to itself is as open as one without terms.
    """
    if terms is None or result == start:
        return (Step(_equation(start, result), _OPEN, numbers),)
    total = sp.Add(*(term.weight * term.mean for term in terms))
    steps = [] if total == start else [Step(_equation(start, total), *_TERMS)]
    steps += [
        Step(_equation(term.mean, term.value), term.rule, term.reference)
        for term in terms
        if term.mean != term.value
    ]
    last = _equation(start, result)
    if not steps or steps[-1].equation != last:
        steps.append(Step(last, "Collect the terms", "linearity"))
    return tuple(steps)


def _mean_terms(pieces: Pieces, q: sp.Expr) -> list[_Term] | None:
    """The terms of a mean, point masses included; None without a closed form."""
    x = pieces.variable
    (clean,), meanings = prepared(pieces)
    back = dict(meanings) | {VARIANCE: q}
    closed = closed_mean(clean).value
    if closed.terms is None:
        return None
    terms = []
    for weight, (body,), value, rule, reference in closed.terms():
        mean = GaussianExpectation(body.xreplace(back), x, q)
        terms.append(_Term(weight.xreplace(back), mean, value.xreplace(back), rule, reference))
    density = sp.exp(-(x**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    for place, order, weight in clean.masses:
        mass = GaussianExpectation(sp.DiracDelta(x - place, order).xreplace(back), x, q)
        value = ((-1) ** order * sp.diff(density, x, order)).subs(x, place.xreplace(back))
        rule = "A point mass takes the density, or its derivative, at its place"
        terms.append(_Term(weight.xreplace(back), mass, value, rule, "Schwartz 1950"))
    return terms


def _pair_terms(f: Pieces, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> list[_Term] | None:
    """The pairs of terms of a kernel; None without a closed form."""
    x = f.variable
    (clean, _), meanings = prepared(f, f)
    back = dict(meanings) | {FIRST: q1, COVARIANCE: k, SECOND: q2}
    closed = kernel_by_routes(clean, clean).value
    if closed is None or closed.terms is None:
        return None
    terms = []
    for weight, functions, value, rule, reference in closed.terms():
        one, other = (function.xreplace(back) for function in functions)
        mean = GaussianDual(one, other, x, q1, k, q2)
        terms.append(_Term(weight.xreplace(back), mean, value.xreplace(back), rule, reference))
    return terms


def _mean_of(pieces: Pieces, q: sp.Expr) -> sp.Expr:
    """Return the unevaluated mean, point masses included."""
    masses = sum(
        weight * sp.DiracDelta(pieces.variable - place, order)
        for place, order, weight in pieces.masses
    )
    return GaussianExpectation(pieces.expression() + masses, pieces.variable, q)


def _equation(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)
