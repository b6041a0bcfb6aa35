"""The part of a law's page that the law writes itself."""

from __future__ import annotations

import importlib.util
import inspect
from pathlib import Path

import pytest
from matplotlib.image import imread

import freeprob as fp
from freeprob.laws.base import Law

SOURCE = Path(__file__).resolve().parents[2] / "docs" / "_extensions" / "law_pages.py"
SPEC = importlib.util.spec_from_file_location("law_pages", SOURCE)
law_pages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(law_pages)
KINDS = {
    name: value
    for name in fp._HOMES
    if inspect.isclass(value := getattr(fp, name)) and issubclass(value, Law) and value is not Law
}


@pytest.mark.parametrize("name", KINDS)
def test_every_law_has_an_example_for_its_page(name: str) -> None:
    letters, law = law_pages._examples(KINDS[name])
    assert isinstance(letters, KINDS[name])
    assert isinstance(law, KINDS[name])
    assert all(not symbol.is_Symbol for symbol in law.parameters)
    assert law_pages._with_letters(KINDS[name], letters).startswith("With ")


def test_a_page_says_what_the_law_answers(tmp_path: Path) -> None:
    text = "\n".join(law_pages.own_page(fp.MarchenkoPastur, tmp_path, "mp"))
    for part in (
        r"With :math:`c` for ratio and :math:`v` for variance, :math:`\mathrm{MP}_{c, v}`:",
        r"S(w) = \frac{1}{v \left(c w + 1\right)}",
        r"\left[4 - 2 \sqrt{3},\ 2 \sqrt{3} + 4\right]",
        r"\frac{2}{3} \text{ at } 0",
        "* ``Wishart``",
        ".. image:: mp.png",
        "``law.check(n=500, draws=4)``: agree",
        "<th>statistic</th>",
    ):
        assert part in text
    assert imread(tmp_path / "mp.png").std() > 0


def test_a_law_without_an_equation_says_the_rest(tmp_path: Path) -> None:
    text = "\n".join(law_pages.own_page(fp.Uniform, tmp_path, "uniform"))
    assert "Equation of the Cauchy transform" not in text
    assert "Free cumulants" in text
    assert "agree" in text
