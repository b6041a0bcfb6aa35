"""Hessians by energy: digits of Pennington-Bahri 2017's models, formulas, simulated matrices."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes import critical_energy, hessian_law, index, index_exponent
from freeprob.parameters import exact

E, PHI = sp.symbols("epsilon phi", positive=True)
G, Z, W = sp.symbols("G z w")
CHI = 1 + 16 * PHI - 8 * PHI**2
PRINTED = {
    "wigner": (1 - 20 * PHI - 8 * PHI**2 + (1 + 8 * PHI) ** sp.Rational(3, 2)) / 16,
    "relu": (27 - 18 * CHI - CHI**2 + 8 * CHI ** sp.Rational(3, 2)) / (32 * PHI * (1 - PHI) ** 3),
}
# φ, ε_c, α₀: reference digits, and for the first model the closed form of α₀ below
DIGITS = {
    "wigner": [
        ("0.1", "0.08343458848123580450761922", "0.1297475231275856657951"),
        ("0.5", "0.01127124296868428012786677", "0.03350066641898672959465"),
        ("0.75", "0.001266198590758383344456892", "0.01267668121804182983351"),
    ],
    "relu": [
        ("0.1", "3.12611790922380306186", "0.11578447914226902"),
        ("0.5", "0.08103670980853653404524", "0.0311043575353121348"),
    ],
}
CASES = [(model, *row) for model, rows in DIGITS.items() for row in rows]


def digits(text: str) -> int:
    return len(text.lstrip("0.").replace(".", ""))


@pytest.mark.parametrize(("model", "phi", "energy", "amplitude"), CASES)
def test_critical_energies_and_amplitudes(
    model: str, phi: str, energy: str, amplitude: str
) -> None:
    assert str(critical_energy(phi, model).evalf(digits(energy))) == energy
    exponent, found = index_exponent(phi, model, dps=digits(amplitude))
    assert exponent == sp.Rational(3, 2)
    assert str(found) == amplitude


@pytest.mark.parametrize("model", PRINTED)
def test_the_critical_energy_is_the_printed_formula(model: str) -> None:
    formula = critical_energy(PHI, model)
    for phi in ("1/10", "1/3", "1/2", "9/10", "99/100"):
        at = {PHI: sp.Rational(phi)}
        assert sp.simplify(formula.subs(at) - PRINTED[model].subs(at)) == 0
    assert formula.subs(PHI, 1) == formula.subs(PHI, 3) == 0
    assert critical_energy(2, model) == 0


def test_the_amplitude_is_the_closed_form() -> None:
    """From the critical point G₀ itself, typed from the reference."""
    root = sp.sqrt(1 + 8 * PHI)
    point = -(4 * PHI - 1 + root) / (4 * PHI * (1 - PHI))
    bend = 2 / point**3 + 2 * PHI**2 / (1 - PHI * point) ** 3
    closed = (
        2
        / (3 * sp.pi)
        * sp.sqrt(2 / sp.Abs(bend))
        * (2 * sp.Abs(point) * PRINTED["wigner"]) ** sp.Rational(3, 2)
    )
    _, formula = index_exponent(PHI)
    for phi in (sp.Rational(1, 10), sp.Rational(1, 2), sp.Rational(7, 8)):
        assert abs(sp.N((formula / closed).subs(PHI, phi), 40) - 1) < 1e-35


def test_equations_and_transforms() -> None:
    cubic = 2 * E * PHI * G**3 - (2 * E + PHI * Z) * G**2 + (Z + PHI - 1) * G - 1
    assert sp.expand(hessian_law(E, PHI).polynomial(G, Z).as_expr() - cubic) == 0
    quartic = (
        -E * PHI**3 * Z * G**4
        + E * PHI**2 * (Z + PHI - 2) * G**3
        - PHI * (E * PHI - E - 2 * Z) * G**2
        - 2 * (Z + PHI - 1) * G
        + 2
    )
    relu = hessian_law(E, PHI, "relu")
    assert sp.expand(relu.polynomial(G, Z).as_expr() + quartic) == 0
    single = relu.args[1]
    assert sp.simplify(single.R(W) - E * PHI * W / (2 - E * PHI**2 * W**2)) == 0
    cubic = E * PHI**2 * Z * G**3 - E * PHI * (PHI - 1) * G**2 - 2 * Z * G + 2
    assert sp.expand(single.polynomial(G, Z).as_expr() - cubic) == 0
    assert single.moments(2) == [0, E * PHI / 2]
    assert single.subs({E: 1, PHI: 4}).atoms() == {0: sp.Rational(3, 4)}


def test_indices() -> None:
    assert str(index("1/2", "1/2", dps=15)) == "0.248947838334444"
    assert str(index(2 * critical_energy("1/2"), "1/2", dps=14)) == "0.019808101825717"
    assert index(0.1, 0.5) == pytest.approx(0.11356203, abs=5e-9)
    assert index(0.2, 1.5) == pytest.approx(0.27793309, abs=5e-9)
    assert index(0.3, 0.5, "relu") == pytest.approx(0.047369, abs=5e-7)
    assert index("1/1000", "1/2") == 0
    assert index(critical_energy("1/2"), "1/2", dps=20) == 0
    # zero modes are no negative eigenvalues: rank tells how many there are
    assert index("3/10", "5/2", "relu") == pytest.approx(0.2, abs=1e-12)
    assert str(index("3/10", "5/2", "relu", dps=20)) == "0.2"


@pytest.mark.parametrize("energy", ["1e-6", "1/10", 1, 10**6])
@pytest.mark.parametrize("phi", [2, "2.2", 5, sp.pi])
def test_inertia_of_many_parameters(energy, phi) -> None:
    """The law's own mass below 0 where an atom leaves it no doubt, and matrices at φ = 2."""
    value = index(energy, phi, "relu", dps=20)
    assert abs(value * 2 * sp.N(exact(phi), 30) - 1) < 1e-19
    assert index(energy, phi, "relu") == pytest.approx(float(value), rel=1e-15)
    if phi == 2 and energy == 1:
        # 1/4 of the eigenvalues of any matrix in general position
        assert (hessian_law(1, 2, "relu").sample(200, rng=1) < 0).mean() == pytest.approx(
            0.25, abs=0.01
        )
    if phi == 5 and energy == "1/10":
        law = hessian_law(energy, phi, "relu")
        assert law.cdf(0) - float(law.atoms()[0]) == pytest.approx(0.1, abs=1e-12)


