"""The layer field theory against exact integrals, published digits and real networks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sympy as sp
from scipy.special import digamma, polygamma

from freeprob import nets
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from tests.nets.reference_digits import agrees

LINEAR = nets.LayerFieldTheory(nets.linear, "0.8", "0.2")
RELU = nets.LayerFieldTheory(nets.relu, "1.6", "0.1")


class TestDigits:
    def test_linear(self):
        assert LINEAR.length() == 1
        assert LINEAR.covariance(4, 4) == sp.Rational(32, 9)
        assert LINEAR.covariance(4, 4, field="length") == sp.Rational(50, 9)
        assert agrees(LINEAR.correlation_length(dps=22), "4.4814201177245497869")
        assert agrees(LINEAR.continuum().correlation_length(), "4.4721359549995793928")
        assert agrees(LINEAR.covariance(1, 1, width=100, dps=22), "3.6866359447004608295")
        exact = LINEAR.covariance(1, 1, field="length", width=100, dps=22)
        assert agrees(exact, "5.7603686635944700461")

    def test_relu(self):
        assert RELU.length() == sp.Rational(1, 2)
        assert RELU.covariance(4, 4) == sp.Rational(20, 9)
        assert RELU.covariance(4, 4, field="length") == sp.Rational(49, 18)

    def test_linear_covariances_between_layers(self):
        """Starting at the fixed point, in the fifth layer."""
        values = [LINEAR.covariance(5, 5 + n, field="length", input_variance=1) for n in range(6)]
        printed = ("4.96", "3.97", "3.17", "2.54", "2.03", "1.63")
        assert all(agrees(sp.N(v, 10), p) for v, p in zip(values, printed, strict=True))

    def test_relu_at_finite_width(self):
        exact = RELU.covariance(10, 10, field="length", input_variance="0.5", width=100)
        assert agrees(sp.N(exact, 10), "2.918")


def test_closed_forms_with_symbols():
    w, b = sp.symbols("w b", positive=True)
    theory = nets.LayerFieldTheory(nets.linear, w, b)
    q = b / (1 - w)
    assert sp.simplify(theory.covariance(1, 1) - 2 * q**2 * w**2 / (1 - w**2)) == 0
    assert sp.simplify(theory.covariance(1, 1, field="length") - 2 * q**2 / (1 - w**2)) == 0
    assert sp.simplify(theory.covariance(3, 7, field="norm") - q / 2 / (1 - w**2) * w**4) == 0
    assert sp.simplify(theory.noise("length") - 2 * q**2) == 0
    theory = nets.LayerFieldTheory(nets.relu, w, b)
    q = b / (1 - w / 2)
    expected = sp.Rational(5, 4) * q**2 * w**2 / (1 - w**2 / 4)
    assert sp.simplify(theory.covariance(1, 1) - expected) == 0
    assert sp.simplify(theory.correlation_length() + 1 / sp.log(w / 2)) == 0
    for digits in (theory.correlation_length, theory.mass_squared):
        with pytest.raises(InvalidParameterError, match="need numbers for"):
            digits(dps=20)


@pytest.mark.parametrize("field", ["kernel", "length", "norm"])
@pytest.mark.parametrize("theory", [LINEAR, RELU])
def test_the_propagator_is_the_fourier_transform_of_the_covariance(theory, field):
    k = sp.Rational(7, 10)
    own = theory.covariance(0, 0, field=field).evalf(25)
    ratio = (theory.covariance(0, 1, field=field) / theory.covariance(0, 0, field=field)).evalf(25)
    assert theory.covariance(2, 7, field=field).evalf(20) == pytest.approx(
        own * ratio**5, rel=1e-15
    )
    total = own + 2 * own * sum(ratio**n * sp.cos(n * k).evalf(25) for n in range(1, 220))
    assert abs(total - theory.propagator(k, field=field).evalf(25)) < 1e-18


def test_stationary_is_the_limit_of_given_input():
    for field in ("kernel", "length"):
        late = LINEAR.covariance(150, 153, field=field, input_variance=3, width=50, dps=20)
        assert late == pytest.approx(
            float(LINEAR.covariance(0, 3, field=field, width=50)), rel=1e-12
        )


def test_given_input_is_the_same_exact_and_in_digits():
    theory = nets.LayerFieldTheory(nets.erf, 2, "0.1")
    with pytest.raises(UndefinedOperationError, match="positively homogeneous"):
        theory.covariance(2, 3, input_variance=1, width=100)
    exact = nets.LayerFieldTheory(nets.gelu, 2, "0.1").covariance(2, 3, input_variance=1)
    digits = nets.LayerFieldTheory(nets.gelu, 2, "0.1").covariance(2, 3, input_variance=1, dps=20)
    assert abs(exact.evalf(22) - sp.Float(digits, 20)) < 1e-18


def test_other_activations_have_an_exact_unevaluated_length():
    theory = nets.LayerFieldTheory(nets.tanh, "1.69", "0.09")
    assert agrees(theory.length().evalf(24), "0.6070467919093232290354")
    assert agrees(theory.correlation_length(dps=22), "1.337667642539308308021")


class TestLatticeAndContinuum:
    def test_same_mass_different_lengths(self):
        chi = sp.Symbol("chi", positive=True)
        theory = nets.LayerFieldTheory(nets.linear, chi, 1)
        xi = theory.correlation_length()
        lattice = sp.cosh(1 / xi).rewrite(sp.exp) - 1 - theory.mass_squared() / 2
        assert sp.simplify(lattice) == 0
        numbers = {chi: sp.Rational(999, 1000)}
        ratio = (theory.continuum().correlation_length() / xi).subs(numbers)
        assert ratio.evalf() == pytest.approx(1, abs=1e-6)
        assert (theory.continuum().correlation_length() / xi).subs(chi, 0.3).evalf() < 0.95

    def test_continuum_propagator_is_the_long_wave_limit(self):
        k = sp.Symbol("k")
        ratio = LINEAR.propagator(k) / LINEAR.continuum().propagator(k)
        assert sp.simplify(ratio - LINEAR.continuum().departure(k)) == 0
        assert sp.limit(ratio, k, 0) == 1
        assert (ratio.subs(k, sp.pi) > 2) == True  # noqa: E712

    def test_continuum_covariance_is_the_inverse_of_its_propagator(self):
        x, k = sp.Symbol("x", positive=True), sp.Rational(3, 10)
        covariance = LINEAR.continuum().covariance(x)
        transform = 2 * sp.Integral(covariance * sp.cos(k * x), (x, 0, sp.oo)).doit()
        assert abs((transform - LINEAR.continuum().propagator(k)).evalf(20)) < 1e-15

    def test_continuum_action_of_a_constant_is_the_mass_term(self):
        l = sp.Symbol("l")
        action = LINEAR.continuum().action(sp.Integer(1), l, 0, 10).doit()
        assert action == 10 * (1 - LINEAR.chi()) ** 2 / (2 * LINEAR.noise())

    def test_massless_at_criticality(self):
        theory = nets.LayerFieldTheory(nets.linear, 1, 0)
        with pytest.raises(UndefinedOperationError, match="every length"):
            theory.covariance(0, 0)
        grown = [theory.covariance(l, l, input_variance=1) for l in (1, 2, 11)]
        assert grown == [0, 2, 20]
        exact = theory.covariance(11, 11, input_variance=1, width=100)
        assert exact == 100 * ((1 + sp.Rational(2, 100)) ** 10 - 1)


KERNEL = sp.Rational(7, 10)


class TestExactAction:
    """exp(-H) integrated numerically must be a probability, with the moments of real networks."""

    @staticmethod
    def mean(theory, function, width=1, depth=2):
        field = sp.IndexedBase("z")
        action = theory.action(width=width, depth=depth, field=field, input_kernel=KERNEL).doit()
        places = [field[l, i] for l in range(1, depth + 1) for i in range(1, width + 1)]
        plain = sp.symbols(f"y:{len(places)}", real=True)
        density = sp.lambdify(plain, sp.exp(-action).subs(dict(zip(places, plain, strict=True))))
        step = 0.05
        line = np.arange(-12, 12, step) + step / 3
        grid = np.meshgrid(*[line] * len(places), indexing="ij")
        return float((density(*grid) * function(*grid)).sum() * step ** len(places))

    @pytest.mark.parametrize("activation", [nets.tanh, nets.relu, nets.erf])
    def test_normalised_with_the_right_second_moment(self, activation):
        theory = nets.LayerFieldTheory(activation, "1.5", "0.3")
        assert self.mean(theory, lambda a, b: 1) == pytest.approx(1, abs=1e-4)
        q = sp.Rational(7, 10)
        expected = 1.5 * activation.expect(q, power=2).evalf() + 0.3
        assert self.mean(theory, lambda a, b: b**2) == pytest.approx(float(expected), abs=5e-4)

    def test_real_networks_of_width_one_have_this_law(self):
        theory = nets.LayerFieldTheory(nets.tanh, "1.5", "0.3")
        sample = theory.sample(width=1, depth=2, draws=40_000, rng=5, input_variance="0.7")
        product = sample.length[:, 0] * sample.length[:, 1]
        error = product.std() / np.sqrt(len(product))
        assert abs(product.mean() - self.mean(theory, lambda a, b: a**2 * b**2)) < 4 * error
        wrong = nets.LayerFieldTheory(nets.tanh, "1.7", "0.3")
        assert abs(product.mean() - self.mean(wrong, lambda a, b: a**2 * b**2)) > 4 * error

    def test_two_inputs(self):
        """The second layer is Gaussian with the covariance that the first one decides."""
        theory = nets.LayerFieldTheory(nets.erf, 2, "0.1")
        z = sp.IndexedBase("z")
        kernel = sp.Matrix([[1, sp.Rational(1, 2)], [sp.Rational(1, 2), 2]])
        action = theory.action(width=2, depth=2, field=z, input_kernel=kernel).doit()
        rng = np.random.default_rng(0)
        values = rng.standard_normal((2, 2, 2))
        numbers = {
            z[l + 1, a + 1, i + 1]: sp.Float(values[l, a, i], 17)
            for l in range(2)
            for a in range(2)
            for i in range(2)
        }
        from scipy.special import erf
        from scipy.stats import multivariate_normal

        hidden = erf(values[0])
        second = 0.1 + 2 / 2 * hidden @ hidden.T
        first = np.array(kernel, dtype=float)
        log_density = multivariate_normal(cov=first).logpdf(values[0].T).sum()
        log_density += multivariate_normal(cov=second).logpdf(values[1].T).sum()
        assert float(action.subs(numbers)) == pytest.approx(-log_density, rel=1e-12)

    def test_gaussian_action_is_the_autoregression(self):
        kappa = sp.IndexedBase("kappa")
        action = LINEAR.gaussian_action(depth=3, field=kappa).doit()
        expected = sum((kappa[l + 1] - LINEAR.chi() * kappa[l]) ** 2 for l in (1, 2))
        assert sp.simplify(action - expected / (2 * LINEAR.noise())) == 0


DRAWS, WIDTH, DEPTH = 3000, 40, 7


@pytest.fixture(scope="module", params=["linear", "relu", "tanh"])
def case(request):
    theory = {
        "linear": LINEAR,
        "relu": RELU,
        "tanh": nets.LayerFieldTheory(nets.tanh, "1.69", "0.09"),
    }[request.param]
    return theory, theory.sample(WIDTH, DEPTH, DRAWS, rng=11)


class TestRealNetworks:
    """Variances of drawn networks have relative standard error sqrt(2/draws) = 2.6 %."""

    def deviations(self, theory, sample, field):
        """Empirical over predicted covariances of layer 3 with layers 3 to 5, in error units."""
        width = None if theory.activation == nets.tanh else WIDTH
        start = sp.Rational(str(round(float(sample.kernel[0, 0]), 12)))
        found = sample.covariance(field)
        predicted = np.array(
            [
                float(
                    theory.covariance(3, m, field=field, input_variance=start, width=width, dps=12)
                )
                for m in (3, 4, 5)
            ]
        )
        # leading order in 1/N is all there is for tanh
        systematic = 0.0 if width else 2.0 / WIDTH
        spread = np.sqrt(found[2, 2] * np.diag(found)[2:5])
        # fourth cumulants of lengths add to the Gaussian 2/draws
        return abs(found[2, 2:5] - predicted) / spread / (np.sqrt(3 / DRAWS) + systematic)

    @pytest.mark.parametrize("field", ["kernel", "length"])
    def test_covariances(self, case, field):
        assert (self.deviations(*case, field) < 4).all()

    def test_a_wrong_theory_is_noticed(self, case):
        theory, sample = case
        wrong = nets.LayerFieldTheory(theory.activation, theory.weight_variance * 6 / 5, "0.1")
        assert (self.deviations(wrong, sample, "kernel") > 4).any()

    def test_norm_fluctuations_do_not_depend_on_the_width(self, case):
        """The covariance of |z| itself, not N times it, is that of the 1/N theory."""
        theory, sample = case
        found = sample.covariance("norm")[6, 6]
        start = sp.Rational(str(round(float(sample.kernel[0, 0]), 12)))

        def predicted(of):
            return float(of.covariance(7, 7, field="norm", input_variance=start, dps=12))

        # sampling error 2.6 %, corrections of order 1/N
        assert found == pytest.approx(predicted(theory), rel=0.15)
        wrong = nets.LayerFieldTheory(theory.activation, theory.weight_variance * 3 / 2, "0.1")
        assert found != pytest.approx(predicted(wrong), rel=0.15)


def test_sampling_does_not_depend_on_the_executor():
    alone = LINEAR.sample(8, 3, 200, rng=1)
    with ThreadPoolExecutor(2) as executor:
        shared = LINEAR.sample(8, 3, 200, rng=1, executor=executor)
    assert np.array_equal(alone.length, shared.length)
    assert not np.array_equal(alone.length, LINEAR.sample(8, 3, 200, rng=2).length)


def test_latex_names_every_part():
    text = nets.LayerFieldTheory(nets.relu, *sp.symbols("sigma_w2 sigma_b2", positive=True)).latex()
    assert text.startswith(r"\begin{align}")
    for part in ("H &=", r"\xi &=", r"\hat\kappa_k", "m^2 &=", r"\frac{D}{\chi^{2}"):
        assert part in text
    assert "{z}_{l,i}" in text
    # closed forms follow the general equations
    assert r"\xi &= - \frac{1}{\log{\left(\chi \right)}} = - \frac{1}{\log{\left(" in text
    lines = nets.LayerFieldTheory(nets.tanh, "1.69", "0.09").latex().splitlines()
    assert [line.split(" &")[0] for line in lines[2:5]] == ["q_*", r"\chi", "D"]
    assert r"\mathbb{E}_{x\sim\mathcal{N}(0,q_{*})}" in lines[2]
    assert all("mathbb{E}" not in line for line in lines[5:])


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: nets.LayerFieldTheory(nets.relu, -1, 0), InvalidParameterError, "negative"),
        (lambda: LINEAR.covariance(1, 1, field="mass"), InvalidParameterError, "field is"),
        (lambda: LINEAR.covariance(0, 1, input_variance=1), InvalidParameterError, "at least 1"),
        (
            lambda: nets.LayerFieldTheory(nets.relu, 3, 1).covariance(0, 0),
            UndefinedOperationError,
            "no attracting fixed point",
        ),
        (
            lambda: nets.LayerFieldTheory(nets.linear, "0.99", 1).covariance(0, 0, width=2),
            UndefinedOperationError,
            "no stationary variance",
        ),
        (
            lambda: LINEAR.sample(4, 2, 10, input_variance="0.1"),
            InvalidParameterError,
            "biases alone",
        ),
        (lambda: LINEAR.sample(0, 2, 10), InvalidParameterError, "at least 1"),
    ],
)
def test_bad_input(make, error, match):
    with pytest.raises(error, match=match):
        make()


def test_log_normal_fluctuations_at_criticality():
    """Exact mean and variance of log K for a linear network with unit weights and no bias."""
    theory = nets.LayerFieldTheory(nets.linear, 1, 0)
    width, depth = 10, 6
    sample = theory.sample(width, depth, 4000, rng=3, input_variance=1)
    logs = np.log(sample.kernel[:, -1])

    def deviations(width):
        """Mean and variance against the sum of logarithms of chi^2/N, in allowed errors."""
        mean = (depth - 1) * float(digamma(width / 2) - np.log(width / 2))
        variance = (depth - 1) * float(polygamma(1, width / 2))
        return (
            abs(logs.mean() - mean) / (4 * np.sqrt(variance / 4000)),
            abs(logs.var() - variance) / (4 * variance * np.sqrt(3 / 4000)),
        )

    assert max(deviations(width)) < 1
    assert min(deviations(width + 3)) > 1


class TestOpenChain:
    """The zero mode of a finite stretch of layers leaks: Bartlett's sum, not the propagator."""

    def test_published_digits(self):
        layers = 64
        total = sum((layers - abs(n)) * LINEAR.covariance(0, n) for n in range(1 - layers, layers))
        assert agrees(sp.N(total / layers, 10), "29.78")
        assert LINEAR.propagator(0) == 32

    def test_real_networks(self):
        """The square of a Gaussian mode has relative variance 2, some more at finite width."""
        width, layers, draws = 60, 16, 600
        theory = nets.LayerFieldTheory(nets.linear, "0.6", "0.4")
        sample = theory.sample(width, 12 + layers, draws, rng=4)
        mode = np.sqrt(width / layers) * (sample.kernel[:, 12:] - 1).sum(axis=1)

        def deviation(theory):
            places = range(1 - layers, layers)
            sums = [(layers - abs(n)) * theory.covariance(0, n, width=width) for n in places]
            expected = float(sum(sums)) / layers
            return abs((mode**2).mean() - expected) / (4 * expected * np.sqrt(3 / draws))

        assert deviation(theory) < 1
        assert deviation(nets.LayerFieldTheory(nets.linear, "0.75", "0.25")) > 1
