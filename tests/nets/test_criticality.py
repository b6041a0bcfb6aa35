"""The critical line, points on it, half-stable points and the phase diagram."""

from __future__ import annotations

import matplotlib
import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from tests.nets.reference_digits import agrees


@pytest.mark.parametrize(
    ("q", "weight", "bias", "xi_q"),
    [
        (".1", "1.177569096164601306939", "0.0008322804246863154718288", "5.863233063862016317122"),
        (".5", "1.687975120577535247594", "0.0380412011112684733763", "1.662401050812209279404"),
        (1, "2.153302648902790032829", "0.1509646293785528897149", "1.066259458449840998464"),
        (4, "3.907006322782990281287", "1.51803034113920936871", "0.5269789629019387884744"),
    ],
)
def test_tanh_line(q, weight, bias, xi_q):
    found = nets.critical_line(nets.tanh, q, dps=28)
    assert agrees(found[0], weight)
    assert agrees(found[1], bias)
    exact = nets.critical_line(nets.tanh, q)
    field = nets.MeanField(nets.tanh, *(sp.Rational(str(x.evalf(30))) for x in exact))
    assert agrees(field.depth_scales(dps=24).xi_q, xi_q)
    assert abs(field.chi_1(dps=24) - 1) < 1e-23


@pytest.mark.parametrize(
    ("given", "weight", "bias", "q", "xi_q"),
    [
        (
            {"bias_variance": ".05"},
            "1.760954639606739131632",
            ".05",
            "0.5700478816407641499902",
            "1.52109740734881593645",
        ),
        (
            {"bias_variance": ".1"},
            "1.986072641135864207207",
            ".1",
            "0.8057991819134874067099",
            "1.216213110720503038123",
        ),
        (
            {"weight_variance": "1.05"},
            "1.05",
            "2.0105213388267072933e-5",
            "0.025920948211254186137",
            None,
        ),
    ],
)
def test_tanh_points(given, weight, bias, q, xi_q):
    (point,) = nets.critical_points(nets.tanh, **given, dps=28)
    assert agrees(point.weight_variance, weight)
    assert agrees(point.bias_variance, bias)
    assert agrees(point.length, q)
    if xi_q is not None:
        pair = (point.weight_variance, point.bias_variance)
        field = nets.MeanField(nets.tanh, *(sp.Rational(mpmath.nstr(v, 28)) for v in pair))
        assert agrees(field.depth_scales(dps=24).xi_q, xi_q)


@pytest.mark.parametrize(
    ("activation", "q", "weight", "bias"),
    [
        (nets.erf, ".25", "1.11072073453959156175397", "0.00969901682751163571958505"),
        (nets.erf, 1, "1.75620368276018159828909", "0.184139677807452753527766"),
        (nets.hard_tanh, ".25", "1.04766922627144435397256", "0.00889544784107483423246632"),
        (nets.hard_tanh, 1, "1.46479477349154408005053", "0.24408013173566270875846"),
    ],
)
def test_closed_lines(activation, q, weight, bias):
    found = nets.critical_line(activation, q, dps=30)
    assert agrees(found[0], weight)
    assert agrees(found[1], bias)


def test_erf_point_and_closed_form():
    (point,) = nets.critical_points(nets.erf, bias_variance=".05", dps=28)
    assert agrees(point.length, "0.517176837980564378747754")
    assert agrees(point.weight_variance, "1.37583900734668044296076")
    q = sp.Symbol("q", positive=True)
    weight, bias = nets.critical_line(nets.erf, q)
    assert sp.simplify(weight - sp.pi / 4 * sp.sqrt(1 + 4 * q)) == 0
    assert sp.simplify(bias - q + sp.sqrt(1 + 4 * q) / 2 * sp.asin(2 * q / (1 + 2 * q))) == 0


