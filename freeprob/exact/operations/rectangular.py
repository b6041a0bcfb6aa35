"""Rectangular matrices: the rectangular free sum and signal plus noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import sympy as sp

from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series, lagrange
from freeprob.exact.moments.cumulants import one
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.facts import (
    UNKNOWN,
    Atoms,
    Labels,
    Unknown,
    excesses,
    label_sums,
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
)
from freeprob.exact.systems.system import System


@final
@dataclass(frozen=True)
class RectangularSum(Operation):
    """Squared singular values of A + B in rectangular free position, from those of A and B.

    With y = zG - 1 and T(y) = (λy + 1)(y + 1), the parts stand at equal T(yᵢ)/zᵢ = h, and y = Σ yᵢ
    has T(y)/z = h: the rectangular cumulant transform at h is the branch of T⁻¹(h z) - 1 that
    vanishes with h, which is y itself.
    """

    title: ClassVar[str] = "Rectangular convolution of singular values"
    source: ClassVar[str] = "Benaych-Georges 2009"

    ratio: sp.Expr

    def _two_sided(self, y: sp.Expr) -> sp.Expr:
        return (self.ratio * y + 1) * (y + 1)

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Glue along 1/h = z/T(y), which is nearly linear at infinity."""
        common = sp.Dummy("q")
        ys = [point.z * point.G - 1 for point in points]
        places = [point.z / self._two_sided(y) for point, y in zip(points, ys, strict=True)]
        y = sp.Add(*ys)
        z = common * self._two_sided(y)
        return Gluing(
            z=z,
            G=(1 + y) / z,
            relations=tuple(Relation(place, common) for place in places),
            unknowns=(common,),
            values=(places[0],),
        )

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """With ω₁, ω₂ of the two blocks, ω = ω₁ω₂ and the left one is ω₂ (ω₁ω₂ - AAᵀ)⁻¹."""
        return whole.G / part.G

    def chart(self, whole: Point) -> Chart:
        """Equal values of h = T(y)/z."""
        y = whole.z * whole.G - 1
        return Chart(Known.RECTANGULAR, self._two_sided(y) / whole.z, self.ratio)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """zᵢ = z - (1 + λ)(sum of the other means) + O(1/z)."""
        means = [part[0] if part else sp.S.Zero for part in moments]
        return [z - (1 + self.ratio) * (sp.Add(*means) - mean) for mean in means]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """The y as series in h add."""

        def in_h(part: System) -> Series:
            series = moment_series(part, n, field)
            psi = series - one(series)
            # h = t T(ψ(t)), so t = h/T(ψ(t))
            t = lagrange(self._series(psi).inverse())
            return psi.compose(t.truncated(n + 1))

        total, *others = (in_h(part) for part in parts)
        for other in others:
            total = total + other
        # t = h/T(y(h)), so h = t T(y(h))
        h = lagrange(self._series(total))
        result = total.compose(h.truncated(n + 1))
        return one(result) + result

    def _series(self, y: Series) -> Series:
        unit = one(y)
        return (unit + y.scaled(y.field.read(self.ratio))) * (unit + y)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """Singular spaces in general position meet in the kernels only, on either side.

        A singular value b of A stays one of A + B on the kernel of B: of mass m in C^p, less what
        the rank 1 - k of B takes away on the left and again on the right, m - 2(1 - k). With
        infinitely many columns it is the free sum of AAᵀ and BBᵀ, as in Benaych-Georges 2009.
        """
        if self.ratio == 0:
            return excesses(meetings(parts, sp.Add))
        if not self.ratio.is_positive:
            return UNKNOWN
        first, second = (part.get(sp.S.Zero, sp.S.Zero) for part in parts)
        away = [
            (place, mass - 2 * (1 - kernel))
            for part, kernel in zip(parts, (second, first), strict=True)
            for place, mass in part.items()
            if place != 0
        ]
        return excesses([(sp.S.Zero, first + second - 1), *away])

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = Σ Gᵢ dzᵢ - (n - 1) dq/q + (1 - 1/λ) d[log(1 + λy) - Σ log(1 + λyᵢ)].

        Because (1 + y) dT/T = 2 dy + (1 - 1/λ) d log(1 + λy), and dz/z = dq/q + dT/T.
        """
        ys, count, ratio = [point.z * point.G - 1 for point in parts], len(parts), self.ratio
        shared = (sp.Integer(1 - count), own[0])
        if ratio == 0:
            return PotentialRule((sp.S.One,) * count, (shared,))
        factor = 1 - 1 / ratio
        sides = [(factor, 1 + ratio * sp.Add(*ys)), *((-factor, 1 + ratio * y) for y in ys)]
        return PotentialRule((sp.S.One,) * count, (shared, *sides))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels | Unknown:
        """As for the free sum of squares if λ = 0, of the symmetric laws if λ = 1.

        There G dz = Σ Gᵢ dzᵢ - dq/q + dy terms; subordination is known for these λ alone.
        """
        if self.ratio not in (0, 1):
            return UNKNOWN
        return frozenset(total - shift for total in label_sums(parts) for shift in (0, 1))


@final
@dataclass(frozen=True)
class InformationPlusNoise(Operation):
    """(A + sX)(A + sX)ᵀ from AAᵀ ~ H, X of variance 1/columns: G = β G_H(ω), s² the variance.

    β = 1/(1 + s² c G_H(ω)), z = (ω + s² (1 - c) β)/β².
    """

    title: ClassVar[str] = "Information plus noise"
    source: ClassVar[str] = "Dozier-Silverstein 2007"

    ratio: sp.Expr
    variance: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """No relation: a point of H gives a point of the noisy law."""
        (signal,) = points
        beta = 1 / (1 + self.variance * self.ratio * signal.G)
        return Gluing(
            z=(signal.z + self.variance * (1 - self.ratio) * beta) / beta**2,
            G=beta * signal.G,
        )

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """β (ω - AAᵀ)⁻¹: Hachem-Loubaton-Najim 2007, Theorem 2.4."""
        return 1 / (1 + self.variance * self.ratio * part.G)

    def chart(self, whole: Point) -> Chart:
        """ω = β² z - s² (1 - c) β with β = 1 - s² c G."""
        beta = 1 - self.variance * self.ratio * whole.G
        omega = beta**2 * whole.z - self.variance * (1 - self.ratio) * beta
        return Chart(Known.ARGUMENT, omega)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = z - s² (1 + c) + O(1/z)."""
        return [z - self.variance * (1 + self.ratio)]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Expand z and G in 1/ω, and revert."""
        (part,) = parts
        series = moment_series(part, n, field)
        noise = field.read(self.variance * self.ratio)
        G = series.shifted(1)
        unit = Series.constant(field, field.integer(1), n + 2)
        beta = (unit + G.scaled(noise)).inverse()
        # 1/z = τ β²/(1 + s² (1 - c) β τ) with τ = 1/ω
        rest = beta.shifted(1).scaled(field.read(self.variance * (1 - self.ratio)))
        tau = lagrange((unit + rest) / (beta * beta))
        return (beta * G).compose(tau).shifted(-1)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """The noise has full rank: only the kernel that the shape forces stays, 1 - 1/c at 0."""
        return excesses([(sp.S.Zero, 1 - 1 / self.ratio)])

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = G_H dω - (1/c - 1) db/b + d(s²cω G_H² + s² (1 - c) G_H), b as above."""
        (signal,) = parts
        v, c, g = self.variance, self.ratio, signal.G
        rest = v * c * signal.z * g**2 + v * (1 - c) * g
        return PotentialRule((sp.S.One,), ((1 - 1 / c, 1 + v * c * g),), rest)

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From G dz = G_H dω - (1/c - 1) db/b + differentials, b = 1 + s²c G_H(ω)."""
        forced = 1 - 1 / self.ratio
        return frozenset(label + shift for label in parts[0] for shift in (0, forced))
