"""Named laws against closed forms, integrals of their densities, and counts."""

from __future__ import annotations

from math import comb

import mpmath
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError, NoClosedFormError, NotALawError
from tests.exact.partitions import noncrossing, summed

a, b, c, d, s, t = sp.symbols("a b c d s t", positive=True)
HALF = sp.Rational(1, 2)


def binomial(top: object, k: int) -> sp.Expr:
    return sp.Mul(*(sp.Rational(1, j + 1) * (top - j) for j in range(k)))


def same(first: list, second: list) -> bool:
    return all(sp.simplify(x - y) == 0 for x, y in zip(first, second, strict=True))


def test_arcsine() -> None:
    expected = [comb(2 * k, k) for k in range(1, 6)]
    assert fp.Arcsine(-2, 2).moments(10)[1::2] == expected
    # on [0, 1] the moments are binomial(2k, k)/4^k, and [a, b] is an affine image
    unit = fp.Arcsine(0, 1)
    assert unit.moments(6) == [sp.Rational(comb(2 * k, k), 4**k) for k in range(1, 7)]
    assert same(fp.Arcsine(a, a + b).moments(5), unit.dilate(b).shift(a).moments(5))


def test_kesten_mckay_counts_closed_walks_on_the_tree() -> None:
    def walks(degree: int, length: int) -> int:
        # at distance 0 there are `degree` steps out, elsewhere degree - 1, and one back
        counts = {0: 1}
        for _ in range(length):
            after: dict[int, int] = {}
            for place, number in counts.items():
                out = degree if place == 0 else degree - 1
                after[place + 1] = after.get(place + 1, 0) + out * number
                if place:
                    after[place - 1] = after.get(place - 1, 0) + number
            counts = after
        return counts.get(0, 0)

    for degree in (2, 3, 5):
        expected = [walks(degree, n) for n in range(1, 11)]
        assert fp.KestenMcKay(degree).moments(10) == expected
    assert fp.KestenMcKay(d).subs(d, 3) == fp.KestenMcKay(3)
    assert same([m.subs(d, 5) for m in fp.KestenMcKay(d).moments(6)], [0, 5, 0, 45, 0, 485])


def test_wachter_integrates_its_density() -> None:
    context = mpmath.MPContext()
    context.dps = 30
    p, q = 3, context.mpf(7) / 2
    middle, swing = context.sqrt(q), context.sqrt(p * (p + q - 1))
    ends = [((swing + sign * middle) / (p + q)) ** 2 for sign in (-1, 1)]

    def density(x: object) -> object:
        inside = (x - ends[0]) * (ends[1] - x)
        return (p + q) * context.sqrt(inside) / (2 * context.pi * x * (1 - x))

    law = fp.Wachter(3, sp.Rational(7, 2))
    for k, moment in enumerate([sp.S.One, *law.moments(4)]):
        integral = context.quad(lambda x, k=k: x**k * density(x), ends)
        assert abs(integral - context.mpf(moment.p) / moment.q) < context.mpf(10) ** -20
    wrong = fp.Wachter(3, sp.Rational(18, 5)).moments(1)[0]
    mean = context.quad(lambda x: x * density(x), ends)
    assert abs(mean - context.mpf(wrong.p) / wrong.q) > 1e-3


def test_wachter_is_a_ratio_of_wisharts() -> None:
    # W1 (W1 + W2)^-1 = 1/(1 + W2 W1^-1)
    first = fp.MarchenkoPastur(sp.Rational(1, 3), 3).inverse()
    second = fp.MarchenkoPastur(HALF, 2)
    ratio = fp.mobius(fp.boxtimes(second, first), 0, 1, 1, 1)
    assert ratio.moments(4) == fp.Wachter(3, 2).moments(4)


