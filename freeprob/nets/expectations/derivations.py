"""The derivation of a Gaussian mean or of a dual kernel, each step an equation to check."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from freeprob.derivation import Derivation
from freeprob.errors import UndefinedOperationError
from freeprob.exact.equations.steps import Step
from freeprob.nets.expectations.closed_forms import (
    COVARIANCE,
    FIRST,
    GAP,
    SECOND,
    VARIANCE,
    pair_means,
    piece_terms,
    term_means,
)
from freeprob.nets.expectations.dual import GaussianDual, pair_mean
from freeprob.nets.expectations.expectation import GaussianExpectation, mean_of
from freeprob.nets.expectations.gaussian_evidence import GaussianEvidence
from freeprob.nets.expectations.gaussian_moments import displayed
from freeprob.nets.expectations.real_powers import absolute_moment, power_dual, power_terms
from freeprob.nets.expectations.reductions import reduced_terms
from freeprob.nets.expectations.tidy import tidy
from freeprob.nets.functions.constants import prepared
from freeprob.nets.functions.exponential_terms import OutsideClass, Shape
from freeprob.nets.functions.pieces import Pieces

_TERMS = ("Write the function as a sum of terms", "linearity")
_POWERS = (
    r"Mellin transform, $\mathbb{E}|x|^p = (2q)^{p/2}\,\Gamma((p+1)/2)/\sqrt\pi$",
    "Winkelbauer 2012",
)
_SERIES = (
    "Hermite coefficients of a power by Stein's identity, summed by Mehler's formula",
    "Mehler 1866; Stein 1981",
)
_OPEN = "No closed form is known: the mean stays an exact object"


@dataclass(frozen=True)
class _Term:
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
    smooth = Pieces(x, clean.breaks, clean.parts)
    rows = _smooth_rows(smooth)
    if rows is None:
        return None
    terms = [
        _Term(
            weight.xreplace(back),
            GaussianExpectation(body.xreplace(back), x, q),
            value.xreplace(back),
            rule,
            reference,
        )
        for weight, body, value, rule, reference in rows
    ]
    density = sp.exp(-(x**2) / (2 * q)) / sp.sqrt(2 * sp.pi * q)
    for place, order, weight in clean.masses:
        mass = GaussianExpectation(sp.DiracDelta(x - place, order).xreplace(back), x, q)
        value = ((-1) ** order * sp.diff(density, x, order)).subs(x, place.xreplace(back))
        rule = "A point mass takes the density, or its derivative, at its place"
        terms.append(_Term(weight.xreplace(back), mass, value, rule, "Schwartz 1950"))
    return terms


def _smooth_rows(pieces: Pieces) -> list[tuple[sp.Expr, sp.Expr, sp.Expr, str, str]] | None:
    """(weight, function, mean at VARIANCE, rule, source) by the rule that closes the function."""
    x = pieces.variable
    try:
        return [
            (weight, expression(shape, x), tidy(value), *_rule(shape))
            for shape, weight, value in term_means(piece_terms(pieces))
        ]
    except OutsideClass:
        pass
    try:
        return [
            (weight, _power(x, p, s), _power_mean(p, s), *_POWERS)
            for (p, s), weight in power_terms(pieces).items()
        ]
    except OutsideClass:
        pass
    terms = None if pieces.breaks else reduced_terms(pieces.parts[0], x, GaussianExpectation)
    if terms is None:
        return None
    return [(t.weight, t.function, t.value, t.rule, t.reference) for t in terms]


def _pair_terms(f: Pieces, q1: sp.Expr, k: sp.Expr, q2: sp.Expr) -> list[_Term] | None:
    """The pairs of terms of a kernel; None without a closed form."""
    x = f.variable
    (clean, _), meanings = prepared(f, f)
    back = dict(meanings) | {FIRST: q1, COVARIANCE: k, SECOND: q2}
    try:
        pairs = pair_means(clean, clean)
    except OutsideClass:
        return _whole_power_kernel(clean, back, (q1, k, q2))
    terms = []
    for a, b, weight, value in pairs:
        one, other = (expression(shape, x).xreplace(back) for shape in (a, b))
        form = tidy(displayed(value, stable=False)).xreplace({GAP: FIRST * SECOND - COVARIANCE**2})
        mean = GaussianDual(one, other, x, q1, k, q2)
        terms.append(_Term(weight.xreplace(back), mean, form.xreplace(back), *_rule(a, b)))
    return terms


def _whole_power_kernel(
    f: Pieces, back: dict[sp.Symbol, sp.Expr], covariance: tuple[sp.Expr, ...]
) -> list[_Term] | None:
    """The kernel of real powers as one term."""
    try:
        value = power_dual(f, f).xreplace(back)
    except OutsideClass:
        return None
    body = f.expression().xreplace(back)
    mean = GaussianDual(body, body, f.variable, *covariance)
    return [_Term(sp.Integer(1), mean, value, *_SERIES)]


def _power(x: sp.Symbol, p: sp.Expr, s: int) -> sp.Expr:
    return sp.Abs(x) ** p * sp.sign(x) ** s


def _power_mean(p: sp.Expr, s: int) -> sp.Expr:
    return sp.Integer(0) if s else VARIANCE ** (p / 2) * absolute_moment(p)


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


def _rule(*shapes: Shape) -> tuple[str, str]:
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


def _equation(left: sp.Expr, right: sp.Expr) -> sp.Basic:
    return sp.Eq(left, right, evaluate=False)
