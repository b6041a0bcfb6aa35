"""Gaussian means: derived closed forms, published digits, independent quadrature."""

from __future__ import annotations

import time
from functools import partial

import mpmath
import pytest
import sympy as sp

from freeprob import nets
from freeprob.nets import Activation, GaussianExpectation, gaussian_expectation
from tests.nets.reference_digits import agrees

q = sp.Symbol("q", positive=True)
a, b = sp.symbols("a b", positive=True)
x = sp.Symbol("x", real=True)
BASIC = [
    *("linear", "relu", "abs_", "step", "sign", "erf", "normal_cdf", "gelu", "selu"),
    *("hard_tanh", "sin", "cos", "exp", "gaussian"),
]
pi = sp.pi


# (E f, E f^2, E f', E f'^2, E f''^2) at q = 1, 24 digits
AT_ONE = {
    "tanh": "0 0.39429449039784117441646 0.60570550960215882558354 "
    "0.464402902448268241972021 0.300203812004187410724868",
    "sigmoid": "0.5 0.293379035858092962737649 0.206620964141907037262351 "
    "0.0448362413501943717925827 0.00474136636309543055309724",
    "softplus": "0.806059183347439784528229 0.921245908859300278677249 0.5 "
    "0.293379035858092962737649 0.0448362413501943717925827",
    "swish": "0.206620964141907037262351 0.355775519817352156230794 0.5 "
    "0.37948235163282930899628 0.143833644437894054130989",
    "gelu": "0.28209479177387814347404 0.425221482570298674918554 0.5 "
    "0.455850865649287122113628 0.275664447710896024755663",
    "arctan": "0 0.449700916434902157259151 0.655679542418798471543871 0.5 "
    "0.218559847472932823847957",
    "mish": "0.240403888374791443713122 0.45234219237588277068204 0.563747557288380653335712 "
    "0.479083758373969774613048 0.196883362171243307514773",
    "erf": "0 0.464559054397539978509532 0.651470015870559895448513 "
    "0.56941003473374164678141 0.455528027786993317425128",
}
AT_TWO = {
    "tanh": "0 0.519975745663948623531816 0.480024254336051376468184 "
    "0.34950829774660281378669 0.249351091856651073297998",
    "softplus": "0.902661907720026927043161 1.38192841858369469872076 0.5",
    "arctan": "0 0.640892249517289204961608 0.545641360765047042099388 "
    "0.386410340191261760524847 0.180908185984748893748837",
    "erf": "0 0.590334470601733096701604 0.50462650440403200964943 "
    "0.424413181578387562050357 0.377256161403011166266984",
}
MEANS = [(1, 0), (2, 0), (1, 1), (2, 1), (2, 2)]
TABLE = [
    (name, variance, power, derivative, text)
    for variance, table in ((1, AT_ONE), (2, AT_TWO))
    for name, row in table.items()
    for (power, derivative), text in zip(MEANS, row.split(), strict=False)
]


@pytest.mark.parametrize(("name", "variance", "power", "derivative", "text"), TABLE)
def test_published_digits(name: str, variance: int, power: int, derivative: int, text: str) -> None:
    assert agrees(getattr(nets, name).expect(variance, power, derivative), text)


def test_identities_between_sigmoid_like_functions() -> None:
    assert nets.softplus.expect(2, 2, 1) == nets.sigmoid.expect(2, 2)
    assert nets.softplus.expect(2, 2, 2) == nets.sigmoid.expect(2, 2, 1)
    assert sp.expand(nets.swish.mean(q) - q * nets.sigmoid.expect(q, derivative=1)) == 0
    assert sp.expand(nets.tanh.expect(q, derivative=1) + nets.tanh.expect(q, 2) - 1) == 0
    twice = Activation(2 / (1 + sp.exp(-2 * x)) - 1, x)
    assert twice.expect(q, 2) == nets.tanh.expect(q, 2)


def test_second_derivatives_of_kinks_have_infinite_squares() -> None:
    third = sp.Rational(1, 3)
    for f in (nets.leaky_relu(third), nets.abs_, nets.hard_tanh, nets.elu(third)):
        assert f.expect(q, 2, 2) is sp.oo
    assert nets.leaky_relu(1).expect(q, 2, 2) == 0
    assert nets.elu(1).expect(q, 2, 2).is_finite is not False