def test_relu_has_one_critical_point_for_all_lengths():
    q = sp.Symbol("q", positive=True)
    assert nets.critical_line(nets.relu, q) == (2, 0)
    a = sp.Symbol("a", real=True)
    weight, bias = nets.critical_line(nets.leaky_relu(a), q)
    assert sp.simplify(weight - 2 / (1 + a**2)) == 0
    assert sp.simplify(bias) == 0


def test_tanh_line_at_small_lengths():
    weight, bias = nets.critical_line(nets.tanh, "1e-3", dps=15)
    assert (weight - 1) / mpmath.mpf("1e-3") == pytest.approx(1.997, abs=5e-4)
    assert bias / mpmath.mpf("1e-9") == pytest.approx(1.325, abs=5e-4)


def test_half_stable_points():
    (point,) = nets.half_stable_points(nets.gelu, dps=26)
    assert agrees(point.length, "3.5615528128088302749107")
    assert agrees(point.weight_variance, "1.98305825743754712520548")
    assert agrees(point.bias_variance, "0.172922390756067351749853")
    assert agrees(point.length, str(sp.N((3 + sp.sqrt(17)) / 2, 24)))
    # Roberts and Yaida 2022, section 5.3.4
    (swish,) = nets.half_stable_points(nets.swish, dps=10)
    assert agrees(swish.length, "14.32017362")
    assert agrees(swish.weight_variance, "1.98800468")
    assert agrees(swish.bias_variance, "0.55514317")


def test_half_stable_points_of_functions_with_kinks():
    x = sp.Symbol("x", real=True)
    # E f f'' = f(0) - E f / 2, and E f = sqrt(q/(2 pi)) - q/4
    (point,) = nets.half_stable_points(nets.Activation(sp.Max(0, x) - x**2 / 4, x), dps=20)
    assert agrees(point.length, str(sp.N(8 / sp.pi, 18)))
    assert agrees(point.bias_variance, str(sp.N(8 / sp.pi**2, 18)))


def test_lines_that_do_not_exist():
    with pytest.raises(UndefinedOperationError, match="negative bias_variance"):
        nets.critical_line(nets.softplus, 1, dps=15)
    with pytest.raises(UndefinedOperationError, match="every length"):
        nets.half_stable_points(nets.relu)
    with pytest.raises(UndefinedOperationError, match="jumps"):
        nets.critical_line(nets.step, 1)
    with pytest.raises(InvalidParameterError, match="positive"):
        nets.critical_line(nets.tanh, 0)
    with pytest.raises(InvalidParameterError, match="exactly one"):
        nets.critical_points(nets.tanh)


def test_phase_diagram_agrees_with_single_fields():
    weights, biases = np.array([0.5, 1.69, 4.0]), np.array([0.05, 0.09])
    diagram = nets.phase_diagram(nets.tanh, weights, biases)
    for i, bias in enumerate(biases):
        for j, weight in enumerate(weights):
            field = nets.MeanField(nets.tanh, weight, bias)
            assert diagram.length[i, j] == pytest.approx(field.fixed_point(), rel=1e-9)
            assert diagram.chi_1[i, j] == pytest.approx(field.chi_1(), rel=1e-9)
    line = np.interp(0.05, diagram.critical_bias, diagram.critical_weight)
    assert line == pytest.approx(1.76095, abs=1e-3)


def test_phase_diagram_masks_what_does_not_exist():
    diagram = nets.phase_diagram(nets.relu, [1.0, 2.5], [0.1])
    assert diagram.length.mask.tolist() == [[False, True]]
    with pytest.raises(InvalidParameterError, match="positive"):
        nets.phase_diagram(nets.relu, [1.0, -2.5], [0.1])


def test_phase_diagram_is_drawn():
    matplotlib.use("agg")
    from matplotlib.figure import Figure

    axes = Figure().subplots()
    diagram = nets.phase_diagram(nets.tanh, np.linspace(1, 4, 7), np.linspace(0.05, 0.5, 5))
    assert diagram.plot(axes) is axes
    (mesh,) = axes.collections
    assert mesh.get_array().shape == (5, 7)
    assert axes.lines[0].get_xdata().min() >= 1
