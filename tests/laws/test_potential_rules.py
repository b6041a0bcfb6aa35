"""The potential by the rules of operations, against quadrature of the density and against G."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

import freeprob as fp
from freeprob.errors import ConvergenceError
from freeprob.exact.systems.potentials import potential
from freeprob.laws.functionals.potentials import values_of
from freeprob.laws.numbers.spectrum_for_numbers import atoms_of, cuts_of
from freeprob.numeric.distributions.precise import precise_log_potential
from freeprob.numeric.integrals.log_potential import log_potential
from freeprob.numeric.integrals.panels import quadrature
from freeprob.numeric.programs.lowering import read_place
from tests.laws.test_table_of_operations import KINDS, OPERATIONS

G, x = sp.symbols("G x")
POINTS = np.array([0.3, -1.2, 2.5, 6, 0.3 + 1e-3j, 1 + 1j, 1 - 1j, 1e4 + 3j])
WITHOUT_RULE = {"BooleanSum", "MonotoneSum"}
MP, SC, OTHER = fp.MarchenkoPastur, fp.Semicircle, fp.Atomic({1: "1/2", 2: "1/3", 5: "1/6"})


def by_quadrature(law: fp.Law, z: np.ndarray) -> np.ndarray:
    return log_potential(quadrature(law.system, cuts_of(law), atoms_of(law)), z + 0j)


@pytest.mark.parametrize("kind", ["algebraic", "coin"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_has_its_rule_or_says_that_there_is_none(name: str, kind: str) -> None:
    if name == "Reweighting" and kind == "coin":
        kind = "density"
    law = OPERATIONS[name](KINDS["density" if name == "Reweighting" else kind])
    values = values_of(law.system)
    if values is None:
        assert name in WITHOUT_RULE
        return
    found = values.floats(POINTS + 0j)
    known = np.isfinite(found)  # a term may be infinite at a point
    assert known.sum() >= len(POINTS) - 1
    assert found[known] == pytest.approx(by_quadrature(law, POINTS)[known], abs=3e-13)
    step = 1e-3
    slope = (values.floats(np.array([2j + step])) - values.floats(np.array([2j - step]))) / step / 2
    assert slope[0] == pytest.approx(law.cauchy(2j).real, abs=1e-6)


@pytest.mark.parametrize(
    "law",
    [
        fp.rectangular_boxplus(SC(1), fp.Atomic([-1, 1]), "1/2"),
        fp.boxplus(fp.CompoundFreePoisson(2, OTHER), SC(1)),
        fp.boxtimes(fp.information_plus_noise(OTHER, "1/2"), MP(1)),
        fp.boxplus(fp.Uniform(0, 1), MP(2)),
        fp.compress(fp.boxplus(MP("1/2"), OTHER), "2/3"),
        MP("1/2").inverse(),
        fp.boxplus(fp.Cauchy(0, 1), OTHER),
        fp.boxplus(fp.Empirical([1 / 4, 2, 4, 5, 7, 8, 9, 10, 12, 13, 14, 15, 17]), SC(1)),
    ],
    ids=str,
)
def test_thirty_digits_by_rules_are_those_of_the_integral_of_G(law: fp.Law) -> None:
    values = values_of(law.system)
    assert values is not None
    for point in (sp.Rational(1, 3), -2, sp.Rational(5, 2) + sp.I / 7):
        place = read_place(point)
        one = values.ball(place, 30)
        other = precise_log_potential(law.system, place, cuts_of(law), atoms_of(law), 30)
        assert abs(float(one - other)) < 1e-29


def test_far_out_and_next_to_poles_of_maps_no_digits_are_lost() -> None:
    law = fp.mobius(MP("1/2"), 1, 2, 1, 3)
    far = np.array([1e8, 1e12, -1e10, 1e9j])
    expected = np.log(np.abs(far)) - float(law.mean) * (1 / far).real
    assert law.log_potential(far) == pytest.approx(expected, abs=3e-14)
    density = fp.boxplus(fp.DensityLaw(2 * x, x, 0, 1), SC(1))
    expected = np.log(np.abs(far)) - float(density.mean) * (1 / far).real
    assert density.log_potential(far) == pytest.approx(expected, abs=3e-14)


def test_parts_without_primitive_are_integrated_where_they_stand() -> None:
    part = fp.AlgebraicLaw(G**2 - G * x + 1, G, x)
    law = fp.boxplus(part, MP(1))
    found = potential(law.system)
    assert found is not None
    assert [term.system for term in found.parts] == [part.system]
    expected = fp.boxplus(SC(1), MP(1)).log_potential(POINTS)
    assert law.log_potential(POINTS) == pytest.approx(expected, abs=3e-14)
    with pytest.raises(ConvergenceError, match="closed form"):
        values_of(law.system).ball(read_place(1), 20)
    with mpmath.workdps(40):
        digits = law.log_potential(sp.Rational(1, 3), dps=30)
        assert abs(digits - fp.boxplus(SC(1), MP(1)).log_potential("1/3", dps=34)) < 1e-29


def test_a_law_alone_has_the_primitive_of_its_curve() -> None:
    for law in (SC(2, 1), MP(3), fp.Arcsine(0, 2), fp.Wachter(2, 3), fp.Uniform(-1, 2), OTHER):
        found = potential(law.system)
        assert found is not None
        assert not found.parts
    assert potential(fp.AlgebraicLaw(G**2 - G * x + 1, G, x).system) is None


def test_sums_without_a_rule_are_integrated() -> None:
    for law in (fp.boolean_sum(SC(1), MP("1/2")), fp.monotone(SC(1), MP("1/2"))):
        assert potential(law.system) is None
        assert law.log_potential(POINTS) == pytest.approx(by_quadrature(law, POINTS), abs=1e-15)


@pytest.mark.parametrize(
    "law",
    [
        fp.boolean_sum(fp.Cauchy("1/2", "1/3"), MP(1, "3/2")),
        fp.boolean_sum(fp.Cauchy(0, 1), fp.Cauchy(3, 2), SC(1)),
        fp.boxplus(fp.boolean_sum(fp.Cauchy(0, 1), MP(2)), SC(1)),
    ],
    ids=str,
)
def test_residues_that_are_not_real_are_no_weights_of_logarithms(law: fp.Law) -> None:
    def below(height: float) -> float:
        return -law.cauchy(complex(0.7, height)).imag

    near, _ = quad(below, 0.3, 1, epsabs=1e-12)
    far, _ = quad(lambda s: below(1 / s) / s**2 - 1 / s, 1e-9, 1, epsabs=1e-12, limit=200)
    # log|z + is| - log s tends to 0
    assert law.log_potential(0.7 + 0.3j) == pytest.approx(-near - far, abs=1e-7)


def test_primitives_do_not_take_long_constants_apart() -> None:
    ratio = sp.sqrt(sp.pi + sp.sqrt(3 + sp.sqrt(2))) / 3
    variance = sp.asin(sp.Rational(1, 9)) + sp.atan(2 * sp.sqrt(2)) / sp.pi
    law = fp.boxplus(MP(ratio), SC(variance))
    found = potential(law.system)
    assert found is not None
    assert not found.parts
    near = fp.boxplus(MP(ratio.n(30)), SC(variance.n(30)))
    assert law.log_potential(POINTS) == pytest.approx(near.log_potential(POINTS), abs=1e-13)
