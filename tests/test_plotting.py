"""Pictures, judged by what was drawn: data in axes coordinates, not pixels."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets, plotting
from freeprob.errors import InvalidParameterError

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
    assert arrow.get_text() == "mass 3/4"
    assert arrow.xy[0] == 0
    low, high = ax.get_xlim()
    assert low < 0 < high
    assert area(drawn.curve) == pytest.approx(1 / 4, abs=1e-3)


def test_a_law_of_atoms_alone_is_drawn(ax) -> None:
    drawn = plotting.plot_density(fp.Atomic({-1: half, 1: half}), ax=ax, sample=np.ones(4))
    assert [arrow.get_text() for arrow in drawn.atoms] == ["mass 1/2", "mass 1/2"]
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


def test_several_laws_share_one_axes() -> None:
    ax = fp.plotting.figure().subplots()
    laws = [fp.MarchenkoPastur(q) for q in ("1/4", "1/2", 1, 2)]
    drawn = [fp.plotting.plot_density(law, ax=ax, label=str(law)) for law in laws]
    colours = [plot.curve.get_color() for plot in drawn]
    assert len(set(colours)) == len(laws)
    low, high = ax.get_xlim()
    for law in laws:
        assert low < min(float(a) for a, _ in law.support(dps=15))
        assert high > max(float(b) for _, b in law.support(dps=15))
    for plot in drawn[:2]:
        assert np.nanmax(plot.curve.get_ydata()) < ax.get_ylim()[1]
    (arrow,) = drawn[3].atoms
    assert arrow.get_color() == colours[3]
    cdfs = [fp.plotting.plot_cdf(law, ax=ax).curve.get_color() for law in laws]
    assert len(set(cdfs)) == len(laws)


def test_a_chosen_colour_is_kept() -> None:
    ax = fp.plotting.figure().subplots()
    assert fp.plotting.plot_density(fp.Semicircle(1), ax=ax, color="k").curve.get_color() == "k"
    assert fp.plotting.plot_density(fp.Semicircle(1), ax=ax, c="g").curve.get_color() == "g"


@pytest.mark.parametrize("bins", ["auto", "fd", 7, np.linspace(0, 6, 13)])
def test_bins_are_what_numpy_takes(bins) -> None:
    law = fp.MarchenkoPastur(2)
    sample = law.sample(300, rng=0)
    ax = fp.plotting.figure().subplots()
    drawn = fp.plotting.plot_density(law, ax=ax, sample=sample, bins=bins)
    heights, edges, _ = drawn.histogram.get_data()
    assert np.sum(heights * np.diff(edges)) == pytest.approx(0.5, abs=0.01)
    assert np.array_equal(edges, np.histogram_bin_edges(sample[sample > 1e-6], bins))


def test_arguments_of_pictures_are_checked() -> None:
    ax = fp.plotting.figure().subplots()
    law, sample = fp.Semicircle(1), np.zeros(3)
    for call in (
        lambda: fp.plotting.plot_density(law, ax=3),
        lambda: fp.plotting.plot_density("law", ax=ax),
        lambda: fp.plotting.plot_density(law, ax=ax, points=0),
        lambda: fp.plotting.plot_density(law, ax=ax, sample=["a"]),
        lambda: fp.plotting.plot_density(law, ax=ax, sample=[np.nan]),
        lambda: fp.plotting.plot_density(law, ax=ax, sample=sample, bins="many"),
        lambda: fp.plotting.plot_density(law, ax=ax, sample=sample, bins=[1, 0]),
        lambda: fp.plotting.plot_cdf(law, ax=ax, points=1.5),
        lambda: fp.plotting.figure(0, 1),
        lambda: nets.phase_diagram(nets.relu, [1.0], [0.1]).plot("ax"),
    ):
        with pytest.raises(InvalidParameterError):
            call()


def test_a_phase_diagram_draws_on_the_current_axes() -> None:
    from matplotlib import pyplot

    figure = pyplot.figure()
    ax = nets.phase_diagram(nets.erf, [1.0, 2.0], [0.1, 0.2]).plot()
    assert ax in figure.axes
    pyplot.close(figure)
