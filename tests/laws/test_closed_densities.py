"""Densities as formulas on the cuts, against the numbers of the branch."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import NoClosedFormError
from freeprob.laws.base import Law

from .catalogue import HALF, MP, SC, SIGN, THREE

x = sp.Symbol("x")
c, t = sp.symbols("c t", positive=True)
POINTS = np.array([-3.3, -2.3, -0.6, 0.03, 0.3, 1.7, 2.1, 3.1, 5.2, 40])


@pytest.mark.parametrize(
    "law",
    [
        SC(2, 1),
        MP(1),
        MP(2),
        fp.Arcsine(-1, 2),
        fp.KestenMcKay(4),
        fp.Wachter(2, 3),
        fp.FreeMeixner(1, HALF),
        fp.FussCatalan(2),
        fp.boxplus(SC(), MP(HALF)),
        fp.boxplus(fp.Atomic({-2: HALF, 2: HALF}), SC(HALF)),
        fp.boxplus(SIGN, SIGN),
        fp.mixture({SC(): HALF, fp.PointMass(3): HALF}),
        MP(HALF).inverse(),
        MP(HALF).dilate(-2),
        SC().square(),
        fp.Cauchy(1, 2),
        fp.PointMass(1),
    ],
    ids=str,
)
def test_the_formula_has_the_numbers_of_the_branch(law: Law) -> None:
    formula = law.density(x)
    values = [float(formula.subs(x, sp.nsimplify(point))) for point in POINTS]
    assert values == pytest.approx(law.density(POINTS), rel=1e-11, abs=1e-14)


def test_formulas_keep_parameters_and_read_as_in_books() -> None:
    assert (
        str(SC().density(x))
        == "Piecewise((sqrt((2 - x)*(x + 2))/(2*pi), (x > -2) & (x < 2)), (0, True))"
    )
    formula = MP(c).density(x)
    assert formula.free_symbols == {c, x}
    for ratio in (sp.Rational(1, 3), sp.Integer(2)):
        number = float(formula.subs({c: ratio, x: HALF}))
        assert number == pytest.approx(MP(ratio).density(0.5), rel=1e-12)
    shifted = SC(t, c).density(2 * x)
    assert float(shifted.subs({t: 1, c: HALF, x: HALF})) == pytest.approx(SC(1, HALF).density(1.0))
    assert sp.latex(formula).startswith(r"\begin{cases}")


def test_what_has_no_formula_says_so() -> None:
    for law in (fp.Uniform(), fp.boxplus(THREE, SC()), fp.FussCatalan(3)):
        with pytest.raises(NoClosedFormError, match="degrees 2 and 3"):
            law.density(x)