@pytest.mark.parametrize("model", PRINTED)
def test_the_index_grows_as_foretold(model: str) -> None:
    critical = critical_energy("1/2", model)
    _, amplitude = index_exponent("1/2", model, dps=20)
    step = sp.Rational(1, 10**6)
    found = index(sp.nsimplify(sp.N(critical * (1 + step), 40), rational=True), "1/2", model, 12)
    assert float(found) / float(amplitude * 1e-9) == pytest.approx(1, abs=1e-5)


def test_the_lower_edge_moves_with_twice_its_transform() -> None:
    law = hessian_law(E, sp.Rational(1, 2))
    low = law.edges(dps=20, at={E: "1/10"})[0]
    assert float(low.location) == pytest.approx(-0.38769, abs=5e-6)
    step = 1e-6
    ends = [
        law.subs({E: sp.Rational(1, 10) + sign * sp.Rational(1, 10**6)}).support(dps=25)[0][0]
        for sign in (-1, 1)
    ]
    assert float(low.velocity(E)) == pytest.approx(float(ends[1] - ends[0]) / (2 * step), rel=1e-9)


@pytest.mark.parametrize(
    ("energy", "phi", "model"), [(0.5, 0.5, "wigner"), (0.2, 1.5, "wigner"), (0.3, 0.5, "relu")]
)
def test_indices_of_simulated_hessians(energy: float, phi: float, model: str) -> None:
    """Counts are rigid: their error is of order 1/n; an energy off by a tenth is seen."""
    n, draws = 600, 4
    law = hessian_law(energy, phi, model)
    counts = [np.mean(law.sample(n, rng=seed) < 0) for seed in range(draws)]
    error = 1.5 / n
    assert abs(np.mean(counts) - index(energy, phi, model)) < error
    assert abs(np.mean(counts) - index(round(1.1 * energy, 6), phi, model)) > error


def test_what_is_refused() -> None:
    for bad in (
        lambda: hessian_law(-1, 1),
        lambda: hessian_law(1, 0),
        lambda: hessian_law(1, 1, "tanh"),
        lambda: critical_energy(0),
        lambda: critical_energy(1, "other"),
        lambda: index_exponent(1),
        lambda: index_exponent(PHI, dps=20),
        lambda: index(E, 1),
    ):
        with pytest.raises(InvalidParameterError):
            bad()


def test_at_energy_zero_the_law_is_the_wishart_part() -> None:
    assert hessian_law(0, 2).atoms() == {0: sp.Rational(1, 2)}
    assert index(0, 2) == 0
