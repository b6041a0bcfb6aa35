"""Laws of rational functions of one variable, held against changes of variables and draws.

Route of the densities: preimages by NumPy, and the base law's density at them; of G: a sum over
quantiles of the base law; of moments: the base law's moments, or the same sum.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import NoClosedFormError, UndefinedOperationError

x, y, G, z = sp.symbols("x y G z")
a = sp.Symbol("a", positive=True)
N = sp.Symbol("N", positive=True)
H = fp.GOE("H", N)

LAWS = {
    "semicircle": fp.Semicircle(1),
    "shifted semicircle": fp.Semicircle(1, "1/3"),
    "Marchenko-Pastur": fp.MarchenkoPastur("1/2"),
    "hard edge": fp.MarchenkoPastur(1),
    "two cuts": fp.boxplus(fp.Atomic([-2, 2]), fp.Semicircle("1/4")),
    "uniform": fp.Uniform(-1, 2),
    "atom and cut": fp.mixture({fp.PointMass(1): "2/3", fp.Semicircle(1): "1/3"}),
}
POLYNOMIALS = {
    "x³ - x": y**3 - y,
    "-x³ + 2x": -(y**3) + 2 * y,
    "x⁶ - x²": y**6 - y**2,
    "x⁴ + x": y**4 + y,
    "x⁵ - 3x² + x/2": y**5 - 3 * y**2 + y / 2,
}
QUOTIENTS = {
    "x/(x² + 1)": y / (y**2 + 1),
    "x³/(x² + 1)": y**3 / (y**2 + 1),
    "(x³ + 1)/(x³ + 3x + 40)": (y**3 + 1) / (y**3 + 3 * y + 40),
    "1/(x - 7) - 1/(x + 5)": 1 / (y - 7) - 1 / (y + 5),
}
CASES = [
    pytest.param(f, law, id=f"{f} of {law}", marks=[] if quick else pytest.mark.slow)
    for f in (*POLYNOMIALS, *QUOTIENTS)
    for law in LAWS
    for quick in [
        (law == "Marchenko-Pastur" and f in ("x⁶ - x²", "x⁴ + x", "x/(x² + 1)"))
        or (law in ("uniform", "hard edge", "atom and cut") and f == "x³ - x")
        or (law == "two cuts" and f == "-x³ + 2x")
    ]
]


def function(name: str) -> sp.Expr:
    return {**POLYNOMIALS, **QUOTIENTS}[name]


def by_preimages(f: sp.Expr, law: fp.Law, place: float) -> float:
    """Σ ρ(t)/|f'(t)| over the real t with f(t) = place."""
    top, bottom = sp.fraction(sp.together(f))
    roots = np.roots([complex(c) for c in sp.Poly(top - place * bottom, y).all_coeffs()])
    real = roots.real[np.abs(roots.imag) < 1e-9]
    slope = sp.lambdify(y, f.diff(y))
    return sum(float(law.density(float(t))) / abs(slope(t)) for t in real)


def places_of(law: fp.Law, f: sp.Expr) -> np.ndarray:
    """Quantiles in the middle of equal masses, mapped."""
    count = 20_000
    base = law.quantile((np.arange(count) + 0.5) / count)
    return np.broadcast_to(sp.lambdify(y, f)(base), base.shape)


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_an_image_agrees_with_its_law_at_the_preimages(name: str, kind: str) -> None:
    f, law = function(name), LAWS[kind]
    image = fp.image(f, {y: law})
    values = places_of(law, f)
    cuts = [(float(low), float(high)) for low, high in image.support(dps=12)]
    assert min(low for low, _ in cuts) <= values.min() + 1e-9
    assert max(high for _, high in cuts) >= values.max() - 1e-9
    levels = np.array([0.11, 0.32, 0.57, 0.83])
    inner = np.quantile(values, levels) + 1e-3  # next to atoms, not at them
    for place in [*inner, cuts[0][0] - 0.3, cuts[-1][1] + 0.3]:
        expected = by_preimages(f, law, float(place))
        assert float(image.density(place)) == pytest.approx(expected, rel=1e-8, abs=1e-12)
    for place in inner:
        below = np.mean(values <= place)
        assert float(image.cdf(place)) == pytest.approx(below, abs=3e-4)
    points = np.array([0.3 + 0.5j, -1 + 2j])
    near = np.array([np.mean(1 / (point - values)) for point in points])
    assert np.abs(image.cauchy(points) - near).max() < 2e-4
    assert sum(map(float, image.atoms().values())) == pytest.approx(
        sum(map(float, law.atoms().values()))
    )


