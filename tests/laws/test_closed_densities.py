"""Densities as formulas on the cuts, against the numbers of the branch."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
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


QUARTICS = [
    fp.boxplus(MP(HALF), MP(2)),
    fp.boxplus(MP(HALF), MP(HALF).dilate(-3)),
    fp.boxplus(THREE, SC()),
    fp.boxplus(THREE, SC("1/20")),
    fp.boxtimes(MP(1), MP(HALF), MP(2)),
    fp.FussCatalan(3),
    fp.sample_covariance(fp.Atomic({1: HALF, 2: "1/3", 9: "1/6"}), "1/4"),
    fp.CompoundFreePoisson(2, fp.Atomic([1, 3, 4])),
    fp.boolean_sum(SC(), MP(HALF)),
    nets.gram_law((1, HALF), HALF, "3/4"),
    fp.boxplus(THREE, MP(HALF)),
    fp.boolean_sum(MP("9/7"), SC("7/2")),
    fp.boolean_sum(MP("459/250"), SC("1/6")),
]


@pytest.mark.parametrize("law", QUARTICS, ids=str)
def test_roots_of_quartics_have_the_numbers_of_the_branch_all_over_their_cuts(law: Law) -> None:
    formula = law.density(x)
    assert isinstance(formula, sp.Piecewise)
    assert sp.latex(formula).startswith(r"\begin{cases}")
    ends = {root: root.n(20) for root in formula.atoms(sp.CRootOf)}
    values = sp.lambdify(x, formula.xreplace(ends), "numpy")
    for low, high in ((float(low), float(high)) for low, high in law.support(dps=16)):
        # towards both ends, where the formula cancels, and densely inside: no jump of the branch
        t = np.linspace(0, np.pi, 203)[1:-1]
        points = low + (high - low) * (1 - np.cos(t)) / 2
        with np.errstate(all="ignore"):
            found = values(points)
        numbers = law.density(points)
        assert found == pytest.approx(numbers, rel=2e-6, abs=1e-7 * np.median(numbers))
        exact = float(formula.subs(x, sp.nsimplify(points[40])))
        assert exact == pytest.approx(numbers[40], rel=1e-11)
    assert formula.subs(x, sp.Integer(-100)) == 0


@pytest.mark.parametrize("law", QUARTICS[-4:], ids=str)
def test_formulas_of_roots_of_quartics_have_the_digits_of_the_branch_next_to_edges(
    law: Law,
) -> None:
    formula = law.density(x)
    for low, high in law.support(dps=30):
        for step in (sp.Rational(1, 10**5), sp.Rational(1, 10**9)):
            for edge, inner in ((low, 1), (high, -1)):
                point = sp.Rational(str(edge)) + inner * step
                exact = formula.subs(x, point).evalf(20)
                assert float(exact / law.density(point, dps=20) - 1) == pytest.approx(0, abs=1e-15)


def test_constructions_tell_densities_that_no_equation_does() -> None:
    law = fp.mixture({fp.Uniform(0, 3): HALF, SC(): "1/4", fp.PointMass(1): "1/4"})
    formula = law.density(x)
    values = [float(formula.subs(x, sp.nsimplify(point))) for point in POINTS]
    assert values == pytest.approx(law.density(POINTS), rel=1e-11, abs=1e-14)
    assert fp.Normal(1, 2).density(x).subs(x, 1) == 1 / (2 * sp.sqrt(sp.pi))
    density = fp.DensityLaw(2 * x, x, 0, 1).density(x)
    assert density.subs(x, HALF) == 1
    assert density.subs(x, 2) == 0


def test_what_has_no_formula_says_so() -> None:
    five = fp.boxplus(THREE, fp.Atomic([0, 1, 3]))
    for law in (fp.boxplus(fp.Uniform(), SC()), five, fp.FussCatalan(4)):
        with pytest.raises(NoClosedFormError, match="degrees up to 4"):
            law.density(x)
    relu = nets.gram_law((1, sp.pi / (2 * (sp.pi - 1))), HALF, "3/4")
    with pytest.raises(NoClosedFormError, match="support"):
        relu.density(x)
    with pytest.raises(NoClosedFormError, match="parameters"):
        fp.boxplus(fp.Atomic([0, 1, 2]), SC(t)).density(x)
