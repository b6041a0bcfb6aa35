"""Derivations as documents: recorded steps in LaTeX and Markdown, verified again by numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from random import Random
from typing import Protocol, final

import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.bibliography import cited, entries, with_citations
from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.exact.equations.derived import Labelled
from freeprob.exact.equations.steps import Step
from freeprob.exact.systems.system import flatten, specialised
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.balls import BALLS
from freeprob.parameters import count, flag
from freeprob.tables import html_table
from freeprob.typesetting import document, equation_latex, plain_text

_BITS = 400
_ATTEMPTS = 20
_SEEDS = 2**64


@final
@dataclass(frozen=True)
class Verification:
    """Outcome of :meth:`Derivation.check`: true if every step held at every point.

    Parameters
    ----------
    failed
        Steps that were refuted, in their order.
    points
        Number of points that were tried.
    place
        Where the points lie, in words.
    """

    failed: tuple[Step, ...]
    points: int
    place: str

    @property
    def passed(self) -> bool:
        """Whether every step held."""
        return not self.failed

    def __bool__(self) -> bool:
        return self.passed

    def summary(self) -> str:
        """One line for a person."""
        if self.passed:
            return f"every step holds at {self.points} random points {self.place}"
        rules = "; ".join(dict.fromkeys(step.rule for step in self.failed))
        return f"{len(self.failed)} steps fail: {rules}"

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """The summary as a table of one row, tinted by the outcome."""
        verdict = ("verified", "good") if self.passed else ("REFUTED", "bad")
        return html_table((), [(verdict[0], self.summary())], verdicts=verdict[1:])


class Evidence(Protocol):
    """How the steps of a derivation are verified again."""

    @property
    def variable(self) -> sp.Expr:
        """The symbol by whose powers polynomials are shown."""
        ...

    @property
    def place(self) -> str:
        """Where the random points lie, in words."""
        ...

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        ...


class DrawnMatrices:
    """Evidence by small random matrices: no symbol is the one that polynomials are collected in."""

    @property
    def variable(self) -> sp.Expr:
        """None of the symbols."""
        return sp.Dummy()

    @property
    def place(self) -> str:
        """What was drawn."""
        return "with random matrices"


def _unstretched(sentence: str) -> str:
    """A sentence of LaTeX; a matrix in it goes to the next line rather than into the margin."""
    wide = r"\begin{" in sentence
    return f"\\begin{{flushleft}}\n{sentence}\n\\end{{flushleft}}" if wide else sentence


def _parenthesised(reference: str) -> str:
    return f"({reference})"


@final
@dataclass(frozen=True)
class Derivation:
    """The steps from a description to its closed form or equation, recorded by the computation.

    Parameters
    ----------
    subject
        What is derived, in a word: Law, Gaussian mean.
    title
        LaTeX of its definition.
    steps
        Equations, each with its rule and source.
    evidence
        Verifies the steps again with numbers.
    notation
        Sentences in LaTeX that say what the letters are.
    """

    subject: str
    title: str
    steps: tuple[Step, ...]
    evidence: Evidence = field(repr=False, compare=False)
    notation: tuple[str, ...] = ()

    @property
    def result(self) -> sp.Basic:
        """The last equation."""
        return self.steps[-1].equation

    def latex(self) -> str:
        """The derivation as a LaTeX fragment (needs amsmath and amssymb)."""
        return self._fragment(_parenthesised)

    def _fragment(self, cite: Callable[[str], str]) -> str:
        """The fragment, with references as a function writes them."""
        lines = [rf"\paragraph{{{self.subject}.}} ${self.title}$."]
        lines += [*map(_unstretched, self.notation), r"\begin{enumerate}"]
        for text, equations in self._grouped(cite):
            lines += [rf"\item {plain_text(text)}", r"\begin{equation*}", equations]
            lines.append(r"\end{equation*}")
        return "\n".join([*lines, r"\end{enumerate}"])

    def save(self, path: str | Path, standalone: bool = False) -> Path:
        """Write the derivation to a file: LaTeX for ``.tex``, Markdown for ``.md``.

        Parameters
        ----------
        path
            The file, whose folder must exist.
        standalone
            For ``.tex``: a whole document that compiles, with the works it cites in a ``.bib`` of
            the same name beside it. By default a fragment for a document of your own, which needs
            amsmath and amssymb.

        Returns
        -------
        pathlib.Path
            The file that was written.

        Raises
        ------
        InvalidParameterError
            For another ending, or a standalone document that is no LaTeX.

        Examples
        --------
        >>> import sympy as sp, tempfile, pathlib
        >>> from freeprob import Semicircle
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> derivation = Semicircle(1).derive(*sp.symbols("G z"))
        >>> sorted(p.name for p in derivation.save(folder / "law.tex", True).parent.iterdir())
        ['law.bib', 'law.tex']
        """
        if not isinstance(path, str | PathLike):
            raise InvalidParameterError(f"path must be the name of a file, got {path!r:.80}")
        path, standalone = Path(path), flag(standalone, "standalone")
        if path.suffix not in (".tex", ".md") or (standalone and path.suffix != ".tex"):
            raise InvalidParameterError(
                f"derivations are saved as .tex or .md, documents of their own as .tex: {path.name}"
            )
        if not standalone:
            text = self.latex() if path.suffix == ".tex" else self.markdown()
            path.write_text(text + "\n", encoding="utf-8")
            return path
        keys = dict.fromkeys(key for step in self.steps for key in cited(step.reference))
        works = "\n\n".join(entries()[key] for key in keys)
        path.with_suffix(".bib").write_text(works + "\n", encoding="utf-8")
        body = self._fragment(with_citations)
        path.write_text(document(body, path.stem if keys else ""), encoding="utf-8")
        return path

    def markdown(self) -> str:
        """The derivation as Markdown with TeX formulas."""
        lines = [f"**{self.subject}.** ${self.title}$", "", *self.notation, ""]
        for number, (text, equations) in enumerate(self._grouped(), start=1):
            lines += [f"{number}. {text}", "", f"$$\n{equations}\n$$", ""]
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        rows = [rf"& {self.title}"]
        rows += [rf"& \text{{{sentence}}}" for sentence in self.notation]
        for text, equations in self._grouped():
            rows += [rf"& \textbf{{{plain_text(text)}}}", rf"& {equations}"]
        body = " \\\\\n".join(rows)
        return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def check(self, points: int = 3, rng: int = 0) -> Verification:
        """Verify every step again, at random points and parameters.

        The steps of a law are enclosed in balls on the physical branch, those of a Gaussian mean
        or kernel in high-precision quadrature of both sides.

        Parameters
        ----------
        points
            How many points, each with its own parameters.
        rng
            Seed.
        """
        random, failed = Random(count(rng, "rng", most=_SEEDS)), []
        points = count(points, "points", least=1)
        for _ in range(points):
            failed += self.evidence.refuted(self.steps, random)
        unique = tuple(step for step in self.steps if step in failed)
        return Verification(unique, points, self.evidence.place)

    def _grouped(self, cite: Callable[[str], str] = _parenthesised) -> list[tuple[str, str]]:
        """Rule with source, and the equations that share it, in lines."""
        groups: list[tuple[str, list[str]]] = []
        for step in self.steps:
            text = f"{step.rule} {cite(step.reference)}." if step.reference else f"{step.rule}."
            line = equation_latex(step.equation, self.evidence.variable)
            if groups and groups[-1][0] == text:
                groups[-1][1].append(line)
            else:
                groups.append((text, [line]))
        return [(text, lines[0] if len(lines) == 1 else _stacked(lines)) for text, lines in groups]


@final
@dataclass(frozen=True)
class BranchEvidence:
    """Proved numbers on the physical branch of a law.

    A step holds if the ball of left - right contains 0 and is negligible next to the same
    difference at slightly wrong values; so a step that is always true, or false, is noticed.

    Parameters
    ----------
    labelled
        The system with the symbols that the steps use.
    parameters
        Draws admissible values of the law's parameters.
    defined
        What other symbols of the steps are, in terms of the labelled ones and the parameters.
    """

    labelled: Labelled
    parameters: Callable[[Random], Mapping[sp.Symbol, sp.Expr]]
    defined: Mapping[sp.Expr, sp.Expr] = field(default_factory=dict)

    @property
    def variable(self) -> sp.Expr:
        """The Cauchy transform."""
        return self.labelled.G

    @property
    def place(self) -> str:
        """Where the points lie."""
        return "of the physical branch"

    def refuted(self, steps: Sequence[Step], random: Random) -> list[Step]:
        """The steps that do not hold at one random point."""
        known = self._witness(random)
        return [step for step in steps if not _holds(step, known, random)]

    def _witness(self, random: Random) -> dict[sp.Expr, acb]:
        """Balls for all symbols of the steps at one random point."""
        for _ in range(_ATTEMPTS):
            values = self.parameters(random)
            system = specialised(self.labelled.system, values)
            place = Place(fmpq(random.randint(-40, 40), 16), fmpq(random.randint(32, 80), 16))
            start = digits_of(system).near(place)
            balls = start and digits_of(system).unknowns(place, _BITS, start)
            if balls:
                with ctx.workprec(_BITS + 64):
                    known = {symbol: acb(to_fmpq(value)) for symbol, value in values.items()}
                    _enclose(self.labelled, values, balls, known)
                    symbols, sides = list(known), list(self.defined.values())
                    program = compile_program(sides, symbols)
                    found = evaluate(program, [known[symbol] for symbol in symbols], BALLS)
                    known |= dict(zip(self.defined, map(acb, found), strict=True))
                return known
        raise ConvergenceError(
            "no point of the physical branch was found to verify the steps at; give the law other "
            "parameters"
        )


def _stacked(lines: list[str]) -> str:
    body = " \\\\\n".join(f"& {line}" for line in lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _enclose(
    node: Labelled,
    values: Mapping[sp.Symbol, sp.Expr],
    unknowns: list[acb],
    known: dict[sp.Expr, acb],
) -> None:
    """Balls for the symbols of a labelled system whose curve's unknowns are enclosed."""
    curve = flatten(specialised(node.system, values))
    program = compile_program([curve.z, curve.G, *curve.all_unknowns], curve.unknowns)
    z, G, *raw = evaluate(program, unknowns, BALLS)
    known[node.z], known[node.G] = z, G
    place = 0
    for part in node.parts:
        size = len(flatten(specialised(part.system, values)).unknowns)
        _enclose(part, values, raw[place : place + size], known)
        place += size
    for label, value in zip(node.unknowns, raw[place:], strict=True):
        known.setdefault(label, value)


