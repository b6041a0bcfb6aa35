"""Second order: how sums over the eigenvalues of two resolvents fluctuate together.

For matrices that are built as a law's tree says, log det(x - M) and log det(y - M) have in the
limit a covariance (2/β) L(x, y) + Q(x, y), with

L(x, y) = Σ n log(Δe/Δd), Q(x, y) = Σ a (Δe/Δd)^p, Δe = e(x) - e(y),

e and d functions on the law's curve with a simple pole at infinity, up to terms in x or y alone.
Rotated parts standing at ωᵢ on a shared value s have L = Σ log Δωᵢ - log Δz - (n - 1) log Δs and,
where the parts fluctuate themselves, their own L at the ωᵢ: R-transforms of second order add.
It is F = 1/G for sums, (1 + y)/y for products, y = zG - 1, and q = z/T(y) for rectangular sums. In
real matrices (β = 1) the mean of log det(z - M) is off by -L(z, z)/2 in the limit, and by
-Q(z, z)/2 for any β. Deterministic parts have none of these terms.

Derivation. Of a pencil with free families f, L = -log det(1 - K) + Σ (log det(1 - K_f) + L_f) with
K = Σ K_f, K_f(T) = ΔR_f(G T G'), see :mod:`freeprob.models.solutions.two_resolvents`.
Sums: gg' ΔR/Δg + … with R = ω - 1/g gives 1 - K_f = Δω_f/ΔF and 1 - K = Δz/ΔF.
Products: Λ = (z, -A; -B, 1) has G₁₁ = G, G₂₂ = zG, and A sees a = G₂₁, B sees b = G₁₂ with
aR_A(a) = bR_B(b) = y, so G = ab/y, z = y(1 + y)/(ab). On the two traces that occur,
1 - K = (1 - αaa', -βG₂₂G₁₁'; -αG₁₁G₂₂', 1 - βbb') with α = ΔR_A/Δa, β = ΔR_B/Δb. Its determinant
is aa'bb' Δz Δ(1/y)/(Δa Δb), and 1 - K_A = -aa' Δω_A/Δa because R_A = ω_A - 1/a.
Rectangular sums: Λ = (s, -A; -Aᵀ, s), z = s², has traces g₁ = sG, g₂ = s(λG + (1 - λ)/z) with
g₁g₂ = 1/q, and R = (g₂Φ, λg₁Φ), Φ = qy. Differences of words g₂g₁g₂…g₂ give
1 - K = (1 - πD, -g₂g₂'E; -λg₁g₁'E, 1 - λπD), π = 1/(qq'), D = ΔΦ/Δ(1/q), E = Δy/Δ(1/q), with
determinant Δz/Δq, for the sum and for each part.
Source: Collins, Mingo, Śniady, Speicher 2007 (Theorem 8.2); Bai-Silverstein 2004; Bai-Yao 2005.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.systems.operation import Chart, Point
from freeprob.exact.systems.subordination import Path, subordinate
from freeprob.exact.systems.system import Node, System


@final
@dataclass(frozen=True, eq=False)
class Stand:
    """Where a part of a law stands, as a function of where the law does.

    Parameters
    ----------
    root
        The system of the whole law.
    system
        That of the part.
    path
        From the one to the other.
    point
        Symbols for the part's point.
    above
        Where the law that the part belongs to stands, and which of its charts tells the part's
        point; None for the whole law.
    """

    root: System
    system: System
    path: Path
    point: Point
    above: tuple[Stand, Chart] | None = None

    @staticmethod
    def of(system: System) -> Stand:
        """The whole law at its own point."""
        return Stand(system, system, (), _point())

    @property
    def z(self) -> Side:
        """The part's argument."""
        return Side(self, self.point.z)

    @property
    def F(self) -> Side:
        """1/G."""
        return Side(self, 1 / self.point.G)

    @property
    def y(self) -> sp.Expr:
        """ZG - 1."""
        return self.point.z * self.point.G - 1

    def part(self, index: int) -> Stand:
        """The part of that number."""
        assert isinstance(self.system, Node)
        chart = self.system.operation.chart(self.point)
        if chart is None:
            raise UndefinedOperationError(
                f"fluctuations are not known for parts of: {self.system.operation.title}"
            )
        path = (*self.path, index)
        return Stand(self.root, self.system.parts[index], path, _point(), (self, chart))

    def down_to(self, system: System) -> Stand:
        """The part with that system, below itself."""
        found = self._search(system)
        if found is None:
            raise AssertionError("a law's system holds those of its parts")
        return found

    def _search(self, system: System) -> Stand | None:
        if self.system == system:
            return self
        if not isinstance(self.system, Node):
            return None
        below = (self.part(i)._search(system) for i in range(len(self.system.parts)))
        return next((stand for stand in below if stand is not None), None)

    def on_curve(self, value: sp.Expr) -> sp.Expr:
        """A function of the part's point as one of the unknowns of the whole law's curve."""
        point = subordinate(self.root, self.path).point
        return value.xreplace({self.point.z: point.z, self.point.G: point.G})


