"""Models of free operations against closed forms, each next to a wrong law that must fail."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from freeprob.ensembles import (
    Affine,
    AtomicQuantile,
    Blocks,
    Chiral,
    Comparison,
    CompoundWishart,
    Corner,
    Deterministic,
    FreePower,
    FreeProduct,
    FreeSum,
    Gaussian,
    InformationPlusNoise,
    Mapped,
    Mobius,
    Model,
    RectangularSum,
    Theory,
    Wishart,
    compare,
    spectra,
)
from freeprob.errors import InvalidParameterError, UndefinedOperationError

from .theories import arcsine, fuss_catalan, marchenko_pastur, semicircle

SIGN = Deterministic(AtomicQuantile((-1.0, 1.0), (0.5, 0.5)))
ONE = Deterministic(AtomicQuantile((1.0,), (1.0,)))
HALF = Deterministic(AtomicQuantile((0.0, 2.0), (0.5, 0.5)))


def marchenko_pastur_quantile(p: np.ndarray) -> np.ndarray:
    grid = np.linspace(*marchenko_pastur(0.3).cuts[0], 20001)
    return np.interp(p, marchenko_pastur(0.3).cdf(grid), grid)


def semicircle_quantile(p: np.ndarray) -> np.ndarray:
    grid = np.linspace(-2, 2, 20001)
    return np.interp(p, semicircle().cdf(grid), grid)


SEMICIRCLE = Deterministic(semicircle_quantile)
MARCHENKO_PASTUR = Deterministic(marchenko_pastur_quantile)
CASES: dict[str, tuple[Model, Theory, Model]] = {
    "goe": (Gaussian(2.0), semicircle(2.0), Gaussian(2.1)),
    "wishart, ratio below 1": (Wishart(0.5), marchenko_pastur(0.5), Wishart(0.55)),
    "wishart, ratio 1": (Wishart(1.0), marchenko_pastur(1.0), Wishart(1.1)),
    "wishart, ratio above 1": (Wishart(2.5), marchenko_pastur(2.5), Wishart(3.0)),
    "placed": (MARCHENKO_PASTUR, marchenko_pastur(0.3), SEMICIRCLE),
    "two projections": (FreeSum((SIGN, SIGN)), arcsine(), FreeSum((SIGN, Gaussian(1.0)))),
    "sum of placed": (
        Affine(FreeSum((SEMICIRCLE, SEMICIRCLE, Gaussian(1.0))), 3**-0.5),
        semicircle(),
        Affine(FreeSum((SEMICIRCLE, SEMICIRCLE, SIGN)), 3**-0.5),
    ),
    "product of wisharts": (
        FreeProduct((Wishart(1.0),) * 3),
        fuss_catalan(3),
        FreeProduct((Wishart(1.0), Wishart(1.0), Wishart(0.6))),
    ),
    "product of placed": (
        FreeProduct((HALF, HALF)),
        Theory(
            cdf=lambda x: 0.5 * arcsine().cdf(np.asarray(x) - 2) + 0.5 * (np.asarray(x) >= 0),
            cauchy=lambda z: 0.5 / z + 0.5 * arcsine().cauchy(z - 2),
            atoms=((0.0, 0.5),),
            cuts=((0.0, 4.0),),
        ),
        FreeProduct((HALF, ONE)),
    ),
    "compound poisson": (
        Affine(CompoundWishart(ONE, 2.0), 0.5),
        marchenko_pastur(0.5),
        Affine(CompoundWishart(SIGN, 2.0), 0.5),
    ),
    "corner of signs": (
        Affine(Corner(SIGN, 0.5), 2.0),
        arcsine(),
        Affine(Corner(SIGN, 0.6), 2.0),
    ),
    "corner of goe": (Corner(Gaussian(1.0), 0.25), semicircle(0.25), Corner(Gaussian(1.0), 0.3)),
    "corner of wishart": (
        Corner(Wishart(2.0), 0.25),
        marchenko_pastur(0.5),
        Corner(Wishart(2.0), 0.3),
    ),
    "free power": (FreePower(SIGN, 2.0), arcsine(), FreePower(SIGN, 2.1)),
    "free power of several copies": (
        FreePower(Gaussian(1.0), 4.5),
        semicircle(4.5),
        FreePower(Gaussian(1.0), 5.0),
    ),
    "noise alone": (
        InformationPlusNoise(Affine(ONE, 0.0), 0.5, 1.0),
        marchenko_pastur(0.5),
        InformationPlusNoise(Affine(ONE, 0.1), 0.5, 1.0),
    ),
    "noise added to noise": (
        Affine(InformationPlusNoise(Wishart(0.5), 0.5, 3.0), 0.25),
        marchenko_pastur(0.5),
        Affine(InformationPlusNoise(ONE, 0.5, 3.0), 0.25),
    ),
    "rectangular sum": (
        Affine(RectangularSum(MARCHENKO_PASTUR, MARCHENKO_PASTUR, 0.3), 0.5),
        marchenko_pastur(0.3),
        Affine(RectangularSum(MARCHENKO_PASTUR, ONE, 0.3), 0.5),
    ),
    "chiral": (Chiral(Wishart(1.0)), semicircle(), Chiral(Wishart(0.8))),
    "square of semicircle": (
        Mapped(Gaussian(1.0), np.square),
        marchenko_pastur(1.0),
        Mapped(Wishart(0.8), np.square),
    ),
}


def check(model: Model, theory: Theory, beta: int = 1) -> Comparison:
    return compare(spectra(model, 160, 6, rng=7, beta=beta), theory)


@pytest.mark.parametrize("beta", [1, 2])
@pytest.mark.parametrize("name", CASES)
def test_model_has_its_law(name: str, beta: int) -> None:
    model, theory, _ = CASES[name]
    result = check(model, theory, beta)
    assert result.passed, result.summary()


@pytest.mark.parametrize("name", CASES)
def test_wrong_model_fails(name: str) -> None:
    _, theory, wrong = CASES[name]
    result = check(wrong, theory)
    assert not result.passed, result.summary()


@pytest.mark.parametrize("name", CASES)
def test_models_are_values(name: str) -> None:
    model, _, wrong = CASES[name]
    assert pickle.loads(pickle.dumps(model)) == model
    assert model != wrong
    assert hash(model) == hash(pickle.loads(pickle.dumps(model)))


@pytest.mark.parametrize("name", CASES)
def test_spectrum_is_the_spectrum_of_the_matrix(name: str) -> None:
    model = CASES[name][0]
    matrix = model.matrix(30, np.random.default_rng(8), beta=2)
    values = model.spectrum(30, np.random.default_rng(8), beta=2)
    assert np.allclose(matrix, matrix.conj().T)
    assert np.allclose(np.linalg.eigvalsh(matrix), values, atol=1e-10 * np.abs(values).max())


def test_quantile_points_are_within_half_a_step_of_the_law() -> None:
    for n in (1, 7, 100):
        values = MARCHENKO_PASTUR.spectrum(n, np.random.default_rng(0))
        steps = marchenko_pastur(0.3).cdf(values) * n - np.arange(n)
        assert np.allclose(steps, 0.5, atol=1e-3)
    atoms = Deterministic(AtomicQuantile((3.0, -1.0, 0.0), (0.2, 0.5, 0.3)))
    _, counts = np.unique(atoms.spectrum(1000, np.random.default_rng(0)), return_counts=True)
    assert counts.tolist() == [500, 300, 200]


def test_chiral_matrices_have_any_dimension() -> None:
    rng = np.random.default_rng(0)
    assert Chiral(ONE).spectrum(4, rng).tolist() == [-1, -1, 1, 1]
    assert Chiral(ONE).spectrum(5, rng).tolist() == [-1, -1, -1, 1, 1]
    assert Chiral(ONE).spectrum(1, rng).tolist() == [-1]


def test_mixture_has_the_blocks_of_its_weights() -> None:
    model = Blocks((Affine(ONE, 1.0, 2.0), Gaussian(1.0), Affine(ONE, -1.0)), (0.25, 0.5, 0.25))
    values = model.spectrum(200, np.random.default_rng(1))
    assert np.count_nonzero(values == 3.0) == 50
    assert np.count_nonzero(values == -1.0) == 50


def test_rank_deficient_products_have_exact_zeros() -> None:
    product = FreeProduct((Wishart(2.0), Wishart(4.0), Wishart(0.5), HALF))
    values = product.spectrum(80, np.random.default_rng(2))
    assert np.count_nonzero(values == 0) == 60
    assert values[60] > 1e-8


def test_small_eigenvalues_of_long_products_are_right() -> None:
    # log det of a product of ten Wisharts is a sum of independent log det's: E λ_min is far
    # below the rounding of the largest eigenvalue, and still log det comes out
    factors, n = 10, 40
    model = FreeProduct((Wishart(1.0),) * factors)
    logs = [np.log(model.spectrum(n, np.random.default_rng(s))).sum() for s in range(6)]
    halves = (n - np.arange(n)) / 2
    from scipy.special import digamma

    expected = factors * np.sum(digamma(halves) + np.log(2 / n))
    spread = np.sqrt(factors * np.sum(1 / halves + 1 / (2 * halves**2)) / 6)
    assert np.mean(logs) == pytest.approx(expected, abs=4 * spread)


def test_mobius_maps_the_eigenvalues() -> None:
    rng = np.random.default_rng
    plain = Wishart(0.5).spectrum(50, rng(3))
    mapped = Mapped(Wishart(0.5), Mobius(1.0, 0.0, 1.0, 1.0)).spectrum(50, rng(3))
    assert np.allclose(mapped, plain / (1 + plain))


def test_one_factor_may_be_indefinite_and_two_are_refused() -> None:
    values = FreeProduct((Wishart(0.5), Gaussian(1.0))).spectrum(200, np.random.default_rng(4))
    # φ((W^(1/2) H W^(1/2))²) = φ(W)² φ(H²) for centred H
    assert np.mean(values**2) == pytest.approx(1, abs=0.1)
    with pytest.raises(UndefinedOperationError, match="only one factor"):
        FreeProduct((Gaussian(1.0), SIGN)).spectrum(20, np.random.default_rng(5))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Gaussian(-1.0), "variance = -1.0"),
        (lambda: Wishart(0.0), "ratio = 0.0"),
        (lambda: Wishart(float("nan")), "ratio = nan"),
        (lambda: CompoundWishart(ONE, float("inf")), "rate = inf"),
        (lambda: Corner(ONE, 1.5), r"in \(0, 1\]"),
        (lambda: FreeSum(()), "at least one term"),
        (lambda: FreeProduct(()), "at least one factor"),
        (lambda: FreePower(ONE, 0.5), "exponent of at least 1"),
        (lambda: AtomicQuantile((0.0, 1.0), (0.5, 0.6)), "sum to 1"),
        (lambda: AtomicQuantile((0.0, 1.0), (1.0,)), "one weight"),
        (lambda: Blocks((ONE, ONE), (0.5, 0.6)).spectrum(10, np.random.default_rng(0)), "sum to 1"),
        (
            lambda: InformationPlusNoise(ONE, 2.0, 1.0).spectrum(10, np.random.default_rng(0)),
            "atom of at least 1 - 1/ratio",
        ),
        (
            lambda: RectangularSum(SIGN, ONE, 1.0).spectrum(10, np.random.default_rng(0)),
            r"supported on \[0, ∞\)",
        ),
    ],
)
def test_bad_parameters_are_refused(build, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        build()