def test_fuss_catalan_and_raney() -> None:
    for k, moment in enumerate(fp.FussCatalan(s).moments(5), start=1):
        assert sp.simplify(moment - binomial((s + 1) * k, k) / (s * k + 1)) == 0
    power = sp.Rational(5, 2)
    expected = [sp.simplify(binomial((power + 1) * k, k) / (power * k + 1)) for k in range(1, 7)]
    assert fp.FussCatalan(power).moments(6) == expected
    assert fp.boxtimes_power(fp.MarchenkoPastur(1), power).moments(6) == expected
    p, r = sp.Rational(7, 3), sp.Rational(3, 2)
    expected = [sp.simplify(r / (p * k + r) * binomial(p * k + r, k)) for k in range(1, 7)]
    assert fp.Raney(p, r).moments(6) == expected
    assert fp.Raney(3, 1).moments(6) == fp.FussCatalan(2).moments(6)


@pytest.mark.parametrize(
    ("p", "r", "atoms"),
    [(sp.sqrt(2), "1/2", {}), (2, 2, {}), (1, "1/2", {}), (1, 1, {1: 1}), (sp.pi, sp.sqrt(2), {})],
)
def test_raney_laws_have_no_atoms_but_one(p: sp.Expr, r: sp.Expr, atoms: dict[int, int]) -> None:
    law = fp.Raney(p, r)
    assert law.atoms() == atoms
    rooted = law.cauchy(-1e-40)  # h |G(-h)| would stay at an atom's mass
    assert 1e-40 * abs(rooted) < 1e-6


def test_free_meixner_has_its_jacobi_matrix() -> None:
    size = 5
    squares = [sp.S.One] + [1 + b] * (size - 1)
    jacobi = sp.zeros(size + 1)
    for k in range(size + 1):
        jacobi[k, k] = 0 if k == 0 else a
        if k:
            # the similar matrix with off-diagonal entries 1 and γ has the same powers
            jacobi[k - 1, k], jacobi[k, k - 1] = 1, squares[k - 1]
    power, expected = sp.eye(size + 1), []
    for _ in range(2 * size):
        power = (power * jacobi).expand()
        expected.append(power[0, 0])
    assert same(fp.FreeMeixner(a, b).moments(2 * size), expected)
    assert fp.FreeMeixner(0, 0).moments(6) == fp.Semicircle().moments(6)
    poisson = fp.FreePoisson(1 / a**2, a).shift(-1 / a)
    assert same(fp.FreeMeixner(a, 0).moments(5), poisson.moments(5))


def test_free_poisson_and_marchenko_pastur_are_one_family() -> None:
    assert same(fp.FreePoisson(1 / c, c * t).moments(6), fp.MarchenkoPastur(c, t).moments(6))
    assert same(
        fp.CompoundFreePoisson(c, fp.PointMass(t)).moments(6), fp.FreePoisson(c, t).moments(6)
    )


def test_compound_free_poisson_sums_jumps_over_blocks() -> None:
    jumps = fp.Atomic({-1: HALF, 2: HALF})
    kappa = [c * moment for moment in jumps.moments(5)]
    expected = [summed(noncrossing(n), kappa) for n in range(1, 6)]
    assert same(fp.CompoundFreePoisson(c, jumps).moments(5), expected)


def test_uniform() -> None:
    expected = [(b ** (k + 1) - a ** (k + 1)) / ((k + 1) * (b - a)) for k in range(1, 6)]
    law = fp.Uniform(a, b)
    assert same(law.moments(5), expected)


G, z, w = sp.symbols("G z w")


def test_equations_given_by_the_user() -> None:
    expected = fp.MarchenkoPastur(c).moments(5)
    equation = c * z * G**2 - (z + c - 1) * G + 1
    assert same(fp.AlgebraicLaw(equation, G, z).moments(5), expected)
    assert same(fp.AlgebraicLaw(sp.Eq(1 / G + 1 / (1 - c * G), z), G, z).moments(5), expected)
    assert same(fp.AlgebraicLaw(sp.Poly(equation * (G - 2), G, z), G, z).moments(5), expected)


