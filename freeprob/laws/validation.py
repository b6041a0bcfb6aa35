"""Deciding that an equation or a formal operation gives a probability measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import sympy as sp
from flint import arb, arb_mat, ctx
from sympy.polys.matrices import DomainMatrix

from freeprob.errors import ConvergenceError, NotALawError, UndefinedOperationError
from freeprob.exact.algebra.number_field import MOST_DEGREES, degree_bound
from freeprob.exact.moments.expansion import moment_generators
from freeprob.laws.base import Law
from freeprob.laws.numbers.far_laws import near_law
from freeprob.parameters import finite

_ORDER = 6
_BITS = (128, 512, 2048)  # to which Hankel determinants of irrational moments are told from 0
_POINTS = 4096
_MASS = 1e-4  # the rule on so many points is exact to exp(-64): a branch point costs far more


def require_a_law(law: Law, what: str) -> None:
    """Refuse what is decidedly no probability measure; laws with free symbols are not decided.

    Exact: Hankel determinants of the first moments, and, for algebraic curves whose critical points
    are within a budget, that none of these lies on the physical sheet above the real axis. Numeric:
    on a line close above the axis, G on the branch continued from i∞ has Im G < 0 and carries mass
    1. For other curves that line is all that is seen: what happens below it is not decided.

    Raises
    ------
    NotALawError
        If this is decidedly no law.
    ConvergenceError
        If that could not be decided.
    """
    if law.parameters:
        return
    _require_moments(law, what)
    try:
        near = near_law(law)
        law = law if near is None else near.law
        _require_analytic(law, what)
        _require_herglotz(law, what)
    except ConvergenceError as error:
        raise ConvergenceError(
            f"it could not be decided whether {what} is a probability measure: {error}"
        ) from error


def _require_moments(law: Law, what: str) -> None:
    """Positive Hankel determinants, up to the one that vanishes for finitely many atoms."""
    try:
        # in more constants than one or two the later moments have thousands of terms
        order = _ORDER if len(moment_generators(law.system, 2)) <= 2 else _ORDER // 2
        moments = [sp.S.One, *law.moments(2 * order)]
    except UndefinedOperationError:
        return
    undecided = order
    for size in range(1, order + 1):
        determinant = _minor(moments, size)
        if determinant < 0:
            _refuse(what, size, str(sp.Float(determinant.str(20, radius=False), 5)))
        if not determinant > 0:
            undecided = size
            break
    else:
        return
    _require_rank(moments, undecided, what)


def _minor(moments: Sequence[sp.Expr], size: int) -> arb:
    """A Hankel determinant; 0 also where it is too small to be told from it."""
    from freeprob.geometry.signs.rounding import constant_ball

    balls = [constant_ball(value) for value in moments[: 2 * size + 1]]
    for bits in _BITS:
        values = [ball(bits) for ball in balls]
        with ctx.workprec(bits):
            minor = arb_mat([[values[i + j] for j in range(size + 1)] for i in range(size + 1)])
            determinant = minor.det()
        if not determinant.contains(0):
            return determinant
    return arb(0)


def _require_rank(moments: Sequence[sp.Expr], size: int, what: str) -> None:
    """A vanishing determinant needs all later ones to vanish, which exact arithmetic decides."""
    if degree_bound(moments) > MOST_DEGREES or not all(value.is_algebraic for value in moments):
        return
    order = (len(moments) - 1) // 2
    rows = [[moments[i + j] for j in range(order + 1)] for i in range(order + 1)]
    hankel = DomainMatrix.from_list_sympy(order + 1, order + 1, rows, extension=True).to_field()
    places = list(range(size + 1))
    if hankel.rank() > size and not hankel.extract(places, places).det():
        _refuse(what, size, "0")


def _refuse(what: str, size: int, value: str) -> NoReturn:
    raise NotALawError(
        f"{what} is no probability measure: the Hankel determinant of its first {2 * size} moments "
        f"is {value}, that of a measure with more than {size} atoms is positive"
    )


def _require_analytic(law: Law, what: str) -> None:
    """No singularity of the physical sheet above the axis, where these are known exactly."""
    from freeprob.geometry.spectrum.upper_half_plane import singularities_above

    for singularity in singularities_above(law.system) or ():
        raise NotALawError(
            f"{what} is no probability measure: its G, continued from i∞ through the upper half "
            f"plane, is singular ({singularity.kind.value}) at z = {singularity.z:.6g}"
        )


def _require_herglotz(law: Law, what: str) -> None:
    import numpy as np

    from freeprob.numeric.branch.branch import physical_branch

    try:
        mean, second = (finite(value, "a moment") for value in law.moments(2))
    except UndefinedOperationError:
        mean, second = 0.0, 1.0
    radius = 4 * (abs(mean) + second**0.5) or 1.0
    # x = mean + radius tan θ makes the rule on the whole line exact up to exp(-2π height/spacing)
    angles = (np.arange(_POINTS) + 0.5) * np.pi / _POINTS - np.pi / 2
    x = mean + radius * np.tan(angles)
    density = -physical_branch(law.system).cauchy(x + 1j * radius / 256).imag / np.pi
    worst = int(np.argmin(density))
    if density[worst] <= 0:
        raise NotALawError(
            f"{what} is no probability measure: Im G > 0 above the real axis at x = {x[worst]:.6g}"
        )
    mass = float(np.sum(density * radius / np.cos(angles) ** 2) * np.pi / _POINTS)
    if abs(mass - 1) > _MASS:
        raise NotALawError(
            f"{what} is no probability measure: its G has a branch point in the upper half plane, "
            f"for the mass seen close to the real axis is {mass:.6g}"
        )