def scaled(t: sp.Expr) -> sp.Expr:
    """exp(t^2/2) erfc(t/sqrt 2)."""
    return sp.exp(t**2 / 2) * sp.erfc(t / sp.sqrt(2))


s = sp.sqrt(q)
p = sp.erf(1 / sp.sqrt(2 * q))
Erf = Activation(sp.erf(b * x), x)
Sin, Cos = Activation(sp.sin(b * x), x), Activation(sp.cos(b * x), x)
Exp, Gauss = Activation(sp.exp(b * x), x), Activation(sp.exp(-b * x**2), x)
V = q / (1 + 4 * b * q)
CLOSED = [
    # relu, leaky, abs
    (nets.relu, 1, 0, sp.sqrt(q / (2 * pi))),
    (nets.relu, 2, 0, q / 2),
    (nets.relu, 1, 1, sp.Rational(1, 2)),
    (nets.relu, 2, 1, sp.Rational(1, 2)),
    (nets.relu, 4, 0, 3 * q**2 / 2),
    (nets.leaky_relu(a), 1, 0, (1 - a) * sp.sqrt(q / (2 * pi))),
    (nets.leaky_relu(a), 2, 0, (1 + a**2) / 2 * q),
    (nets.leaky_relu(a), 1, 1, (1 + a) / 2),
    (nets.leaky_relu(a), 2, 1, (1 + a**2) / 2),
    (nets.abs_, 1, 0, sp.sqrt(2 * q / pi)),
    (nets.abs_, 2, 0, q),
    (nets.abs_, 1, 1, sp.Integer(0)),
    (nets.abs_, 2, 1, sp.Integer(1)),
    # erf and the normal distribution function
    (Erf, 1, 0, sp.Integer(0)),
    (Erf, 2, 0, 2 / pi * sp.asin(2 * b**2 * q / (1 + 2 * b**2 * q))),
    (Erf, 1, 1, 2 * b / sp.sqrt(pi * (1 + 2 * b**2 * q))),
    (Erf, 2, 1, 4 * b**2 / (pi * sp.sqrt(1 + 4 * b**2 * q))),
    (Erf, 2, 2, 16 * b**6 * q / (pi * (1 + 4 * b**2 * q) ** sp.Rational(3, 2))),
    (nets.normal_cdf, 1, 0, sp.Rational(1, 2)),
    (nets.normal_cdf, 2, 0, sp.Rational(1, 4) + sp.asin(q / (1 + q)) / (2 * pi)),
    (nets.normal_cdf, 1, 1, 1 / sp.sqrt(2 * pi * (1 + q))),
    (nets.normal_cdf, 2, 1, 1 / (2 * pi * sp.sqrt(1 + 2 * q))),
    (nets.normal_cdf, 2, 2, q / (2 * pi * (1 + 2 * q) ** sp.Rational(3, 2))),
    # waves, exponentials, Gaussians
    (Sin, 1, 0, sp.Integer(0)),
    (Sin, 2, 0, (1 - sp.exp(-2 * b**2 * q)) / 2),
    (Sin, 1, 1, b * sp.exp(-(b**2) * q / 2)),
    (Sin, 2, 1, b**2 / 2 * (1 + sp.exp(-2 * b**2 * q))),
    (Sin, 2, 2, b**4 * (1 - sp.exp(-2 * b**2 * q)) / 2),
    (Cos, 1, 0, sp.exp(-(b**2) * q / 2)),
    (Cos, 2, 0, (1 + sp.exp(-2 * b**2 * q)) / 2),
    (Cos, 1, 1, sp.Integer(0)),
    (Cos, 2, 1, b**2 / 2 * (1 - sp.exp(-2 * b**2 * q))),
    (Cos, 2, 2, b**4 * (1 + sp.exp(-2 * b**2 * q)) / 2),
    (Exp, 1, 0, sp.exp(b**2 * q / 2)),
    (Exp, 2, 0, sp.exp(2 * b**2 * q)),
    (Exp, 1, 1, b * sp.exp(b**2 * q / 2)),
    (Exp, 2, 1, b**2 * sp.exp(2 * b**2 * q)),
    (Exp, 2, 2, b**4 * sp.exp(2 * b**2 * q)),
    (Gauss, 1, 0, (1 + 2 * b * q) ** sp.Rational(-1, 2)),
    (Gauss, 2, 0, (1 + 4 * b * q) ** sp.Rational(-1, 2)),
    (Gauss, 1, 1, sp.Integer(0)),
    (Gauss, 2, 1, 4 * b**2 * q * (1 + 4 * b * q) ** sp.Rational(-3, 2)),
    # E (4 b^2 x^2 - 2 b)^2 under the tilted variance v = q/(1 + 4 b q)
    (
        Gauss,
        2,
        2,
        4 * b**2 * (1 - 4 * b * V + 12 * b**2 * V**2) / sp.sqrt(1 + 4 * b * q),
    ),
    # hard tanh
    (nets.hard_tanh, 1, 0, sp.Integer(0)),
    (nets.hard_tanh, 2, 0, q * (p - sp.sqrt(2 / (pi * q)) * sp.exp(-1 / (2 * q))) + 1 - p),
    (nets.hard_tanh, 1, 1, p),
    (nets.hard_tanh, 2, 1, p),
    (
        nets.hard_tanh,
        4,
        0,
        3 * q**2 * p
        - 2 * q**2 * sp.exp(-1 / (2 * q)) / sp.sqrt(2 * pi) * (q ** sp.Rational(-3, 2) + 3 / s)
        + 1
        - p,
    ),
    # gelu
    (nets.gelu, 1, 0, q / sp.sqrt(2 * pi * (1 + q))),
    (
        nets.gelu,
        2,
        0,
        q / 4 + q / (2 * pi) * sp.asin(q / (1 + q)) + q**2 / (pi * (1 + q) * sp.sqrt(1 + 2 * q)),
    ),
    (nets.gelu, 1, 1, sp.Rational(1, 2)),
    (
        nets.gelu,
        2,
        1,
        sp.Rational(1, 4)
        + sp.asin(q / (1 + q)) / (2 * pi)
        + q * (5 * q + 3) / (2 * pi * (1 + q) * (1 + 2 * q) ** sp.Rational(3, 2)),
    ),
    (
        nets.gelu,
        2,
        2,
        (4 - 4 * q / (1 + 2 * q) + 3 * q**2 / (1 + 2 * q) ** 2) / (2 * pi * sp.sqrt(1 + 2 * q)),
    ),
    # elu
    (nets.elu(), 1, 0, sp.sqrt(q / (2 * pi)) + scaled(s) / 2 - sp.Rational(1, 2)),
    (nets.elu(), 2, 0, q / 2 + scaled(2 * s) / 2 - scaled(s) + sp.Rational(1, 2)),
    (nets.elu(), 1, 1, sp.Rational(1, 2) + scaled(s) / 2),
    (nets.elu(), 2, 1, sp.Rational(1, 2) + scaled(2 * s) / 2),
    (nets.elu(), 2, 2, scaled(2 * s) / 2),
    # arctan
    (nets.arctan, 1, 1, sp.sqrt(pi / (2 * q)) * scaled(1 / s)),
    (
        nets.arctan,
        2,
        1,
        sp.sqrt(pi / (2 * q)) * scaled(1 / s) * (1 - 1 / q) / 2 + 1 / (2 * q),
    ),
    # polynomials
    (nets.monomial(3), 2, 0, 15 * q**3),
    (nets.hermite(2), 2, 0, (3 * q**2 - 2 * q + 1) / 2),
]


