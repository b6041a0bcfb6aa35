"""Pictures, judged by what was drawn: data in axes coordinates, not pixels."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import plotting

half = sp.Rational(1, 2)


@pytest.fixture
def ax():
    return plotting.figure().subplots()


def area(curve) -> float:
    x, y = curve.get_data()
    inside = np.isfinite(x[1:] + x[:-1])
    return float(np.sum((np.diff(x) * (y[1:] + y[:-1]) / 2)[inside]))


def test_the_curve_is_the_density(ax) -> None:
    drawn = plotting.plot_density(fp.Semicircle(1), ax=ax)
    x, y = drawn.curve.get_data()
    assert y == pytest.approx(np.sqrt(4 - x**2) / (2 * np.pi), abs=1e-10)
    assert drawn.axes is ax
    assert drawn.histogram is None
    assert drawn.atoms == []


def test_every_cut_is_drawn_with_a_gap_between(ax) -> None:
    law = fp.boxplus(fp.Atomic({-3: half, 3: half}), fp.Semicircle(1))
    x, _ = plotting.plot_density(law, ax=ax).curve.get_data()
    assert np.count_nonzero(np.isnan(x)) == 1
    assert area(plotting.plot_density(law, ax=ax).curve) == pytest.approx(1, abs=1e-3)


def test_atoms_are_arrows_labelled_with_their_mass(ax) -> None:
    drawn = plotting.plot_density(fp.MarchenkoPastur(4), ax=ax)
    (arrow,) = drawn.atoms
    assert arrow.get_text() == "3/4"
    assert arrow.xy[0] == 0
    low, high = ax.get_xlim()
    assert low < 0 < high
    assert area(drawn.curve) == pytest.approx(1 / 4, abs=1e-3)


def test_a_law_of_atoms_alone_is_drawn(ax) -> None:
    drawn = plotting.plot_density(fp.Atomic({-1: half, 1: half}), ax=ax, sample=np.ones(4))
    assert [arrow.get_text() for arrow in drawn.atoms] == ["1/2", "1/2"]
    assert drawn.histogram is None


def test_the_histogram_has_the_mass_off_the_atoms(ax) -> None:
    law = fp.MarchenkoPastur(2)
    sample = law.sample(300, rng=0)
    drawn = plotting.plot_density(law, ax=ax, sample=sample)
    heights, edges, _ = drawn.histogram.get_data()
    assert np.sum(heights * np.diff(edges)) == pytest.approx(0.5, abs=0.01)


def test_an_infinite_edge_does_not_flatten_the_picture(ax) -> None:
    drawn = plotting.plot_density(fp.MarchenkoPastur(1), ax=ax)
    assert drawn.curve.get_ydata().max() > 50
    assert ax.get_ylim()[1] < 5


def test_an_unbounded_law_is_drawn_between_quantiles(ax) -> None:
    drawn = plotting.plot_density(fp.Cauchy(0, 1), ax=ax)
    x, y = drawn.curve.get_data()
    assert y == pytest.approx(1 / (np.pi * (1 + x**2)), abs=1e-9)
    assert x.max() == pytest.approx(np.tan(np.pi * 0.48), rel=1e-3)


def test_the_distribution_function_steps_at_atoms(ax) -> None:
    law = fp.MarchenkoPastur(2)
    drawn = plotting.plot_cdf(law, ax=ax, sample=law.sample(200, rng=0))
    y = drawn.curve.get_ydata()
    assert y[0] == 0
    assert y[-1] == pytest.approx(1)
    assert np.diff(y).max() == pytest.approx(0.5, abs=1e-9)
    assert np.all(np.diff(y) >= -1e-12)
    heights, _, _ = drawn.empirical.get_data()
    assert heights.max() == pytest.approx(199 / 200)


def test_style_reaches_the_curve(ax) -> None:
    drawn = plotting.plot_density(fp.Semicircle(1), ax=ax, color="black", label="exact")
    assert drawn.curve.get_color() == "black"
    assert drawn.curve.get_label() == "exact"


def test_free_symbols_are_refused(ax) -> None:
    c = sp.Symbol("c", positive=True)
    with pytest.raises(fp.errors.InvalidParameterError, match="needs numbers for c"):
        plotting.plot_density(fp.MarchenkoPastur(c), ax=ax)


def test_without_axes_pyplots_current_ones_are_used(monkeypatch) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = plotting.plot_density(fp.Semicircle(1))
    assert drawn.axes is pyplot.gca()
    pyplot.close("all")


def test_missing_matplotlib_says_how_to_install(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install"):
        plotting.figure()
