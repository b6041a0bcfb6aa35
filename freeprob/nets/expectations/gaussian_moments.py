"""The moment rule: exact Gaussian means of exponential-polynomial terms with ogives.

One rule serves one variable and a correlated pair, any variances:

1. exp(a.x + x'Bx) tilts the Gaussian: covariance (I - 2 S B)^-1 S, a shifted mean, and a
   determinant factor;
2. a factor x_i is removed by Stein's identity, E x_i g = m_i E g + sum_j S_ij E d_j g;
3. the derivative of an ogive is a Gaussian density, that is conditioning on one linear form;
4. what is left is the probability of at most two half-spaces (three through the origin), in
   closed form or as :class:`BivariateNormalTail`.

Each step removes a power of x or an ogive, so the recursion ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from freeprob.nets.expectations.special import (
    BivariateNormalTail,
    StableTail,
    normal_density,
    normal_distribution,
)
from freeprob.nets.functions.exponential_terms import OutsideClass

Vector = tuple[sp.Expr, ...]
Normal = Callable[[sp.Expr], sp.Expr]


class Orthant(sp.Function):
    """P(u > 0, v > 0) for covariance entries q1, k, q2 with determinant gap; placeholder."""

    nargs = 4

    def shown(self) -> sp.Expr:
        """Return Sheppard's formula as an arcsine."""
        q1, k, q2, _ = self.args
        return sp.Rational(1, 4) + sp.asin(k / sp.sqrt(q1 * q2)) / (2 * sp.pi)

    def stable(self) -> sp.Expr:
        """Return it as a two-argument arctangent, stable near correlation 1."""
        _, k, _, gap = self.args
        return sp.Rational(1, 4) + sp.atan(k / sp.sqrt(gap)) / (2 * sp.pi)


class PairTail(sp.Function):
    """P(u > t1, v > t2); arguments as in :class:`StableTail`; placeholder."""

    nargs = 8

    def shown(self) -> sp.Expr:
        """Return the tail as the public function of thresholds and covariance."""
        return BivariateNormalTail(*self.args[:5])

    def stable(self) -> sp.Expr:
        """Return the tail with its determinant and slopes."""
        return StableTail(*self.args)


def displayed(expr: sp.Expr, *, stable: bool) -> sp.Expr:
    """Replace the placeholders by what is shown, or by what float64 code computes."""
    for kind in (Orthant, PairTail):
        expr = expr.replace(
            kind, lambda *args, k=kind: k(*args).stable() if stable else k(*args).shown()
        )
    return expr


@dataclass(frozen=True)
class HalfSpace:
    """The smoothed indicator Phi((normal.x + offset)/sqrt(variance))."""

    normal: Vector
    offset: sp.Expr
    variance: sp.Expr


@dataclass(frozen=True)
class Gaussian:
    """A Gaussian vector; ``simplify`` brings rational functions of its entries to one form."""

    mean: Vector
    covariance: tuple[Vector, ...]
    simplify: Normal

    @cached_property
    def dimension(self) -> int:
        """Number of components."""
        return len(self.mean)

    def image(self, normal: Vector) -> Vector:
        """Return covariance times a vector."""
        return tuple(
            self.simplify(sum(row[j] * normal[j] for j in range(self.dimension)))
            for row in self.covariance
        )

    def form(self, space: HalfSpace) -> sp.Expr:
        """Return the mean of the linear form of a half-space."""
        return self.simplify(
            sum(a * m for a, m in zip(space.normal, self.mean, strict=True)) + space.offset
        )

    def tilted(self, linear: Vector, quadratic: Vector) -> tuple[sp.Expr, Gaussian]:
        """Return E exp(linear.x + sum quadratic_i x_i^2) and the tilted Gaussian."""
        n, clean = self.dimension, self.simplify
        inverse = sp.eye(n) - 2 * sp.Matrix(self.covariance) * sp.diag(*quadratic)
        determinant = clean(inverse.det())
        if determinant.is_extended_real is True and determinant.is_nonpositive:
            raise OutsideClass("the Gaussian mean of a growing Gaussian diverges")
        adjugate = inverse.adjugate() * sp.Matrix(self.covariance)
        covariance = tuple(
            tuple(clean(adjugate[i, j] / determinant) for j in range(n)) for i in range(n)
        )
        slope = tuple(a + 2 * b * m for a, b, m in zip(linear, quadratic, self.mean, strict=True))
        shift = tuple(clean(sum(covariance[i][j] * slope[j] for j in range(n))) for i in range(n))
        exponent = sum(
            a * m + b * m**2 + s * d / 2
            for a, b, m, s, d in zip(linear, quadratic, self.mean, slope, shift, strict=True)
        )
        mean = tuple(clean(m + d) for m, d in zip(self.mean, shift, strict=True))
        factor = sp.exp(clean(exponent)) / sp.sqrt(determinant)
        return factor, Gaussian(mean, covariance, clean)

    def conditioned(self, space: HalfSpace) -> tuple[sp.Expr, Gaussian]:
        """Return the density of a half-space's boundary and the Gaussian given that it is hit."""
        clean, image, form = self.simplify, self.image(space.normal), self.form(space)
        spread = clean(
            sum(a * b for a, b in zip(space.normal, image, strict=True)) + space.variance
        )
        mean = tuple(clean(m - s * form / spread) for m, s in zip(self.mean, image, strict=True))
        covariance = tuple(
            tuple(
                clean(self.covariance[i][j] - image[i] * image[j] / spread)
                for j in range(self.dimension)
            )
            for i in range(self.dimension)
        )
        return normal_density(form, spread), Gaussian(mean, covariance, clean)


