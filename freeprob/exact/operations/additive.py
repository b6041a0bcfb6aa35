"""Additive free operations: points of equal F = 1/G, arguments added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import sympy as sp

from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.series import Series
from freeprob.exact.moments.cumulants import (
    free_cumulant_series,
    moments_of_free_cumulants,
    one,
)
from freeprob.exact.moments.expansion import moment_series
from freeprob.exact.systems.facts import (
    UNKNOWN,
    Atoms,
    Labels,
    Unknown,
    excesses,
    gathered,
    is_whole,
    labels_less_excess,
    meetings,
    only_atom,
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


@final
@dataclass(frozen=True)
class FreeSum(Operation):
    """μ₁ ⊞ … ⊞ μₙ: F₁(ω₁) = … = Fₙ(ωₙ) = F, ω₁ + … + ωₙ = z + (n - 1) F."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Free additive convolution, equal values of $G$ at subordinate arguments"
    source: ClassVar[str] = "Voiculescu 1986; Biane 1998; Belinschi-Bercovici 2007"
    sign: ClassVar[Sign | None] = Sign(r"\boxplus", "⊞")

    associative: ClassVar[bool] = True

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Glue along F, which is nearly linear at infinity and finite off the axis."""
        g = sp.Dummy("g")
        return Gluing(
            z=sp.Add(*(point.z for point in points)) - (len(points) - 1) / g,
            G=g,
            relations=tuple(Relation(1 / point.G, 1 / g) for point in points),
            unknowns=(g,),
            values=(points[0].G,),
        )

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """E (z - A - B)⁻¹ = (ω - A)⁻¹ given A: Biane 1998, Theorem 3.1."""
        return sp.S.One

    def chart(self, whole: Point) -> Chart:
        """Equal values of G."""
        return Chart(Known.CAUCHY, whole.G)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ωᵢ = z - (sum of the other means) + O(1/z)."""
        means = [part[0] if part else sp.S.Zero for part in moments]
        return [z - (sp.Add(*means) - mean) for mean in means]

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """R adds."""
        return sp.Add(*values) if transform == "R" else None

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Free cumulants add."""
        first, *others = (free_cumulant_series(moment_series(part, n, field)) for part in parts)
        for other in others:
            first = first + other - one(other)
        return moments_of_free_cumulants(first)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Bercovici-Voiculescu 1998, Theorem 7.4: Σ bᵢ if Σ μᵢ{bᵢ} > n - 1, with the excess."""
        return excesses(meetings(parts, sp.Add))

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = Σ Gᵢ dωᵢ + (n - 1) dG/G."""
        return PotentialRule.of_shared(len(parts), own[0])

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From G dz = Σ Gᵢ dωᵢ + (n - 1) dG/G: sums of labels, less 0 or n - 1."""
        return labels_less_excess(parts)


@final
@dataclass(frozen=True)
class FreePower(Operation):
    """μ^{⊞t}, t ≥ 1: K_t(g) = t K(g) - (t - 1)/g."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Free additive power, $R$ times the exponent"
    source: ClassVar[str] = "Nica-Speicher 1996; Belinschi-Bercovici 2004"
    sign: ClassVar[Sign | None] = Sign(r"\boxplus", "⊞")

    exponent: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """One part, no relation: R is multiplied by t."""
        (point,) = points
        t = self.exponent
        return Gluing(z=t * point.z - (t - 1) / point.G, G=point.G)

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """The free sum's, for one of t summands."""
        return sp.S.One

    def chart(self, whole: Point) -> Chart:
        """Equal values of G."""
        return Chart(Known.CAUCHY, whole.G)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = z - (t - 1) m₁ + O(1/z)."""
        (part,) = moments
        return [z - (self.exponent - 1) * (part[0] if part else sp.S.Zero)]

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """R is multiplied by t."""
        return self.exponent * values[0] if transform == "R" else None

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Free cumulants times t."""
        (part,) = parts
        cumulants = free_cumulant_series(moment_series(part, n, field))
        unit = one(cumulants)
        return moments_of_free_cumulants(
            unit + (cumulants - unit).scaled(field.read(self.exponent))
        )

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Belinschi-Bercovici 2004, Theorem 3.1: tb has mass tμ{b} - (t - 1)."""
        t = self.exponent
        return excesses((t * place, t * mass - (t - 1)) for place, mass in parts[0].items())

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From z = tω - (t - 1)/G."""
        t = self.exponent
        return PotentialRule((t,), ((t - 1, parts[0].G),))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From z = tω - (t - 1)/G: t times a label, less 0 or t - 1."""
        t = self.exponent
        return frozenset(t * label - shift for label in parts[0] for shift in (0, t - 1))


@final
@dataclass(frozen=True)
class FreeDifference(Operation):
    """ρ with ρ ⊞ ν = μ, parts (μ, ν): K_ρ(g) = K_μ(g) - K_ν(g) + 1/g. It need not be a law."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Free deconvolution, $R$ subtracted"
    source: ClassVar[str] = "Arizmendi-Tarrago-Vargas 2020"
    sign: ClassVar[Sign | None] = Sign(r"\boxminus", "⊟")

    def glue(self, points: Sequence[Point]) -> Gluing:
        """The free sum read backwards."""
        whole, known = points
        g = sp.Dummy("g")
        return Gluing(
            z=whole.z - known.z + 1 / g,
            G=g,
            relations=(Relation(1 / whole.G, 1 / g), Relation(1 / known.G, 1 / g)),
            unknowns=(g,),
            values=(whole.G,),
        )

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """K_μ = z + mean of ν, K_ν = z + 2 mean of ν - mean of μ, up to O(1/z)."""
        whole, known = (part[0] if part else sp.S.Zero for part in moments)
        return [z + known, z + 2 * known - whole]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """Free cumulants subtract."""
        whole, known = (free_cumulant_series(moment_series(part, n, field)) for part in parts)
        return moments_of_free_cumulants(whole - known + one(known))

    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """Bercovici-Voiculescu 1998, Theorem 7.4 read backwards, where that shows all of ρ.

        An atom of ν shifts: ρ ⊞ δ_c = μ. Where ν has more, atoms of ρ that are too light to meet
        its heaviest one leave no trace in μ. A free sum is all atoms only if a summand is one.
        """
        whole, known = parts
        amount = only_atom(known)
        if amount is not None:
            return gathered((place - amount, mass) for place, mass in whole.items())
        if is_whole(whole) and is_whole(known):
            means = [sp.Add(*(x * mass for x, mass in part.items())) for part in parts]
            return {sp.expand(means[0] - means[1]): sp.S.One}
        return UNKNOWN

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """The free sum's read backwards: from z = z_μ - z_ν + 1/G."""
        return PotentialRule((sp.S.One, sp.S.NegativeOne), ((sp.S.NegativeOne, own[0]),))

    def gap_labels(self, parts: Sequence[Labels]) -> Unknown:
        """K_μ and K_ν may stand beyond their first sheets over a gap of ρ."""
        return UNKNOWN