@pytest.mark.parametrize(("f", "power", "derivative", "form"), CLOSED)
def test_closed_form_is_derived(f: Activation, power: int, derivative: int, form: sp.Expr) -> None:
    derived = f.expect(q, power, derivative)
    assert not derived.has(GaussianExpectation)
    values = {a: sp.Rational(1, 5), b: sp.Rational(7, 10)}
    for variance in (sp.Rational(3, 10), sp.Rational(17, 10)):
        point = {**values, q: variance}
        gap = derived.subs(point).evalf(40) - form.subs(point).evalf(40)
        assert abs(gap) < sp.Float("1e-35")


NAMED = {
    name: getattr(nets, name)
    for name in [
        "linear",
        "relu",
        "abs_",
        "step",
        "sign",
        "erf",
        "normal_cdf",
        "gelu",
        "selu",
        "hard_tanh",
        "sin",
        "cos",
        "exp",
        "gaussian",
    ]
} | {
    "leaky_relu": nets.leaky_relu(sp.Rational(1, 5)),
    "elu": nets.elu(sp.Rational(3, 2)),
    "sin_wave": nets.sin_wave(2, sp.Rational(1, 3)),
    "soft_threshold": nets.piecewise_linear([-1, 2], [0, 0], 1, 1),
    "hermite": nets.hermite(5),
    "monomial": nets.monomial(4),
}


