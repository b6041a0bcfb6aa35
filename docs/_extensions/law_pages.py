"""What a law's page of the reference says: read off the law, and compared with matrices."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from itertools import product
from pathlib import Path

import sympy as sp

import freeprob as fp
from freeprob import Law, plotting
from freeprob.ensembles import Model
from freeprob.errors import FreeprobError
from freeprob.language.vocabulary import Word
from freeprob.typesetting import equation_latex, formula

G, z, w, x = sp.symbols("G z w x")
_POPULATION = fp.Atomic({1: "1/2", 3: "1/2"})
# laws whose arguments are no numbers
_GIVEN: dict[str, Callable[[], Law]] = {
    "AlgebraicLaw": lambda: fp.AlgebraicLaw(z**2 * G**3 - z * G + 1, G, z),
    "Atomic": lambda: fp.Atomic({-1: "1/3", 2: "2/3"}),
    "CompoundFreePoisson": lambda: fp.CompoundFreePoisson(3, _POPULATION),
    "DensityLaw": lambda: fp.DensityLaw(3 * (1 - x**2) / 4, x, -1, 1),
    "Empirical": lambda: fp.Empirical(["1/4", 1, 1, "7/2"]),
    "LawSymbol": lambda: fp.LawSymbol("H", positive=True),
    "TransformLaw": lambda: fp.TransformLaw("R", 2 * w / (1 - w**2), w),
}
# numbers tried for parameters without a default, until the law accepts all of them
_NUMBERS = (3, sp.Rational(1, 2), 2, 1)
# letters of parameters whose names are words
_LETTERS = {
    "degree": "d",
    "jump": r"\alpha",
    "location": "a",
    "mean": "a",
    "rate": r"\lambda",
    "ratio": "c",
    "scale": "s",
    "variance": "v",
}
_ORDERS = 5
# a longer formula shows nothing
_LONGEST = 700


def own_page(kind: type[Law], folder: Path, name: str) -> list[str]:
    """The page's part that the law writes itself, in reStructuredText; its picture beside it."""
    letters, law = _examples(kind)
    lines = ["", "What it says of itself", "----------------------", ""]
    lines += [_with_letters(kind, letters), ""] if letters.parameters else []
    for title, answer in _formulas(letters):
        lines += [f"{title}:", "", f".. math:: {answer}", ""]
    if law.parameters:
        return lines
    if letters.parameters:
        lines += [f"With numbers, ``{law}``:", ""]
    for title, answer in _numbers(law):
        lines += [f"{title}:", "", f".. math:: {answer}", ""]
    return lines + _matrices(law, folder, name)


def _examples(kind: type[Law]) -> tuple[Law, Law]:
    """The law with letters for its parameters, and with numbers."""
    if kind.__name__ in _GIVEN:
        law = _GIVEN[kind.__name__]()
        return law, law
    parameters = Word(kind.__name__, kind).signature.parameters.values()
    letters = [sp.Symbol(_letter(name), positive=True) for name in _names(kind)]
    tried = [
        _NUMBERS if parameter.default is parameter.empty else (parameter.default,)
        for parameter in parameters
    ]
    for numbers in product(*tried):
        try:
            return kind(*letters), kind(*numbers)
        except FreeprobError:
            continue
    raise ValueError(f"no numbers were found that {kind.__name__} accepts: give it an example")


def _with_letters(kind: type[Law], law: Law) -> str:
    """What the letters of a law stand for."""
    words = [] if kind.__name__ in _GIVEN else [name for name in _names(kind) if len(name) > 1]
    named = " and ".join(f":math:`{_letter(name)}` for {name}" for name in words)
    return f"With {named or 'letters'}, :math:`{sp.latex(law)}`:"


def _names(kind: type[Law]) -> list[str]:
    """What a law's parameters are called."""
    return list(Word(kind.__name__, kind).signature.parameters)


def _letter(name: str) -> str:
    """A parameter's letter in formulas, as papers have it."""
    return name if len(name) == 1 else _LETTERS[name]


