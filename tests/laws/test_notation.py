"""How laws and equations are printed: golden LaTeX."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
import sympy as sp

import freeprob as fp
from freeprob.laws.base import Law

c, t, phi, eps = sp.symbols("c t phi epsilon", positive=True)
w = sp.Symbol("w")
half = sp.Rational(1, 2)
SIGN = fp.Atomic({-1: half, 1: half})
MP, SC = fp.MarchenkoPastur, fp.Semicircle

GOLDEN = {
    MP(c): r"\mathrm{MP}_{c}",
    MP(c, t): r"\mathrm{MP}_{c, t}",
    SC(2 * eps): r"\mathrm{SC}_{2 \epsilon}",
    SC(1, 3): r"\mathrm{SC}_{1, 3}",
    fp.PointMass(c): r"\delta_{c}",
    fp.boxplus(MP(phi), SC(2 * eps)): r"\mathrm{MP}_{\phi} \boxplus \mathrm{SC}_{2 \epsilon}",
    fp.boxtimes(MP(c), MP(t)): r"\mathrm{MP}_{c} \boxtimes \mathrm{MP}_{t}",
    fp.boxplus_power(MP(c), t): r"{\mathrm{MP}_{c}}^{\boxplus t}",
    fp.boxplus(SIGN, SC(1)): (
        r"\left(\frac{1}{2} \delta_{-1} + \frac{1}{2} \delta_{1}\right) \boxplus \mathrm{SC}_{1}"
    ),
    fp.boxtimes(fp.boxplus(MP(c), SC(1)), MP(2)): (
        r"\left(\mathrm{MP}_{c} \boxplus \mathrm{SC}_{1}\right) \boxtimes \mathrm{MP}_{2}"
    ),
    MP(c).shift(2): r"\left(x + 2\right)_{*} \mathrm{MP}_{c}",
    MP(c).dilate(2).shift(1): r"\left(x + 1\right)_{*} \left(2 x\right)_{*} \mathrm{MP}_{c}",
    MP(c).inverse(): r"\left(\frac{1}{x}\right)_{*} \mathrm{MP}_{c}",
    fp.symmetrize(MP(c)): r"\left(\pm \sqrt{x}\right)_{*} \mathrm{MP}_{c}",
    fp.boxplus_power(MP(c).square(), 3): (
        r"{\left(\left(x^{2}\right)_{*} \mathrm{MP}_{c}\right)}^{\boxplus 3}"
    ),
    fp.compress(MP(c), t): r"\left(t x\right)_{*} {\mathrm{MP}_{c}}^{\boxplus \frac{1}{t}}",
    fp.rectangular_boxplus(SC(1), SC(2), half): (
        r"\mathrm{SC}_{1} \boxplus_{\frac{1}{2}} \mathrm{SC}_{2}"
    ),
    fp.CompoundFreePoisson(t, MP(c)): r"\mathrm{CFP}_{t}\left(\mathrm{MP}_{c}\right)",
    fp.information_plus_noise(MP(c), 2, t): (r"\mathrm{IPN}_{2, t}\left(\mathrm{MP}_{c}\right)"),
    fp.DensityLaw((1 - w**2) * 3 / 4, w, -1, 1): (
        r"\left(\frac{3}{4} - \frac{3 x^{2}}{4}\right) 1_{\left[-1, 1\right]}\left(x\right) dx"
    ),
    fp.TransformLaw("R", w / (1 - w), w): (r"\left\{R\left(w\right) = \frac{w}{1 - w}\right\}"),
    fp.AlgebraicLaw(w**2 - c * w + 1, w, c): r"\left\{G^{2} - G z + 1 = 0\right\}",
    fp.mixture({SC(1): "1/3", MP(c): "2/3"}): (
        r"\frac{2}{3} \mathrm{MP}_{c} + \frac{1}{3} \mathrm{SC}_{1}"
    ),
}


@pytest.mark.parametrize("law", GOLDEN, ids=str)
def test_latex(law) -> None:
    assert sp.latex(law) == GOLDEN[law]


def test_other_printers() -> None:
    law = fp.boxplus(MP(c), SC(1))
    assert str(law) == "boxplus(MarchenkoPastur(c), Semicircle(1))"
    assert sp.pretty(law) == "MarchenkoPastur(c) ⊞ Semicircle(1)"
    assert sp.latex(sp.Tuple(law, c)) == (
        r"\left( \mathrm{MP}_{c} \boxplus \mathrm{SC}_{1}, \  c\right)"
    )


def test_names_follow_the_callers_printer_settings() -> None:
    law = MP(sp.Symbol("lamda", positive=True))
    settings = {sp.Symbol("lamda", positive=True): r"\varphi"}
    assert sp.latex(law, symbol_names=settings) == r"\mathrm{MP}_{\varphi}"


def test_the_letter_of_an_image_is_no_parameter() -> None:
    x = sp.Symbol("x", positive=True)
    assert sp.latex(MP(x).shift(x)) == r"\left(u + x\right)_{*} \mathrm{MP}_{x}"


def test_laws_of_classes_that_are_not_public_say_what_builds_them() -> None:
    found = list(subclasses(Law))
    assert len(found) > 40
    for kind in found:
        if vars(kind).get("__final__"):
            word = kind._word or kind.__name__
            assert word in fp.__all__ or callable(vars(Law).get(word)), kind


def subclasses(kind: type[Law]) -> Iterator[type[Law]]:
    """All below a class, those of rooms that were not used yet included."""
    for module in pkgutil.walk_packages(fp.__path__, "freeprob."):
        if ".laws." in module.name or "_laws." in module.name or ".expectations." in module.name:
            importlib.import_module(module.name)
    for below in kind.__subclasses__():
        if below.__module__.startswith("freeprob."):
            yield below
            yield from subclasses(below)
