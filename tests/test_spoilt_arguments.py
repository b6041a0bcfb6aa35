"""Values that once left a public call with a foreign error, and their kin."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from flint import ctx, fmpz_poly

import freeprob as fp
from freeprob import ensembles, nets
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.geometry.candidates.algebraic_numbers import real_roots
from freeprob.landscapes import (
    DriftedField,
    GaussianField,
    PSpin,
    index_exponent,
    local,
    network_field,
)

RAGGED = [[1, 2], [3]]
w, c, N = sp.Symbol("w"), sp.Symbol("c", positive=True), sp.Symbol("N", positive=True)
LAW, FIELD = fp.MarchenkoPastur("1/2"), PSpin(3)


@pytest.mark.parametrize(
    "points", [RAGGED, ([1], 2), [[], [1]], sp.MatrixSymbol("M", N, N)], ids=str
)
@pytest.mark.parametrize(
    "call",
    [
        LAW.cdf,
        LAW.density,
        LAW.cauchy,
        LAW.quantile,
        FIELD.complexity,
        lambda u: FIELD.complexity(u, dps=10),
        lambda u: FIELD.mean_critical_points(4, u),
        lambda u: FIELD.asymptotics(40, u),
    ],
)
def test_ragged_rows_are_no_points(call: Callable[[object], object], points: object) -> None:
    with pytest.raises(InvalidParameterError):
        call(points)


@pytest.mark.parametrize(
    "points", [np.array([1j]), sp.I, None, RAGGED, "a", object()], ids=lambda x: str(x)[:9]
)
@pytest.mark.parametrize(
    "call",
    [
        *(getattr(fp.TracyWidom(2), name) for name in ("cdf", "sf", "pdf", "ppf", "isf")),
        *(getattr(fp.HardEdge(1), name) for name in ("cdf", "sf", "pdf", "ppf")),
        fp.TracyWidom(2).interval,
    ],
)
def test_points_of_fluctuations_at_an_edge_are_real(
    call: Callable[[object], object], points: object
) -> None:
    with pytest.raises(InvalidParameterError):
        call(points)


def test_points_of_fluctuations_may_be_exact() -> None:
    law = fp.TracyWidom(2)
    assert (law.cdf(-(10**400)), law.cdf(10**400)) == (0, 1)
    assert law.cdf(sp.Rational(1, 2)) == law.cdf("1/2") == law.cdf(0.5)


@pytest.mark.parametrize(
    "expression",
    [int, len, slice(1, 2), object(), {1: 2}, None, [None]],
    ids=lambda value: type(value).__name__,
)
def test_images_are_of_expressions(expression: object) -> None:
    with pytest.raises(InvalidParameterError):
        fp.image(expression, {w: fp.Normal(0, 1)})


@pytest.mark.parametrize("parameter", [slice(1, 2), [1], {}, np.eye(2), None, 3])
def test_a_trace_is_drawn_over_a_symbol(parameter: object) -> None:
    trace = fp.normalized_trace((fp.GOE("H", N) ** 2 + c * sp.Identity(N)).inverse())
    with pytest.raises(InvalidParameterError, match="free symbol"):
        fp.plotting.plot_trace(trace, parameter, [1, 2], ax=fp.plotting.figure().subplots())


@pytest.mark.parametrize("value", [10**400, 3, 0])
def test_roots_beyond_floats(value: int) -> None:
    roots = real_roots(fmpz_poly([-(value**2) - 1, 0, 1]))
    with ctx.workprec(3000):
        found = [root.ball(2000) for root in roots]
        assert all(
            (x**2 - value**2 - 1).contains(0) and x.rel_accuracy_bits() > 1900 for x in found
        )


@pytest.mark.parametrize("law", [fp, inspect.signature(lambda c: c), None, 3, [LAW]], ids=repr)
def test_a_family_has_parameters_of_its_own(law: object) -> None:
    ax = fp.plotting.figure().subplots()
    with pytest.raises(InvalidParameterError, match="draws a law whose free symbol is c"):
        fp.plotting.plot_family(law, c, [1, 2], ax=ax, points=20)


def test_a_family_beyond_floats_is_refused() -> None:
    ax, values = fp.plotting.figure().subplots(), np.array([10**400], dtype=object)
    with pytest.raises(FreeprobError):
        fp.plotting.plot_family(fp.MarchenkoPastur(c), c, values, ax=ax, points=20)


A_LAMBDA, TRACE = (
    sp.Lambda(w, w),
    fp.normalized_trace((fp.GOE("H", N) ** 2 + c * sp.Identity(N)).inverse()),
)
CONVOLUTION = nets.ConvolutionalKernel(nets.erf, 2, 1, 0, (1,))
EQUIVALENT = fp.deterministic_equivalent((fp.GOE("H", N) + c * sp.Identity(N)).inverse())
INTERVAL = mpmath.iv.mpf([0, 1])
HUGE = ["1e999999999", Decimal("1E+99999"), 10**5000, sp.Integer(10) ** 5000]
TOLD: dict[str, Callable[[], object]] = {
    **{
        f"a ratio {i} that nothing prints": lambda x=x: fp.Semicircle(x) for i, x in enumerate(HUGE)
    },
    **{
        f"a point {i} beyond all": lambda x=x: LAW.cauchy(x, dps=15) for i, x in enumerate(HUGE[:3])
    },
    "a function as a number": lambda: fp.Semicircle(A_LAMBDA),
    "an interval as a number": lambda: fp.Semicircle(INTERVAL),
    "an order as a number": lambda: fp.Semicircle(sp.O(w)),
    "a matrix's letter as a number": lambda: fp.Semicircle(sp.Symbol("x", commutative=False)),
    "a function as a point": lambda: LAW.density(A_LAMBDA, dps=15),
    "a function as a float's point": lambda: LAW.cauchy(A_LAMBDA),
    "an interval as an argument": lambda: LAW.R(INTERVAL),
    "text as a point of equations": lambda: LAW.system_equations("x", w),
    "rows as a point of equations": lambda: LAW.system_equations(w, np.eye(2)),
    "a value that is evaluated": lambda: fp.MarchenkoPastur(c).subs({c: "sqrt(4)"}),
    "an image that is evaluated": lambda: fp.image("w**2", {w: fp.Normal()}),
    "a function without a formula": lambda: nets.Activation(sp.Function("f")(w).diff(w), w),
    "a function without numbers": lambda: LAW.expect(sp.elliptic_k(w / 10), w),
    "a function that is no number": lambda: fp.Semicircle(1).fluctuation(lambda x: "a", dps=10),
    "a complex constant": lambda: nets.gaussian_expectation(1 + 1j, w, 1),
    "arrays of two shapes": lambda: nets.relu.dual_function()(np.eye(2), 0.5, range(3)),
    "a variance beyond floats": lambda: nets.RandomNetwork(nets.relu, (3,), 10**400, 1),
    "ratios without a length": lambda: nets.conjugate_kernel_law(nets.sign, np.array(3.0)),
    "weights in an array": lambda: nets.Layer(nets.relu, weights=np.eye(2)),
    "a wave number in text": lambda: nets.LayerFieldTheory(nets.linear, "1/2", 1).propagator("k"),
    "a chi of zero": lambda: nets.ContinuumTheory(0, 1),
    "a kernel of text": lambda: nets.LayerFieldTheory(nets.linear, 1, 1).action(input_kernel="x"),
    "a kind in an array": lambda: LAW.outliers([3], kind=np.eye(2)),
    "digits in text": lambda: local.spacing_density(1, 0.5, dps="a"),
    "digits of an edge": lambda: fp.TracyWidom(2).cdf(-1, dps=[]),
    "digits at a hard edge": lambda: fp.HardEdge(1).cdf(1, dps="a"),
    "cuts that are no numbers": lambda: local.unfold(np.arange(80.0), LAW, trim=w),
    "outliers that are no number": lambda: local.unfold(np.arange(80.0), LAW, outliers=sp.I),
    "a drift's variable": lambda: network_field(3, [1, 2], tau=iter([1])),
    "a truth value in an array": lambda: fp.LawSymbol("H", positive=np.eye(2)),
    "draws of a trace": lambda: TRACE.subs({c: 1}).check(n=20, draws=sp.I),
    "values of an equivalent": lambda: EQUIVALENT.subs(1),
    "values in an array": lambda: EQUIVALENT.evaluate(np.array([])),
    "points of a derivation": lambda: LAW.derive(*sp.symbols("G z")).check(points="a"),
    "a seed of a derivation": lambda: LAW.derive(*sp.symbols("G z")).check(rng=w),
    "a file of a derivation": lambda: LAW.derive(*sp.symbols("G z")).save(1.5),
    "a law that is none": lambda: fp.testing.check_law(3),
    "a seed in a circle": lambda: LAW.sample(5, rng=[1, [2]]),
    "a complex argument": lambda: nets.relu(1j),
    "a moment beyond floats": lambda: fp.TracyWidom(2).moment(10**6),
    "an overlap of matrices": lambda: GaussianField(w, sp.Symbol("x", commutative=False)),
    "an element for values": lambda: fp.Empirical(sp.IndexedBase("a")[1]),
    "a function for eigenvalues": lambda: LAW.compare_to(A_LAMBDA),
    "a wave number of a million digits": lambda: nets.ContinuumTheory(1, 1).propagator(HUGE[1]),
    "a layer beyond all": lambda: nets.LayerFieldTheory(nets.linear, "1/2", 1).covariance(
        1, 10**18
    ),
    "a generator in text": lambda: ensembles.gaussian(3, "1/2"),
    "a dimension below 0": lambda: ensembles.wishart(np.int8(-3), 2, np.random.default_rng(0)),
    "columns that are none": lambda: ensembles.haar(3, np.random.default_rng(0), columns=w),
    "a network's sample": lambda: nets.Network([nets.Layer(nets.erf)]).draw(3).jacobian("a"),
    "a mode in text": lambda: CONVOLUTION.mode_depth_scale("a", 3, 1),
    "no covariance of images": lambda: CONVOLUTION.step("a"),
    "a length beyond means": lambda: nets.MeanField(nets.erf, 2, 1).critical_decay(length=10**400),
    "an element of an array": lambda: fp.Semicircle(sp.IndexedBase("a")[1]),
    "a field that is no array": lambda: nets.LayerFieldTheory(nets.linear, 1, 1).action(field=1),
    "entries of a tail": lambda: nets.BivariateNormalTail(0, 0, [1], 0, 1),
    "an integral without limits": lambda: nets.elu(sp.Integral(sp.exp(-(w**2)), w)),
    "draws beyond memory": lambda: fp.TracyWidom(2).rvs(10**18),
    "no property of bars": lambda: fp.plotting.plot_density(
        LAW, ax=fp.plotting.figure().subplots(), sample=np.ones(5), points=20, hist_kw={"a": "b"}
    ),
    "a wide float beyond floats": lambda: LAW.quantile(np.longdouble("1e4000")),
    "energies in cubes": lambda: fp.plotting.plot_complexity(FIELD, [[[1.0]]]),
    "an executor that is none": lambda: fp.Semicircle(1).check(20, 2, executor=np.arange(3)),
}


@pytest.mark.parametrize("call", TOLD.values(), ids=TOLD)
def test_what_is_wrong_is_told(call: Callable[[], object]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        call()
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "call",
    [
        lambda: nets.MeanField(nets.tanh, 1, 0).critical_decay(),
        lambda: TRACE.evaluate({c: [0, 1, 2]}),
        lambda: nets.random_features(nets.relu, 2, 3, 1).curve([5e-324]),
        lambda: nets.random_features(nets.relu, 2, 3, 1).curve([1e308]),
    ],
)
def test_places_without_an_answer_are_refused(call: Callable[[], object]) -> None:
    with pytest.raises(FreeprobError):
        call()


def test_an_outlier_beyond_floats() -> None:
    law = fp.boxplus(fp.Atomic({0: "1/2", 1: "1/2"}), fp.Semicircle(1))
    (far,) = law.outliers([10**400], part=law.args[0], dps=10)
    assert abs(far.location - mpmath.mpf(10) ** 400) < mpmath.mpf(10) ** 391


def test_functions_of_other_names_have_digits() -> None:
    """∫ W(x + 3) over the semicircle against mpmath's own quadrature."""
    found = fp.Semicircle(1).expect(sp.LambertW(w + 3), w, dps=12)
    own = mpmath.quad(
        lambda x: mpmath.lambertw(x + 3).real * mpmath.sqrt(4 - x * x) / (2 * mpmath.pi), [-2, 2]
    )
    assert abs(found - own) < 1e-11
    assert abs(fp.Semicircle(1).expect(sp.LambertW(w + 3), w) - own) < 1e-11


def test_transforms_have_their_limit_where_a_factor_is_infinite() -> None:
    assert (LAW.psi(0), LAW.explicit(0)) == (0, -2)
    with pytest.raises(FreeprobError):
        fp.MarchenkoPastur(1).explicit(0)


def test_energies_beyond_floats() -> None:
    drifted = DriftedField(PSpin(3), w**2 / 4, w)
    assert drifted.mean_euler_characteristic(5, 10**400) == pytest.approx(2)
    assert drifted.mean_euler_characteristic(5, -(10**400)) == 0
    with pytest.raises(FreeprobError):
        FIELD.mean_critical_points(4, -1e308)
    assert index_exponent(Fraction(1, 10**400), dps=10).exponent == sp.Rational(3, 2)