def _answered(questions: dict[str, Callable[[], str | None]]) -> Iterator[tuple[str, str]]:
    """Those questions that this law answers, in a line that a page can show."""
    for title, ask in questions.items():
        try:
            answer = ask()
        except FreeprobError:
            continue  # a law without moments, or without a closed form, says nothing of it
        if answer and len(answer) <= _LONGEST:
            yield title, answer.replace("\n", " ")


def _formulas(law: Law) -> Iterator[tuple[str, str]]:
    return _answered(
        {
            "Equation of the Cauchy transform G(z)": lambda: equation_latex(law.equation(G, z), G),
            "Cauchy transform": lambda: f"G(z) = {formula(law.explicit(z))}",
            "R-transform": lambda: f"R(w) = {formula(law.R(w))}",
            "S-transform": lambda: f"S(w) = {formula(law.S(w))}",
            "Moments": lambda: _listed("m", law.moments(_ORDERS)),
            "Free cumulants": lambda: _listed(r"\kappa", law.free_cumulants(_ORDERS)),
            "Atoms": lambda: _atoms(law),
        }
    )


def _numbers(law: Law) -> Iterator[tuple[str, str]]:
    questions = {
        "Support": lambda: _cuts(law),
        "Atoms": lambda: _atoms(law),
        "Density": lambda: rf"\rho(x) = {formula(law.density(x))}",
        "Edges": lambda: _edges(law),
    }
    return _answered(questions)


def _matrices(law: Law, folder: Path, name: str) -> list[str]:
    """The matrix model, its picture over the density, and the comparison."""
    model = law.matrix_model()
    figure = plotting.figure()
    axes = figure.subplots()
    try:
        law.plot(axes, sample=law.sample(1000, rng=0))
        axes.legend()
    except FreeprobError as error:
        axes.set_title(str(error))
    figure.savefig(folder / f"{name}.png", dpi=120)
    lines = ["Matrix model, from the outermost operation to what is drawn:", ""]
    lines += [f"* ``{part}``: {told}" for part, told in _parts(model)]
    lines += ["", f".. image:: {name}.png"]
    lines += [f"   :alt: The density of {law} over the eigenvalues of one matrix of size 1000", ""]
    comparison = law.check(n=500, draws=4, rng=0)
    lines += [f"``law.check(n=500, draws=4)``: {comparison.verdict.value}", ""]
    html = comparison._repr_html_().splitlines()
    return [*lines, ".. raw:: html", "", *(f"   {line}" for line in html), ""]


def _parts(model: Model) -> Iterator[tuple[str, str]]:
    """The operations on matrices inside one another, each with what its class says."""
    yield type(model).__name__, (inspect.getdoc(type(model)) or "").partition("\n")[0]
    if is_dataclass(model):
        for field in fields(model):
            part = getattr(model, field.name)
            for each in part if isinstance(part, tuple) else (part,):
                if isinstance(each, Model):
                    yield from _parts(each)


def _listed(letter: str, values: list) -> str:
    """One below the other: five in a row are wider than a page."""
    terms = (f"{letter}_{{{k}}} &= {formula(sp.factor(v))}" for k, v in enumerate(values, 1))
    return r"\begin{aligned} " + r" \\ ".join(terms) + r" \end{aligned}"


def _atoms(law: Law) -> str | None:
    masses = law.atoms().items()
    return r",\quad ".join(f"{formula(mass)} \\text{{ at }} {formula(a)}" for a, mass in masses)


def _cuts(law: Law) -> str:
    cuts = (rf"\left[{formula(low)},\ {formula(high)}\right]" for low, high in law.support())
    return r" \cup ".join(cuts)


def _edges(law: Law) -> str:
    return r",\quad ".join(
        rf"\rho \sim {edge.constant} \left|x - {edge.location}\right|^{{{edge.exponent}}}"
        for edge in law.edges(dps=8)
    )
