"""Integrals over the outer variable: places where the integrand is singular, and panels there.

Between two such places v runs as a ± s² from both, which takes square roots out of the integrand;
panels in s shrink geometrically towards the places, so that singularities of every kind lie
outside their ellipses of convergence. Distances from a place are exact, which values of factors
there need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from math import ceil, log, sqrt
from typing import NamedTuple, final

import numpy as np
from flint import acb, acb_poly, arb, ctx

from freeprob.errors import ConvergenceError
from freeprob.numeric.programs.conditional_images import (
    Conditional,
    Counter,
    Node,
    below_at,
    value_at,
)
from freeprob.numeric.programs.conditional_numbers import BallNumbers, FloatNumbers
from freeprob.numeric.programs.straight_line import evaluate

_FLOATS, _BALLS = FloatNumbers(), BallNumbers()
_REACH = 38.0  # standard deviations: beyond them the Gaussian has no mass in float64
_SHRINK = 3.0  # ends of a panel in s: the place lies on its ellipse of 2 + √3
_ORDERS = (11, 16)  # their errors are 3e-13 and 5e-19 there
_INNERMOST = 1e-15  # of s: what is nearer has less mass than rounding
_TOLERANCE = 1e-11  # of the shorter rule, about the square root of the longer one's
_ROUNDING = 1e-14  # of a sum of terms in the imaginary part, where they are not real
_LEAST = 1e-15  # of probabilities, which are differences of numbers about 1
_BESIDE = arb(2) ** -90  # from a point at which places may meet
_MOST_PANELS = 4096  # that do not settle in one round
_ROUNDS = 60  # halvings of panels
_PLACE_BITS = 320  # of places for floats: two of them may be near
_DEEPER = 16  # times the bits, at which roots may be told apart
_PLACES = 3  # times the bits of a ball, to which its places are known
_APART = 0.5  # of the bits: nearer places are taken for one, whose distances rounding hides
_KEPT = 0.7  # part of the bits to which roots are asked for: near ones take some of them
# over balls the shorter rule has four fifths of the nodes, and about that part of the digits
_SHORT, _SHARE = 0.8, 0.8
_DIGITS_PER_NODE = 0.95
_MORE = 6  # nodes of a rule for few digits
_SPARE = 10  # bits of a sum that rounding may take
_LIMIT = arb(2) ** -200  # from a point, which stands for the limit
_MEETING = 1e-30  # places that are nearer there meet at the point
_TOWARDS = (1e-6, 1e-14)  # of the way to a place, where powers of the distance are told
_FALL = 0.1  # over these d^(1/4) falls to 0.01, and what does not fall keeps 1
_FAR = 3.0  # heights of singular places that panels need not know


class Panels(NamedTuple):
    """Numbers of places, signs of v - place, and ends in s."""

    place: np.ndarray
    sign: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def halves(self, which: np.ndarray) -> Panels:
        """Some of them, cut in the middle."""
        place, sign, low, high = (np.repeat(row[which], 2) for row in self)
        middle = (low + high) / 2
        low[1::2], high[::2] = middle[1::2], middle[::2]
        return Panels(place, sign, low, high)


@final
@dataclass(frozen=True)
class Places:
    """Singular places, and for each factor its leading coefficient and place - root for all."""

    at: list[arb]
    leads: list[acb]
    gaps: list[list[list[acb]]]

    @cached_property
    def floats(self) -> tuple[np.ndarray, list[complex], list[np.ndarray]]:
        """The same rounded once: places may lie nearer to each other than rounding."""
        gaps = [
            np.array([[complex(gap) for gap in row] for row in own], complex) for own in self.gaps
        ]
        return np.array([float(x) for x in self.at]), [complex(x) for x in self.leads], gaps

    def factors(self, place: np.ndarray, distance: np.ndarray) -> list[np.ndarray]:
        """Values of the factors at a distance from places."""
        _, leads, all_gaps = self.floats
        return [
            lead * np.prod(gaps[place] + distance[..., None], axis=-1)
            for lead, gaps in zip(leads, all_gaps, strict=True)
        ]

    def factors_ball(self, place: int, distance: arb) -> list[acb]:
        """The same over balls."""
        found = []
        for lead, gaps in zip(self.leads, self.gaps, strict=True):
            value = lead
            for gap in gaps[place]:
                value *= gap + distance
            found.append(value)
        return found


def _roots(coefficients: Sequence[acb], is_real: bool) -> tuple[acb, list[acb]]:
    """The leading coefficient and the roots of a polynomial, lowest coefficient first."""
    values = list(coefficients)
    while values and values[-1] == 0:
        values.pop()
    if not values:
        return acb(0), []
    if len(values) == 1:
        return values[0], []
    if len(values) == 2:
        return values[1], [-values[0] / values[1]]
    if len(values) == 3:
        return values[2], _of_square(*values)
    try:
        found = acb_poly(values).roots(
            tol=arb(2) ** (-_KEPT * ctx.prec), maxprec=_DEEPER * ctx.prec
        )
    except ValueError:
        raise ConvergenceError(
            "two singular places of an integral meet here, as at an edge or a logarithm of the "
            "density: ask at another point"
        ) from None
    if is_real:
        # a ball about a root of a real polynomial that meets the axis holds no other root
        found = [acb(root.real) if root.imag.contains(0) else root for root in found]
    return values[-1], found


def _of_square(c: acb, b: acb, a: acb) -> list[acb]:
    """Roots of a z² + b z + c, which may be equal."""
    root = (b * b - 4 * a * c).sqrt()
    twice = -b - root if (b.conjugate() * root).real >= 0 else root - b
    if twice == 0:
        return [acb(0), acb(0)]
    return [twice / (2 * a), 2 * c / twice]


def places_at(image: Conditional, w: acb) -> Places:
    """The singular places over one w, to the bits of FLINT's context."""
    values = [acb(value) for value in evaluate(image.factors, [w], _BALLS.arithmetic)]
    leads, roots, start = [], [], 0
    for length in image.lengths:
        lead, own = _roots(values[start : start + length], w.imag == 0)
        leads.append(lead)
        # distances from a place itself are exactly 0, others are known to many more bits
        roots.append([root.mid() for root in own])
        start += length
    low, high = _range(image)
    inside = [
        root.real
        for own in roots
        for root in own
        if low < root.real < high and abs(root.imag) < _FAR
    ]
    middle = [arb(0)] if image.outer is not None and image.outer.kind == "line" else []
    at: list[arb] = []
    for place in sorted([low, high, *middle, *inside], key=lambda x: x.mid()):
        if not at or place - at[-1] > arb(2) ** -int(_APART * ctx.prec):
            at.append(place)
    return Places(at, leads, [[[x - root for root in own] for x in at] for own in roots])


