"""Fixed points, slopes and depth scales against published digits, theorems and each other."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from tests.nets.reference_digits import agrees

TANH = [
    # weight variance, bias variance, q*, chi_1, chi_q, chi_2, xi_q
    (
        ("1.69", ".09"),
        "0.6070467919093232290354",
        "0.9398074286821538193188",
        "0.4735158698651079160272",
        "0.5434720186413628758366",
        "1.337667642539308308021",
    ),
    (
        ("6.25", ".09"),
        "4.079123875282245992025",
        "1.585224765006033049852",
        "0.2339220455825911336061",
        "1.196041291424248201402",
        "0.6883414572367731698269",
    ),
    (
        (1, ".05"),
        "0.1935925202452966424786",
        "0.7590316471853936006947",
        "0.5642799820467740870414",
        "0.2842619998474975999315",
        "1.747626242902002993453",
    ),
    (
        (4, ".05"),
        "2.195493928034487761825",
        "1.342402414445191695865",
        "0.3181950994045506112444",
        "0.966818406461605820953",
        "0.8732933719602890018822",
    ),
    (
        ("2.25", 0),
        "0.7933540426067777101276",
        "1.139323224985486412902",
        "0.5046777601700146589625",
        "0.702871373656669383721",
        "1.462340736652440480084",
    ),
    (
        (4, 0),
        "2.121473568203178530375",
        "1.362673337521527228682",
        "0.3309671489709387467965",
        "0.9780953259960294698929",
        "0.904374876642177994547",
    ),
]


@pytest.mark.parametrize(("variances", "q", "chi_1", "chi_q", "chi_2", "xi_q"), TANH)
def test_tanh_fixed_points(variances, q, chi_1, chi_q, chi_2, xi_q):
    field = nets.MeanField(nets.tanh, *variances)
    assert agrees(field.fixed_point(dps=24), q)
    assert agrees(field.chi_1(dps=24), chi_1)
    assert agrees(field.chi_q(dps=24), chi_q)
    assert agrees(field.chi_2(dps=24), chi_2)
    assert agrees(field.depth_scales(dps=24).xi_q, xi_q)


@pytest.mark.parametrize(
    ("variances", "star", "slope", "xi_c"),
    [
        (("6.25", ".09"), "0.1221037473055854", "0.8222291727235645", "5.10891898916676"),
        ((4, ".05"), "0.1650649620223099", "0.866527995597264", "6.98027353297698"),
        (("2.25", 0), "0", "0.9430299756400076296198", "17.04820279573944939666"),
    ],
)
def test_tanh_chaotic_correlations(variances, star, slope, xi_c):
    field = nets.MeanField(nets.tanh, *variances)
    assert agrees(field.correlation_fixed_point(dps=22), star)
    assert agrees(field.correlation_slope(dps=22), slope)
    assert agrees(field.depth_scales(dps=22).xi_c, xi_c)


def test_tanh_ordered_depth_scale():
    scales = nets.MeanField(nets.tanh, "1.69", ".09").depth_scales(dps=24)
    assert agrees(scales.xi_c, "16.10817274347612017448")
    assert scales.xi_c == scales.xi_gradient


def test_the_digits_are_those_of_these_parameters():
    other = nets.MeanField(nets.tanh, "1.6900001", ".09")
    assert not agrees(other.fixed_point(dps=24), TANH[0][1])
    assert not agrees(other.chi_2(dps=24), TANH[0][4])


def test_erf_fixed_points():
    field = nets.MeanField(nets.erf, 2, ".05")
    assert agrees(field.fixed_point(dps=24), "0.965954812592848803870176")
    assert agrees(field.chi_1(dps=24), "1.15465276705773719239144")
    assert agrees(field.chi_q(dps=24), "0.393822769003190282958966")
    assert agrees(field.correlation_fixed_point(dps=24), "0.434481237455577825377025")
    assert agrees(field.correlation_slope(dps=24), "0.906482226963078187741737")
    assert agrees(field.depth_scales(dps=24).xi_c, "10.1849738736139221236551")
    field = nets.MeanField(nets.erf, 1, ".05")
    assert agrees(field.fixed_point(dps=24), "0.288426691723255501891893")
    assert agrees(field.chi_1(dps=24), "0.867594584176330625566795")
    assert agrees(field.chi_q(dps=24), "0.550206248268966349019215")
    field = nets.MeanField(nets.erf, "6.25", ".09")
    assert agrees(field.fixed_point(dps=24), "4.55546168728844232764845")
    assert agrees(field.chi_1(dps=24), "1.81506666518892452848935")
    assert agrees(field.chi_q(dps=24), "0.179515420891504902506432")
    assert agrees(field.correlation_fixed_point(dps=24), "0.0931788635075498682046653")


def test_hard_tanh_fixed_point():
    field = nets.MeanField(nets.hard_tanh, "1.5", ".1")
    assert agrees(field.fixed_point(dps=24), "0.80990066659483033649506")
    assert agrees(field.chi_1(dps=24), "1.10026319680060829958963")


def test_dropout_removes_the_fixed_point_at_one():
    field = nets.MeanField(nets.erf, 2, ".05", keep_rate=".9")
    assert agrees(field.fixed_point(dps=24), "1.135787521792475312572")
    assert agrees(field.correlation_map(1, dps=24), "0.904402231847123226088814")
    assert agrees(field.correlation_fixed_point(dps=24), "0.200934753510391654804919")


def test_the_law_of_the_biases_matters():
    """Pastur 2020: biases +-1 instead of Gaussian ones of the same variance, two tanh layers."""
    w = sp.Symbol("w")
    weight, first = sp.Rational(3, 2), sp.Integer(2)
    shifted = nets.Activation(sp.tanh(w + 1), w)  # tanh is odd: both signs give the same squares
    second = weight * shifted.expect(first - 1, power=2) + 1
    slopes = [weight * shifted.expect(q - 1, 2, derivative=1) for q in (first, second)]
    mean = sp.prod(slopes).evalf(20)
    assert agrees(mean, "0.2281973100924828")
    second = weight * nets.tanh.expect(first, power=2) + 1
    gaussian = weight**2 * sp.prod([nets.tanh.expect(q, 2, derivative=1) for q in (first, second)])
    assert gaussian.evalf(15) > 1.25 * mean


@pytest.mark.slow
def test_smooth_decay_of_the_recursion():
    """l (1 - c) after 4000 layers at the critical point of tanh with bias variance 0.05."""
    field = nets.MeanField(nets.tanh, "1.760954639606739131632", ".05")
    assert agrees(4000 * (1 - field.correlations(".5", 4000)[-1]), "6.185")


def test_float_and_digits_agree():
    field = nets.MeanField(nets.tanh, 4, ".05")
    for method in ("fixed_point", "chi_1", "chi_q", "chi_2", "correlation_fixed_point"):
        value = getattr(field, method)()
        assert isinstance(value, float)
        assert value == pytest.approx(float(getattr(field, method)(dps=20)), rel=1e-15)
        assert isinstance(getattr(field, method)(dps=20), mpmath.mpf)


def test_relu_correlation_map_at_criticality():
    field = nets.MeanField(nets.relu, 2, 0)
    c = field.correlations(".5", 2000, dps=24, length=1)
    assert agrees(c[1], "0.608997781044229358088997")
    assert agrees(c[2], "0.683905650898705972359984")
    assert agrees(c[10], "0.897646729807322553541324")
    assert agrees(c[2000], "0.999989092260905327285549")
    decay = field.critical_decay(dps=20, length=3)
    assert decay.exponent == 2
    assert agrees(decay.amplitude, str(sp.N(9 * sp.pi**2 / 2, 18)))
    # logarithmic corrections: 2 % off at 2000 layers, from below
    assert 43.6 < 2000**2 * (1 - c[2000]) < decay.amplitude


def test_smooth_decay_at_criticality():
    (point,) = nets.critical_points(nets.tanh, bias_variance=".05", dps=30)
    field = nets.MeanField(nets.tanh, sp.Rational(str(point.weight_variance)), ".05")
    field = nets.MeanField(nets.tanh, sp.Rational(mpmath.nstr(point.weight_variance, 30)), ".05")
    decay = field.critical_decay(dps=20)
    assert decay.exponent == 1
    assert agrees(decay.amplitude, "6.171")
    assert decay.amplitude == pytest.approx(
        2 / (field.fixed_point(20) * field.chi_2(20)), rel=1e-15
    )


@pytest.mark.parametrize(
    ("activation", "jumps"),
    [(nets.relu, 1), (nets.leaky_relu(sp.Rational(-1, 2)), sp.Rational(9, 4)), (nets.abs_, 4)],
)
def test_kinked_decay_follows_the_recursion(activation, jumps):
    """The slope of the map near 1 shows the epsilon^(3/2) law with the jump squared of f'."""
    weight = 1 / activation.expect(1, power=2, derivative=1)
    field = nets.MeanField(activation, weight, 0)
    epsilon = mpmath.mpf("1e-16")
    gap = 1 - field.correlation_map(sp.Rational(10**16 - 1, 10**16), dps=40, length=1)
    bend = (epsilon - gap) / epsilon ** mpmath.mpf("1.5")
    amplitude = field.critical_decay(dps=15, length=1).amplitude
    assert 4 / bend**2 == pytest.approx(amplitude, rel=1e-6)
    relu = nets.MeanField(nets.relu, 2, 0).critical_decay(dps=15, length=1).amplitude
    assert amplitude == pytest.approx(float(relu * (2 / (weight * jumps)) ** 2), rel=1e-12)


