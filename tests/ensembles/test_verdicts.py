"""Both ends of a comparison: matrices too small to tell, hard edges below rounding, long words."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.ensembles import Gaussian, Verdict, Wishart, compare, simulated, spectra
from freeprob.errors import InvalidParameterError
from freeprob.laws.matrices.simulation import theory
from freeprob.models.checking import compared

from .theories import marchenko_pastur, semicircle

HALF = sp.Rational(1, 2)
N = sp.Symbol("N", positive=True)
x, y = fp.GOE("x", N), fp.GOE("y", N)


def rectifier_jacobian(depth: int, kept: sp.Expr = HALF) -> fp.Law:
    """Squared singular values of a product of relu layers: density x^(-L/(L+1)) at 0."""
    return fp.boxtimes_power(fp.Atomic({0: 1 - kept, 1: kept}), depth).dilate(2**depth)


@pytest.mark.parametrize("size", range(1, 11))
def test_matrices_up_to_size_ten_are_too_small_to_tell(size: int) -> None:
    for law in (fp.MarchenkoPastur(HALF), fp.Semicircle(1), fp.Arcsine(0, 1)):
        for draws in (1, 3):
            result = law.check(n=size, draws=draws)
            assert result.verdict is Verdict.TOO_SMALL
            assert not result.passed
            assert not result
            assert result.summary().startswith("too small to tell: ")
            assert "FAILED" not in result.summary()
            assert "DISAGREE" not in result.summary()


@pytest.mark.parametrize("size", [11, 13, 20, 40])
def test_right_laws_agree_as_soon_as_a_verdict_is_given(size: int) -> None:
    for law in (
        fp.MarchenkoPastur(HALF),
        fp.MarchenkoPastur(2),
        fp.Semicircle(1),
        fp.FussCatalan(3),
        fp.Wachter(2, 3),
        fp.boxplus(fp.Atomic({0: HALF, 1: HALF}), fp.Semicircle("1/5")),
    ):
        predicted, model = theory(law), law.matrix_model()
        for seed in range(5):
            for draws in (1, 4):
                result = simulated(model, predicted, size, draws, seed)
                assert result.verdict is Verdict.AGREE, f"{law}, seed {seed}\n{result}"


@pytest.mark.parametrize("depth", [3, 10])
def test_a_hard_edge_below_rounding_is_compared_by_masses(depth: int) -> None:
    law, wrong = rectifier_jacobian(depth), rectifier_jacobian(depth, sp.Rational(55, 100))
    right, other = theory(law), theory(wrong)
    for seed in range(2):
        result = simulated(law.matrix_model(), right, 200, 3, seed)
        assert result.passed, result.summary()
        assert not compare(result.spectra, other).passed


@pytest.mark.parametrize("seed", [3, 7])
def test_products_as_deep_as_their_matrices_are_large_do_not_disagree(seed: int) -> None:
    """Few eigenvalues are in the tail of the law, and sums are ruled by one of a draw."""
    square = fp.boxtimes(
        fp.boxtimes_power(fp.Atomic({0: HALF, 2: HALF}), 100),
        fp.boxtimes_power(fp.MarchenkoPastur(1), 100),
    )
    result = square.check(n=100, draws=8, rng=seed)
    assert result.passed, result.summary()
    assert not square.dilate(sp.Rational(121, 100) ** 100).compare_to(result.spectra).passed


def test_rounding_may_carry_eigenvalues_across_a_hard_edge() -> None:
    law = fp.FussCatalan(10)
    result = law.check(n=200, draws=3)
    assert result.spectra.min() < 1e-13
    assert result.passed, result.summary()
    moved = np.where(result.spectra < 1e-10, -1e-12, result.spectra)
    assert compare(moved, theory(law)).passed


def test_an_atom_next_to_continuous_mass_counts_what_rounding_cannot_tell_apart() -> None:
    result = rectifier_jacobian(10).check(n=300, draws=3)
    (atom,) = (item for item in result.statistics if item.name.startswith("mass at 0 ±"))
    # the continuous part has 0.05 of its mass below 1e-7
    assert 0.53 < atom.theory < 0.57
    plain = fp.MarchenkoPastur(2).check(n=200, draws=3)
    assert "atom at 0" in {item.name for item in plain.statistics}


@pytest.mark.parametrize(
    "word",
    [x * y + y * x, x**3 * y + y * x**3, x**4, x * y * x * y * x],
    ids=["degree 2", "degree 4", "one letter", "degree 5"],
)
def test_long_words_in_real_letters_are_allowed_their_bias(word: sp.MatrixExpr) -> None:
    law = fp.law(word)
    for seed in range(6):
        result = compared(word, None, law, n=100, draws=4, rng=seed)
        assert result.passed, f"seed {seed}\n{result}"
    assert not compared(sp.Rational(3, 2) * word, None, law, n=100, draws=4).passed


def test_the_bias_is_measured_on_smaller_matrices() -> None:
    """tr H⁴ of the GOE is 2 + 5/n + 5/n², by the nonorientable pairings of four edges."""
    drawn = spectra(Gaussian(), 200, 400, rng=0)
    bias = np.mean(drawn**4) - 2
    assert bias == pytest.approx(5 / 200, rel=0.25)  # two standard errors
    fourth = next(
        item
        for item in simulated(Gaussian(), semicircle(), 200, 400, 0).statistics
        if item.name == "moment 4"
    )
    assert bias < 1.5 * fourth.scale
    assert fourth.scale < 2 * bias


@pytest.mark.parametrize("seed", range(2))
def test_three_percent_are_seen_at_the_default_size(seed: int) -> None:
    drawn = spectra(Wishart(0.5), 1000, 8, rng=seed)
    small = spectra(Wishart(0.5), 250, 8, rng=seed + 100)
    assert compare(drawn, marchenko_pastur(0.5), smaller=small).passed
    for ratio in (0.515, 0.485):
        assert not compare(drawn, marchenko_pastur(ratio), smaller=small).passed


def test_arguments_of_comparisons_are_checked() -> None:
    drawn = spectra(Gaussian(), 20, 3, rng=0)
    for smaller in (drawn, drawn[:2, :5], drawn[:, :1]):
        with pytest.raises(InvalidParameterError, match="smaller"):
            compare(drawn, semicircle(), smaller=smaller)
    with pytest.raises(InvalidParameterError, match="limit"):
        compare(drawn, semicircle(), limit=-1)
    with pytest.raises(InvalidParameterError, match=r"law\.check"):
        compare(drawn, fp.Semicircle(1))
    with pytest.raises(InvalidParameterError, match="an entry of spectra"):
        compare([["a", "b"]], semicircle())