def _range(image: Conditional) -> tuple[arb, arb]:
    """The ends of v: a Gaussian variable has no mass beyond those."""
    line = image.outer is not None and image.outer.kind == "line"
    reach = arb(max(_REACH, ceil(sqrt(2 * log(2) * ctx.prec)))) if line else arb(1)
    return -reach, reach


def first_panels(places: Places, innermost: float, sharp: bool) -> Panels:
    """Panels from all places to the middles between them; the outer ones may not be sharp."""
    rows: list[tuple[int, int, float, float]] = []
    for i, (a, b) in enumerate(pairwise(places.at)):
        reach = float(((b - a) / 2).sqrt())
        ends = [reach]
        while ends[-1] > innermost:
            ends.append(ends[-1] / _SHRINK)
        graded = [*pairwise(ends), (ends[-1], 0.0)]
        for place, sign in ((i, 1), (i + 1, -1)):
            flat = not sharp and place in (0, len(places.at) - 1)
            rows += ((place, sign, low, high) for high, low in ([(reach, 0.0)] if flat else graded))
    place, sign, low, high = map(np.array, zip(*rows, strict=True))
    return Panels(place, sign, low, high)


@lru_cache(maxsize=8)
def _rules() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes of both rules on (0, 1), and the weights of each."""
    (x, a), (y, b) = (np.polynomial.legendre.leggauss(order) for order in _ORDERS)
    nodes = (np.concatenate([x, y]) + 1) / 2
    short = np.concatenate([a, np.zeros(b.size)]) / 2
    return nodes, short, np.concatenate([np.zeros(a.size), b]) / 2


def integral(image: Conditional, w: complex, order: int, side: int = 0) -> tuple[complex, Panels]:
    """E (w - M)⁻¹, or its derivative by w, in the upper half plane and on the axis.

    With a side of 1 or -1, the limit from the right or from the left.

    Raises
    ------
    ConvergenceError
        If panels do not settle, as for derivatives on the spectrum.
    """

    def resolvent(w: complex, v: np.ndarray, factors: list[np.ndarray]) -> tuple[np.ndarray, ...]:
        point = np.full(v.shape, w, dtype=complex)
        return value_at(image, _FLOATS, point, Node(v.astype(complex), factors, w.imag == 0))

    return _summed(image, w, resolvent, order, side=side)


def diverges(image: Conditional, w: complex) -> bool:
    """Whether the density on the axis is a divergent integral on one side: ∞, by Fatou's lemma.

    At distance d from a place the integrand is at most a power d^-α, α in quarters: roots of
    distances in the density of v, in G and in the speed of a root. So d times the integrand falls
    like d^(1/4) at least where it converges, and does not fall where it does not.
    """
    return image.outer is not None and any(
        _diverges(image, w, places_at_side(image, w, side * _LIMIT)) for side in (-1, 1)
    )


def _diverges(image: Conditional, w: complex, places: Places) -> bool:
    """The same on one side, as it is at distances that are large against that from w."""
    pairs = [(i, float((b - a).mid())) for i, (a, b) in enumerate(pairwise(places.at))]
    rows = [(i + k, 1 - 2 * k, gap) for i, gap in pairs for k in (0, 1) if gap > _MEETING]
    place, sign, gap = (np.array(row)[:, None] for row in zip(*rows, strict=True))
    distance = sign * gap * np.array(_TOWARDS)
    at = np.broadcast_to(place, distance.shape)
    point = np.full(at.shape, w, dtype=complex)
    with np.errstate(all="ignore"):
        v = (places.floats[0][at] + distance).astype(complex)
        found = value_at(image, _FLOATS, point, Node(v, places.factors(at, distance), True))
        mass = -np.imag(found.G) * np.abs(distance)
    return bool(np.any((mass[:, 1] > _FALL * mass[:, 0]) & (mass[:, 0] > 0)))


def places_at_side(image: Conditional, w: complex, offset: arb) -> Places:
    """The singular places over a point beside w."""
    with ctx.workprec(_PLACE_BITS):
        return places_at(image, acb(w) + offset)


Integrand = Callable[[complex, np.ndarray, list[np.ndarray]], tuple[np.ndarray, ...]]


def _summed(
    image: Conditional,
    w: complex,
    integrand: Integrand,
    order: int,
    least: float = 0.0,
    side: int = 0,
) -> tuple[complex, Panels]:
    """An integral over v, and the panels on which it settled, to ``least`` on each at least."""
    if image.outer is None:
        (value,) = integrand(w, np.zeros(1), [])[order]
        return complex(value), Panels(*(np.empty(0),) * 4)
    places = places_at_side(image, w, side * _BESIDE)
    with ctx.workprec(_PLACE_BITS):
        panels = first_panels(places, _INNERMOST, image.outer.kind != "line")
    done: list[Panels] = []
    total, sizes = 0j, np.zeros(2)
    _, short, long = _rules()
    for _ in range(_ROUNDS):
        terms = _on_panels(w, integrand, places, panels)[order]
        found = terms @ long
        own = np.abs(terms.real) @ long, np.abs(terms.imag) @ long
        sizes = np.maximum(sizes, [row.sum() for row in own])
        allowed = _TOLERANCE * sizes + (_ROUNDING * sizes.sum() if w.imag else least)
        gap = found - terms @ short
        bad = (np.abs(gap.real) > allowed[0]) | (np.abs(gap.imag) > allowed[1])
        if not np.all(np.isfinite(found)) or bad.sum() > _MOST_PANELS:
            break
        total += found[~bad].sum()
        done.append(Panels(*(row[~bad] for row in panels)))
        if not bad.any():
            return complex(total), Panels(*map(np.concatenate, zip(*done, strict=True)))
        panels = panels.halves(bad)
    raise ConvergenceError(
        f"the integral over one variable did not settle at w = {w:.6g}: G or its derivative is "
        "infinite there, or has no limit on the axis; ask at another point"
    )


def probability(image: Conditional, count: Counter, w: float) -> float:
    """The mean number of eigenvalues of M that are at most w, over the size."""

    def below(w: complex, v: np.ndarray, factors: list[np.ndarray]) -> tuple[np.ndarray, ...]:
        return (below_at(image, count, w, v, factors),)

    # probabilities do not jump where places meet: there they are those of a point beside
    total, _ = _summed(image, complex(w), below, 0, _LEAST, side=1)
    return float(min(max(total.real, 0.0), 1.0))


def _on_panels(
    w: complex, integrand: Integrand, places: Places, panels: Panels
) -> list[np.ndarray]:
    """Terms of both rules, one row a panel."""
    nodes = _rules()[0]
    width = panels.high - panels.low
    s = panels.low[:, None] + width[:, None] * nodes
    distance = panels.sign[:, None] * s * s
    rows = np.broadcast_to(panels.place[:, None], s.shape)
    with np.errstate(all="ignore"):
        found = integrand(w, places.floats[0][rows] + distance, places.factors(rows, distance))
        return [value * (2 * s * width[:, None]) for value in found]


def integral_ball(image: Conditional, w: acb, order: int) -> acb:
    """The same to about the bits of FLINT's context, on the panels that floats took.

    Raises
    ------
    ConvergenceError
        If two rules do not agree.
    """
    bits = int(ctx.prec)
    if image.outer is None:
        return acb(value_at(image, _BALLS, w, Node(acb(0), [], w.imag == 0))[order])
    with ctx.workprec(_PLACES * bits):
        places = places_at(image, w)
    _, panels = integral(image, complex(w), order)
    if panels.place.max() >= len(places.at):
        raise ConvergenceError("singular places of an integral lie nearer than float64 tells")
    longer = ceil(bits * log(2) / log(10) / _DIGITS_PER_NODE) + _MORE
    found, size = _ball_sum(image, w, order, places, panels, longer)
    other, _ = _ball_sum(image, w, order, places, panels, ceil(_SHORT * longer))
    parts = []
    for value, check, own in zip(found, other, size, strict=True):
        if not abs(value - check).mid() <= own.mid() * arb(2) ** (-_SHARE * bits):
            raise ConvergenceError(
                f"the integral over one variable did not settle at w = {complex(w):.6g} to {bits} "
                "bits: ask for fewer digits, or at another point"
            )
        parts.append(value + arb(0, (own * arb(2) ** (_SPARE - bits)).abs_upper()))
    return acb(*parts)


def _ball_sum(
    image: Conditional, w: acb, order: int, places: Places, panels: Panels, nodes: int
) -> tuple[list[arb], list[arb]]:
    """Real and imaginary part of a rule, and the sums of absolute values."""
    total, sizes, is_real = acb(0), [arb(0), arb(0)], w.imag == 0
    reaches = [((b - a) / 2).sqrt() for a, b in pairwise(places.at)]
    for place, sign, start, end in _deeper(panels, arb(2) ** -int(ctx.prec)):
        # panels of floats end in the middle between two places up to rounding
        reach = reaches[place if sign > 0 else place - 1]
        exact = reach / float(reach)
        low, high = start * exact, end * exact
        for x, weight in legendre(nodes, int(ctx.prec)):
            s = low + (high - low) * x
            distance = sign * s * s
            v = acb(places.at[place] + distance)
            node = Node(v, places.factors_ball(place, distance), is_real)
            term = acb(value_at(image, _BALLS, w, node)[order]) * (2 * s * (high - low) * weight)
            total += term
            sizes = [sizes[0] + abs(term.real), sizes[1] + abs(term.imag)]
    if not is_real:
        sizes = [sizes[0] + sizes[1]] * 2
    return [total.real, total.imag], sizes


def _deeper(panels: Panels, innermost: arb) -> Iterator[tuple[int, int, arb, arb]]:
    """The panels, those at places cut into more that shrink."""
    for place, sign, low, high in zip(*(row.tolist() for row in panels), strict=True):
        top = arb(high)
        while low == 0 and top > innermost and high < 1:
            yield place, sign, top / _SHRINK, top
            top /= _SHRINK
        yield place, sign, arb(low), top


@lru_cache(maxsize=32)
def legendre(order: int, bits: int) -> list[tuple[arb, arb]]:
    """Nodes and weights on (0, 1)."""
    with ctx.workprec(bits + 16):
        pairs = [arb.legendre_p_root(order, k, weight=True) for k in range(order)]
        return [((x + 1) / 2, weight / 2) for x, weight in pairs]
