"""Multiplicative free operations: points of equal y = zG - 1, arguments multiplied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import sympy as sp

from freeprob.exact.algebra.fields import Element, Field
from freeprob.exact.algebra.powers import written_power
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import free_power_moments, free_product_moments
from freeprob.exact.moments.expansion import leading_coefficients, moment_series
from freeprob.exact.systems.facts import (
    UNKNOWN,
    Atoms,
    Labels,
    Unknown,
    excesses,
    labels_less_excess,
    meetings,
)
from freeprob.exact.systems.operation import (
    Chart,
    Gluing,
    Known,
    Operation,
    Point,
    PotentialRule,
    Relation,
    Sign,
)
from freeprob.exact.systems.system import System


def moment_transform(point: Point) -> sp.Expr:
    """The value y = zG - 1 = Σ mₖ z⁻ᵏ at a point."""
    return point.z * point.G - 1


def reciprocal_gap(point: Point) -> sp.Expr:
    """The value ω - 1/G(ω), by which arguments of products are divided; near the mean far out."""
    return point.z - 1 / point.G


@final
@dataclass(frozen=True)
class FreeProduct(Operation):
    """μ₁ ⊠ … ⊠ μₙ: y₁(ω₁) = … = yₙ(ωₙ) = y, ω₁ ⋯ ωₙ = z ((1 + y)/y)ⁿ⁻¹.

    At most one factor may have mean zero, and then the others live on the half line.
    """

    title: ClassVar[str] = "Free multiplicative convolution, equal values of $zG - 1$"
    source: ClassVar[str] = "Voiculescu 1987; Bercovici-Voiculescu 1993; Rao-Speicher 2007"
    sign: ClassVar[Sign | None] = Sign(r"\boxtimes", "⊠")

    associative: ClassVar[bool] = True

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Glue along (1 + y)/y = zG/(zG - 1), which is nearly linear at infinity."""
        y = sp.Dummy("y")
        z = sp.Mul(*(point.z for point in points)) * (y / (1 + y)) ** (len(points) - 1)
        return Gluing(
            z=z,
            G=(1 + y) / z,
            relations=tuple(
                Relation(1 + 1 / moment_transform(point), 1 + 1 / y) for point in points
            ),
            unknowns=(y,),
            values=(moment_transform(points[0]),),
        )

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """E z(z - √A B √A)⁻¹ = ω (ω - A)⁻¹ given A: Biane 1998, Theorem 3.6."""
        return part.z / whole.z

    def chart(self, whole: Point) -> Chart:
        """Equal values of zG - 1."""
        return Chart(Known.MOMENTS, moment_transform(whole))

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ωᵢ = z mᵢ/∏mⱼ to leading order; with one mean zero, ω = z/∏(others), ωᵢ ∝ z².

        Without means z is where :meth:`nearer` starts.
        """
        if not all(moments):
            return [z] * len(moments)
        means = [part[0] for part in moments]
        if sp.S.Zero not in means:
            total = sp.Mul(*means)
            return [z * mean / total for mean in means]
        centred = means.index(sp.S.Zero)
        others = sp.Mul(*(mean for i, mean in enumerate(means) if i != centred))
        own = z / others
        return [
            own if i == centred else mean * own**2 / moments[centred][1]
            for i, mean in enumerate(means)
        ]

    def nearer(self, z: sp.Expr, points: Sequence[Point]) -> list[sp.Expr]:
        """ωᵢ = z/∏ hⱼ(ωⱼ) over j ≠ i, h = ω - 1/G: Belinschi-Bercovici 2007."""
        gaps = [reciprocal_gap(point) for point in points]
        return [z / sp.Mul(*gaps[:i], *gaps[i + 1 :]) for i in range(len(gaps))]

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """S multiplies."""
        return sp.Mul(*values) if transform == "S" else None

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Inverse series of ψ multiply."""
        return free_product_moments([moment_series(part, n, field) for part in parts])

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Belinschi 2003: at 0 the largest mass at 0; elsewhere a = ∏ bᵢ with the excess."""
        zero = sp.Max(*(part.get(sp.S.Zero, sp.S.Zero) for part in parts))
        away = [{place: mass for place, mass in part.items() if place != 0} for part in parts]
        return excesses([(sp.S.Zero, zero), *meetings(away, sp.Mul)])

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = Σ Gᵢ dωᵢ + (n - 1) dy/y."""
        return PotentialRule.of_shared(len(parts), own[0])

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From G dz = Σ Gᵢ dωᵢ + (n - 1) dy/y: sums of labels, less 0 or n - 1."""
        return labels_less_excess(parts)


@final
@dataclass(frozen=True)
class FreeProductPower(Operation):
    """μ^{⊠t}: S_t = Sᵗ, z_t = z s^(t-1) with s = 1/S = zy/(1 + y).

    For rational t = p/q it is z s^(p-q) with s^q = 1/S, which is algebraic. On the physical branch
    1/S lies in the closed lower half plane without the negative axis (Belinschi-Bercovici 2005),
    so powers are principal. A symbol stands for an exponent from 1 on.
    """

    title: ClassVar[str] = "Free multiplicative power"
    source: ClassVar[str] = "Bercovici-Voiculescu 1993; Belinschi-Bercovici 2005"
    sign: ClassVar[Sign | None] = Sign(r"\boxtimes", "⊠")

    exponent: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Unknowns: y, and the root s of 1/S, which is near a root of the mean at infinity."""
        (point,) = points
        y = sp.Dummy("y")
        shared = Relation(1 + 1 / moment_transform(point), 1 + 1 / y)
        inverse = point.z * y / (1 + y)
        if self.exponent.is_Integer:
            z = point.z * inverse ** (self.exponent - 1)
            return Gluing(z, (1 + y) / z, (shared,), (y,), (moment_transform(point),))
        root, q = sp.Dummy("s"), _root(self.exponent)
        z = point.z * root ** (q * self.exponent - q)
        value = moment_transform(point)
        return Gluing(
            z=z,
            G=(1 + y) / z,
            relations=(shared, Relation(root**q, inverse)),
            unknowns=(y, root),
            values=(value, (point.z * value / (1 + value)) ** (1 / q)),
        )

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """The free product's, for one of t factors."""
        return part.z / whole.z

    def chart(self, whole: Point) -> Chart:
        """Equal values of zG - 1."""
        return Chart(Known.MOMENTS, moment_transform(whole))

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """z_t = m₁^(t-1) ω to leading order; z without a mean."""
        (known,) = moments
        return [z * written_power(known[0], 1 - self.exponent) if known else z]

    def nearer(self, z: sp.Expr, points: Sequence[Point]) -> list[sp.Expr]:
        """ω = z/h(ω)^(t-1), h = ω - 1/G."""
        return [z / reciprocal_gap(points[0]) ** (self.exponent - 1)]

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """S to the power t."""
        return values[0] ** self.exponent if transform == "S" else None

    def constants(self, parts: Sequence[System]) -> tuple[sp.Expr, ...]:
        """Moments contain the q-th root of the mean, or its power itself."""
        (part,) = parts
        (mean,) = leading_coefficients(part, 1)
        return (mean ** _step(self.exponent),)

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """S to the power t."""
        (part,) = parts
        step = _step(self.exponent)

        def power(mean: Element) -> Element:
            return field.power(field.read(field.write(mean) ** step), int(self.exponent / step))

        return free_power_moments(moment_series(part, n, field), self.exponent, power)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """Belinschi-Bercovici 2005: bᵗ has mass tμ{b} - (t - 1), 0 keeps its mass, t ≥ 1."""
        t = self.exponent
        if (t < 1) == sp.true:
            return UNKNOWN
        return excesses(
            (written_power(place, t), mass if place == 0 else t * mass - (t - 1))
            for place, mass in parts[0].items()
        )

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = t G₁ dω + (t - 1) dy/y."""
        t = self.exponent
        return PotentialRule((t,), ((t - 1, own[0]),))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels | Unknown:
        """From G dz = t G₁ dω + (t - 1) dy/y with a subordination function ω, which needs t ≥ 1."""
        t = self.exponent
        if (t < 1) == sp.true:
            return UNKNOWN
        return frozenset(t * label - shift for label in parts[0] for shift in (0, t - 1))


def _root(exponent: sp.Expr) -> sp.Integer:
    """The order of the root of 1/S that enters a power; 1 where the exponent is no fraction."""
    return sp.Integer(exponent.q) if exponent.is_Rational else sp.S.One


def _step(exponent: sp.Expr) -> sp.Expr:
    """A power of the mean of which the mean of the free power is an integer power."""
    return 1 / _root(exponent) if exponent.is_Rational else exponent