def _point() -> Point:
    return Point(sp.Dummy("z"), sp.Dummy("G"))


class Side(NamedTuple):
    """A function of the point at which a part stands."""

    at: Stand
    value: sp.Expr

    @property
    def on_curve(self) -> sp.Expr:
        """The same on the whole law's curve."""
        return self.at.on_curve(self.value)


class Ratio(NamedTuple):
    """The term ``times`` · log(Δabove/Δbelow)."""

    above: Side
    below: Side
    times: int = 1


class Square(NamedTuple):
    """The term ``factor`` · (Δabove/Δbelow)^``power``, once for each unit of a fourth cumulant."""

    above: Side
    below: Side
    factor: sp.Expr
    power: int = 1


@final
@dataclass(frozen=True)
class SecondOrder:
    """L by its logarithms, and Q by the squares that a fourth cumulant of the entries brings.

    ``squares`` is None where the entries' fourth cumulant has no such effect that is known.
    """

    ratios: tuple[Ratio, ...] = ()
    squares: tuple[Square, ...] | None = ()

    def __add__(self, other: SecondOrder) -> SecondOrder:
        """Independent sources."""
        squares = None
        if self.squares is not None and other.squares is not None:
            squares = self.squares + other.squares
        return SecondOrder(self.ratios + other.ratios, squares)

    def times(self, count: int) -> SecondOrder:
        """As many independent copies."""
        ratios = (ratio._replace(times=count * ratio.times) for ratio in self.ratios)
        return SecondOrder(tuple(ratios), None)

    def with_squares(self, squares: tuple[Square, ...] | None) -> SecondOrder:
        """The same L and another Q."""
        return SecondOrder(self.ratios, squares)


DETERMINISTIC = SecondOrder()


def of_corners(at: Stand, part: Stand, own: SecondOrder, exponent: sp.Expr) -> SecondOrder:
    """A free power t: a sum of ⌈t/2⌉ rotated corners, each with L = log(Δω/Δ(its own place)).

    Their places cancel: L is a sum of log(Δω/ΔF), less one on the left.
    """
    copies = max(sp.ceiling(exponent / 2), sp.S.One)
    if not copies.is_Integer:
        raise UndefinedOperationError(
            f"a free power is a sum of free corners, whose number needs a value for {exponent}"
        )
    corner = own + SecondOrder((Ratio(part.z, at.F),), None)
    return corner.times(int(copies)) + SecondOrder((Ratio(at.F, at.z),), None)


def rotated(
    at: Stand, shared: Side, parts: Iterable[tuple[Stand, SecondOrder, int]]
) -> SecondOrder:
    """Parts in general position, each as often as the last entry says, on a shared value."""
    total, copies = SecondOrder(squares=None), 0
    for stand, own, count in parts:
        total += SecondOrder((Ratio(stand.z, at.z),)).__add__(own).times(count)
        copies += count
    return total + SecondOrder((Ratio(shared, at.z, 1 - copies),))
