"""Outliers of spiked matrices: where an eigenvalue that was moved appears, and how it turned.

A matrix A of a law's part has finitely many eigenvalues off the part's support. Outside the support
the resolvent of the whole matrix M is close to κ(z) (ω(z) - A)⁻¹, with the subordination function
ω of the part. So an eigenvalue θ of A appears where ω(z) = θ, once in each gap that such a z lies
in, and its eigenvector has the squared overlap κ/ω' with that of A. Sources: Baik, Ben Arous and
Péché 2005; Benaych-Georges and Nadakuditi 2011, 2012; Belinschi, Bercovici, Capitaine and Février
2017.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, final

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.exact.moments.symmetry import is_symmetric
from freeprob.exact.operations.additive import FreePower
from freeprob.exact.operations.multiplicative import FreeProduct, FreeProductPower
from freeprob.exact.operations.rectangular import InformationPlusNoise
from freeprob.exact.systems.system import flatten
from freeprob.laws.description.described import Described
from freeprob.laws.numbers.spectrum_for_numbers import require_numbers
from freeprob.laws.subordination.gap_places import Ends, Found, pieces_of, solutions
from freeprob.laws.subordination.subordination import (
    Standing,
    blocks_under,
    by_place,
    of_blocks,
    of_squares,
    operation_of,
    standing,
    steps_to,
)
from freeprob.numeric.branch.functions import at_edge
from freeprob.numeric.branch.gap_roots import Rise
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.numeric.programs.lowering import read_place
from freeprob.parameters import exact, many, require

_ROUNDING = 1e-6  # relative to a threshold: those at ends that are no simple edges are extrapolated
KINDS = ("additive", "multiplicative", "rectangular")


@final
@dataclass(frozen=True)
class Outlier:
    """An eigenvalue outside the support, or a singular value.

    Parameters
    ----------
    spike
        The eigenvalue of the part that it comes from, as given.
    location
        Where it appears.
    overlap
        Squared scalar product of its unit eigenvector with the spike's; of left singular vectors.
    right_overlap
        The same for right singular vectors, or for the right eigenvector of XA where A is the
        identity but for spikes; None for other eigenvectors.
    """

    spike: Any
    location: Any
    overlap: Any
    right_overlap: Any = None


class Threshold(NamedTuple):
    """Spikes between ``low`` and ``high`` make an outlier in the gap ``(left, right)``.

    A gap is cut where ω has a pole. The limits have the digits asked for at square-root edges, and
    those of float64 at others.
    """

    left: float
    right: float
    low: Any
    high: Any


class Outliers(tuple[Outlier, ...]):
    """Outliers by location; ``thresholds`` are the spikes that make one, gap by gap.

    ``reason`` says why there are none, and is empty otherwise.
    """

    thresholds: tuple[Threshold, ...]
    reason: str

    def __new__(  # noqa: D102
        cls, found: Sequence[Outlier] = (), thresholds: Sequence[Threshold] = (), reason: str = ""
    ) -> Outliers:
        outliers = super().__new__(cls, found)
        outliers.thresholds, outliers.reason = tuple(thresholds), reason
        return outliers

    def __reduce__(self) -> tuple:
        return type(self), (tuple(self), self.thresholds, self.reason)

    def __repr__(self) -> str:
        if self:
            return f"Outliers({', '.join(map(repr, self))})"
        return f"Outliers(reason={self.reason!r})"


def outliers(
    law: Described, spikes: Any, part: Any, kind: str, ratio: Any, dps: int | None
) -> Outliers:
    """All outliers of a law with spikes."""
    require_numbers(law)
    given = many(spikes, "spikes")
    values = [_spike(spike, kind) for spike in given]
    place = _place(law, part, kind, ratio, min(values, default=sp.S.Zero))
    pieces = pieces_of(law, place, [float(value) for value in values])
    signs = (1, -1) if place.squared else (1,)
    of_identity = kind == "multiplicative" and part is None
    found = [
        _outlier(solution, spike, of_identity, dps)
        for spike, value in zip(given, values, strict=True)
        for solution in solutions(pieces, place, value, signs)
    ]
    if place.squared:
        # singular values come with both signs
        found = [outlier for outlier in found if outlier.location > 0]
    found.sort(key=lambda outlier: outlier.location)
    thresholds = _thresholds(law, pieces, place, None if part is not None else kind, dps)
    _require_all(found, list(zip(given, values, strict=True)), thresholds)
    reason = "" if found else _reason(given, thresholds)
    return Outliers(found, thresholds, reason)


def _require_all(
    found: Sequence[Outlier], spikes: Sequence[tuple[Any, sp.Expr]], thresholds: Sequence[Threshold]
) -> None:
    """Each spike has its outlier wherever the thresholds say so, up to their rounding."""
    for spike, value in spikes:
        number = float(value)
        expected = [t for t in thresholds if _inside(number, float(t.low), float(t.high))]
        seen = sum(outlier.spike is spike for outlier in found)
        if seen < len(expected):
            raise ConvergenceError(
                f"the spike {spike} makes {len(expected)} outliers and {seen} were found: one is "
                "nearer to the spectrum than float64 numbers are to each other"
            )


def _inside(value: float, low: float, high: float) -> bool:
    """Clearly between two limits."""
    ends = [abs(end) for end in (low, high) if np.isfinite(end)]
    margin = _ROUNDING * max([abs(value), *ends])
    return low + margin < value < high - margin


def _spike(spike: Any, kind: str) -> sp.Expr:
    """A spike as an exact number in the domain of its kind."""
    if kind not in KINDS:
        raise InvalidParameterError(f"kind is one of {', '.join(KINDS)}, got {kind!r}")
    value = exact(spike, "spike")
    if value.free_symbols:
        raise InvalidParameterError(f"numbers need values, and the spike {spike} has symbols")
    if kind != "additive":
        things = "eigenvalues of a population" if kind == "multiplicative" else "singular values"
        require(value > 0, f"{things} are positive, got the spike {spike}")
    return value


def _outlier(solution: Found, spike: Any, of_identity: bool, dps: int | None) -> Outlier:
    """Rounded once."""
    digits = dps or FLOAT_DIGITS

    def number(ball: Any) -> Any:
        value = rounded(ball, digits)
        return float(value) if dps is None else value

    location = number(solution.location)
    overlap = number(lambda bits: solution.overlaps(bits)[0])
    if solution.standing.squared:
        return Outlier(spike, location, overlap, number(lambda bits: solution.overlaps(bits)[1]))
    if of_identity:
        return Outlier(spike, location, overlap, number(lambda bits: _right(solution, bits)))
    return Outlier(spike, location, overlap)


def _right(solution: Found, bits: int) -> arb:
    """Of A^-½ s, for the unit eigenvector s of A^½ X A^½ with the overlap o: o/(o + θ(1 - o))."""
    with ctx.workprec(bits + 16):
        own, _ = solution.overlaps(bits)
        theta = read_place(solution.value)().real
        return own / (own + theta * (1 - own))


def _place(law: Described, part: Any, kind: str, ratio: Any, least: sp.Expr) -> Standing:
    """Where the spiked part stands; ``least`` is the least spike."""
    if kind == "rectangular":
        return _rectangular(law, part, ratio)
    if ratio is not None:
        raise InvalidParameterError(f"a ratio belongs to kind='rectangular', not to {kind!r}")
    if part is not None:
        _require_kind(law, part, kind, least)
        return standing(law, part)
    curve = flatten(law.system)
    if kind == "additive":
        # the zero matrix: F = 1/G
        return Standing(law.system, 1 / curve.G, sp.S.One, (1 / curve.G, curve.G), (1,))
    moments = curve.z * curve.G - 1
    omega = (1 + moments) / moments
    if not law.on_half_line:
        return by_place(law.system, omega, omega / curve.z)
    return Standing(law.system, omega, omega / curve.z, (omega, moments), (1,))


def _require_kind(law: Described, part: Described, kind: str, least: sp.Expr) -> None:
    """The operation that the part enters must be of the kind."""
    step = steps_to(law, part)[-1]
    if blocks_under(step.law.system) is not None:
        raise InvalidParameterError("spikes of a rectangular sum need kind='rectangular'")
    operation = operation_of(step)
    multiplicative = isinstance(operation, FreeProduct | FreeProductPower)
    if multiplicative != (kind == "multiplicative"):
        right = "multiplicative" if multiplicative else "additive"
        raise InvalidParameterError(f"{part} enters {step.law} so that kind={right!r} is meant")
    if isinstance(operation, InformationPlusNoise):
        require(least >= 0, f"eigenvalues of A Aᵀ are not negative, got the spike {least}")
    if multiplicative and not part.on_half_line:
        raise UndefinedOperationError(
            f"a spiked population is positive, and {part} is not seen to live on the half line"
        )
    if isinstance(operation, FreePower | FreeProductPower):
        t = operation.exponent
        if not t.is_Integer and t < 2:
            raise UndefinedOperationError(
                f"the power {t} is no sum or product of {part} and the rest, as that needs 2 or a "
                "whole number; for a spiked corner take compress(mu, 1/t)"
            )


def _rectangular(law: Described, part: Any, ratio: Any) -> Standing:
    """Singular values: of a symmetric law, or the roots of a law of squares."""
    curve, system = flatten(law.system), law.system
    if part is not None:
        place = standing(law, part)
        operation = operation_of(steps_to(law, part)[-1])
        rectangular = blocks_under(system)
        if rectangular is not None:
            _same_ratio(ratio, rectangular.ratio)
            return place
        if not isinstance(operation, InformationPlusNoise):
            raise InvalidParameterError(
                "singular values of a part belong to rectangular_boxplus and "
                "information_plus_noise; without a part the spikes are those of the zero matrix"
            )
        _same_ratio(ratio, operation.ratio)
        return of_squares(system, place.argument, place.weight, operation.ratio)
    if ratio is None:
        raise InvalidParameterError(
            "kind='rectangular' needs ratio, rows over columns, such as ratio='1/2'"
        )
    c = exact(ratio, "ratio")
    require(c > 0, f"the ratio must be positive, got {ratio}")
    other = c * curve.G + (1 - c) / curve.z
    if is_symmetric(system):
        return of_blocks(system, 1 / (curve.G * other), (1 / curve.G, 1 / other), c)
    if law.on_half_line:
        square = 1 / (curve.z * curve.G * other)
        return of_squares(system, square, curve.G * square, c)
    raise UndefinedOperationError(
        "kind='rectangular' takes a symmetric law of singular values, such as symmetrize(law of "
        "X Xᵀ), or the law of X Xᵀ itself"
    )


def _same_ratio(given: Any, own: sp.Expr) -> None:
    """A ratio may be repeated, not changed."""
    if given is not None:
        require(exact(given, "ratio").equals(own), f"the law has the ratio {own}, got {given}")


def _thresholds(
    law: Described,
    pieces: Sequence[tuple[Ends, Rise]],
    place: Standing,
    kind: str | None,
    dps: int | None,
) -> list[Threshold]:
    """The spikes that make an outlier in each piece of each gap."""
    found = []
    for ends, rise in pieces:
        left, right = rise.piece.left[0], rise.piece.right[0]
        low, high = sorted(_limit(law, ends, rise, place, end, kind, dps) for end in (0, -1))
        if place.squared:
            # singular values: the positive places stand for both signs
            if right <= 0:
                continue
            low = 0.0 if left < 0 else low
            left = max(left, 0.0)
            low, high = sorted((abs(low), abs(high)))
        if place.of_squares:
            left, right = left**0.5, right**0.5
        low = max(low, 0.0) if place.by_place else low
        if low < high:
            found.append(Threshold(left, right, low, high))
    return found


def _limit(
    law: Described,
    ends: Ends,
    rise: Rise,
    place: Standing,
    end: int,
    kind: str | None,
    dps: int | None,
) -> Any:
    """What ω tends to at an end of a piece: exactly at a simple edge, ±∞ at ∞ and at a pole."""
    side, piece = rise.gap[end][0], rise.piece[end][0]
    values = place.omega(rise.values)
    value = float(values[end])
    if place.squared and value == 0:
        return 0.0
    if not np.isfinite(side):
        return _far(law, place, side)
    if side != piece:
        return float(np.copysign(np.inf, value))
    if kind is not None and ends.infinite[end] and not (place.squared and side == 0):
        return _at_infinite(law, side, kind)
    found = _at_simple_edge(place, rise, end, value, dps)
    if found is not None:
        return found
    # short of the end by a root of the distance at most: two points show how much
    inner = 1 if end == 0 else -2
    near, far = (abs(rise.x[point] - side) ** 0.5 for point in (end, inner))
    return float(value - (values[inner] - value) * near / (far - near))


def _at_simple_edge(
    place: Standing, rise: Rise, end: int, value: float, dps: int | None
) -> Any | None:
    """ω at the end of a gap to all digits, where that is a square-root edge."""
    curve, near, side = flatten(place.system), rise.u[:, end], rise.gap[end][0]
    if at_edge(curve, place.argument, near, side, 0) is None:
        return None

    def ball(bits: int) -> arb:
        exact = at_edge(curve, place.argument, near, side, bits)
        assert exact is not None
        with ctx.workprec(bits + 16):
            exact = exact.mid() + arb(0, abs(exact) * arb(2) ** -bits)
            if place.squared:
                exact = abs(exact).sqrt() * int(np.sign(value))
        return exact

    found = rounded(ball, dps or FLOAT_DIGITS)
    return float(found) if dps is None else found


def _far(law: Described, place: Standing, side: float) -> float:
    """ω ~ z at infinity, up to a positive factor; z divided by a mean of any sign, or z²."""
    if place.turned:
        return -side
    if not place.by_place:
        return side
    (mean,) = law.moments(1)
    return np.inf if mean == 0 else side * float(sp.sign(mean))


def _at_infinite(law: Described, side: float, kind: str) -> float:
    """ω where G is infinite, without a part: 1/G = 0, and zG/(zG - 1) is 1 but at 0."""
    if kind != "multiplicative":
        return 0.0
    if side != 0:
        return 1.0
    mass = float(law.atoms().get(sp.S.Zero, 0))
    return mass / (mass - 1) + 0.0 if mass < 1 else -np.inf


def _reason(spikes: Sequence[Any], thresholds: Sequence[Threshold]) -> str:
    """Why nothing was found."""
    if not spikes:
        return "there are no spikes"
    ranges = " or ".join(
        f"({float(t.low):.10g}, {float(t.high):.10g})" for t in thresholds if t.low < t.high
    )
    listed = ", ".join(map(str, spikes))
    return (
        f"a spike makes an outlier if it lies in {ranges or 'no interval'}, "
        f"and {listed} {'does' if len(spikes) == 1 else 'do'} not"
    )