@pytest.mark.parametrize("name", NAMED)
def test_square_with_symbolic_variance_takes_less_than_two_seconds(name: str) -> None:
    start = time.perf_counter()
    # a fresh parameter defeats every cache
    form = Activation(sp.Dummy("scale", positive=True) * NAMED[name](x), x).expect(q, power=2)
    assert time.perf_counter() - start < 2
    assert not form.has(GaussianExpectation)


@pytest.mark.parametrize("name", NAMED)
def test_mean_and_square_against_quadrature(name: str) -> None:
    f, context = NAMED[name], mpmath.MPContext()
    context.dps = 30
    function = sp.lambdify(x, f(x).rewrite(sp.Piecewise), modules="mpmath")
    for variance in (sp.Rational(2, 5), sp.Rational(9, 4)):
        root = context.sqrt(context.mpf(variance.p) / variance.q)
        places = [-20, *sorted({float(place) for place in f.pieces.breaks} | {0.0}), 20]
        for power in (1, 2):
            with mpmath.workdps(30):
                value = mpmath.quad(
                    lambda z, n=power, r=root: function(mpmath.mpf(r * z)) ** n * mpmath.npdf(z),
                    [
                        mpmath.mpf(place) / (mpmath.mpf(root) if abs(place) < 20 else 1)
                        for place in places
                    ],
                    maxdegree=9,
                )
            assert abs(f.expect(variance, power).evalf(30) - sp.Float(value, 30)) < 1e-24


def test_selu_constants() -> None:
    slope = nets.selu(sp.Integer(1))
    assert agrees(slope, "1.05070098735548049341933")
    jump = -nets.selu(sp.Integer(-1)) / (1 - sp.exp(-1)) / slope
    assert agrees(jump, "1.67326324235437728481704")
    assert abs(nets.selu.mean(1).evalf(30)) < 1e-28
    assert abs(nets.selu.expect(1, 2).evalf(30) - 1) < 1e-28


def test_products_of_derivatives() -> None:
    form = 4 * b**2 / (pi * sp.sqrt(1 + 4 * b**2 * q)) * (1 / (1 + 2 * b**2 * q) - 1)
    value = Erf.expect_product(q, (0, 2)) - form
    assert abs(value.subs({b: sp.Rational(3, 5), q: sp.Rational(4, 3)}).evalf(30)) < 1e-27
    # a kink contributes f at the kink times the jump of the slope times the density there
    density = sp.exp(-1 / (2 * q)) / sp.sqrt(2 * pi * q)
    assert sp.simplify(nets.hard_tanh.expect_product(q, (0, 2)) + 2 * density) == 0
    assert nets.relu.expect_product(q, (0, 2)) == 0


def test_length_map_derivative_is_the_heat_equation() -> None:
    for f in (nets.erf, nets.gelu, nets.hard_tanh, nets.elu(), nets.relu):
        square = f.expect(q, 2)
        rate = f.expect(q, 2, 1) + f.expect_product(q, (0, 2))
        point = {q: sp.Rational(7, 5)}
        gap = square.diff(q).subs(point).evalf(30) - rate.subs(point).evalf(30)
        assert abs(gap) < 1e-27


