"""Pictures, judged by what was drawn: data in axes coordinates, not pixels."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb

import freeprob as fp
from freeprob import landscapes, nets, plotting
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


w = sp.Symbol("w")
HEAVY = fp.image(1 / (w - sp.Rational(3, 10)), {w: fp.Normal()})
# φ(3/10 + u) u², u = 1/x, is highest where u² + 3u/10 = 2
U = -0.15 - np.sqrt(2.0225)
UNBOUNDED = {
    "pole": (HEAVY, U**2 * np.exp(-((0.3 + U) ** 2) / 2) / np.sqrt(2 * np.pi)),
    "Cauchy": (fp.Cauchy(1, 2), 1 / (2 * np.pi)),
    "Normal": (fp.Normal(), 1 / np.sqrt(2 * np.pi)),
    "half line": (fp.image(sp.exp(w), {w: fp.Normal()}), np.exp(0.5) / np.sqrt(2 * np.pi)),
    "without a formula": (fp.boxplus(fp.Cauchy(), fp.Semicircle(4)), None),
    "next to an atom": (fp.mixture({fp.Cauchy(): "1/10", fp.PointMass(5): "9/10"}), 0.1 / np.pi),
}


@pytest.mark.parametrize(("law", "highest"), UNBOUNDED.values(), ids=UNBOUNDED)
def test_an_unbounded_law_is_drawn_as_far_as_it_can_be_seen(ax, law, highest) -> None:
    x, y = plotting.plot_density(law, ax=ax).curve.get_data()
    if highest is not None:
        assert y.max() == pytest.approx(highest, rel=1e-3)
    assert y.max() < ax.get_ylim()[1] < 1.5 * y.max()
    low, high = law.support(dps=15)[0]
    for end, at in ((low, 0), (high, -1)):
        if abs(end) == float("inf"):
            assert y.max() / 500 < y[at] < y.max() / 30
    assert ax.get_xlim()[0] < x[0] < x[-1] < ax.get_xlim()[1]


SHARP = {
    "pole": HEAVY,
    "narrow peak": fp.mixture({fp.Semicircle(1): "19/20", fp.Semicircle("1/1000000", 1): "1/20"}),
    "jumps": fp.mixture({fp.Semicircle(1): half, fp.Uniform(0, 1): half}),
    "cut that nearly closes": fp.boxplus(fp.Atomic({-1: half, 1: half}), fp.Semicircle("1.0001")),
    "rounds of a circle": fp.Semicircle(1),
    "pole at an edge": fp.MarchenkoPastur(1),
}


@pytest.mark.parametrize("law", SHARP.values(), ids=SHARP)
def test_no_corner_of_the_curve_can_be_seen(ax, law) -> None:
    x, y = plotting.plot_density(law, ax=ax).curve.get_data()
    assert len(x) <= 400
    top = ax.get_ylim()[1]
    middle = (x[1:] + x[:-1]) / 2
    steep = np.diff(x) < 1e-5 * np.ptp(x)
    off = np.abs(np.asarray(law.density(middle)) - (y[1:] + y[:-1]) / 2)
    # half a pixel of a picture of 200 pixels, but at jumps, and where the axes have ended
    assert np.all((off < top / 400) | steep | (np.maximum(y[1:], y[:-1]) > top))
    assert np.diff(x)[y[1:] > top].max(initial=0) < 0.01 * np.ptp(x)
    assert 1 - area(ax.lines[0]) < 0.05 + (law == HEAVY) * 0.1


@pytest.mark.parametrize(("law", "_"), UNBOUNDED.values(), ids=UNBOUNDED)
def test_data_in_tails_do_not_flatten_the_picture(law, _) -> None:
    ax, steps = plotting.figure().subplots(2)
    sample = law.quantile((np.arange(500) + 0.5) / 500)
    drawn = plotting.plot_density(law, ax=ax, sample=sample)
    heights, ends, _ = drawn.histogram.get_data()
    x = drawn.curve.get_xdata()
    assert x[0] <= ends[0] < ends[-1] <= x[-1]
    assert np.sum(heights * np.diff(ends)) == pytest.approx(area(drawn.curve), abs=0.02)
    shown = plotting.plot_cdf(law, ax=steps, sample=sample)
    values, places, _ = shown.empirical.get_data()
    assert x[0] <= places[0] < places[-1] <= x[-1]
    apart = np.diff(places) > 0
    middle = ((places[1:] + places[:-1]) / 2)[apart]
    assert values[apart] == pytest.approx(law.cdf(middle), abs=0.005)


def test_bins_that_are_given_by_their_ends_are_kept(ax) -> None:
    drawn = plotting.plot_density(fp.Cauchy(), ax=ax, sample=[-50, 0, 50], bins=[-100, 0, 100])
    assert list(drawn.histogram.get_data().edges) == [-100, 0, 100]
    assert ax.get_xlim()[1] > 100


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


FAR, LINE = [1e308, -1e308], fp.MarchenkoPastur("1/2")
BEYOND_PICTURES = {
    "a span beyond floats": lambda ax: LINE.plot(ax, sample=FAR),
    "steps beyond floats": lambda ax: plotting.plot_cdf(LINE, ax=ax, sample=[8e307, -8e307]),
    "far bins": lambda ax: LINE.plot(ax, sample=np.ones(5), bins=FAR[::-1]),
    "infinite bins": lambda ax: LINE.plot(ax, sample=np.ones(5), bins=[0, np.inf]),
    "bins that are missing": lambda ax: LINE.plot(ax, sample=np.ones(5), bins=pd.array([1, None])),
    "narrow bins": lambda ax: LINE.plot(ax, sample=[0.0, 1e-310], bins=3),
    "a million bins": lambda ax: LINE.plot(ax, sample=np.ones(5), bins=10**6),
    "as many ends": lambda ax: LINE.plot(ax, sample=np.ones(5), bins=np.arange(10**6)),
    "as many by a rule": lambda ax: LINE.plot(ax, sample=[*np.linspace(0, 1e-9, 99), 1], bins="fd"),
    "a rule that warns": lambda ax: LINE.plot(
        ax, sample=[*np.linspace(0, 1e-9, 999), 1], bins="stone"
    ),
    "a law in few floats": lambda ax: fp.Semicircle("1e-40").shift(1).plot(ax),
    "a tail in few floats": lambda ax: fp.Cauchy(1, "1e-20").plot(ax),
    "atoms next to each other": lambda ax: fp.Atomic({0: "1/2", "1e-320": "1/2"}).plot(ax),
    "the plane around them": lambda ax: plotting.plot_cauchy(
        fp.Atomic({0: "1/2", "1e-320": "1/2"}), ax=ax
    ),
    "a far region": lambda ax: plotting.plot_cauchy(LINE, ax=ax, region=[*FAR[::-1], 0, 1]),
    "a class of laws": lambda ax: plotting.plot_phases(fp.Semicircle, [fp.Semicircle], ax=ax),
    "ridges in a square": lambda ax: plotting.plot_learning_curve(
        nets.random_features(nets.relu, 2, 3, 1, "1/2"), np.ones((2, 2)), ax=ax
    ),
}


@pytest.mark.parametrize("call", BEYOND_PICTURES.values(), ids=BEYOND_PICTURES)
def test_what_no_picture_shows_is_told(call, ax) -> None:
    with pytest.raises(InvalidParameterError):
        call(ax)


@pytest.mark.parametrize("law", [LINE, fp.Arcsine(0, 1), fp.Semicircle("1e-24").shift(1)], ids=str)
def test_a_curve_has_points_that_floats_tell_apart(law, ax) -> None:
    x, y = plotting.plot_density(law, ax=ax, points=10**5).curve.get_data()
    assert np.all(np.diff(x) > 0)
    assert np.isfinite(y).all()


def test_steps_of_more_eigenvalues_than_dots(ax) -> None:
    sample = np.arange(1, 150_001) / 1e5
    drawn = plotting.plot_cdf(LINE, ax=ax, sample=sample).empirical
    heights, edges, _ = drawn.get_data()
    assert len(heights) < 60_001
    assert edges[[0, -1]].tolist() == [1e-5, 1.5]
    assert heights == pytest.approx(edges[:-1] / 1.5, abs=1e-12)


def test_a_phase_diagram_draws_on_the_current_axes() -> None:
    from matplotlib import pyplot

    figure = pyplot.figure()
    ax = nets.phase_diagram(nets.erf, [1.0, 2.0], [0.1, 0.2]).plot()
    assert ax in figure.axes
    pyplot.close(figure)


RATIOS = {f"c = {c}": fp.MarchenkoPastur(c) for c in ("1/4", "1/2", "1", "2")}


def test_four_laws_are_all_in_view_and_told_apart(ax) -> None:
    samples = {label: law.sample(400, rng=0) for label, law in RATIOS.items()}
    drawn = plotting.plot_density(RATIOS, ax=ax, sample=samples, bins="auto")
    assert list(drawn) == list(RATIOS)
    assert [text.get_text() for text in ax.legend().texts] == list(RATIOS)
    looks = {(each.curve.get_color(), each.curve.get_linestyle()) for each in drawn.values()}
    assert len(looks) == 4
    (left, right), (_, top) = ax.get_xlim(), ax.get_ylim()
    for label, law in RATIOS.items():
        curve, bars = drawn[label].curve, drawn[label].histogram
        assert np.allclose(bars.get_facecolor()[:3], to_rgb(curve.get_color()))
        heights, ends, _ = bars.get_data()
        assert heights.max() <= top
        assert left < ends[0] < ends[-1] < right
        (low, high), *_ = law.support(dps=15)
        assert left < low < high < right
        x, y = curve.get_data()
        assert y == pytest.approx(law.density(x), nan_ok=True)


def test_a_list_of_laws_is_labelled_by_their_formulas(ax) -> None:
    drawn = plotting.plot_density([fp.Semicircle(1), fp.MarchenkoPastur(2)], ax=ax)
    labels = [each.curve.get_label() for each in drawn]
    assert labels == [f"${sp.latex(law)}$" for law in (fp.Semicircle(1), fp.MarchenkoPastur(2))]
    steps = plotting.plot_cdf([fp.Semicircle(1), fp.MarchenkoPastur(2)], ax=ax)
    assert [each.curve.get_label() for each in steps] == labels


def test_atoms_keep_their_own_scale_when_others_are_drawn(ax) -> None:
    (arrow,) = plotting.plot_density(fp.MarchenkoPastur(4), ax=ax).atoms
    height = arrow.xyann[1]
    narrow = plotting.plot_density(fp.Semicircle("1/100"), ax=ax)
    assert ax.get_ylim()[1] > np.nanmax(narrow.curve.get_ydata())
    assert arrow.xyann[1] == height == pytest.approx(0.75 / 1.15)
    assert arrow.xycoords == ax.get_xaxis_transform()


def test_labels_of_atoms_at_one_place_do_not_cover_each_other(ax) -> None:
    arrows = [plotting.plot_density(fp.PointMass(0), ax=ax).atoms[0] for _ in range(3)]
    assert [arrow.get_text().count("\n") for arrow in arrows] == [0, 1, 2]


def test_properties_reach_the_histogram(ax) -> None:
    law = fp.Semicircle(1)
    style = {"color": "black", "label": "drawn"}
    drawn = plotting.plot_density(law, ax=ax, sample=law.sample(50, rng=0), hist_kw=style)
    assert drawn.histogram.get_label() == "drawn"
    assert drawn.histogram.get_facecolor()[:3] == (0, 0, 0)


def test_a_law_plots_itself(ax) -> None:
    law = fp.MarchenkoPastur("1/2")
    assert law.plot(ax, sample=law.sample(50, rng=0), color="black") is ax
    (curve,) = ax.lines
    assert curve.get_color() == "black"
    assert area(curve) == pytest.approx(1, abs=1e-3)


def test_a_family_shows_its_edges_move(ax) -> None:
    t = sp.Symbol("t", positive=True)
    law = fp.boxplus(fp.Atomic({-1: half, 1: half}), fp.Semicircle(t))
    values = [sp.Rational(1, 4), 1, 4]
    drawn = plotting.plot_family(law, t, values, ax=ax)
    for value, cuts, level in zip(values, drawn.edges, range(3), strict=True):
        expected = [float(end) for cut in law.subs({t: value}).support(dps=15) for end in cut]
        assert [end for cut in cuts for end in cut] == pytest.approx(expected)
        x, y = drawn.curves[level].get_data()
        x, y = x[np.isfinite(x)], y[np.isfinite(x)]
        shape = law.subs({t: value}).density(x)
        assert y - level == pytest.approx(shape * (y - level).max() / shape.max())
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "$t$ = 1/4",
        "$t$ = 1",
        "$t$ = 4",
    ]
    with pytest.raises(InvalidParameterError, match="whose free symbol"):
        plotting.plot_family(law, sp.Symbol("s"), [1], ax=ax)


def test_the_plane_is_coloured_by_the_cauchy_transform(ax) -> None:
    from matplotlib.colors import rgb_to_hsv

    law = fp.MarchenkoPastur("1/2")
    image = plotting.plot_cauchy(law, ax=ax, region=(-1, 5, -2, 2), pixels=30)
    hsv = rgb_to_hsv(np.asarray(image.get_array()))
    rows, columns = hsv.shape[:2]
    x = -1 + 6 * (np.arange(columns) + 0.5) / columns
    y = -2 + 4 * (np.arange(rows) + 0.5) / rows
    G = law.cauchy((x + 1j * y[rows // 2 :, None]).ravel()).reshape(-1, columns)
    turn = (np.angle(G) / (2 * np.pi) - hsv[rows // 2 :, :, 0] + 0.5) % 1 - 0.5
    assert np.abs(turn).max() < 1e-6
    # below the axis the conjugate: hues are mirrored
    mirrored = hsv[: rows // 2, :, 0][::-1] + hsv[rows // 2 :, :, 0]
    assert mirrored == pytest.approx(np.round(mirrored), abs=1e-6)


def test_curves_of_networks_and_landscapes_are_their_numbers(ax) -> None:
    glass = landscapes.PSpin(3)
    total, minima = plotting.plot_complexity(glass, [-1.65, -1.64], indices=[None, 0], ax=ax)
    assert total.get_ydata() == pytest.approx(glass.complexity(np.array([-1.65, -1.64])))
    assert minima.get_ydata()[0] == pytest.approx(glass.complexity(-1.65, index=0))

    # Cho and Saul 2009: (sin θ + (π - θ) cos θ)/π
    arc = plotting.plot_kernel(nets.nngp(nets.relu, 1, 2, 0), ax=ax)
    angle, value = arc.get_data()
    assert value == pytest.approx((np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi)

    field = nets.MeanField(nets.tanh, 2, "1/20")
    (flow,) = plotting.plot_correlations(field, 4, starts=["1/2"], ax=ax)
    assert flow.get_ydata() == pytest.approx([float(c) for c in field.correlations("1/2", 4)])

    features = nets.random_features(nets.relu, 2, 3, 1, "1/5")
    _, test = plotting.plot_learning_curve(features, [0.1, 1.0], ax=ax)
    assert test.get_ydata() == pytest.approx(features.curve([0.1, 1.0]).test)
    for call in (
        lambda: plotting.plot_complexity(3, [1], ax=ax),
        lambda: plotting.plot_kernel(nets.relu, ax=ax),
        lambda: plotting.plot_correlations("field", 3, ax=ax),
        lambda: plotting.plot_learning_curve(None, [1], ax=ax),
    ):
        with pytest.raises(InvalidParameterError, match="this picture shows"):
            call()


def test_a_trace_is_drawn_over_its_parameter(ax) -> None:
    N, gamma = sp.symbols("N gamma", positive=True)
    H = fp.GOE("H", N)
    trace = fp.normalized_trace((H * H + gamma * sp.Identity(N)).inverse())
    assert trace.plot(gamma, [1.0, 2.0], ax=ax) is ax
    # tr (H² + γ)⁻¹ of the semicircle: (√(γ + 4)/√γ - 1)/2
    ridges = np.array([1.0, 2.0])
    expected = (np.sqrt((ridges + 4) / ridges) - 1) / 2
    assert ax.lines[0].get_ydata() == pytest.approx(expected, rel=1e-12)


def test_walls_and_phases_are_drawn(ax) -> None:
    t = sp.Symbol("t", positive=True)
    law = fp.boxplus(fp.Atomic({-1: half, 1: half}), fp.Semicircle(t))
    plotting.plot_phases(law, t, ax=ax)
    assert [float(line.get_xdata()[0]) for line in ax.lines] == [1]


def test_the_style_tells_seven_curves_apart_in_print_too() -> None:
    with plotting.style():
        looks = list(rcParams["axes.prop_cycle"])
        assert len({look["color"] for look in looks}) == 7
        for one, other in pairwise(looks):
            assert one["linestyle"] != other["linestyle"]
    axes = plotting.figure().subplots(1, 2)
    assert {each.plot([0, 1])[0].get_color() for each in axes} == {looks[0]["color"]}


@pytest.mark.parametrize("law", [fp.MarchenkoPastur("1/2"), fp.Semicircle(1), fp.Cauchy()], ids=str)
@pytest.mark.parametrize("plot", [plotting.plot_density, plotting.plot_cdf])
def test_logarithmic_axes_keep_their_scale(ax, law, plot) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    curve = plot(law, ax=ax).curve
    (low, high), (left, right) = ax.get_ylim(), ax.get_xlim()
    assert 0 < low < curve.get_ydata().max() <= high
    assert 0 < left < curve.get_xdata().max() < right


def test_a_figure_travels(ax) -> None:
    curve = plotting.plot_density(fp.Semicircle(1), ax=ax).curve
    again = pickle.loads(pickle.dumps(ax.figure))
    assert np.all(again.axes[0].lines[0].get_ydata() == curve.get_ydata())
    assert to_rgb(again.add_subplot().plot([0, 1])[0].get_color()) == to_rgb(curve.get_color())


@pytest.mark.parametrize("inverted", [False, True])
def test_labels_of_atoms_at_the_sides_stay_inside_the_axes(ax, inverted) -> None:
    ax.xaxis.set_inverted(inverted)
    sides = fp.Atomic({-2: "1/4", 0: "1/4", 3: "1/2"})
    drawn = plotting.plot_density({"sides": sides, "c = 3": fp.MarchenkoPastur(3)}, ax=ax)
    renderer = FigureCanvasAgg(ax.figure).get_renderer()
    frame = ax.get_window_extent(renderer)
    for plot in drawn.values():
        for label in plot.atoms:
            box = label.get_window_extent(renderer)
            assert frame.x0 <= box.x0 < box.x1 <= frame.x1
            arrow = label.arrow_patch.get_path().get_extents()
            assert arrow.width < 6  # the head alone: the shaft stands upright


def test_numbers_of_a_comparison_stand_behind_their_own_bars(ax) -> None:
    wrong = fp.Semicircle("11/10").compare_to(fp.Semicircle(1).sample(400, rng=0))
    plotting.plot_comparison(wrong, ax=ax)
    middles = [bar.get_y() + bar.get_height() / 2 for bar in ax.patches]
    numbers = [f"{item.deviation:.3g}" for item in wrong.statistics]
    assert ax.texts
    for text in ax.texts:
        row = round(text.xy[1])
        assert text.xy[1] == pytest.approx(middles[row])
        assert text.get_text().strip() == numbers[row]
        assert text.get_verticalalignment() == "center"