def _differences(equation: sp.Eq) -> list[sp.Expr]:
    """Left minus right, for each entry of matrices."""
    left, right = equation.lhs, equation.rhs
    if not isinstance(right, sp.MatrixBase):
        return [left - right]
    rows, columns = right.shape
    return [left[i, j] - right[i, j] for i in range(rows) for j in range(columns)]


def _holds(step: Step, known: Mapping[sp.Expr, acb], random: Random) -> bool:
    """Whether the two sides agree, and would not at values that are a little wrong.

    Entries that are zero on both sides say nothing.
    """
    names = {symbol: sp.Dummy() for symbol in known}
    found = [difference.xreplace(names) for difference in _differences(step.equation)]
    symbols, values = list(names.values()), list(known.values())
    if any(not difference.free_symbols <= set(symbols) for difference in found):
        return False
    program = compile_program(found, symbols)
    with ctx.workprec(_BITS):
        moved = [value * (1 + acb(fmpq(random.randint(1, 10**8), 10**11))) for value in values]
        right, wrong = (map(acb, evaluate(program, at, BALLS)) for at in (values, moved))
        shown = [(a, b.abs_lower() / 2**100) for a, b in zip(right, wrong, strict=True)]
        telling = [(a, bound) for a, bound in shown if not (a.is_zero() and bound == 0)]
        return bool(telling) and all(a.contains(0) and a.abs_upper() < b for a, b in telling)
