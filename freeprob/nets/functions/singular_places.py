"""Places on the real line where a function is not analytic, and whether its mean exists there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import mpmath
import numpy as np
import sympy as sp

from freeprob.errors import ConvergenceError, UndefinedOperationError
from freeprob.nets.functions.bound_symbol import shown
from freeprob.nets.functions.exponential_terms import OutsideClass
from freeprob.nets.functions.pieces import Pieces, is_less
from freeprob.nets.functions.zeros import real_zeros
from freeprob.numeric.programs.lowering import compile_mpmath, compile_numpy

# distances from a place, 10^-n, at which growth is read off, and the digits to read it with
_NEARER, _NEAREST, _DIGITS = 30, 60, 160
_INTEGRABLE = 1 - 1e-6  # exponents of growth below this are integrable
_SAMPLES, _STEPS = 1001, 500  # of the argument of a rounding function
_TURNS = range(-3, 4)  # poles of periodic functions that are looked at

_SHIFTS = {sp.tan: sp.pi / 2, sp.sec: sp.pi / 2, sp.cot: sp.S.Zero, sp.csc: sp.S.Zero}
_AT_ZERO = (sp.log, sp.coth, sp.csch, sp.Ci, sp.Chi, sp.Ei, sp.li)
_AT_ONE = (sp.asin, sp.acos, sp.atanh, sp.acoth, sp.acosh, sp.asec, sp.acsc)
_AT_POLES = (sp.gamma, sp.loggamma, sp.digamma)


def singular_places(part: sp.Expr, x: sp.Symbol) -> tuple[sp.Expr, ...]:
    """Return the real places where an expression may not be analytic.

    Of the poles of a periodic function some next to 0 are named.

    Raises
    ------
    OutsideClass
        If they are not known.
    """
    places: list[sp.Expr] = []
    for function in _vanishing(part, x):
        if function.is_positive or function.is_negative:
            continue
        places += [place for place in real_zeros(function, x) if place not in places]
    return tuple(place for place in places if place.is_extended_real is not False)


def _vanishing(part: sp.Expr, x: sp.Symbol) -> Iterator[sp.Expr]:
    """Yield the functions whose zeros are the singular places."""
    for node in sp.preorder_traversal(part):
        if not node.has(x) or not node.args:
            continue
        argument = node.args[0]
        if isinstance(node, sp.Pow):
            if argument.has(x) and not (node.exp.is_Integer and node.exp > 0):
                yield argument
        elif isinstance(node, _AT_ZERO):
            yield argument
        elif isinstance(node, _AT_ONE):
            yield from (argument - 1, argument + 1)
        elif isinstance(node, _AT_POLES):
            yield from (argument - turn for turn in _TURNS if turn <= 0)
        elif type(node) in _SHIFTS:
            yield from (argument - _SHIFTS[type(node)] - turn * sp.pi for turn in _TURNS)


def known_singular_places(pieces: Pieces) -> tuple[sp.Expr, ...]:
    """Return the singular places inside the parts of a function, those that are known."""
    found: list[sp.Expr] = []
    for left, right, part in pieces.intervals():
        try:
            places = singular_places(part, pieces.variable)
            found += [p for p in places if is_less(left, p) and is_less(p, right)]
        except OutsideClass:
            continue
    return tuple(found)


def step_places(pieces: Pieces, window: float) -> tuple[sp.Expr, ...]:
    """Return the steps of rounding functions in [-window, window].

    Raises
    ------
    ConvergenceError
        If there are too many.
    """
    x, found = pieces.variable, []
    for left, right, part in pieces.intervals():
        for node in part.atoms(sp.floor, sp.ceiling, sp.frac):
            argument = node.args[0]
            if not argument.has(x):
                continue
            places = np.linspace(max(-window, float(left)), min(window, float(right)), _SAMPLES)
            values = compile_numpy(argument, [x])(places)
            low, high = np.floor(np.min(values)), np.ceil(np.max(values))
            if not high - low <= _STEPS:
                raise ConvergenceError(
                    f"{shown(node)} has too many steps where the Gaussian weight is not "
                    "negligible; use a smaller variance"
                )
            for level in range(int(low), int(high) + 1):
                zeros = real_zeros(argument - level, x)
                found += [p for p in zeros if is_less(left, p) and is_less(p, right)]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=512)
def refuse_infinite_mean(pieces: Pieces) -> bool:
    """Refuse a function that is not integrable at one of its singular places.

    Returns
    -------
    bool
        Whether all of them are known, so that the function is integrable near every place.

    Raises
    ------
    UndefinedOperationError
        If the function grows at a place p like 1/|x - p| or faster.
    """
    is_known = True
    for left, right, part in pieces.intervals():
        try:
            for place, sides in _places_with_sides(part, pieces.variable, left, right):
                if part.free_symbols - {pieces.variable}:
                    is_known = False
                else:
                    _refuse_growth(part, pieces.variable, place, sides)
        except OutsideClass:
            is_known = False
    return is_known


def _places_with_sides(
    part: sp.Expr, x: sp.Symbol, left: sp.Expr, right: sp.Expr
) -> Iterator[tuple[sp.Expr, Iterable[int]]]:
    for place in singular_places(part, x):
        sides = []
        if is_less(left, place) and not is_less(right, place):
            sides.append(-1)
        if is_less(place, right) and not is_less(place, left):
            sides.append(1)
        yield place, sides


def _refuse_growth(part: sp.Expr, x: sp.Symbol, place: sp.Expr, sides: Iterable[int]) -> None:
    """Refuse growth that is not integrable, read off at two distances from the place."""
    context = mpmath.MPContext()
    context.dps = _DIGITS
    function = compile_mpmath(part, [x], context)
    centre = context.mpf(sp.Float(place.evalf(_DIGITS + 5), _DIGITS + 5)._mpf_)
    for side in sides:
        sizes = [
            abs(function(centre + side * context.mpf(10) ** -digits))
            for digits in (_NEARER, _NEAREST)
        ]
        if 0 in sizes or not all(map(context.isnormal, sizes)):
            continue
        growth = context.log10(sizes[1] / sizes[0]) / (_NEAREST - _NEARER)
        if growth >= _INTEGRABLE:
            raise UndefinedOperationError(
                f"the Gaussian mean of {shown(part)} does not exist: at x = {place} it grows like "
                f"the distance to the power {-float(growth):.4g} or faster, which is not "
                "integrable; use a function that is bounded there"
            )
