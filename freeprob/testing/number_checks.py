"""The numeric side of the contract: G, density, distribution function, quadratures, covariance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sympy as sp

from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.free_sum import boxplus, boxplus_power
from freeprob.testing.agreement import DIGITS, FLOAT, context, fail, same
from freeprob.testing.points import cuts, frame, points
from freeprob.testing.quadrature import line_integrals

_IN_DIGITS = 1e-10  # relative: what float64 answers promise
_INVERTED = 1e-8  # of a level: the cdf has ten digits, and its slope may be steep
_BY_QUADRATURE = 1e-6  # of a moment: rules on cuts know nothing of singularities inside them
_BY_CONTOUR = 1e-8  # of a moment: two hundred points on a circle away from the spectrum
_SHARE = 0.1  # of zG - 1 that may be left a hundred times as far out: powers 1/2 and above pass
_VANISHING = 0.05  # of the error, where the variance of the noise is a hundredth


def check_half_plane(law: Law) -> None:
    """Im G < 0, |Im G| ≤ 1/Im z, symmetry, digits that agree with floats, zG → 1 at i∞."""
    grid = points(law)
    for point, value in zip(grid, law.cauchy(grid), strict=True):
        if not -(1 + FLOAT) / point.imag <= value.imag < 0:
            fail(law, f"Im G at {point} must be in [-1/Im z, 0)", value.imag, -1 / point.imag)
        mirrored = complex(law.cauchy(point.conjugate()))
        same(law, f"G at {point} and its conjugate", value, mirrored.conjugate())
    digits = complex(law.cauchy(context().mpc(grid[3]), dps=DIGITS))
    same(law, f"G({grid[3]}) in floats and in digits", law.cauchy(grid)[3], digits, _IN_DIGITS)
    centre, width = frame(law)
    near, far = (
        abs(z * complex(law.cauchy(z)) - 1)
        for z in 1j * (abs(centre) + width) * np.array([1e2, 1e4])
    )
    if not far <= max(_SHARE * near, _IN_DIGITS):
        fail(law, "zG(z) - 1 must vanish at i∞", near, far)


def check_density(law: Law) -> None:
    """The density is -Im G/π, at least 0, the same in digits; cdf and quantile are inverse."""
    for low, high in cuts(law):
        low = low if np.isfinite(low) else float(law.quantile(0.05))
        high = high if np.isfinite(high) else float(law.quantile(0.95))
        x = low + (high - low) * np.array([0.03, 0.4, 0.8])
        density, G = law.density(x), law.cauchy(x)
        for point, one, other in zip(x, density, -G.imag / np.pi, strict=True):
            if one < 0:
                fail(law, f"the density at {point} is negative", one, other)
            same(law, f"density at {point}, and -Im G/π", one, other)
            digits = float(law.density(context().mpf(point), dps=DIGITS))
            same(law, f"density at {point} in floats and in digits", one, digits, _IN_DIGITS)
        for point, level in zip(x, law.cdf(x), strict=True):
            back = float(law.cdf(float(law.quantile(level))))
            same(law, f"cdf at {point} and at its own quantile", level, back, _INVERTED)


def check_quadratures(law: Law, moments: Sequence[sp.Expr]) -> None:
    """Mass and moments, by quadrature of density and atoms and by a contour integral of G."""
    ends = [end for cut in cuts(law) for end in cut] + [float(place) for place in law.atoms()]
    if not np.isfinite(ends).all():
        return
    low, high = min(ends), max(ends)
    centre, radius = (low + high) / 2, 0.75 * (high - low) + 0.5
    size = max(1.0, abs(low), abs(high))
    lines = line_integrals(law, len(moments), size)
    for order, exact in enumerate([sp.S.One, *moments]):
        value = float(exact) / size**order
        what = f"moment {order} in units of {size:.3g}^{order}"
        same(law, f"{what}, and by quadrature", value, lines[order], _BY_QUADRATURE)
        contour = _contour_integral(law, order, centre, radius) / size**order
        same(law, f"{what}, and by the contour integral of G", value, contour, _BY_CONTOUR)


def check_covariance(law: Law) -> None:
    """The law of aX + b has G((z - b)/a)/a."""
    grid = points(law)
    for factor, amount in ((sp.Rational(3, 2), sp.Rational(-2, 3)), (sp.Integer(-1), sp.S.Half)):
        a, b = float(factor), float(amount)
        moved = law.dilate(factor).shift(amount)
        inner = grid if a > 0 else grid.conjugate()
        for z, value in zip(a * inner + b, law.cauchy(inner) / a, strict=True):
            same(law, f"G of {a} X + {b} at {z}", complex(moved.cauchy(z)), value)


def check_trivial_operations(law: Law) -> None:
    """⊞ with a point shifts, the first ⊞-power is the law, ⊞ with vanishing noise tends to it."""
    grid = points(law)
    values = law.cauchy(grid)
    for what, other, at in (
        ("boxplus with a point at 1", boxplus(law, PointMass(1)), grid + 1),
        ("the first ⊞-power", boxplus_power(law, 1), grid),
    ):
        for z, one, two in zip(grid, values, other.cauchy(at), strict=True):
            same(law, f"G at {z}, and of {what}", one, two)
    errors = [
        np.abs(boxplus(law, Semicircle(variance)).cauchy(grid[[0, 5]]) - values[[0, 5]]).max()
        for variance in ("1/1000", "1/100000")
    ]
    if not errors[1] < _VANISHING * errors[0]:
        fail(law, "G of the law with vanishing noise must tend to G", errors[0], errors[1])


def _contour_integral(law: Law, order: int, centre: float, radius: float) -> float:
    """(1/2πi) ∮ z^order G(z) dz over a circle around the support: twice its upper half."""
    angles = np.pi * (np.arange(200) + 0.5) / 200
    z = centre + radius * np.exp(1j * angles)
    return float(np.mean((z**order * law.cauchy(z) * (z - centre)).real))
