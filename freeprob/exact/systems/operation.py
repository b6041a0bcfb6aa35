"""Operations on laws: gluings of curves, with all that theorems say of the result."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import sympy as sp

from freeprob.exact.systems.facts import Atoms, Labels, Unknown

if TYPE_CHECKING:
    from freeprob.exact.algebra.fields import Field
    from freeprob.exact.algebra.series import Series
    from freeprob.exact.systems.system import System


class Point(NamedTuple):
    """A point of a curve: an argument z and the value G(z) there."""

    z: sp.Expr
    G: sp.Expr


class Relation(NamedTuple):
    """Two expressions that agree on the curve."""

    left: sp.Expr
    right: sp.Expr


@dataclass(frozen=True)
class Gluing:
    """How an operation's point (z, G) arises from its parts' points.

    ``unknowns`` are the operation's own: the common chart value of its parts, or a root. Their
    ``values`` give them by the parts' points, near i∞ on the physical branch; ``relations`` tie
    everything together. An own unknown that a relation makes redundant disappears in
    :func:`flatten`.
    """

    z: sp.Expr
    G: sp.Expr
    relations: tuple[Relation, ...] = ()
    unknowns: tuple[sp.Dummy, ...] = ()
    values: tuple[sp.Expr, ...] = ()


class Known(Enum):
    """What tells where a part stands."""

    ARGUMENT = "z"
    CAUCHY = "G"
    MOMENTS = "zG - 1"
    RECTANGULAR = "(λ(zG - 1) + 1) G"


class Chart(NamedTuple):
    """What an operation's point tells of a part's: which chart, its value, and the chart's λ."""

    known: Known
    value: sp.Expr
    ratio: sp.Expr = sp.S.Zero


class PotentialRule(NamedTuple):
    """U(z) = Σ weight · U of a part where it stands + Re ``rest`` + Σ factor · log|argument|.

    ``fixed`` adds factor · U of the first part at places that do not move with z.
    """

    weights: tuple[sp.Expr, ...]
    logarithms: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    rest: sp.Expr = sp.S.Zero
    fixed: tuple[tuple[sp.Expr, sp.Expr], ...] = ()

    @classmethod
    def of_shared(cls, count: int, shared: sp.Expr) -> PotentialRule:
        """From G dz = Σ Gᵢ dωᵢ + (n - 1) ds/s, s being what n parts share."""
        return cls((sp.S.One,) * count, ((sp.Integer(count - 1), shared),))


class Sign(NamedTuple):
    """How an operation is written between laws, or above one as a power."""

    latex: str
    text: str


@dataclass(frozen=True)
class Operation(ABC):
    """An operation on laws, seen as a gluing of curves. Final subclasses are frozen dataclasses.

    Each states all that is known of it: ``title`` and ``source`` for derivations, ``sign`` where
    papers have one, and the facts below. ``associative`` operations may be applied to two parts
    after the other, in any order; ``keeps_symmetry`` says that symmetric parts, laws of X and -X
    alike, give a symmetric law.
    """

    title: ClassVar[str]
    source: ClassVar[str]
    sign: ClassVar[Sign | None] = None
    associative: ClassVar[bool] = False
    keeps_symmetry: ClassVar[bool] = False  # symmetric parts give a symmetric law

    @abstractmethod
    def glue(self, points: Sequence[Point]) -> Gluing:
        """The operation's point from the points of its parts."""

    @abstractmethod
    def arguments(self, z: sp.Expr, moments: Sequence[Sequence[sp.Expr]]) -> list[sp.Expr]:
        """Where the parts stand, to leading orders, when the operation's z is near i∞.

        ``moments[i]`` are the first two moments of part i (empty when it has none). A change of
        variable may send ∞ to a finite point or to the lower half plane; the part then stands
        there on the branch that is continued from its own infinity in that half plane.
        """

    def nearer(self, z: sp.Expr, points: Sequence[Point]) -> list[sp.Expr]:
        """Where the parts stand, from points of theirs that are near: a step to the fixed point.

        Empty where :meth:`arguments` are near enough for parts without moments, too.
        """
        return []

    @abstractmethod
    def moments(self, parts: Sequence[System], n: int, field: Field) -> Series:
        """M(t) = 1 + m₁ t + … + O(tⁿ⁺¹) from the parts' systems."""

    @abstractmethod
    def atoms(self, parts: Sequence[Atoms]) -> Atoms | Unknown:
        """All atoms of the result from those of the parts, by theorem; else ``UNKNOWN``."""

    def sure_atoms(self, parts: Sequence[Atoms]) -> Atoms:
        """Atoms that theory gives where it does not give all, however small they are."""
        return {}

    @abstractmethod
    def gap_labels(self, parts: Sequence[Labels]) -> Labels | Unknown:
        """Values that the mass left of a gap can have, from those of the parts; else ``UNKNOWN``.

        Along the imaginary direction above a point of a gap, the differential G dz of an operation
        is a sum of those of its parts, of differentials of functions that are real at both ends,
        and of logarithmic ones. Its imaginary part counts masses: where the parts stand at real
        points of their own gaps, as subordination functions do, the mass to the left is the same
        sum of the parts' masses and of multiples of 0 or 1. Values outside [0, 1] drop out.
        """

    @abstractmethod
    def potential(
        self, whole: Point, parts: Sequence[Point], own: Sequence[sp.Expr]
    ) -> PotentialRule | Unknown:
        """U(z) = ∫ log|z - x| μ(dx) from the potentials of the parts; else ``UNKNOWN``.

        G dz is then a sum of the differentials Gᵢ dzᵢ and of exact and logarithmic ones; ``own``
        are the values of the gluing's unknowns. The constant is the one with U - log|z| → 0.
        """

    @property
    def coefficients(self) -> tuple[sp.Expr, ...]:
        """The operation's own parameters: all expressions among its fields."""
        values = [getattr(self, entry.name) for entry in fields(self)]
        flat = [item for value in values for item in (value if type(value) is tuple else (value,))]
        return tuple(item for item in flat if isinstance(item, sp.Expr))

    def constants(self, parts: Sequence[System]) -> tuple[sp.Expr, ...]:
        """Irrational constants that the moments contain beyond those of the system itself."""
        return ()

    def linearised(self, transform: str, values: Sequence[sp.Expr]) -> sp.Expr | None:
        """A transform of the result from the same transform of the parts, where there is a rule."""
        return None

    def resolvent(self, whole: Point, part: Point) -> sp.Expr | None:
        """κ with (z - M)⁻¹ ≈ κ (ω - A)⁻¹, M of the result, A of a part; None without such a rule.

        The part's point ω is then its subordination function: traces show G = κ G_A(ω) up to the
        share that a corner has, and a direction of A in which it has the eigenvalue θ carries an
        eigenvalue of M where ω(z) = θ. Rectangular operations mean the left block.
        """
        return None

    def chart(self, whole: Point) -> Chart | None:
        """What the operation's point tells of every part's, on the physical branch at infinity.

        None where the parts' points take more than that, as a sign of a root.
        """
        return None

    def order(self, n: int) -> int:
        """How many moments of the parts n moments of the result need."""
        return n