@pytest.mark.parametrize("kind", LAWS)
@pytest.mark.parametrize("name", POLYNOMIALS)
def test_moments_of_polynomials(name: str, kind: str) -> None:
    f, law = POLYNOMIALS[name], LAWS[kind]
    known = [sp.S.One, *law.moments(3 * sp.degree(f, y))]
    powers = [sp.Poly(f**k, y).all_coeffs()[::-1] for k in range(1, 4)]
    expected = [sum(c * m for c, m in zip(own, known, strict=False)) for own in powers]
    assert [sp.expand(m) for m in fp.image(f, {y: law}).moments(3)] == expected


def test_moments_with_poles_outside_the_support() -> None:
    f = QUOTIENTS["1/(x - 7) - 1/(x + 5)"]
    law = fp.Semicircle(1)
    image = fp.image(f, {y: law})
    # E 1/(X - p) = -G(p), and its powers by derivatives of G
    g = [law.explicit(x).subs(x, p) for p in (7, -5)]
    assert sp.simplify(image.moments(1)[0] - (g[1] - g[0])) == 0
    second = float(image.moments(2)[1])
    assert second == pytest.approx(np.mean(places_of(law, f) ** 2), rel=1e-6)
    with pytest.raises(NoClosedFormError, match="poles"):
        fp.image(y / (y**2 + 1), {y: law}).moments(1)


@pytest.mark.parametrize(
    ("f", "kind"),
    [
        (y**3 - y, "semicircle"),
        (-(y**3) / 2 + 2 * y, "shifted semicircle"),
        (y**3 - y, "Marchenko-Pastur"),
        (y**3 - y, "uniform"),
        (QUOTIENTS["1/(x - 7) - 1/(x + 5)"], "semicircle"),
        (QUOTIENTS["x³/(x² + 1)"], "semicircle"),
        (y / (y**2 - 30), "semicircle"),
    ],
)
def test_potentials(f: sp.Expr, kind: str) -> None:
    image = fp.image(f, {y: LAWS[kind]})
    values = places_of(LAWS[kind], f)
    for point in (1 + 1j, -0.4 + 2j, 30.0):
        mean = np.mean(np.log(np.abs(point - values)))
        assert float(image.log_potential(point)) == pytest.approx(mean, abs=1e-6)


def test_edges_are_images_of_edges_and_critical_values() -> None:
    edges = fp.image(y**3 - y, {y: fp.Semicircle(1)}).edges()
    fold = 2 * sp.sqrt(3) / 9
    assert [(e.location, e.exponent, e.side) for e in edges] == [
        (-6, sp.Rational(1, 2), "right"),
        (-fold, 0, "left"),
        (-fold, -sp.Rational(1, 2), "right"),
        (fold, -sp.Rational(1, 2), "left"),
        (fold, 0, "right"),
        (6, sp.Rational(1, 2), "left"),
    ]
    # ρ(1/√3)/√(|f''|/2) from both sides of the critical point, at half the weight each
    density = sp.sqrt(4 - sp.Rational(1, 3)) / (2 * sp.pi)
    assert sp.simplify(edges[2].constant - density / sp.sqrt(sp.sqrt(3))) == 0
    # ρ ~ √(2 - x)/π at 2, where f' = 11
    assert sp.simplify(edges[0].constant - 1 / (sp.pi * sp.sqrt(11) ** 3)) == 0
    cusp = fp.image(y**3, {y: fp.Semicircle(1)}).edges()[1]
    assert (cusp.location, cusp.exponent) == (0, -sp.Rational(2, 3))
    assert sp.simplify(cusp.constant - 1 / (3 * sp.pi)) == 0


def test_poles_under_the_density() -> None:
    # t + 1/(t - 1) is at most -1 or at least 3; F(0) is the mass of t < 1
    law = fp.Semicircle(1)
    image = fp.image(y + 1 / (y - 1), {y: law})
    assert image.support() == [(-sp.oo, -1), (3, sp.oo)]
    assert float(image.cdf(0.0)) == pytest.approx(float(law.cdf(1.0)), abs=1e-12)
    assert by_preimages(y + 1 / (y - 1), law, -1.7) == pytest.approx(float(image.density(-1.7)))


def test_heavy_tails() -> None:
    # 1/(1 + X²) of a Cauchy variable is cos² of a uniform angle; X/(1 + X²) is sin(2θ)/2
    for f, expected in (
        (1 / (1 + y**2), fp.Arcsine(0, 1)),
        (y / (1 + y**2), fp.Arcsine("-1/2", "1/2")),
    ):
        image = fp.image(f, {y: fp.Cauchy()})
        assert image.support() == expected.support()
        points = np.array([0.05, 0.21, 0.44])
        np.testing.assert_allclose(image.density(points), expected.density(points), rtol=1e-10)
        np.testing.assert_allclose(image.cdf(points), expected.cdf(points), atol=1e-12)