def test_transforms_given_by_the_user() -> None:
    expected = fp.MarchenkoPastur(c).moments(5)
    root = sp.sqrt(1 - 2 * (1 + c) / w + (1 - c) ** 2 / w**2)
    given = {
        "R": 1 / (1 - c * w),
        "S": 1 / (1 + c * w),
        "G": (w + c - 1 - w * root) / (2 * c * w),
        "F": 2 * c * w / (w + c - 1 - w * root),
    }
    for kind, expression in given.items():
        assert same(fp.TransformLaw(kind, expression, w).moments(5), expected)
    coin = fp.Atomic({-1: HALF, 1: HALF}).moments(6)
    assert fp.TransformLaw("eta", w**2, w).moments(6) == coin
    assert fp.TransformLaw("psi", w**2 / (1 - w**2), w).moments(6) == coin


def test_densities_given_by_the_user() -> None:
    x = sp.Symbol("x")
    expected = [sp.integrate(x**k * 12 * x**2 * (1 - x), (x, 0, 1)) for k in range(1, 7)]
    assert fp.DensityLaw(12 * x**2 * (1 - x), x, 0, 1).moments(6) == expected
    root = sp.sqrt(t**2 - x**2)
    circle = fp.DensityLaw(2 * root / (sp.pi * t**2), x, -t, t)
    assert same(circle.moments(6), fp.Semicircle(t**2 / 4).moments(6))
    assert fp.DensityLaw(1 / (sp.pi * sp.sqrt(x * (1 - x))), x, 0, 1).moments(4) == fp.Arcsine(
        0, 1
    ).moments(4)
    with pytest.raises(NoClosedFormError, match="polynomial"):
        fp.DensityLaw(sp.exp(-x) / (1 - sp.exp(-1)), x, 0, 1)


NOT_LAWS = {
    "negative density": lambda: fp.DensityLaw(sp.Rational(5, 2) - 3 * w, w, 0, 1),
    "conjugate sheet": lambda: fp.AlgebraicLaw(G**2 + z * G + 1, G, z),
    "imaginary atoms": lambda: fp.AlgebraicLaw((z**2 + 1) * G - z, G, z),
    "negative variance": lambda: fp.TransformLaw("R", -w, w),
    "variance 0, third cumulant 1": lambda: fp.TransformLaw("R", w**2, w),
    "mass 2": lambda: fp.TransformLaw("G", 2 / w, w),
    "negative difference": lambda: fp.subtract(fp.Semicircle(1), fp.Semicircle(2)),
    # all Hankel determinants that are tested are positive, but a hard edge is no smooth sum
    "branch point above the axis": lambda: fp.subtract(
        fp.MarchenkoPastur(1), fp.Semicircle(sp.Rational(1, 100))
    ),
    "no root": lambda: fp.boxtimes_power(fp.Atomic({1: HALF, 2: HALF}), HALF),
}


@pytest.mark.parametrize("build", NOT_LAWS.values(), ids=NOT_LAWS)
def test_what_is_no_law_is_refused(build: object) -> None:
    with pytest.raises(NotALawError):
        build()


def test_a_root_is_continued_from_infinity() -> None:
    """The principal value of √(w² - 4) is on the wrong sheet left of 0: G is no principal value."""
    law = fp.TransformLaw("G", 1 / sp.sqrt(w**2 - 4), w)
    assert law.moments(6) == fp.Arcsine(-2, 2).moments(6)
    assert law.density(-1.0) == pytest.approx(fp.Arcsine(-2, 2).density(-1.0), rel=1e-12)


def test_an_equation_with_two_branches_is_not_guessed() -> None:
    with pytest.raises(InvalidParameterError, match="several branches"):
        fp.AlgebraicLaw((z * G - 1) * ((z - 1) * G - 1), G, z)


@pytest.mark.parametrize(
    "density", ["1 - Abs(x)", "(Abs(x) + 1)/2", "(sqrt(x**2) + 1)/2", "(sign(x)*x + 1)/2"]
)
def test_an_absolute_value_in_a_density_is_not_taken_for_its_argument(density: str) -> None:
    x = sp.Symbol("x")
    with pytest.raises(NoClosedFormError, match="polynomial times"):
        fp.DensityLaw(sp.sympify(density, locals={"x": x}), x, -1, 1)
