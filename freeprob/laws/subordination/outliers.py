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
from dataclasses import dataclass, fields
from typing import Any, final

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
from freeprob.laws.subordination.gap_places import Found, pieces_of, solutions
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
from freeprob.laws.subordination.thresholds import Threshold, reason_for, thresholds_of
from freeprob.numeric.precision import FLOAT_DIGITS, rounded
from freeprob.numeric.programs.lowering import read_place
from freeprob.parameters import exact, many, one_of, require
from freeprob.tables import Tabled, html_table

_ROUNDING = 1e-6  # relative to a threshold: those at ends that are no simple edges are extrapolated
KINDS = ("additive", "multiplicative", "rectangular")


@final
@dataclass(frozen=True)
class Outlier(Tabled):
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
    deviation
        √n times the standard deviation of the location in real matrices of size n, √2 times that
        in complex ones, where the perturbed matrix is in general position: of additive and
        multiplicative spikes without a part, and of a ``Spike`` among real letters, n its rows.
        None for others.
    part
        The letter of a matrix expression that has the spike, if that was asked for.
    """

    spike: Any
    location: Any
    overlap: Any
    right_overlap: Any = None
    deviation: Any = None
    part: Any = None


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

    def _repr_html_(self) -> str:
        names = [entry.name for entry in fields(Outlier)]
        head = [name for name in names if any(getattr(o, name) is not None for o in self)]
        rows = [[str(getattr(outlier, name)) for name in head] for outlier in self]
        return html_table(head, rows, self.reason)


def outliers(
    law: Described, spikes: Any, part: Any, kind: str, ratio: Any, dps: int | None
) -> Outliers:
    """All outliers of a law with spikes."""
    require_numbers(law)
    given = _listed(spikes)
    values = [_spike(spike, kind) for spike in given]
    place = _place(law, part, kind, ratio, min(values, default=sp.S.Zero))
    pieces = pieces_of(law, place, [float(value) for value in values])
    signs = (1, -1) if place.squared else (1,)
    alone = kind if part is None else None
    found = [
        _outlier(solution, spike, alone, dps)
        for spike, value in zip(given, values, strict=True)
        for solution in solutions(pieces, place, value, signs)
    ]
    if place.squared:
        # singular values come with both signs
        found = [outlier for outlier in found if outlier.location > 0]
    found.sort(key=lambda outlier: outlier.location)
    thresholds = thresholds_of(law, pieces, place, None if part is not None else kind, dps)
    require_all(found, list(zip(given, values, strict=True)), thresholds)
    reason = "" if found else reason_for(given, thresholds)
    return Outliers(found, thresholds, reason)


def require_all(
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


def _listed(spikes: Any) -> list[Any]:
    """A list of spikes, of one where a number is given."""
    if getattr(spikes, "ndim", None) == 0:
        return [spikes.item()]
    if isinstance(spikes, str) or (hasattr(spikes, "__float__") and not hasattr(spikes, "__len__")):
        return [spikes]
    return many(spikes, "spikes")


def _spike(spike: Any, kind: str) -> sp.Expr:
    """A spike as an exact number in the domain of its kind."""
    one_of(kind, "kind", KINDS)
    value = exact(spike, "spike")
    if value.free_symbols:
        raise InvalidParameterError(f"numbers need values, and the spike {spike} has symbols")
    if kind != "additive":
        things = "eigenvalues of a population" if kind == "multiplicative" else "singular values"
        require(value > 0, f"{things} are positive, got the spike {spike}")
    return value


def _outlier(solution: Found, spike: Any, alone: str | None, dps: int | None) -> Outlier:
    """Rounded once; ``alone`` is the kind of spikes without a part."""
    digits = dps or FLOAT_DIGITS

    def number(ball: Any) -> Any:
        value = rounded(ball, digits)
        return float(value) if dps is None else value

    location = number(solution.location)
    overlap = number(lambda bits: solution.overlaps(bits)[0])
    if solution.standing.squared:
        return Outlier(spike, location, overlap, number(lambda bits: solution.overlaps(bits)[1]))
    if alone is None:
        return Outlier(spike, location, overlap)
    right = number(lambda bits: _right(solution, bits)) if alone == "multiplicative" else None
    deviation = number(lambda bits: _deviation(solution, alone, bits))
    return Outlier(spike, location, overlap, right, deviation)


def _deviation(solution: Found, kind: str, bits: int) -> arb:
    """√(2/n) times it, by the overlap o: θ √(o (1 - o)) and λ |θ - 1| √(o (1 - o)/θ).

    An outlier moves with the form v* h(X) v of a uniformly distributed unit vector v, h(x) of the
    equation ∫ h dμ = const for λ, which has the variance 2/n (∫ h² dμ - (∫ h dμ)²).
    """
    with ctx.workprec(bits + 16):
        own, _ = solution.overlaps(bits)
        theta = read_place(solution.value)().real
        spread = (2 * own * (1 - own)).sqrt()
        if kind == "additive":
            return abs(theta) * spread
        return abs(solution.location(bits) * (theta - 1)) * spread / theta.sqrt()


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
