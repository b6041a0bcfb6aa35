"""Derivations: golden LaTeX, and checks that notice a tampered step."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError
from freeprob.typesetting import equation_latex

G, z = sp.symbols("G z")
a, b, c, t = sp.symbols("a b c t", positive=True)
half, third, sixth = sp.Rational(1, 2), sp.Rational(1, 3), sp.Rational(1, 6)
MP, SC = fp.MarchenkoPastur, fp.Semicircle
SIGN = fp.Atomic({-1: half, 1: half})
THREE = fp.Atomic({-1: half, 0: third, 2: sixth})
OTHER = fp.Atomic({0: third, 1: third, 3: third})

LAWS = [
    MP(c),
    fp.boxplus(MP(c), SC(t)),
    fp.boxtimes(MP(a), MP(b)),
    fp.boxplus(THREE, OTHER),
    fp.boxplus(SIGN, MP(c), SC(1).square()),
    fp.boxplus_power(SIGN, t),
    fp.compress(THREE, half),
    fp.mixture({SC(1): third, SIGN: 2 * third}),
    fp.boolean_sum(SIGN, SC(t)),
    fp.monotone(SIGN, SC(1)),
    fp.subtract(SC(3), SC(1)),
    MP(half).inverse(),
    fp.information_plus_noise(fp.Atomic({1: half, 4: half}), c, 1),
    fp.boxplus(fp.Uniform(0, 1), SC(t)),
    fp.boxplus_power(fp.boxplus(SIGN, OTHER), sp.sqrt(2)),
    fp.boxtimes(SC(1), MP(c)),
]

HESSIAN = r"""\paragraph{Law.} $\mu = \mathrm{MP}_{c} \boxplus \mathrm{SC}_{t}$.
$G(z) = \int \mu(dx)/(z - x)$ is the Cauchy transform of $\mu$.
$G_k$ is that of the $k$-th part at the point $\omega_k$, in the order of the steps.
$\mathrm{MP}_{c}$ is the Marchenko-Pastur law, with $R(w) = \frac{1}{1 - c w}$.
$\mathrm{SC}_{t}$ is the Semicircle law, with $R(w) = t w$.
\begin{enumerate}
\item Cauchy transform of $\mathrm{MP}_{c}$ (Marchenko-Pastur 1967).
\begin{equation*}
\omega_{1} = \frac{1}{1 - G_{1} c} + \frac{1}{G_{1}}
\end{equation*}
\item Cauchy transform of $\mathrm{SC}_{t}$ (Wigner 1955).
\begin{equation*}
\omega_{2} = \frac{1}{G_{2}} + G_{2} t
\end{equation*}
\item Free additive convolution, equal values of $G$ at subordinate arguments: """ + (
    r"""$\mathrm{MP}_{c} \boxplus \mathrm{SC}_{t}$ (Voiculescu 1986; Biane 1998; """
    r"""Belinschi-Bercovici 2007).
\begin{equation*}
\begin{aligned}
& G_{1} = G \\
& G_{2} = G \\
& z = \omega_{1} + \omega_{2} - \frac{1}{G}
\end{aligned}
\end{equation*}
\item Every unknown but one is solved for: the law's curve is rational.
\begin{equation*}
z = \frac{1}{G} + \frac{1}{1 - G c} + G t
\end{equation*}
\item Elimination of everything but $G$ and $z$ by resultants; of the irreducible factors, """
    r"""the one that the moment series satisfies (Rao-Edelman 2008).
\begin{equation*}
c t G^{3} - \left(c z + t\right) G^{2} + \left(c + z - 1\right) G - 1 = 0
\end{equation*}
\end{enumerate}"""
)


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_every_step_is_verified(law) -> None:
    derivation = law.derive(G, z)
    outcome = derivation.check(points=2)
    assert outcome, outcome.summary()
    text = derivation.latex()
    assert text.count("{") == text.count("}")
    assert text.count(r"\begin") == text.count(r"\end")
    assert "Dummy" not in text


@pytest.mark.parametrize("law", LAWS[:5], ids=str)
def test_a_tampered_step_fails(law) -> None:
    derivation = law.derive(G, z)
    for place, step in enumerate(derivation.steps):
        left, right = step.equation.args
        wrong = replace(step, equation=sp.Eq(left, right + sp.Rational(1, 10**9), evaluate=False))
        steps = (*derivation.steps[:place], wrong, *derivation.steps[place + 1 :])
        outcome = replace(derivation, steps=steps).check(points=1)
        assert not outcome
        assert outcome.failed == (wrong,)
        assert "1 steps fail" in outcome.summary()


def test_a_step_that_says_nothing_fails() -> None:
    derivation = SC(t).derive(G, z)
    empty = replace(derivation.steps[-1], equation=sp.Eq(G * z, z * G, evaluate=False))
    assert not replace(derivation, steps=(empty,)).check(points=1)


def test_the_equation_of_another_sheet_holds_nowhere() -> None:
    derivation = fp.boxplus(SIGN, SIGN).derive(G, z)
    other = replace(derivation.steps[-1], equation=sp.Eq(G * z - 1, 0, evaluate=False))
    assert replace(derivation, steps=(other,)).check().failed == (other,)


def test_golden_document() -> None:
    assert fp.boxplus(MP(c), SC(t)).derive(G, z).latex() == HESSIAN


def test_markdown_and_notebook_forms() -> None:
    derivation = fp.boxtimes(MP(a), MP(b)).derive(G, z)
    markdown = derivation.markdown()
    assert markdown.startswith(r"**Law.** $\mu = \mathrm{MP}_{a} \boxtimes \mathrm{MP}_{b}$")
    assert markdown.count("$$") % 2 == 0
    assert r"& G = \frac{y + 1}{z}" in markdown
    shown = derivation._repr_latex_()
    assert shown.startswith("$$\n\\begin{aligned}")
    assert shown.endswith("\\end{aligned}\n$$")


def test_laws_without_polynomial_end_with_their_system() -> None:
    derivation = fp.boxplus(fp.Uniform(0, 1), SC(t)).derive(G, z)
    assert all("Elimination" not in step.rule for step in derivation.steps)
    assert derivation.check()


def test_the_document_keeps_the_callers_symbols() -> None:
    g, x = sp.symbols("g x")
    derivation = SC(t).derive(g, x)
    assert derivation.result == sp.Eq(g**2 * t - g * x + 1, 0, evaluate=False)
    with pytest.raises(InvalidParameterError, match="t is a parameter"):
        SC(t).derive(t, x)


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        ((G - 1) * (G + z), r"\left(G - 1\right) \left(G + z\right) = 0"),
        (c * G**2 - z * G + 1, "c G^{2} - z G + 1 = 0"),
        (sp.sqrt(G) - z, r"\sqrt{G} - z = 0"),
        (1 - z, "1 - z = 0"),
    ],
)
def test_only_powers_are_collected(left, shown) -> None:
    assert equation_latex(sp.Eq(left, 0, evaluate=False), G) == shown


def test_long_equations_are_broken_into_lines() -> None:
    law = fp.boxplus(THREE, OTHER)
    text = equation_latex(law.equation(G, z), G)
    assert text.startswith("\\begin{aligned}\n& 216 z^{2}")
    assert text.endswith(" = 0\n\\end{aligned}")
    assert text.count(r"& \quad ") == 4
    assert text.count("G^{5}") == 1
