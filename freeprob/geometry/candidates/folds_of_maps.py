"""Real critical points of maps z(u) that are rational but for irrational constants.

From far above, two edges look like none if they are nearer to each other than the steps of a scan
tell. For one unknown all critical points are roots of one polynomial. Its constants are rounded
only to find them: each is proved as a fold of the map itself.
"""

from __future__ import annotations

import sympy as sp
from flint import fmpz_poly

from freeprob.errors import CertificationError
from freeprob.exact.algebra.door import constants
from freeprob.exact.algebra.isolation import isolated_roots
from freeprob.exact.systems.system import Curve
from freeprob.geometry.candidates.charts_at_infinity import chart
from freeprob.geometry.candidates.folds import Fold
from freeprob.geometry.signs.rounding import Constant

_DIGITS = 60  # of constants, so that roots that nearly meet are still told apart
_TANGENT = 3.0  # the tangent 1, lifted by 2


def degenerate_values(curve: Curve) -> list[Constant]:
    """Values of z where a linear factor of its slope is squared; none for curves of other kinds.

    No regular equations prove such points, and next to one a simple fold may be all that a scan
    tells apart: z = (1 + u)(u + p)^n/u has one at 0, and one of size (1 - p)^n.
    """
    if not (curve.is_uniformised and curve.is_algebraic):
        return []
    (u,) = curve.unknowns
    above, _ = sp.fraction(sp.gcd_terms(sp.together(sp.diff(curve.z, u))))
    found: dict[sp.Expr, None] = {}
    for base, power in (factor.as_base_exp() for factor in sp.Mul.make_args(above)):
        if power.is_Integer and power > 1 and sp.degree(base, u) == 1:
            place = sp.cancel(-base.subs(u, 0) / sp.diff(base, u))
            value = sp.simplify(curve.z.subs(u, place))
            if value.is_finite and value.is_real:
                found[value] = None
    return [Constant(value) for value in found]


def folds_of_map(curve: Curve, bits: int) -> list[Fold]:
    """The simple real critical points at finite unknowns, proved; none for other curves."""
    if not (curve.is_uniformised and curve.is_algebraic):
        return []
    rounded = {constant: constant.n(_DIGITS) for constant in constants([curve.z])}
    if not all(value.is_Float for value in rounded.values()):
        return []
    (u,), shown = curve.unknowns, chart(curve, (False,), (False,))
    z = curve.z.xreplace({one: sp.Rational(str(value)) for one, value in rounded.items()})
    above, _ = sp.fraction(sp.cancel(sp.diff(sp.cancel(z), u)))
    found = (Fold(shown, (root, _TANGENT)) for root in _simple_real_roots(sp.Poly(above, u)))
    return [fold for fold in found if _is_proved(fold, bits)]


def _simple_real_roots(polynomial: sp.Poly) -> list[float]:
    _, whole = polynomial.clear_denoms(convert=True)
    roots = isolated_roots(fmpz_poly([int(c) for c in reversed(whole.all_coeffs())]))
    return [float(root.real) for root, times in roots if times == 1 and root.imag == 0]


def _is_proved(fold: Fold, bits: int) -> bool:
    try:
        fold.balls(bits)
    except CertificationError:
        return False
    return True
