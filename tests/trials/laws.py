"""Random laws as descriptions, and the package's laws of the same descriptions."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import freeprob as fp

from .oracles import part_is_law


def random_law(draw: random.Random, depth: int = 3, positive: bool = False) -> tuple:
    """A description with rational or float parameters, hard corners among them."""
    if depth == 0 or draw.random() < 0.25:
        return _leaf(draw, positive)
    both = [random_law(draw, depth - 1, positive) for _ in range(2)]
    half = [random_law(draw, depth - 1, True) for _ in range(2)]
    choices = [
        ("boxtimes", *half),
        ("sample_covariance", _positive(draw), half[0]),
        ("mixture", _fraction(draw), *both),
        ("compress", _fraction(draw), both[0]),
        ("affine", _positive(draw), abs(_real(draw)) if positive else _real(draw), both[0]),
        ("boxplus", *both),
        ("power", 1 + _positive(draw), both[0]),
        ("boolean", *both),
        ("monotone", *both),
    ]
    return draw.choice(choices)


def _leaf(draw: random.Random, positive: bool) -> tuple:
    low = abs(_real(draw))
    laws = [
        ("marchenko_pastur", _positive(draw)),
        _atoms(draw, positive),
        ("uniform", low, low + _positive(draw)),
        ("arcsine", low, low + _positive(draw)),
    ]
    if not positive:
        laws.append(("semicircle", _positive(draw), _real(draw)))
    return draw.choice(laws)


def _atoms(draw: random.Random, positive: bool) -> tuple:
    count = draw.choice((1, 2, 2, 3, 3, 5, 12, 40))
    places = {_real(draw) for _ in range(count)}
    places = sorted({abs(place) for place in places} if positive else places)
    if positive and places == [0]:
        places = [Fraction(1)]
    numbers = [draw.randint(1, 9) for _ in places]
    return "atomic", tuple(places), tuple(Fraction(k, sum(numbers)) for k in numbers)


def _real(draw: random.Random) -> Any:
    return draw.choice(
        (
            Fraction(draw.randint(-6, 6), draw.randint(1, 4)),
            Fraction(draw.randint(-3, 3)),
            draw.uniform(-3, 3),
        )
    )


def _positive(draw: random.Random) -> Any:
    return draw.choice(
        (
            Fraction(draw.randint(1, 9), draw.randint(1, 6)),
            Fraction(1),
            draw.uniform(0.05, 4),
            1 + 1e-6 * draw.random(),
        )
    )


def _fraction(draw: random.Random) -> Any:
    return draw.choice((Fraction(1, 2), Fraction(draw.randint(1, 6), 7), draw.uniform(0.1, 0.9)))


def built(law: tuple) -> fp.Law:
    """The package's law of a description."""
    name, *rest = law
    parts = [built(part) if part_is_law(part) else part for part in rest]
    if name == "atomic":
        return fp.Atomic(dict(zip(*parts, strict=True)))
    if name == "mixture":
        p, one, other = parts
        p = Fraction(str(p))
        return fp.mixture([(one, p), (other, 1 - p)])
    if name == "affine":
        scale, shift, inner = parts
        return inner.dilate(scale).shift(shift)
    if name in _SWAPPED:
        number, inner = parts
        return _SWAPPED[name](inner, number)
    return _BUILDERS[name](*parts)


_SWAPPED = {
    "compress": fp.compress,
    "power": fp.boxplus_power,
    "sample_covariance": fp.sample_covariance,
}
_BUILDERS = {
    "semicircle": fp.Semicircle,
    "marchenko_pastur": fp.MarchenkoPastur,
    "uniform": fp.Uniform,
    "arcsine": fp.Arcsine,
    "boolean": fp.boolean_sum,
    "monotone": fp.monotone,
    "boxplus": fp.boxplus,
    "boxtimes": fp.boxtimes,
}


def as_floats(law: tuple) -> tuple:
    """The description with floats, for the oracles."""
    return tuple(
        as_floats(part)
        if isinstance(part, tuple)
        else float(part)
        if isinstance(part, int | float | Fraction)
        else part
        for part in law
    )