def moment(powers: tuple[int, ...], spaces: tuple[HalfSpace, ...], law: Gaussian) -> sp.Expr:
    """Return E of the monomial times the half-space factors, by Stein's identity."""
    index = next((i for i, power in enumerate(powers) if power), None)
    if index is None:
        return probability(spaces, law)
    rest = _lowered(powers, index)
    total = sp.Integer(0)
    if law.mean[index] != 0:
        total += law.mean[index] * moment(rest, spaces, law)
    for j, power in enumerate(rest):
        if power and law.covariance[index][j] != 0:
            inner = moment(_lowered(rest, j), spaces, law)
            total += law.covariance[index][j] * power * inner
    for i, space in enumerate(spaces):
        weight = law.image(space.normal)[index]
        if weight != 0:
            density, given = law.conditioned(space)
            total += weight * density * moment(rest, spaces[:i] + spaces[i + 1 :], given)
    return total


def _lowered(powers: tuple[int, ...], index: int) -> tuple[int, ...]:
    return tuple(power - (i == index) for i, power in enumerate(powers))


def probability(spaces: tuple[HalfSpace, ...], law: Gaussian) -> sp.Expr:
    """Return the probability that every (smoothed) half-space is hit."""
    clean, kept = law.simplify, []
    for space in spaces:
        image, form = law.image(space.normal), law.form(space)
        spread = clean(
            sum(a * b for a, b in zip(space.normal, image, strict=True)) + space.variance
        )
        if form.has(sp.I) or spread.has(sp.I):
            raise OutsideClass("a threshold at a complex place")
        if spread == 0:
            if form.is_negative:
                return sp.Integer(0)
            if not form.is_positive:
                raise OutsideClass("a threshold met exactly")
            continue
        kept.append((space, image, form, spread))
    if not kept:
        return sp.Integer(1)
    if len(kept) == 1:
        return normal_distribution(kept[0][2], kept[0][3])
    cross = {
        (i, j): clean(sum(a * b for a, b in zip(kept[i][0].normal, kept[j][1], strict=True)))
        for i in range(len(kept))
        for j in range(i)
    }
    if len(kept) == 2:
        return _pair(kept[0][2:], kept[1][2:], cross[1, 0], clean)
    if len(kept) == 3 and all(form == 0 for _, _, form, _ in kept):
        pairs = sum(
            _pair((sp.Integer(0), kept[i][3]), (sp.Integer(0), kept[j][3]), value, clean)
            for (i, j), value in cross.items()
        )
        return pairs / 2 - sp.Rational(1, 4)
    raise OutsideClass("the probability of this many half-spaces has no closed form")


def _pair(
    first: tuple[sp.Expr, sp.Expr], second: tuple[sp.Expr, sp.Expr], cross: sp.Expr, clean: Normal
) -> sp.Expr:
    """Return P(u > -form1, v > -form2)."""
    (form1, spread1), (form2, spread2) = first, second
    if cross == 0:
        return normal_distribution(form1, spread1) * normal_distribution(form2, spread2)
    if form1 == 0 and form2 == 0:
        return Orthant(spread1, cross, spread2, clean(spread1 * spread2 - cross**2))
    # positive thresholds, so that equal tails meet in one symbol
    if _is_minus(-form1):
        return normal_distribution(form2, spread2) - _pair((-form1, spread1), second, -cross, clean)
    if _is_minus(-form2):
        return normal_distribution(form1, spread1) - _pair(first, (-form2, spread2), -cross, clean)
    return PairTail(
        -form1,
        -form2,
        spread1,
        cross,
        spread2,
        clean(spread1 * spread2 - cross**2),
        clean(cross * form1 - form2 * spread1),
        clean(cross * form2 - form1 * spread2),
    )


def _is_minus(expr: sp.Expr) -> bool:
    return expr.is_negative is True or (
        expr.is_negative is None and expr.could_extract_minus_sign()
    )
