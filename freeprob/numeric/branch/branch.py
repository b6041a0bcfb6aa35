"""The physical branch of a structured system: the sheet continued from G ~ 1/z at i∞."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil, log2
from typing import Any, final

import numpy as np

from freeprob.errors import (
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.exact.moments.moments import moments
from freeprob.exact.operations.maps import conjugated
from freeprob.exact.systems.operation import Operation
from freeprob.exact.systems.system import Anchor, Curve, Leaf, Node, Point, System, flatten
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.lowering import compile_curve, compile_map
from freeprob.numeric.programs.straight_line import Program, evaluate
from freeprob.numeric.stepping.arrivals import Arrival, arrive, settle
from freeprob.numeric.stepping.continuation import LIFT, Complexes, Walk, polish
from freeprob.numeric.stepping.quadtree import Perches, top_level
from freeprob.routes import remembered

_FLOAT = FloatArithmetic()
_UNANCHORED = 0.1  # of zG - 1 where no moment bounds it: other solutions are off by 1
_BOUNDED = 1e-9  # relative, on |G| Im z <= 1, for rounding
_ROUNDED = 1e-13  # of zG - 1 - m1/z, for rounding of zG
# in units of the scale: zG - 1 - m1/z is at most 1/4096 there, other solutions are off by 1
_HIGH = 64.0
# of first anchors: G² beyond is next to the ends of float64's range, 2^±1024, and where it is 0
# equations of degree 2 hold everywhere
_HIGHEST = 2.0**480
_FIXED_POINT_STEPS = 200
_STILL = 1e-6  # relative, from which Newton's method finds the fixed point
FAR = 1e30  # in units of the radius: up to here powers of z of degree 9 stay in float64's range


def _first_moments(system: System) -> list:
    """The first two moments, exact, or nothing for a law without moments or none in closed form."""
    try:
        return moments(system, 2)
    except (UndefinedOperationError, NoClosedFormError):
        return []


def _anchor_of(system: System) -> Anchor | None:
    """Numbers that a leaf has for its branch."""
    return system.anchor if isinstance(system, Leaf) else None


def _points(flat: Sequence[Any]) -> list[Point]:
    """The parts' points from z₁, G₁, z₂, …."""
    return [Point(*flat[i : i + 2]) for i in range(0, len(flat), 2)]


def _raised(z: Complexes) -> tuple[Complexes, np.ndarray]:
    """Points mirrored into the closed upper half plane, flat, and which were below."""
    flat = z.ravel()
    below = flat.imag < 0
    return np.where(below, flat.conj(), flat), below


@lru_cache(maxsize=256)
def physical_branch(system: System) -> PhysicalBranch:
    """The physical branch of a system without free parameters.

    Raises
    ------
    InvalidParameterError
        If parameters are still symbols.
    """
    return PhysicalBranch(system)


