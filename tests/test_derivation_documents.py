"""Derivations as documents: citations resolve, letters are defined, LaTeX compiles them."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.bibliography import cited, entries
from freeprob.errors import InvalidParameterError
from freeprob.exact.equations.steps import source_of
from freeprob.exact.systems.operation import Operation
from freeprob.laws.base import Law
from freeprob.typesetting import formula

phi, epsilon = sp.symbols("phi epsilon", positive=True)
G, z, w = sp.symbols("G z w")
HALF = sp.Rational(1, 2)


def layer() -> Law:
    """The Gram matrix of a Gaussian layer (Pennington-Worah 2017), whose pencil is wide."""
    N, eta, zeta, psi = sp.symbols("N eta zeta psi", positive=True)
    W = fp.Ginibre("W", phi / psi * N, phi * N, variance=1 / (phi * N))
    X, Z = fp.Ginibre("X", phi * N, N), fp.Ginibre("Z", phi / psi * N, N)
    Y = sp.sqrt(zeta) * W * X + sp.sqrt(eta - zeta) * Z
    return fp.law(Y * Y.T / N)


LAWS = {
    "hessian": fp.boxplus(fp.MarchenkoPastur(phi), fp.Semicircle(2 * epsilon)),
    "logarithm": fp.boxplus(fp.Uniform(0, 1), fp.Semicircle(epsilon)),
    "product": fp.boxtimes(fp.MarchenkoPastur(phi), fp.FussCatalan(2)),
    "corner": fp.compress(fp.Raney(3, 1), HALF),
    "population": fp.sample_covariance(fp.Atomic({1: HALF, 3: HALF}), "1/4"),
    "signal": fp.information_plus_noise(fp.Atomic({0: HALF, 4: HALF}), HALF, epsilon),
    "mixture": fp.mixture({fp.Semicircle(1): HALF, fp.MarchenkoPastur(2): HALF}),
    "meixner": fp.boxplus(fp.FreeMeixner(1, 2), fp.Wachter(2, 3)),
    "graph": fp.boxplus_power(fp.KestenMcKay(3), sp.Rational(5, 2)),
    "cauchy": fp.boxplus(fp.Cauchy(0, 1), fp.Atomic({-1: HALF, 1: HALF})),
    "layer": layer(),
}


def operations(kind: type = Operation) -> list[type]:
    return [each for sub in kind.__subclasses__() for each in (sub, *operations(sub))]


def named_laws() -> list[type]:
    found = (getattr(fp, name) for name in fp._HOMES)
    return [each for each in found if isinstance(each, type) and issubclass(each, Law)]


@pytest.mark.parametrize("described", [*operations(), *named_laws()], ids=lambda d: d.__name__)
def test_every_source_of_a_law_and_an_operation_has_an_entry(described) -> None:
    source = getattr(described, "source", None)
    source = source if isinstance(source, str) else source_of(described)
    years = re.findall(r"\d{4}", source)
    assert len(cited(source)) == len(years), source


def test_entries_are_well_formed() -> None:
    for key, entry in entries().items():
        assert entry.count("{") == entry.count("}"), key
        year = key.rstrip("abc")[-4:]
        assert f"year = {{{year}}}" in entry
        assert "author = {" in entry
        assert "title = {" in entry


@pytest.mark.parametrize("name", LAWS)
def test_a_document_cites_and_defines_what_it_uses(name: str, tmp_path: Path) -> None:
    law = LAWS[name]
    text = law.derive(G, z).save(tmp_path / "law.tex", standalone=True).read_text("utf-8")
    works = (tmp_path / "law.bib").read_text("utf-8")
    keys = re.findall(r"\\cite(?:\[.*?\])?\{(\w+)\}", text)
    assert keys
    for key in keys:
        assert f"{{{key}," in works
    head, body = text.split(r"\begin{enumerate}")
    assert r"$G(z) = \int" in head
    for part in sp.preorder_traversal(law):
        if isinstance(part, Law) and part._short:
            assert f"${sp.latex(part)}$ is the " in head
    if re.search(r"\\omega_\{?\d", body):
        assert r"\omega_k" in head
    assert "rational" not in body or r"\log" not in body
    assert not re.search(r"\(- [^()]* \+ 1\)|\{- [^{}]* \+ 1\}", body)


def test_gaussian_means_are_saved_too(tmp_path: Path) -> None:
    derivation = nets.gelu.derive_mean(1)
    text = derivation.save(tmp_path / "mean.tex", standalone=True).read_text("utf-8")
    assert r"\begin{document}" in text
    assert derivation.save(tmp_path / "mean.md").read_text("utf-8").startswith("**")
    fragment = derivation.save(tmp_path / "part.tex").read_text("utf-8")
    assert r"\begin{document}" not in fragment
    for wrong in ("mean.pdf", "mean"):
        with pytest.raises(InvalidParameterError, match=r"\.tex or \.md"):
            derivation.save(tmp_path / wrong)
    with pytest.raises(InvalidParameterError, match="documents of their own"):
        derivation.save(tmp_path / "mean.md", standalone=True)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (1 / (1 - phi * G), r"\frac{1}{1 - G \phi}"),
        (-1 / G + w, r"w - \frac{1}{G}"),
        (-G - w, "- G - w"),
        ((1 - G) * (w - 1) ** 2, r"\left(1 - G\right) \left(w - 1\right)^{2}"),
        (2 * (1 - G), "2 - 2 G"),
    ],
)
def test_sums_begin_with_a_plus_if_they_can(expression, written) -> None:
    assert formula(expression) == written


# needs texlive; everything above runs without
@pytest.mark.slow
@pytest.mark.parametrize("name", LAWS)
def test_latex_compiles_the_document(name: str, tmp_path: Path) -> None:
    LAWS[name].derive(G, z).save(tmp_path / "law.tex", standalone=True)
    latex = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "law.tex"]
    for command in (latex, ["bibtex", "law"], latex, latex):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / "law.log").read_text("latin-1")
    assert "undefined" not in log
    # nothing stands out of the page by more than a letter
    wide = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
    assert max(wide, default=0) < 6
