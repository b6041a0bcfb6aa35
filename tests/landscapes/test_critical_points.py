"""Critical points of draws, counted by Newton's method, against the exact mean numbers."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from freeprob.errors import BudgetExceededError, InvalidParameterError
from freeprob.landscapes import GaussianField, MixedPSpin, PSpin, TwoPlayerSpinGlass

A, C = sp.symbols("a c")


def counts(glass, n: int, draws: int, seed: int, u: float = np.inf) -> tuple[float, float]:
    """Mean number of critical points below an energy, and its standard error."""
    rng = np.random.default_rng(seed)
    found = [(glass.simulate(n, rng).energies <= u).sum() for _ in range(draws)]
    return float(np.mean(found)), float(np.std(found) / np.sqrt(draws))


def test_eigenvectors() -> None:
    """Two spins: ± the eigenvectors of a GOE, with index their order and half the eigenvalues."""
    found = PSpin(2).simulate(5, rng=4)
    assert found.indices.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert found.energies[::2] == pytest.approx(np.sort(found.energies[::2]))
    vectors = found.points[::2]
    assert np.abs(vectors @ vectors.T) == pytest.approx(np.eye(5), abs=1e-8)
    assert found.euler_characteristic == 2
    assert len(found) == 10


@pytest.mark.parametrize(
    ("glass", "n", "u", "other"),
    [
        (PSpin(3), 3, np.inf, PSpin(5)),
        (PSpin(3), 3, -0.5, PSpin(5)),
        (MixedPSpin({1: "0.3", 3: "0.7"}), 4, np.inf, PSpin(4)),
    ],
)
def test_mean_numbers(glass, n: int, u: float, other) -> None:
    """Within three standard errors; a field of more spins is outside them."""
    mean, error = counts(glass, n, 40, 7, u)
    level = sp.oo if np.isinf(u) else u
    assert abs(mean - glass.mean_critical_points(n, level)) < 3 * error
    assert abs(mean - other.mean_critical_points(n, level)) > 3 * error


def test_minima_and_saddles() -> None:
    glass, rng = PSpin(3), np.random.default_rng(11)
    found = [np.bincount(glass.simulate(3, rng).indices, minlength=3) for _ in range(40)]
    mean, error = np.mean(found, axis=0), np.std(found, axis=0) / np.sqrt(40)
    exact = [glass.mean_critical_points(3, index=k) for k in range(3)]
    assert (np.abs(mean - exact) < 3 * error).all()
    assert abs(mean[0] - exact[1]) > 3 * error[0]


def test_two_players_on_circles() -> None:
    """17.770 ± .014 by the Kac-Rice formula in the reference, 17.694 ± .113 by root counts."""
    mean, error = counts_of_pairs(TwoPlayerSpinGlass(2, 1, "0.7", "0.5"), 4, 40, 3)
    assert abs(mean - 17.770) < 3 * error
    wrong, _ = counts_of_pairs(TwoPlayerSpinGlass(3, 2, "0.7", "0.5"), 4, 10, 3)
    assert abs(wrong - 17.770) > 3 * error


def counts_of_pairs(game, n: int, draws: int, seed: int) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    found = [game.simulate(n, rng) for _ in range(draws)]
    assert all(points.euler_characteristic == 0 for points in found)
    assert found[0].energies.shape == (len(found[0]), 2)
    numbers = [len(points) for points in found]
    return float(np.mean(numbers)), float(np.std(numbers) / np.sqrt(draws))


def test_points_lie_on_both_spheres() -> None:
    field = GaussianField(A**3 + A * C**2, {A: sp.Rational(1, 3), C: sp.Rational(2, 3)})
    found = field.simulate(6, rng=2)
    assert found.points.shape == (len(found), 6)
    assert np.linalg.norm(found.points[:, :2], axis=1) == pytest.approx(1)
    assert np.linalg.norm(found.points[:, 2:], axis=1) == pytest.approx(1)
    # the field is odd under x → -x, and so are its energies
    assert np.sort(found.energies) == pytest.approx(np.sort(-found.energies))
    again = field.simulate(6, rng=2)
    assert (again.energies == found.energies).all()


def test_bad_input() -> None:
    game = TwoPlayerSpinGlass(2, 1, "0.7", "0.4")
    for n in (1, 4, 7, 2.5):
        with pytest.raises(InvalidParameterError):
            game.simulate(n)
    with pytest.raises(BudgetExceededError):
        PSpin(12).simulate(20)
    with pytest.raises(InvalidParameterError):
        GaussianField(sp.Symbol("k", positive=True) * A**3, A).simulate(3)
