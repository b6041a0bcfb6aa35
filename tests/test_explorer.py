"""Sliders over parameters, moved by their values: no browser is needed for what they show."""

from __future__ import annotations

import io

import numpy as np
import pytest
import sympy as sp
from matplotlib.image import imread

import freeprob as fp
from freeprob.errors import InvalidParameterError

C, T = sp.symbols("c t", positive=True)
R = sp.Symbol("r", real=True)


def pixels(shown: fp.plotting.Explorer) -> np.ndarray:
    return imread(io.BytesIO(shown.picture.value))


def test_everything_shown_follows_the_slider() -> None:
    shown = fp.MarchenkoPastur(C).explore({C: ("1/4", 4, "1/4")})
    before = pixels(shown)
    assert shown.law == fp.MarchenkoPastur(1)
    shown.sliders[C].value = sp.Integer(4)
    assert shown.law == fp.MarchenkoPastur(4)
    assert "mass 3/4 at 0" in shown.edges.value
    # (1 - 2)^2 and (1 + 2)^2
    assert all(f">{edge}</th>" in shown.edges.value for edge in ("1.0", "9.0"))
    # (zG - 1)(1 - 4G) = G
    assert shown.equation.value == "$$4 z G^{2} - \\left(z + 3\\right) G + 1 = 0$$"
    assert pixels(shown).shape == before.shape
    assert not np.array_equal(pixels(shown), before)
    shown.sliders[C].value = sp.Integer(1)
    assert np.array_equal(pixels(shown), before)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        ((0, 1, "1/4"), ["0.0", "0.25", "0.5", "0.75", "1.0"]),
        ((1, 2, "1/3"), ["1.0", "4/3", "5/3", "2.0"]),
        (["1/3", sp.sqrt(2), 3], ["1/3", "sqrt(2)", "3.0"]),
    ],
)
def test_values_are_exact_and_read_as_decimals_where_they_are(given, labels) -> None:
    slider = fp.Semicircle(1, R).explore({R: given}).sliders[R]
    assert [label for label, _ in slider.options] == labels
    assert all(isinstance(value, sp.Expr) for _, value in slider.options)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 7), (-3, 1000), ("1/3", "2/3")])
def test_a_range_without_a_step_is_cut_into_round_steps(low, high) -> None:
    values = [
        value for _, value in fp.Semicircle(1, R).explore({R: (low, high)}).sliders[R].options
    ]
    step = values[1] - values[0]
    assert 20 <= len(values) <= 62
    assert str(float(step)).strip("0.")[0] in "125"
    assert values[0] == sp.Rational(low)
    assert values[-1] == sp.Rational(high)
    assert 0 < values[-1] - values[-2] <= step


def test_all_parameters_have_a_slider_by_default() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(T, R))
    shown = law.explore()
    assert set(shown.sliders) == {C, T, R}
    assert shown.law == law.subs({C: 1, T: 1, R: 1})
    assert shown.widget.children[0] is next(iter(shown.sliders.values()))


def test_where_there_is_no_law_the_message_stands_in_its_place() -> None:
    law = fp.MarchenkoPastur(C).inverse()  # an atom at 0 for c > 1
    shown = law.explore({C: ["1/2", 2]})
    shown.sliders[C].value = sp.Integer(2)
    assert "atom" in shown.edges.value
    assert shown.picture.layout.display == "none"
    shown.sliders[C].value = sp.Rational(1, 2)
    assert shown.picture.layout.display is None
    assert "edge" in shown.edges.value


def test_edges_move_on_an_axis_that_stays() -> None:
    shown = fp.Semicircle(T).explore({T: (1, 4, 1)})
    frames = []
    for value in (1, 4):
        shown.sliders[T].value = sp.Integer(value)
        # columns that the curve's colour reaches
        frames.append(np.flatnonzero((pixels(shown)[..., 2] - pixels(shown)[..., 0] > 0.5).any(0)))
    assert np.ptp(frames[1]) == pytest.approx(2 * np.ptp(frames[0]), rel=0.02)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({T: (1, 2)}, "no parameter of this law"),
        ({C: (1, 2, 3, 4)}, "first, last, step"),
        ({C: (2, 1)}, "leads from 2 to 1"),
        ({C: (1, 2, 5)}, "leads from 1 to 2"),
        ({C: [1, 1]}, "distinct"),
        ({C: []}, "distinct"),
        ({C: 3}, "must be a list"),
        ({C: (0, sp.sqrt(2))}, "are a list"),
        ({C: (0, 1, "1/100000")}, "steps of c"),
        ("c", "must be a list"),
    ],
)
def test_a_range_that_is_none_is_refused(parameters, told: str) -> None:
    with pytest.raises(InvalidParameterError, match=told):
        fp.MarchenkoPastur(C).explore(parameters)


def test_a_parameter_without_a_range_and_a_law_without_parameters_are_refused() -> None:
    with pytest.raises(InvalidParameterError, match="no range for t"):
        fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(T)).explore(C)
    with pytest.raises(InvalidParameterError, match="numbers only"):
        fp.Semicircle(1).explore()
    with pytest.raises(InvalidParameterError, match="sliders move a law, got int"):
        fp.plotting.explore(3)


def test_without_ipywidgets_the_way_to_it_is_told(monkeypatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    absent = lambda name: None if name == "ipywidgets" else find(name)  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", absent)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'freeprob\[explore\]'"):
        fp.MarchenkoPastur(C).explore()