def test_unevaluated_mean_differentiates_by_the_heat_equation() -> None:
    mean = nets.tanh.expect(q, 2)
    assert isinstance(mean, GaussianExpectation)
    step = sp.Rational(1, 10**8)
    slope = (mean.subs(q, 1 + step) - mean.subs(q, 1 - step)).evalf(40) / (2 * step)
    assert abs(mean.diff(q).subs(q, 1).evalf(25) - slope) < 1e-15
    kinked = nets.softsign.expect(q, 2)
    slope = (kinked.subs(q, 1 + step) - kinked.subs(q, 1 - step)).evalf(40) / (2 * step)
    assert abs(kinked.diff(q).subs(q, 1).evalf(25) - slope) < 1e-15


def test_unevaluated_mean_in_a_parameter() -> None:
    w = sp.Symbol("w")
    mean = gaussian_expectation(sp.tanh(a * w) ** 2 / (1 + w**2), w, 1)
    step = sp.Rational(1, 10**8)
    slope = (mean.subs(a, 1 + step) - mean.subs(a, 1 - step)).evalf(40) / (2 * step)
    assert abs(mean.diff(a).subs(a, 1).evalf(25) - slope) < 1e-15


def test_any_number_of_digits() -> None:
    mean = nets.tanh.expect(1, 2)
    assert abs(mean.evalf(60) - mean.evalf(80)) < sp.Float("1e-59")
    reference = mpmath.MPContext()
    reference.dps = 15
    assert mpmath.mp.dps == 15


def test_float_variance_is_read_as_its_decimal() -> None:
    assert nets.relu.expect(0.1, 2) == sp.Rational(1, 20)


def test_mean_of_other_expressions() -> None:
    w = sp.Symbol("w")
    assert gaussian_expectation(w**2 * sp.sign(w) * w, w, q) == 4 * sp.sqrt(q**3 / (2 * pi))
    value = gaussian_expectation(w**4 * sp.exp(-(w**2)), w, 1)
    assert value == sp.sqrt(3) / 9
    assert gaussian_expectation(1 / (1 + w**2) ** 3, w, 2).has(sp.erfc)


def test_a_tower_of_means_is_computed_once_for_near_precisions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from freeprob.nets.expectations import expectation

    lengths = [sp.Rational(4, 5)]
    for _ in range(5):
        mean = GaussianExpectation(sp.tanh(x / 2) ** 2 + x**2 / 31, x, lengths[-1])
        lengths.append(sp.Rational(1, 20) + sp.Rational(13, 10) * mean)
    integrals: list[int] = []

    def counted(*args: object, **options: object) -> object:
        integrals.append(1)
        return known(*args, **options)

    known = expectation.gaussian_mean
    monkeypatch.setattr(expectation, "gaussian_mean", counted)
    values = [lengths[-1].evalf(digits) for digits in range(12, 31)]
    # a rung for each few digits, not a tower for each number of them
    assert len(integrals) <= 5 * 4
    assert all(abs(value - values[-1]) < 10**-11 for value in values)

    def squares(q: mpmath.mpf, u: mpmath.mpf) -> mpmath.mpf:
        return mpmath.npdf(u) * (mpmath.tanh(u * mpmath.sqrt(q) / 2) ** 2 + q * u**2 / 31)

    own = mpmath.mpf("0.8")
    for _ in range(5):
        own = mpmath.mpf(1) / 20 + 1.3 * mpmath.quad(partial(squares, own), [-9, -3, 0, 3, 9])
    assert float(values[-1]) == pytest.approx(float(own), rel=1e-12)


@pytest.mark.parametrize(("power", "depth"), [(1, 10), (3, 4)])
def test_means_of_means_have_the_digits_of_a_forward_pass(power: int, depth: int) -> None:
    """Lengths of layers, each known before the next; at x³ levels lose what they amplify."""
    w = sp.Symbol("w", real=True)
    f = nets.Activation(sp.tanh(w**power), w)
    nested = known = sp.Rational(2)
    for _ in range(depth):
        nested = sp.Rational(3, 2) * f.expect(nested, power=2) + sp.Rational(1, 10)
        step = sp.Rational(3, 2) * f.expect(known, power=2) + sp.Rational(1, 10)
        known = sp.Rational(str(step.evalf(60)))
    for digits in (15, 40):
        assert abs(nested.evalf(digits) / known - 1) < sp.Float(10, 5) ** (1 - digits)
