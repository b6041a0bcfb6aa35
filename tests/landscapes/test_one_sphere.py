"""Complexity and exact counts on one sphere, against printed values and brute force."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import Semicircle
from freeprob.errors import (
    BudgetExceededError,
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
)
from freeprob.landscapes import MixedPSpin, PSpin

T = sp.Symbol("t")
MIXTURES = {
    "two and four": {2: "0.5", 4: "0.5"},
    "with a field": {1: "0.3", 3: "0.7"},
    "mostly two": {2: "0.9", 6: "0.1"},
    "trivial": {1: "0.8", 2: "0.2"},
}


@pytest.mark.parametrize(
    ("p", "digits"),
    [
        (3, "1.63299316185545206546"),
        (4, "1.73205080756887729353"),
        (5, "1.78885438199983175713"),
        (10, "1.89736659610102759920"),
    ],
)
def test_thresholds(p: int, digits: str) -> None:
    """2 √((p - 1)/p): Auffinger, Ben Arous and Černý 2013."""
    glass = PSpin(p)
    assert glass.threshold() == 2 * sp.sqrt(sp.Rational(p - 1, p))
    assert str(glass.threshold(21)) == digits.rstrip("0")


@pytest.mark.parametrize(
    ("p", "k", "digits"),
    [
        (3, 0, "1.65699836352747325122"),
        (3, 1, "1.65287319810304301018"),
        (3, 2, "1.65025312743927278429"),  # ...78428954
        (3, 3, "1.64839902190863574411"),
        (5, 0, "1.88798882636891869793"),
        (5, 1, "1.87057563547679562160"),
    ],
)
def test_ground_levels(p: int, k: int, digits: str) -> None:
    glass = PSpin(p)
    level = glass.ground_level(k, dps=21)
    assert str(level) == digits.rstrip("0")
    assert glass.ground_level(k) == pytest.approx(float(digits), rel=1e-15)
    assert abs(glass.complexity(-level, index=k, dps=15)) < 1e-19


def test_many_spins() -> None:
    """E_0 grows as √(log p): covariances of a high power are not multiplied out."""
    assert PSpin(1000).ground_level(0, dps=20) == pytest.approx(3.1797383298491591)
    assert PSpin(1000).complexity(-3.1797383298491591, 0) == pytest.approx(0, abs=1e-12)


def test_complexities_with_printed_digits() -> None:
    glass = PSpin(3)
    assert str(glass.complexity(-1, dps=21)) == "0.221573590279972654709"
    assert str(glass.complexity("-1.65", dps=21)) == "0.00425389401465918721877"
    assert str(glass.complexity(-glass.threshold(), dps=21)) == "0.0132402569466393213753"
    assert str(glass.complexity("-1.65", 1, dps=21)) == "0.00224669774934571972893"
    assert glass.complexity(sp.oo) == glass.complexity(np.inf) == pytest.approx(np.log(2) / 2)
    u = np.array([-1.65, -1.0, 0.3])
    digits = glass.complexity(u, dps=17)
    assert digits.dtype == object
    assert glass.complexity(u) == pytest.approx(digits.astype(float), rel=1e-13)


def test_a_fixed_index_has_one_rate_function_more() -> None:
    """Θ_k = Θ - k I₁ below the threshold; constant above it, where finite indices are rare."""
    glass = PSpin(4)
    rate = [glass.complexity(-1.74, k) for k in range(4)]
    assert np.diff(rate) == pytest.approx(rate[1] - rate[0])
    assert rate[0] == glass.complexity(-1.74)
    for k in (0, 5):
        for u in (-1.5, 0, 2, sp.oo):
            assert glass.complexity(u, k) == pytest.approx(np.log(3) / 2 - 1 / 2)


def brute_force(glass: MixedPSpin, u: float, k: int | None) -> float:
    """The supremum over values and radial derivatives on a grid."""
    t = next(iter(glass.nu.free_symbols))
    c, v = (float(glass.nu.diff(t, j).subs(t, 1)) for j in (1, 2))
    values = np.linspace(-4, u, 1200)[:, None]
    radial = np.linspace(-12, 12 if k is None else -2 * np.sqrt(v), 2001)
    z = np.maximum(np.abs(radial) / np.sqrt(v), 2)
    extreme = (z * np.sqrt(z * z - 4) / 2 - 2 * np.arccosh(z / 2)) / 2
    potential = radial**2 / (4 * v) - 0.5 + np.log(v) / 2 - ((k or 0) + 1) * extreme
    gap = (radial - c * values) ** 2 / (2 * (c + v - c**2))
    return float((0.5 - np.log(c) / 2 - values**2 / 2 - gap + potential).max())


@pytest.mark.parametrize("mixture", MIXTURES.values(), ids=MIXTURES)
@pytest.mark.parametrize("k", [None, 0, 2])
def test_mixtures_reach_the_supremum(mixture: dict, k: int | None) -> None:
    glass = MixedPSpin(mixture)
    for u in (-2.5, -1.5, -1.0, -0.5, 0.5):
        assert glass.complexity(u, k) == pytest.approx(brute_force(glass, u, k), abs=2e-4)
        assert float(glass.complexity(u, k, dps=20)) == pytest.approx(glass.complexity(u, k))


def test_mixtures_of_one_power_are_pure() -> None:
    mixed, pure = MixedPSpin(T**3), PSpin(3)
    u = np.linspace(-2, 0.5, 30)
    for k in (None, 0, 3):
        assert mixed.complexity(u, k) == pytest.approx(pure.complexity(u, k), rel=1e-12)
    assert mixed.threshold() == pure.threshold()
    assert mixed == MixedPSpin({3: 1})


def test_total_complexity_and_its_transition() -> None:
    """½ log(ν''/ν'), and no exponential growth for ν'' ≤ ν' (Fyodorov): only 2 ground states."""
    assert MixedPSpin(T**2 / 2 + T**4 / 2).complexity() == pytest.approx(np.log(7 / 3) / 2)
    trivial = MixedPSpin(MIXTURES["trivial"])
    assert trivial.complexity() == pytest.approx(0, abs=1e-15)
    assert trivial.ground_level(dps=20) == pytest.approx(np.sqrt(1.2))
    assert trivial.complexity(-np.sqrt(1.2) - 0.1) < 0
    with pytest.raises(InvalidParameterError, match="rare at all energies"):
        trivial.ground_level(1)
    assert PSpin(2).ground_level(3) == pytest.approx(np.sqrt(2))


def test_hessians() -> None:
    """GOE(p(p - 1)) - p f for a pure field; the bulk touches 0 at the threshold."""
    assert PSpin(3).hessian_law(-2) == Semicircle(6, 6)
    assert PSpin(3).hessian_law(1) == Semicircle(6, -3)
    for glass in (PSpin(5), MixedPSpin(MIXTURES["two and four"])):
        ((low, _),) = glass.hessian_law(-glass.threshold()).support()
        assert sp.simplify(low) == 0
        below = glass.hessian_law(-glass.threshold() - 1).support()[0][0]
        assert below > 0


@pytest.mark.parametrize(
    ("n", "digits"),
    [
        (2, "5.291502622129181181"),
        (3, "10.55235974119758031"),
        (4, "18.790233801030153582"),
        (5, "31.496914209436552497"),
    ],
)
def test_exact_counts(n: int, digits: str) -> None:
    assert str(PSpin(3).mean_critical_points(n, dps=20)).startswith(digits[:-1])
    assert PSpin(3).mean_critical_points(n) == pytest.approx(float(digits), rel=1e-13)


def test_exact_counts_in_closed_form() -> None:
    """2N eigenvectors for p = 2; on the circle 2 √((3ν'' + ν')/ν'), by Rice's formula."""
    for n in (2, 7, 40):
        assert PSpin(2).mean_critical_points(n) == pytest.approx(2 * n, rel=1e-12)
    for p in (4, 5):
        found = PSpin(p).mean_critical_points(2)
        assert found == pytest.approx(2 * np.sqrt(3 * p - 2), rel=1e-13)
    for mixture in MIXTURES.values():
        glass = MixedPSpin(mixture)
        c, v = (
            float(glass.nu.diff(*glass.nu.free_symbols, j).subs(*glass.nu.free_symbols, 1))
            for j in (1, 2)
        )
        assert glass.mean_critical_points(2) == pytest.approx(2 * np.sqrt((3 * v + c) / c))
    assert str(PSpin(4).mean_critical_points(10, dps=22)) == "1595.704737746310455923"


def test_digits_of_counts_in_many_dimensions() -> None:
    """2N eigenvectors of a matrix; elsewhere both routes, in float64 and with digits."""
    assert PSpin(2).mean_critical_points(60, dps=25) == 120
    for u in (sp.oo, "-1.6"):
        value = PSpin(3).mean_critical_points(60, u, dps=20)
        assert PSpin(3).mean_critical_points(60, u) == pytest.approx(float(value), rel=1e-11)


def test_counts_below_an_energy() -> None:
    glass = PSpin(3)
    assert str(glass.mean_critical_points(10, -1, dps=19)) == "10.60597260481305294"
    u = np.array([-1.0, 0.0, 5.0])
    counts = glass.mean_critical_points(10, u)
    # the field is odd: half of all lie below 0
    assert counts[1:] == pytest.approx([counts[2] / 2, glass.mean_critical_points(10)])
    deep = glass.mean_critical_points(20, -4)
    assert deep == pytest.approx(float(glass.mean_critical_points(20, -4, dps=15)), rel=1e-10)


@pytest.mark.parametrize("n", [3, 4, 5])
def test_indices_add_up_and_alternate_to_the_euler_characteristic(n: int) -> None:
    """Morse: Σ (-1)^k E Crt_k is 2 on even spheres and 0 on odd ones, for any mixture."""
    for glass in (PSpin(3), MixedPSpin(MIXTURES["with a field"])):
        counts = [glass.mean_critical_points(n, index=k) for k in range(n)]
        assert sum(counts) == pytest.approx(glass.mean_critical_points(n), rel=1e-12)
        euler = sum((-1) ** k * count for k, count in enumerate(counts))
        assert euler == pytest.approx(1 + (-1) ** (n - 1), abs=1e-10)
        assert counts == pytest.approx(counts[::-1], rel=1e-12)


def test_minima_and_saddles_of_three_spins_on_the_sphere() -> None:
    """Counted by Newton's method as 3.1388 ± .0010 and 4.2763 ± .0004 in the reference."""
    counts = [PSpin(3).mean_critical_points(3, index=k) for k in range(3)]
    assert counts == pytest.approx([3.138090, 4.276180, 3.138090], abs=5e-7)
    below = [PSpin(3).mean_critical_points(4, "-1.1", index=k) for k in range(4)]
    assert sum(below) == pytest.approx(PSpin(3).mean_critical_points(4, -1.1), rel=1e-12)
    assert PSpin(3).mean_critical_points(3, index=3) == 0


def test_counts_grow_with_the_complexity() -> None:
    glass = PSpin(3)
    for u in (sp.oo, -1, -1.7):
        slope = np.log(glass.mean_critical_points(240, u) / glass.mean_critical_points(200, u)) / 40
        assert slope == pytest.approx(glass.complexity(u), abs=3e-3)
        assert slope != pytest.approx(PSpin(4).complexity(u), abs=3e-3)


@pytest.mark.parametrize(
    ("u", "sizes", "ratios"),
    [
        ("-2.2", (10, 20, 40), (0.8748, 0.9312, 0.9637)),
        (-1, (20, 40, 80), (0.742, 0.857, 0.923)),
        (sp.oo, (20, 40, 80), (0.947, 0.974, 0.987)),
    ],
)
def test_leading_orders_in_three_regimes(u, sizes: tuple, ratios: tuple) -> None:
    glass = PSpin(3)
    found = [glass.mean_critical_points(n, u) / glass.asymptotics(n, u) for n in sizes]
    assert found == pytest.approx(ratios, abs=6e-4)


@pytest.mark.parametrize("mixture", list(MIXTURES.values())[:3], ids=list(MIXTURES)[:3])
def test_leading_orders_of_mixtures(mixture: dict) -> None:
    """The relative error halves as N doubles, also when one power of the mixture is all."""
    glass = MixedPSpin(mixture)
    for u in ("-2.1", "-0.6", 2):
        miss = [1 - glass.mean_critical_points(n, u) / glass.asymptotics(n, u) for n in (400, 800)]
        assert miss[1] / miss[0] == pytest.approx(0.5, abs=0.06)


def test_leading_orders_where_there_is_none() -> None:
    glass = PSpin(3)
    assert glass.asymptotics(40, 0) == pytest.approx(glass.asymptotics(40) / 2)
    assert glass.asymptotics(40, np.array([-2, -1, 1])).shape == (3,)
    for ask in (
        lambda: glass.asymptotics(40, -glass.threshold()),
        lambda: PSpin(2).asymptotics(40),
        lambda: MixedPSpin(MIXTURES["trivial"]).asymptotics(40, -1),
    ):
        with pytest.raises(NoClosedFormError):
            ask()
    # below its two ground states a trivial field has a leading order like others
    assert MixedPSpin(MIXTURES["trivial"]).asymptotics(40, "-1.3") < 1
    with pytest.raises(ConvergenceError, match="dps"):
        glass.asymptotics(5000)
    # the same formula beyond float64, above and below
    total = glass.asymptotics(5000, dps=20)
    with mpmath.workdps(30):
        assert mpmath.almosteq(
            total, mpmath.sqrt(32 * 5000 / mpmath.pi) * mpmath.mpf(2) ** 2500, 1e-19
        )
    assert glass.asymptotics(10, -1e200) == 0
    assert 0 < glass.asymptotics(10, -1e200, dps=15) < glass.asymptotics(10, -50, dps=15) < 1e-300


@pytest.mark.parametrize("u", ["-2.2", "-1.6", "-0.3", 0, 2, sp.oo])
@pytest.mark.parametrize("mixture", list(MIXTURES.values())[:3], ids=list(MIXTURES)[:3])
def test_leading_orders_have_digits(mixture: dict, u) -> None:
    field = MixedPSpin(mixture)
    value = field.asymptotics(40, u, dps=20)
    assert field.asymptotics(40, u) == pytest.approx(float(value), rel=1e-11)
    assert field.asymptotics(40, [u, -1], dps=20)[0] == value


ASKED = {
    "complexity": lambda u, dps: PSpin(3).complexity(u, dps=dps),
    "index": lambda u, dps: PSpin(3).complexity(u, index=1, dps=dps),
    "count": lambda u, dps: PSpin(3).mean_critical_points(2, u, dps=dps),
    "euler": lambda u, dps: PSpin(3).mean_euler_characteristic(4, u, dps=dps),
    "leading": lambda u, dps: PSpin(3).asymptotics(4, u, dps=dps),
}


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_energies_in_every_form(asked) -> None:
    for same in (
        [-1.25, "-5/4", sp.Rational(-5, 4), np.array(-1.25), np.float32(-1.25), mpmath.mpf(-1.25)],
        [sp.oo, np.inf, np.float32("inf"), mpmath.inf, np.array(np.inf)],
    ):
        for dps in (None, 10):
            assert len({asked(u, dps) for u in same}) == 1
    for dps, kind in ((None, np.float64), (10, mpmath.mpf)):
        for shape in ((3,), (1, 3), (3, 1)):
            given = np.reshape(np.array([-1.25, sp.oo, "-0.5"], dtype=object), shape)
            found = asked(given, dps)
            assert found.shape == shape
            assert isinstance(found.flat[0], kind)
            assert found.flat[1] == asked(sp.oo, dps)
        assert asked(np.zeros((0, 2)), dps).shape == (0, 2)
    with pytest.raises(InvalidParameterError, match="-oo"):
        asked([-1, -sp.oo], None)


def test_rates_beyond_float_range() -> None:
    glass = PSpin(3)
    for u in (-1e200, [-1, -1e200], -(10**400)):
        with pytest.raises(ConvergenceError, match="dps"):
            glass.complexity(u)
    assert glass.complexity(-1e200, dps=5) < -1e300
    assert glass.complexity(10**400) == glass.complexity()


def test_huge_indices() -> None:
    """(k + 1) I(u) of the reference's formula, and E_k between E_∞ and E_0."""
    glass, k = PSpin(3), 10**12
    none, one = (glass.complexity("-1.65", index=i, dps=25) for i in (0, 1))
    assert mpmath.almosteq(
        glass.complexity("-1.65", index=k, dps=20), none + k * (one - none), 1e-12
    )
    assert glass.threshold(20) < glass.ground_level(k, 20) < glass.ground_level(10**6, 20) < 1.633


def test_bad_input() -> None:
    for p in (1, 0, -3, 2.5, True, "3"):
        with pytest.raises(InvalidParameterError):
            PSpin(p)
    for nu in (
        T / 2,
        T**2 - T**3 + T**4,
        1 + T * 0,
        T,
        {2: "0.5"},
        T ** sp.Rational(5, 2),
        T / 2 + sp.Rational(1, 2),
    ):
        with pytest.raises(InvalidParameterError):
            MixedPSpin(nu)
    glass = PSpin(3)
    for u in (-sp.oo, -np.inf, np.nan, [np.nan], [-np.inf], "x", 1j, T):
        with pytest.raises(InvalidParameterError):
            glass.complexity(u)
    for call in (
        lambda: glass.complexity(-1, index=-1),
        lambda: glass.complexity(-1, index=1.5),
        lambda: glass.complexity(-1, dps=0),
        lambda: glass.ground_level(None),
        lambda: glass.hessian_law(sp.oo),
        lambda: glass.mean_critical_points(1),
    ):
        with pytest.raises(InvalidParameterError):
            call()
    with pytest.raises(BudgetExceededError):
        glass.mean_critical_points(65, index=0)
    with pytest.raises(ConvergenceError, match="too small"):
        glass.mean_critical_points(3, -1e8)
    with pytest.raises(ConvergenceError, match="float64"):
        glass.mean_critical_points(3000)
