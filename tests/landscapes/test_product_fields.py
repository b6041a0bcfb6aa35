"""Fields on several spheres: covariances, Hessians and complexities."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp

from freeprob import MarchenkoPastur, Semicircle
from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.landscapes import GaussianField, MixedPSpin, PSpin, TwoPlayerSpinGlass
from freeprob.landscapes.kac_rice.block_potential import Blocks

A, C, T, Z, G = sp.symbols("a c t z G")
HALF = sp.Rational(1, 2)


def ensemble(x1: str, kappa: str, b: str, b1: str):
    """The law of b M + b₁ M₁ - x₁ on a first block of weight κ, M and M₁ of edges ±√2."""
    k, common, own = (sp.Rational(value) for value in (kappa, b, b1))
    kernel = own**2 / (2 * k) * A**2 / 2 + common**2 / 2 * (A + C) ** 2 / 2
    field = GaussianField(kernel, {A: k, C: 1 - k})
    return field.hessian_law(radial=[sp.Rational(x1), 0])


@pytest.mark.parametrize(("p", "h"), [(2, 3), (3, 4), (3, 6), (5, 7)])
def test_variances_of_two_players(p: int, h: int) -> None:
    """Gradients p + σ² h 2^(h-1) and σ² h 2^(h-1); blocks σ² h (h-1) 2^(h-2), and p (p-1) more."""
    game = TwoPlayerSpinGlass(p, h - p, HALF, "1/3").covariances
    common, gradient = h * (h - 1) * 2 ** (h - 2) / sp.Integer(4), h * 2 ** (h - 1) / sp.Integer(4)
    assert game.gradients == (p + gradient, gradient)
    assert game.curvatures == sp.Matrix([[common + p * (p - 1), common], [common, common]])
    # l_D and l_G of variances 1 and 2^h; radial derivatives p l_D and h/2 l_G ± y of the second
    second = sp.Integer(2) ** h / 4
    half_gap = h * sp.Integer(2) ** (h - 2) / 4
    assert game.scalars[:2, :2] == sp.diag(1, second)
    assert game.scalars[0, 2:] == sp.Matrix([[p, 0]])
    assert game.scalars[1, 2:] == sp.Matrix([[h * second / 2, h * second / 2]])
    radial = game.scalars[2:, 2:] - sp.diag(p**2, 0)
    ones, signs = sp.ones(2, 2), sp.Matrix([[1, -1], [-1, 1]])
    assert radial == second * h**2 / 4 * ones + half_gap * signs


@pytest.mark.parametrize(
    ("x", "at", "digits"),
    [
        ("0", (".7", ".4", "1.3", "2"), "0.3029609620457564535"),
        ("2.5", (".7", ".4", "1.3", "2"), "0.02455158382557278622"),
        ("-3.8", (".7", ".4", "1.3", "2"), "0.02257666430633879244"),
        (".2", ("1.5", ".9", "1", ".5"), "0.159072375803882055"),
    ],
)
def test_densities_of_the_two_player_hessian(x: str, at: tuple, digits: str) -> None:
    assert str(ensemble(*at).density(x, dps=19)) == digits


def test_the_support_has_no_phantom_piece() -> None:
    """The root of largest imaginary part makes up a piece of mass 1 - κ on [4.095, 6.063]."""
    law = ensemble("1.5", ".9", "1", ".5")
    edges = [float(edge) for cut in law.support(dps=20) for edge in cut]
    assert edges == pytest.approx(
        [-3.03720108514811157, -0.0735568924707348, -0.0517823167352813, 0.718517173267435395]
    )
    assert law.density(np.array([4.2, 5.0, 6.0])) == pytest.approx([0, 0, 0], abs=1e-12)


def test_the_free_convolution_is_the_corrected_quartic() -> None:
    """With t = z - b² G/2: the constant in the square bracket has a plus sign, not a minus."""
    x1, k, b, b1 = sp.Rational("0.7"), sp.Rational("0.4"), sp.Rational("1.3"), sp.Integer(2)
    found = ensemble(".7", ".4", "1.3", "2").polynomial(G, Z).as_expr()

    def quartic(sign: int) -> sp.Poly:
        t, ratio = Z - b**2 / 2 * G, b1**2 / (k * b**2)
        first = t**2 - Z * t + (1 - k) * b**2 / 2
        second = (1 + ratio) * t**2 - (ratio * Z - x1) * t + sign * (1 - k) * b1**2 / (2 * k)
        return sp.Poly(first * second + k * b**2 / 2 * t**2, G, Z)

    assert sp.Poly(found, G, Z).monic() == quartic(+1).monic()
    assert sp.Poly(found, G, Z).monic() != quartic(-1).monic()


def test_total_complexities_with_printed_digits() -> None:
    game = TwoPlayerSpinGlass(3, 3, 1, HALF)
    assert str(game.complexity(sp.oo, dps=30)) == "0.802398135813426158479904879882"
    assert game.complexity() == pytest.approx(0.802398135813426158, rel=1e-13)
    assert game.complexity((0, 0), dps=20) == game.complexity((np.inf, sp.oo), dps=20)
    game = TwoPlayerSpinGlass(2, 2, HALF, HALF)
    assert str(game.complexity(dps=29)) == "0.51316028761852910417337028571"


@pytest.mark.parametrize(
    ("u", "value"),
    [
        ((5, -5), 0.5476880284617629),
        ((10, -10), 0.3328474675054055),
        ((9, -10), -0.2522483245725456),
        (("-0.5", 0), 0.4950414779731543),
    ],
)
def test_complexities_below_both_levels(u: tuple, value: float) -> None:
    game = TwoPlayerSpinGlass(3, 3, 1, "0.9")
    assert game.complexity(u) == pytest.approx(value, abs=1e-13)
    assert float(game.complexity(u, dps=20)) == pytest.approx(value, abs=1e-15)


def test_surfaces_over_an_executor() -> None:
    game = TwoPlayerSpinGlass(3, 3, 1, "0.9")
    rows, columns = np.array([[5.0], [10.0]]), np.array([-5.0, -10.0])
    surface = game.complexity((rows, columns))
    assert surface.shape == (2, 2)
    assert surface[0, 0] == pytest.approx(0.5476880284617629)
    assert (np.diff(surface, axis=0) >= -1e-12).all()
    assert (np.diff(surface, axis=1) <= 1e-12).all()
    with ThreadPoolExecutor(2) as pool:
        assert game.complexity((rows, columns), executor=pool) == pytest.approx(surface)


@pytest.mark.parametrize(
    "glass", [PSpin(3), MixedPSpin({2: HALF, 4: HALF}), MixedPSpin({1: "0.8", 2: "0.2"})]
)
def test_the_general_supremum_is_the_closed_form_on_one_sphere(glass) -> None:
    """Two routes that share no formula."""
    from freeprob.landscapes.kac_rice.supremum import Supremum

    general = Supremum(glass.covariances, ((sp.S.One,),))
    for u in (-2, -1, HALF):
        assert general.optimum([float(u)]).value == pytest.approx(glass.complexity(u), abs=1e-12)
        assert general.digits([u], 20) == pytest.approx(glass.complexity(u, dps=20), abs=1e-19)


def test_fields_that_do_not_interact_add_up() -> None:
    """Counts multiply: with K = a³ + c⁴ totals are averages of those of both glasses."""
    field = GaussianField(A**3 + C**4, {A: "1/3", C: "2/3"})
    expected = (PSpin(3).complexity(dps=20) + 2 * PSpin(4).complexity(dps=20)) / 3
    assert float(field.complexity(dps=20)) == pytest.approx(float(expected), rel=1e-15)


def test_three_spheres() -> None:
    """Three fields of three spins, alone: ½ log 2; and with one that couples them."""
    thirds = dict.fromkeys((A, C, T), sp.Rational(1, 3))
    alone = GaussianField(A**3 + C**3 + T**3, thirds)
    assert alone.complexity() == pytest.approx(np.log(2) / 2, rel=1e-12)
    coupled = GaussianField(A**3 + C**3 + T**3 + (A + C + T) ** 4 / 9, thirds)
    assert float(coupled.complexity(-1, dps=20)) == pytest.approx(coupled.complexity(-1))
    assert coupled == GaussianField(A**3 + C**3 + T**3 + (A + C + T) ** 4 / 9, thirds)


@pytest.mark.parametrize("seed", range(6))
def test_floats_have_the_digits(seed: int) -> None:
    """Random games and levels: the search and the equations of the supremum agree."""
    rng = np.random.default_rng(seed)
    p, q = (int(value) for value in rng.integers(2, 6, 2))
    sigma, kappa = round(float(np.exp(rng.normal())), 2), round(float(rng.uniform(0.05, 0.95)), 2)
    game = TwoPlayerSpinGlass(p, q, sigma, kappa)
    u = tuple(round(float(value), 2) for value in 5 * rng.normal(size=2) * sigma)
    assert float(game.complexity(u, dps=20)) == pytest.approx(game.complexity(u), rel=1e-9)


def test_one_sphere_in_any_symbol_and_scale() -> None:
    """A kernel of one overlap on one sphere, in any symbol and scale."""
    field = GaussianField(4 * T**3, T)
    assert field.complexity(-2) == pytest.approx(PSpin(3).complexity(-1))
    assert field.threshold() == 2 * PSpin(3).threshold()
    assert field.mean_critical_points(5, -1) == pytest.approx(
        PSpin(3).mean_critical_points(5, "-0.5")
    )


def test_potentials_are_those_of_the_law() -> None:
    """Route two: the reading of the free convolution."""
    field = GaussianField(A**3 + (A + C) ** 4, {A: "0.4", C: "0.6"})
    for radial in ([0, 0], [3, -1], ["40", "35"]):
        shifts = -np.array([float(value) for value in radial])
        blocks = Blocks(
            np.array([0.4, 0.6]), np.array(field.covariances.curvatures.tolist(), dtype=float)
        )
        value = blocks.value(blocks.transforms(shifts))
        law = field.hessian_law(radial=radial)
        assert value == pytest.approx(law.log_potential(0.0), abs=1e-8)


def test_hessians_against_matrices() -> None:
    """Eigenvalues of Gaussian blocks; a common variance off by a tenth is seen."""
    kappa, n = 0.4, 800
    game = TwoPlayerSpinGlass(3, 1, HALF, "0.4")
    law = game.hessian_law(radial=[4, -2])
    rng = np.random.default_rng(3)
    variances = np.array(game.covariances.curvatures.tolist(), dtype=float)
    sizes = [int(kappa * n), n - int(kappa * n)]
    scale = np.repeat(np.repeat(variances, sizes, axis=0), sizes, axis=1)
    raw = rng.normal(size=(n, n)) * np.sqrt(scale / (2 * n))
    hessian = raw + raw.T - np.diag(np.repeat([4.0, -2.0], sizes))
    eigenvalues = np.linalg.eigvalsh(hessian)
    grid = np.linspace(-8, 5, 14)
    shares = np.searchsorted(eigenvalues, grid) / n
    assert law.cdf(grid) == pytest.approx(shares, abs=0.01)
    wrong = TwoPlayerSpinGlass(3, 1, "0.6", "0.4").hessian_law(radial=[4, -2])
    assert wrong.cdf(grid) != pytest.approx(shares, abs=0.01)


def test_hessian_of_typical_critical_points() -> None:
    game = TwoPlayerSpinGlass(3, 3, 1, HALF)
    law = game.hessian_law((sp.oo, sp.oo))
    assert float(law.moments(1)[0]) == pytest.approx(0, abs=1e-6)
    with pytest.raises(InvalidParameterError, match="either"):
        game.hessian_law()
    with pytest.raises(NoClosedFormError, match="free sum"):
        GaussianField(A**2 * C**2, {A: HALF, C: HALF}).hessian_law(radial=[0, 0])


@pytest.mark.parametrize(
    "arguments",
    [(1, 2, 1, HALF), (2, 0, 1, HALF), (2, 2, 0, HALF), (2, 2, -1, HALF), (2, 2, 1, 0),
     (2, 2, 1, 1), (2, 2, 1, "1.5"), (2, 2, np.nan, HALF), (2.5, 2, 1, HALF)],
)  # fmt: skip
def test_games_that_are_none(arguments: tuple) -> None:
    with pytest.raises(InvalidParameterError):
        TwoPlayerSpinGlass(*arguments)


@pytest.mark.parametrize(
    ("kernel", "spheres"),
    [
        (A**3 - A**2, {A: 1}),
        (A**3 + 1, {A: 1}),
        (A**3, {A: HALF, C: HALF}),
        (A**3 + C, {A: HALF, C: HALF}),
        (A**3 + C**2, {A: HALF, C: "0.6"}),
        (A**3 + C**2, {A: "1.5", C: "-0.5"}),
        (sp.exp(A), {A: 1}),
        (A**3, {}),
        (A**3, 3),
        (A**3 + C**2, (A, C)),
        (A**3 + C**2, (A, (C, 1))),
        (A**3 + C**2, ()),
        (MarchenkoPastur(1), {A: 1}),
    ],
)
def test_kernels_that_are_none(kernel: object, spheres: object) -> None:
    with pytest.raises(InvalidParameterError):
        GaussianField(kernel, spheres)


def test_questions_that_have_no_answer() -> None:
    game = TwoPlayerSpinGlass(2, 2, 1, HALF)
    for u in (3, (1, 2, 3), (-sp.oo, 0), (0, -np.inf), (np.nan, 0), "x", None):
        with pytest.raises(InvalidParameterError):
            game.complexity(u)
    with pytest.raises(InvalidParameterError):
        game.complexity((np.zeros(2), np.zeros(3)))
    with pytest.raises(NoClosedFormError):
        game.complexity(index=0)
    field = GaussianField(A**3 + (A + C) ** 4, {A: "0.4", C: "0.6"})
    for ask in (field.threshold, field.ground_level, lambda: field.mean_critical_points(10)):
        with pytest.raises(NoClosedFormError):
            ask()
    with pytest.raises(InvalidParameterError, match="d: put"):
        GaussianField(sp.Symbol("d", positive=True) * A**3, A).complexity()


def test_symbols_stay_in_the_hessian() -> None:
    k = sp.Symbol("k", positive=True)
    field = GaussianField(k * A**3, A)
    assert field.hessian_law(radial=[1]) == Semicircle(6 * k, -1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda field: field.threshold(),
        lambda field: field.ground_level(0, 20),
        lambda field: field.mean_critical_points(4, (0, 0)),
        lambda field: field.asymptotics(10, (0, 0)),
        lambda field: field.mean_euler_characteristic(4),
    ],
)
@pytest.mark.parametrize("kind", ["players", "kernel"])
def test_what_is_known_on_one_sphere_only(kind: str, ask) -> None:
    a, c = sp.symbols("a c")
    players = TwoPlayerSpinGlass(3, 3, 1, "1/2")
    field = players if kind == "players" else GaussianField(a**3 + c**3, {a: "1/2", c: "1/2"})
    with pytest.raises(NoClosedFormError, match="one sphere"):
        ask(field)


@pytest.mark.parametrize("sigma", ["1e-6", 1, 1000, 10**6])
def test_digits_at_every_strength_of_the_second_field(sigma) -> None:
    """Far apart variances have digits; levels that nearly coincide are told apart by them."""
    field = TwoPlayerSpinGlass(3, 3, sigma, "1/2")
    size = sp.Rational(sigma)
    levels = [sp.oo, (-size, size)]
    levels += [(-size, 0), (-5 * size, -size)] if size <= 1000 else []
    for u in levels:
        value = field.complexity(u, dps=15)
        # in float64 covariances of σ² = 10⁶ are rounded next to those of 1
        assert field.complexity(u) == pytest.approx(float(value), rel=1e-10)
    # both levels at half the variance's root: only ℓ_G of variance 64 counts when it is strong
    if size > 100:
        far = TwoPlayerSpinGlass(3, 3, 10 * size, "1/2")
        assert far.complexity((-10 * size, 10 * size)) == pytest.approx(
            field.complexity((-size, size)), abs=1e-4
        )