@final
@dataclass(frozen=True)
class PhysicalBranch:
    """Unknowns and Cauchy transform on the physical sheet; real z means z + i0.

    The branch is anchored near i∞, where the system itself gives the leading behaviour of its
    unknowns, part by part, and followed through the upper half plane, in which the unknowns are
    analytic (Biane 1998; Belinschi-Bercovici 2007).
    """

    system: System

    @cached_property
    def curve(self) -> Curve:
        """The flattened system."""
        return flatten(self.system)

    @cached_property
    def program(self) -> Program:
        """Relations, z and G, compiled."""
        return compile_curve(self.curve)

    def unknowns(self, z: object) -> Complexes:
        """Values of the curve's unknowns, shape (k, *z.shape).

        Raises
        ------
        ConvergenceError
            At points where an unknown is infinite or not determined: edges, some isolated points.
        """
        from freeprob.numeric.branch.digits import digits_of

        z = np.asarray(z, dtype=complex)
        flat, below = _raised(z)
        arrival = self.follow(flat)
        u = arrival.unknowns.copy()
        for i in np.flatnonzero(arrival.undecided):
            near = u[:, i] if arrival.on_sheet[i] else None
            u[:, i] = digits_of(self.system).unknowns_float(complex(flat[i]), near)
        return np.where(below, u.conj(), u).reshape(len(u), *z.shape)

    def cauchy(self, z: object) -> Complexes:
        """G(z), vectorised; G(conj z) = conj G(z) below the axis.

        Raises
        ------
        InvalidParameterError
            Where G is infinite: at atoms and hard edges.
        """
        return self.bounded_cauchy(z)[0]

    def bounded_cauchy(self, z: object) -> tuple[Complexes, np.ndarray]:
        """G(z) and a first-order bound on its rounding error."""
        from freeprob.numeric.branch.digits import digits_of

        z = np.asarray(z, dtype=complex)
        flat, below = _raised(z)
        arrival = self.follow(flat)
        G, errors = arrival.G.copy(), arrival.G_errors.copy()
        for i in np.flatnonzero(arrival.undecided):
            near = arrival.unknowns[:, i] if arrival.on_sheet[i] else None
            G[i] = digits_of(self.system).cauchy_float(complex(flat[i]), near)
            errors[i] = np.finfo(float).eps * abs(G[i])
        return np.where(below, G.conj(), G).reshape(z.shape), errors.reshape(z.shape)

    def follow(self, z: Complexes) -> Arrival:
        """Continue in float64 from the anchor to points with Im z ≥ 0; some may stay undecided."""
        near = self.sees(z)
        if not near.all():
            return self.follow(z[near]).among(near)
        z = self._lifted(z)
        walk, arrived = self._walked(z)
        return arrive(self.program, walk.u, walk.curvature, arrived, z)

    def sees(self, z: Complexes) -> np.ndarray:
        """Points with Im z ≥ 0 over which float64 has a perch: farther out is room for balls."""
        near = np.abs(z) <= FAR * self.radius
        extent = np.maximum(np.abs(z.real), z.imag)
        if (extent[near] >= self.radius).any():
            levels = top_level(self.radius, np.where(near, extent, 0.0))
            for level in np.unique(levels[near]):
                if self._anchored(2.0 ** (level + 1)) is None:
                    near &= levels != level
        return near

    def tracked(self, z: Complexes) -> tuple[Complexes, np.ndarray]:
        """Unknowns at points with Im z ≥ 0 by float64 continuation, and which points arrived."""
        z = self._lifted(z)
        walk, arrived = self._walked(z)
        return settle(self.program, walk.u, z), arrived

    def _lifted(self, z: Complexes) -> Complexes:
        """Points of the axis as x + i0, where functions with branches need to know the side."""
        return z if self.program.is_real else np.where(z.imag == 0, z + 1j * LIFT, z)

    def _walked(self, z: Complexes) -> tuple[Walk, np.ndarray]:
        """Ends of walks to points with Im z ≥ 0, and which of them arrived."""
        if not np.isfinite(z).all():
            raise InvalidParameterError("points must be finite numbers")
        return self.perches.walk(z)

    @cached_property
    def perches(self) -> Perches:
        """Points above the axis from which all others are near."""
        return Perches(self.program, self.radius, self.anchor)

    @cached_property
    def radius(self) -> float:
        """Height from which the leading behaviour at infinity leads to the branch: a power of 2."""
        return _lowest_anchor(self)[0]

    @cached_property
    def _anchors(self) -> dict[float, np.ndarray | None]:
        """Unknowns at the heights asked for so far; None where float64 does not find them."""
        return dict([_lowest_anchor(self)])

    def anchor(self, height: float) -> np.ndarray:
        """Unknowns at a point of the imaginary axis above the radius.

        Raises
        ------
        ConvergenceError
            If float64 does not find them.
        """
        known = self._anchored(height)
        if known is None:
            raise ConvergenceError(f"the branch could not be anchored at height {height:.3g}")
        return known

    def _anchored(self, height: float) -> np.ndarray | None:
        """The same, or None."""
        if height not in self._anchors:
            anchored = _anchor_of(self.system) is not None and height > self.radius
            u, good = (np.empty(0), [False]) if anchored else self._start(np.array([1j * height]))
            if not good[0] and height > self.radius:
                # an anchor and a logarithm's zG - 1 have fewer digits far up: come from below
                below = self.anchor(self.radius)[:, None]
                place, target = np.array([1j * self.radius]), np.array([1j * height])
                walk, good = Walk.begin(self.program, below, place, target).finish(self.program)
                u = walk.u
            self._anchors[height] = u[:, 0] if good[0] else None
        return self._anchors[height]

    def _start(self, z: Complexes) -> tuple[Complexes, np.ndarray]:
        """Leading behaviour of the unknowns, improved by Newton's method."""
        anchor = _anchor_of(self.system)
        if isinstance(self.system, Leaf) and self.system.unknowns == (self.system.z,):
            return z[None], np.isfinite(z)  # the one unknown is z
        if anchor is not None:
            guess = zip(*(anchor.unknowns(float(at.imag)) for at in z), strict=True)
        else:
            known = isinstance(self.system, Leaf)
            with np.errstate(all="ignore"):  # what overflows is not good
                guess = evaluate(self._infinity, [z], _FLOAT) if known else self._from_parts(z)
        rows = np.array([np.broadcast_to(np.asarray(g, dtype=complex), z.shape) for g in guess])
        return polish(self.program, rows, z)

    def _far_up(self, z: Complexes) -> Complexes:
        """Unknowns at points that are mostly far up, where no walk is needed."""
        if _anchor_of(self.system) is None and (z.imag >= _HIGH * self._scale).all():
            u, good = self._start(z)
            if good.all() and all(map(self._is_cauchy, u.T, z)):
                return u
        return self.unknowns(z)

    @cached_property
    def _infinity(self) -> Program:
        """A leaf's unknowns near i∞ as functions of z."""
        assert isinstance(self.system, Leaf)  # nodes have none: their parts know
        return compile_map(self.system.at_infinity, 1)

    @property
    def _node(self) -> Node:
        assert isinstance(self.system, Node)  # leaves have no parts to start from
        return self.system

    @cached_property
    def _parts(self) -> tuple[PhysicalBranch, ...]:
        """Branches of a node's parts."""
        return tuple(physical_branch(part) for part in self._node.parts)

    def _from_parts(self, z: Complexes) -> list[np.ndarray]:
        """A node's unknowns near i∞: those of its parts where the parts stand, then its own."""
        places = evaluate(self._arguments, [z], _FLOAT)
        unknowns, points = self._at_parts(places, z)
        nearer = self._nearer
        for _ in range(_FIXED_POINT_STEPS):
            if nearer is None:
                break
            places, before = evaluate(nearer, [z, *points], _FLOAT), places
            unknowns, points = self._at_parts(places, z)
            pairs = zip(places, before, strict=True)
            if all((np.abs(now - then) <= _STILL * np.abs(now)).all() for now, then in pairs):
                break
        unknowns.extend(evaluate(self._own, points, _FLOAT))
        return [unknowns[i] for i in self.curve.kept]

    def _at_parts(
        self, places: Sequence[np.ndarray], z: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """The parts' unknowns where they stand, and their points (z₁, G₁, z₂, …)."""
        unknowns: list[np.ndarray] = []
        points: list[np.ndarray] = []
        for part, place in zip(self._parts, places, strict=True):
            there: Complexes = np.broadcast_to(np.asarray(place, dtype=complex), z.shape)
            # below the axis a part's equations are solved by the mirror image of their mirror image
            below = bool((there.imag < 0).all())
            u = (physical_branch(conjugated(part.system)) if below else part)._far_up(there)
            unknowns.extend(u)
            points.extend(evaluate(part.program, list(u), _FLOAT)[-2:])
        return unknowns, points

    @cached_property
    def _nearer(self) -> Program | None:
        """The step to the fixed point, where a part without moments needs it."""
        parts, nearer = self._node.parts, self._node.operation.nearer
        if all(_first_moments(part) for part in parts):
            return None
        step = compile_map(lambda z, *flat: nearer(z, _points(flat)), 1 + 2 * len(parts))
        return step if step.outputs else None

    @cached_property
    def _arguments(self) -> Program:
        """Where the parts stand as functions of z."""
        node = self._node
        known = [_first_moments(part) for part in node.parts]
        return compile_map(lambda z: node.operation.arguments(z, known), 1)

    @cached_property
    def _own(self) -> Program:
        """The operation's own unknowns as functions of the parts' points (z₁, G₁, z₂, …)."""
        return _own_values(self._node.operation, len(self._node.parts))

    @cached_property
    def _moments(self) -> list[float]:
        """The first two moments, or nothing."""
        anchored = _anchor_of(self.system) is not None
        return [] if anchored else [float(m) for m in _first_moments(self.system)]

    @cached_property
    def _scale(self) -> float:
        """About how far from 0 the law's mass lies."""
        scale = abs(self._moments[0]) + self._moments[1] ** 0.5 if self._moments else 1.0
        return scale or 1.0

    def _is_cauchy(self, u: np.ndarray, z: complex) -> bool:
        """Whether G(z) is within the bounds that hold for every Cauchy transform at z."""
        with np.errstate(all="ignore"):  # what overflows is none
            G = complex(evaluate(self.program, list(u), _FLOAT)[-1])
        if not (G.imag < 0 and abs(G) * z.imag <= 1 + _BOUNDED):
            return False
        if not self._moments:
            # an anchor has no other solutions to be told from
            anchored = _anchor_of(self.system) is not None
            return abs(z * G - 1) < (1.0 if anchored else _UNANCHORED)
        first, second = self._moments
        z = complex(z)
        # zG - 1 = m1/z + ∫ x²/(z(z - x)) μ(dx) and |z - x| ≥ Im z
        bound = 1.001 * second / z.imag / z.imag + _ROUNDED
        return abs(z * G - 1 - first / z) <= bound


@lru_cache(maxsize=256)
def _own_values(operation: Operation, parts: int) -> Program:
    """An operation's own unknowns from its parts' points: the same for all parts."""
    return compile_map(lambda *flat: operation.glue(_points(flat)).values, 2 * parts)


@remembered(maxsize=256)
def _lowest_anchor(branch: PhysicalBranch) -> tuple[float, np.ndarray]:
    """The radius, and the unknowns there."""
    _ = branch.program  # refuses parameters that are still symbols
    if not 1 / _HIGHEST < _HIGH * branch._scale < _HIGHEST:
        raise InvalidParameterError(
            "products of numbers of this law's size are outside the range of float64, in which the "
            "branch is found: use units in which the law is of moderate size"
        )
    # perches stand at powers of 2: the highest ones start from this anchor
    first = 2.0 ** ceil(log2(_HIGH * branch._scale))
    # a closed form that overflows far up has no value there, and may have one just below
    with np.errstate(all="ignore"):
        for height in (first, first / 2, *(first * 8.0**k for k in range(1, 16))):
            u, good = branch._start(np.array([1j * height]))
            if good[0] and branch._is_cauchy(u[:, 0], 1j * height):
                return height, u[:, 0]
    raise ConvergenceError(
        "no point near i∞ was found where the system's equations agree with G ~ 1/z"
    )