def test_gradients_and_manifolds():
    field = nets.MeanField(nets.tanh, "6.25", ".09")
    chi_1, chi_2, q = field.chi_1(20), field.chi_2(20), field.fixed_point(20)
    assert field.gradient_scale(3, dps=15) == pytest.approx(chi_1**3, rel=1e-14)
    first, second, _ = field.manifold(2, dps=18)
    assert first.metric == pytest.approx(q, rel=1e-17)
    assert first.curvature == pytest.approx(1 / mpmath.sqrt(q), rel=1e-15)
    assert second.metric == pytest.approx(chi_1 * q, rel=1e-15)
    squared = 3 * chi_2 / chi_1**2 + 1 / (q * chi_1)
    assert second.curvature**2 == pytest.approx(squared, rel=1e-15)


class TestExistenceAndStability:
    def test_relu_has_one_below_two_and_none_above(self):
        assert nets.MeanField(nets.relu, 1, ".1").fixed_point(20) == pytest.approx(0.2)
        for weight in (2, 3):
            with pytest.raises(UndefinedOperationError, match=r"V\(q\) > q for every length"):
                nets.MeanField(nets.relu, weight, ".1").fixed_point(20)

    def test_every_length_is_fixed_for_critical_relu(self):
        with pytest.raises(UndefinedOperationError, match="every length is a fixed point"):
            nets.MeanField(nets.relu, 2, 0).fixed_point(20)

    def test_zero_attracts_below_the_transition_and_repels_above(self):
        (zero,) = nets.MeanField(nets.tanh, ".9", 0).fixed_points(15)
        assert (zero.value, zero.kind) == (0, "attracting")
        assert zero.slope == pytest.approx(0.9)
        zero, star = nets.MeanField(nets.tanh, "2.25", 0).fixed_points(15)
        assert (zero.value, zero.kind) == (0, "repelling")
        assert star.kind == "attracting"

    def test_slopes_where_all_lengths_shrink_to_zero(self):
        """At length 0 the averages are values at 0."""
        field = nets.MeanField(nets.tanh, ".5", 0)
        assert (field.fixed_point(), field.chi_1(), field.chi_q()) == (0, 0.5, 0.5)
        q = sp.Symbol("q", positive=True)
        assert nets.tanh.expect(q, 2, 1).subs(q, 0) == 1
        assert nets.softplus.expect(q, 2).subs(q, 0) == sp.log(2) ** 2

    def test_marginal_zero_attracts_because_of_the_next_order(self):
        (zero,) = nets.MeanField(nets.tanh, 1, 0).fixed_points(15)
        assert (zero.slope, zero.kind) == (1, "attracting")

    def test_gelu_touches_the_diagonal_at_its_half_stable_point(self):
        (point,) = nets.half_stable_points(nets.gelu, dps=30)
        weight = sp.Rational(mpmath.nstr(point.weight_variance, 30))
        bias = sp.Rational(mpmath.nstr(point.bias_variance, 30))
        low, touching = nets.MeanField(nets.gelu, weight, bias).fixed_points(10)
        assert (low.kind, touching.kind) == ("attracting", "half-stable")
        assert touching.value == pytest.approx(point.length, rel=1e-9)
        shift = sp.Rational(1, 10**9)
        (low,) = nets.MeanField(nets.gelu, weight, bias - shift).fixed_points(10)
        assert low.value == pytest.approx(3.03, abs=0.01)
        field = nets.MeanField(nets.gelu, weight, bias + shift)
        assert [p.kind for p in field.fixed_points(10)] == ["attracting", "repelling", "attracting"]
        with pytest.raises(UndefinedOperationError, match="several attracting"):
            field.fixed_point()
        assert field.fixed_point(start=1) < 3.1 < point.length < field.fixed_point(start=9)

    def test_exp_grows_without_a_fixed_point(self):
        with pytest.raises(UndefinedOperationError, match="no attracting fixed point"):
            nets.MeanField(nets.exp, 1, 0).fixed_point(15)
        low, high = nets.MeanField(nets.exp, ".1", 0).fixed_points(15)
        assert (low.kind, high.kind) == ("attracting", "repelling")

    def test_tiny_lengths_are_found(self):
        star = nets.MeanField(nets.tanh, ".5", sp.Rational(1, 10**20)).fixed_point(15)
        assert star == pytest.approx(2e-20, rel=1e-12)

    def test_a_fixed_length_reproduces_itself(self):
        for activation in (nets.gelu, nets.swish, nets.softplus, nets.elu(1), nets.sigmoid):
            field = nets.MeanField(activation, sp.Rational(3, 2), sp.Rational(1, 10))
            q = field.fixed_point(dps=25)
            image = sp.Rational(3, 2) * activation.expect(sp.Float(q, 25), power=2) + sp.Rational(
                1, 10
            )
            assert abs(image.evalf(25) - sp.Float(q, 25)) < sp.Float("1e-23")


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: nets.MeanField(nets.tanh, -1, 0), InvalidParameterError, "cannot be negative"),
        (lambda: nets.MeanField(nets.tanh, 1, "-.1"), InvalidParameterError, "cannot be negative"),
        (lambda: nets.MeanField(nets.tanh, 1, 0, 0), InvalidParameterError, "must be positive"),
        (lambda: nets.MeanField(nets.tanh, 1, 0, 2), InvalidParameterError, "probability"),
        (lambda: nets.MeanField(nets.tanh, float("nan"), 0), InvalidParameterError, "finite"),
        (
            lambda: nets.MeanField(nets.tanh, 2, 0).correlation_map("1.01"),
            InvalidParameterError,
            r"\[-1, 1\]",
        ),
        (
            lambda: nets.MeanField(nets.tanh, ".5", 0).correlation_fixed_point(),
            UndefinedOperationError,
            "shrink to zero",
        ),
        (
            lambda: nets.MeanField(nets.tanh, sp.Symbol("s", positive=True), 0).fixed_point(),
            UndefinedOperationError,
            "substitute values for s",
        ),
        (
            lambda: nets.MeanField(nets.tanh, 2, ".1").critical_decay(),
            UndefinedOperationError,
            "geometrically",
        ),
    ],
)
def test_bad_input(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_chi_2_of_a_kink_is_infinite():
    assert nets.MeanField(nets.relu, 1, ".1").chi_2(15) == mpmath.inf