def test_atoms_move_and_poles_refuse_them() -> None:
    image = fp.image(y**3 - y, {y: fp.MarchenkoPastur(2).shift(-1)})
    assert image.atoms() == {0: sp.Rational(1, 2)}
    assert fp.image(y**3 - y, {y: fp.Atomic([-1, 0, 2])}).atoms() == {
        0: sp.Rational(2, 3),
        6: sp.Rational(1, 3),
    }
    with pytest.raises(UndefinedOperationError, match="atom of mass 2/3 at 1"):
        fp.image(y**2 + 1 / (y**3 - 1), {y: LAWS["atom and cut"]})


def test_functions_of_one_matrix_letter() -> None:
    law = fp.law(H**6 - H**2)
    (cut,) = law.support()
    assert sp.simplify(cut[0] + 2 / (3 * sp.sqrt(3))) == 0
    assert cut[1] == 60
    # w³ - w < 0 for w = x² < 1
    assert float(law.cdf(0.0)) == pytest.approx(1 / 3 + 3**0.5 / (2 * np.pi), abs=1e-12)
    assert str(law.cdf(0, dps=25)) == str((sp.Rational(1, 3) + sp.sqrt(3) / (2 * sp.pi)).n(25))
    assert fp.law(H**8).support() == [(0, 256)]
    identity = sp.Identity(N)
    resolvent = fp.law(H * (H**2 + identity).inverse())
    assert resolvent.support() == [(-sp.Rational(1, 2), sp.Rational(1, 2))]
    # places by preimages, moments by traces: E x²/(x² + 1)² by the residue at i
    root = sp.sqrt(5)
    assert sp.simplify(resolvent.moments(2)[1] - (3 * root / 10 - sp.S.Half)) == 0
    assert resolvent.cdf(0.0) == pytest.approx(0.5, abs=1e-12)
    joined = fp.law(H * H * (H**2 + 3 * identity).inverse() + H)
    assert joined.check(n=200, draws=3, rng=0).passed


def test_a_wrong_function_is_seen_by_simulation() -> None:
    right, wrong = (fp.image(y**3 - c * y, {y: fp.Semicircle(1)}) for c in (1, 1.1))
    assert right.check(n=300, draws=4, rng=1).passed
    assert not wrong.compare_to(
        right.matrix_model().spectrum(1200, np.random.default_rng(1))
    ).passed


def test_equations_and_derivations() -> None:
    cube = fp.image(y**3, {y: fp.MarchenkoPastur(1)})
    assert cube.equation(G, z) == sp.Eq(
        729 * G**8 * z**6 - 54 * G**4 * z**3 - G**2 * z * (z - 64) + 1, 0
    )
    assert cube.derive(G, z).check().passed
    # the cube root of three sheets: G = Σ G_MP(y)/(3y²), y³ = z, by radicals
    point = 0.7 + 0.4j
    roots = complex(point) ** (1 / 3) * np.exp(2j * np.pi * np.arange(3) / 3)
    total = sum(complex(fp.MarchenkoPastur(1).cauchy(complex(t))) / (3 * t**2) for t in roots)
    assert abs(cube.cauchy(point) - total) < 1e-13


def test_parameters() -> None:
    image = fp.image(a * y**3 - y, {y: fp.MarchenkoPastur(a)})
    assert image.parameters == (a,)
    assert sp.expand(image.mean - (a * (1 + 3 * a + a**2) - 1)) == 0
    half = image.subs({a: sp.Rational(1, 2)})
    assert half == fp.image(y**3 / 2 - y, {y: fp.MarchenkoPastur("1/2")})
    turned = fp.image(-a * y**3, {y: fp.Semicircle(1)}).subs({a: 2})
    assert turned.cauchy(1 + 1j) == pytest.approx(
        complex(fp.image(2 * y**3, {y: fp.Semicircle(1)}).cauchy(1 + 1j))
    )
    b = sp.Symbol("b")
    with pytest.raises(NoClosedFormError, match="sign of b"):
        fp.image(b * y**3 - y, {y: fp.Semicircle(1)}).moments(1)


def test_images_as_parts_of_other_laws() -> None:
    image = fp.image(y**3 - y, {y: fp.Semicircle(1)})
    total = fp.boxplus(image, fp.Semicircle(1))
    assert total.moments(4) == [0, 3, 0, 40]
    assert total.check(n=300, draws=4, rng=2).passed
    omega = total.subordination(0.3 + 1j)[image]
    assert complex(image.cauchy(omega)) == pytest.approx(complex(total.cauchy(0.3 + 1j)))
