"""What a notebook's cell can end with shows itself: HTML or LaTeX, with the verdict in words."""

from __future__ import annotations

import copy
import pickle
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import sympy as sp
from matplotlib.mathtext import MathTextParser

import freeprob as fp
from freeprob import landscapes, nets
from freeprob.typesetting import _length

N, c, gamma = sp.symbols("N c gamma", positive=True)
G, z = sp.symbols("G z")
X = fp.Ginibre("X", N, N, 1 / N)
LAW = fp.MarchenkoPastur("1/2")


class Rows(HTMLParser):
    """The cells of all tables, row by row; fails on what is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attributes) -> None:
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


def test_a_comparison_shows_its_rows_with_verdicts() -> None:
    good = LAW.check(n=200, draws=4)
    head, *rows = Rows(good._repr_html_()).rows
    assert head[:3] == ["statistic", "simulation", "theory"]
    assert len(rows) == len(good.statistics)
    assert not any(row[-1] for row in rows)
    bad = fp.MarchenkoPastur("3/5").compare_to(LAW.sample(400, rng=1))
    shown = [row[0] for row in Rows(bad._repr_html_()).rows if row[-1] == "FAILED"]
    assert shown == [s.name for s in bad.statistics if s.deviation > bad.limit]
    assert str(bad).count("FAILED") == len(shown) > 0


def test_a_comparison_plots_its_deviations() -> None:
    bad = fp.MarchenkoPastur("3/5").compare_to(LAW.sample(400, rng=1))
    axes = bad.plot(fp.plotting.figure().subplots())
    bars = dict(zip([t.get_text() for t in axes.get_yticklabels()], axes.patches, strict=True))
    for statistic in bad.statistics:
        bar = bars[statistic.name]
        assert bar.get_width() == pytest.approx(min(statistic.deviation, 2.5 * bad.limit))
        assert bool(bar.get_hatch()) == (statistic.deviation > bad.limit)
    with pytest.raises(fp.errors.InvalidParameterError, match="shows a comparison"):
        fp.plotting.plot_comparison(LAW)


def test_a_verification_says_whether_it_verified() -> None:
    shown = LAW.derive(G, z).check()
    assert Rows(shown._repr_html_()).rows == [["verified", str(shown)]]


def test_a_fit_shows_estimates_and_errors() -> None:
    fit = fp.MarchenkoPastur(c).fit(LAW.sample(300, rng=1), [c])
    rows = Rows(fit._repr_html_()).rows
    assert rows[1][:2] == ["c", f"{fit.values[c]:.8g}"]
    assert len(rows) == 3 + len(fit.comparison.statistics)


@pytest.mark.parametrize("dps", [None, 20])
def test_edges_are_a_list_that_shows_as_a_table(dps) -> None:
    edges = LAW.edges(dps=dps)
    assert isinstance(edges, list)
    assert [row[0] for row in Rows(edges._repr_html_()).rows[1:]] == [
        str(edge.location) for edge in edges
    ]
    left, right = (edge._repr_latex_() for edge in edges)
    assert r"\left|x - e\right|^{1/2}, \quad x \downarrow e = " in left
    assert r"\uparrow" in right


def test_a_mean_field_shows_what_it_settles_to_or_why_not() -> None:
    rows = dict(Rows(nets.MeanField(nets.erf, 2, "1/20")._repr_html_()).rows)
    assert rows["fixed length q*"] == "0.965955"
    assert rows["fixed correlation c*"] == "0.434481"
    growing = dict(Rows(nets.MeanField(nets.relu, 3, 1)._repr_html_()).rows)
    assert "fixed" in growing["fixed length q*"]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        (fp.normalized_trace((X * X.T + gamma * sp.Identity(N)).inverse()), [r"\gamma", "X"]),
        (nets.nngp(nets.relu, 3, 2, 0), ["K^0", r"l \le 3"]),
        (nets.ntk(nets.erf, 2, 2, "1/20"), [r"\Theta", r"\frac{1}{20}"]),
    ],
    ids=["trace", "kernel", "tangent kernel"],
)
def test_traces_and_kernels_show_formulas(value, parts) -> None:
    shown = value._repr_latex_()
    assert shown.startswith("$")
    assert shown.count("{") == shown.count("}")
    for part in parts:
        assert part in shown


def test_labels_of_laws_are_formulas_that_matplotlib_reads() -> None:
    for law in (LAW, fp.boxplus(LAW, fp.Semicircle(2)), LAW.dilate(2), fp.mixture({LAW: 1})):
        MathTextParser("path").parse(f"${sp.latex(law)}$")


def test_outliers_show_as_a_table_or_say_why_there_are_none() -> None:
    head, row = Rows(fp.Semicircle(1).outliers([3])._repr_html_()).rows
    shown = dict(zip(head, row, strict=True))
    assert shown["spike"] == "3"
    assert float(shown["location"]) == pytest.approx(10 / 3)
    assert "part" not in shown
    (law, none) = (fp.Semicircle(1), fp.Semicircle(1).outliers(["1/2"]))
    assert none.reason in none._repr_html_().replace("&gt;", ">").replace("&lt;", "<")
    assert law.outliers([])._repr_html_().count("<tr>") == 0


def test_phases_show_as_a_table() -> None:
    t = sp.Symbol("t", positive=True)
    law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(t))
    text = law.phases(t)._repr_html_()
    assert "t - 1 = 0" in text
    head, *rows = Rows(text).rows
    assert head == ["t", "cuts", "atoms"]
    assert [row[1:] for row in rows] == [["2", "0"], ["1", "0"]]


def test_equations_are_sympys_and_show_in_lines() -> None:
    a, b = sp.symbols("a b", positive=True)
    parts = fp.boxtimes(fp.MarchenkoPastur(a), fp.Atomic({1: "1/2", b: "1/2"}))
    equation = fp.boxplus(fp.MarchenkoPastur(c), parts).equation(G, z)
    plain = sp.Eq(*equation.args, evaluate=False)
    assert isinstance(equation, sp.Eq)
    assert equation == plain == equation
    assert len({equation, plain}) == 1
    assert sp.srepr(equation) == sp.srepr(plain)
    assert sp.latex(equation) == sp.latex(plain)
    assert type(equation.subs(c, 1)) is type(~~equation) is sp.Eq
    for copied in (pickle.loads(pickle.dumps(equation)), copy.deepcopy(equation)):
        assert copied == equation
        assert copied._repr_latex_() == equation._repr_latex_()
    lines = equation._repr_latex_().splitlines()
    assert (lines[0], lines[-1]) == ("$$", "$$")
    assert max(map(_length, lines)) < 100
    assert all(sum(f"G^{{{k}}}" in line for line in lines) == 1 for k in (2, 3, 4))
    brackets = re.findall(r"\\bigl|\\bigr", equation._repr_latex_())
    assert brackets == [r"\bigl", r"\bigr"] * (len(brackets) // 2)


def test_transforms_show_by_powers_of_their_value() -> None:
    r, w = sp.symbols("r w")
    shown = fp.Atomic({-1: "1/2", 1: "1/2"}).transform_equation("R", r, w)._repr_latex_()
    assert shown == r"$\displaystyle w r^{2} + r - w = 0$"


t, x = sp.symbols("t x", positive=True)
TRACE = fp.normalized_trace((X * X.T + gamma * sp.Identity(N)).inverse())
FEATURES = nets.random_features(nets.relu, 1, 2, "1/10", 0)
PROCESS = nets.GaussianProcess(nets.nngp(nets.relu, 2, 2, 0), "1/10")
TWO_PLAYERS = landscapes.TwoPlayerSpinGlass(3, 3, 1, "1/2")
CELLS = {
    "explain": (lambda: fp.boxplus(LAW, fp.Semicircle(1)).explain(), "elimination over"),
    "fluctuation": (lambda: fp.Semicircle(1).fluctuation(x**2, x), "mean shift"),
    "outlier": (lambda: fp.Semicircle(1).outliers([3])[0], ">3.333333333<"),
    "phase": (lambda: fp.MarchenkoPastur(c).phases(c).cells[0], "cuts"),
    "sensitivity": (lambda: fp.MarchenkoPastur(c).sensitivity(c), "MarchenkoPastur(c)"),
    "statistic": (lambda: LAW.compare_to(LAW.sample(100, rng=0)).statistics[0], "moment 1"),
    "limit": (lambda: TRACE.limit(gamma, 0), "gamma"),
    "features": (lambda: FEATURES, "1/2 - 1/(2*pi)"),
    "feature curve": (lambda: FEATURES.curve([0.1, 1.0]), "[0.1 1. ]"),
    "process": (lambda: PROCESS, ">0.1<"),
    "fitted": (lambda: PROCESS.fit(np.eye(3), [1, 2, 3]), "array of 3 x 3 numbers"),
    "scales": (lambda: nets.MeanField(nets.erf, 2, "1/20").depth_scales(dps=9), "xi c"),
    "layer": (lambda: nets.Layer(nets.relu, weight_variance=2), "weight variance"),
    "network": (lambda: nets.Network([nets.Layer(nets.relu, weight_variance=2)]), "Max(0, x)"),
    "theory": (lambda: nets.LayerFieldTheory(nets.relu, 1, 1), r"\frac{1}{\log{\left(2 \right)}}"),
    "theory of He": (lambda: nets.LayerFieldTheory(nets.relu, 2, 0), "every length is a fixed"),
    "critical theory": (lambda: nets.LayerFieldTheory(nets.tanh, 1, 0), "no stationary variance"),
    "spins": (lambda: landscapes.PSpin(3), r"= t^{3}, \quad t = x \cdot y$"),
    "mixed spins": (lambda: landscapes.MixedPSpin(t**2 / 2 + t**3 / 2), r"\frac{t^{3}}{2}"),
    "two players": (lambda: TWO_PLAYERS, r"\mathbb{E} f_2(x) f_2(y) ="),
    "critical points": (lambda: landscapes.PSpin(3).simulate(4, 0), "numbers</td>"),
    "spacings": (lambda: landscapes.local.test_universality(np.arange(60.0) ** 2), "local stat"),
    "matrix": (lambda: X, "X"),
    "symbol": (lambda: fp.LawSymbol("H", positive=True), "H"),
    "data": (lambda: fp.Empirical([1, 2, 3]), "3"),
    "activation": (lambda: nets.gelu, "x"),
    "equivalent": (lambda: fp.deterministic_equivalent(TRACE.expression), "X"),
}


@pytest.mark.parametrize("name", CELLS)
def test_what_a_cell_ends_with_shows_itself(name) -> None:
    make, part = CELLS[name]
    value = make()
    ways = ("_repr_html_", "_repr_latex_")
    shown = [way() for way in (getattr(value, each, None) for each in ways) if way is not None]
    assert any(part in text for text in shown), shown
    for text in (*shown, repr(value), str(value)):
        assert not re.search(r"0x[0-9a-f]{6}|Dummy|\b_[a-z]\b", text)
    for text in shown:
        assert text.count("{") == text.count("}")
        if text.startswith("<"):
            assert Rows(text).open == []