@final
@dataclass(frozen=True)
class Compression(Operation):
    """Free compression by a projection of trace t, in the corner: R_t(g) = R(tg)."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Free compression"
    source: ClassVar[str] = "Nica-Speicher 1996"

    trace: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """No relation: g_t = g/t and K_t(g_t) = K(g) - (1 - t)/g."""
        (point,) = points
        return Gluing(z=point.z - (1 - self.trace) / point.G, G=point.G / self.trace)

    def resolvent(self, whole: Point, part: Point) -> sp.Expr:
        """In the corner, where the trace of the whole is t times its own: G_A(ω) = tG."""
        return sp.S.One

    def chart(self, whole: Point) -> Chart:
        """The corner sees t times its own trace."""
        return Chart(Known.CAUCHY, self.trace * whole.G)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = (z - (1 - t) m₁)/t + O(1/z)."""
        (part,) = moments
        return [(z - (1 - self.trace) * (part[0] if part else sp.S.Zero)) / self.trace]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """κₙ becomes tⁿ⁻¹ κₙ."""
        (part,) = parts
        trace = field.read(self.trace)
        cumulants = free_cumulant_series(moment_series(part, n, field))
        unit = one(cumulants)
        scaled = (cumulants - unit).stretched(trace, 1).scaled(field.integer(1) / trace)
        return moments_of_free_cumulants(unit + scaled)

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """A kernel of trace m meets the range of a free projection of trace t in m + t - 1."""
        t = self.trace
        return excesses((place, (mass + t - 1) / t) for place, mass in parts[0].items())

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From t G dz = G₁ dω + (1 - t) dG₁/G₁, and ω ~ z/t at infinity."""
        t = self.trace
        return PotentialRule((1 / t,), (((1 - t) / t, parts[0].G), (sp.S.One, t)))

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From z = ω - (1 - t)/G₁ and G = G₁/t."""
        t = self.trace
        return frozenset((label - shift) / t for label in parts[0] for shift in (0, 1 - t))


@final
@dataclass(frozen=True)
class CompoundPoisson(Operation):
    """Free compound Poisson law of rate λ over jumps ν: κₙ = λ mₙ(ν), G = 1/ω, ω in ν's plane."""

    keeps_symmetry: ClassVar[bool] = True
    title: ClassVar[str] = "Compound free Poisson law of the given jumps"
    source: ClassVar[str] = "Speicher 1998; Hiai-Petz 2000, section 3.3"

    rate: sp.Expr

    def glue(self, points: Sequence[Point]) -> Gluing:
        """Z = ω + λ ω (ω G_ν(ω) - 1) at ω = 1/G."""
        (jump,) = points
        return Gluing(z=jump.z * (1 + self.rate * (jump.z * jump.G - 1)), G=1 / jump.z)

    def chart(self, whole: Point) -> Chart:
        """The jumps stand at 1/G."""
        return Chart(Known.ARGUMENT, 1 / whole.G)

    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """ω = F(z) = z - λ m₁(ν) + O(1/z)."""
        (jump,) = moments
        return [z - self.rate * (jump[0] if jump else sp.S.Zero)]

    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """κₙ = λ mₙ(ν)."""
        (jump,) = parts
        series = moment_series(jump, n, field)
        unit = one(series)
        return moments_of_free_cumulants(unit + (series - unit).scaled(field.read(self.rate)))

    def atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Free infinitely divisible: one atom at most, at 0, of mass 1 - λ ν(ℝ∖0)."""
        jump = parts[0].get(sp.S.Zero, sp.S.Zero)
        return excesses([(sp.S.Zero, 1 - self.rate * (1 - jump))])

    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule:
        """From G dz = λ G_ν dω + (1 - λ) dω/ω + λ d(ωG_ν)."""
        (jump,) = parts
        moved = self.rate * (jump.z * jump.G - 1)
        return PotentialRule((self.rate,), ((1 - self.rate, jump.z),), moved)

    def gap_labels(self, parts: Sequence[Labels]) -> Labels:
        """From G dz = λ G_ν dω + (1 - λ) dω/ω + λ d(ωG_ν): λ times a label, and 1 - λ if ω > 0."""
        return frozenset(
            self.rate * label + shift for label in parts[0] for shift in (0, 1 - self.rate)
        )
