"""How a law's answers are got: the routes, what they prove, what controls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from freeprob.errors import FreeprobError
from freeprob.exact.systems.system import flatten
from freeprob.routes import Refusal, Routed
from freeprob.tables import html_table

if TYPE_CHECKING:
    from freeprob.laws.base import Law

# what every law's readings rest on, said once
_METHODS = (
    (
        "equation",
        "elimination over the rationals in the parameters; the physical factor is selected by the "
        "exact moment series at infinity",
        True,
    ),
    (
        "density, cauchy (float64)",
        "Newton's method along a path from i∞ whose steps are controlled by contraction; "
        "Im G <= 0 at every step",
        False,
    ),
    (
        "density, cauchy (dps)",
        "a ball that holds one root of the system is proved; its sheet is that of the controlled "
        "path",
        True,
    ),
)


@final
@dataclass(frozen=True)
class Answer:
    """One question, the route that answers it, and the routes that refused before.

    Parameters
    ----------
    question
        What is asked.
    route
        The way the answer came, empty if none led to one.
    proved
        Whether theorems and balls decide it; otherwise it is controlled.
    by
        Which theorem, or which control.
    refused
        Routes tried before, with their reasons.
    """

    question: str
    route: str
    proved: bool
    by: str
    refused: tuple[Refusal, ...] = ()


@final
@dataclass(frozen=True)
class Explanation:
    """What :meth:`Law.explain` tells; it shows as text, in notebooks as a table.

    Parameters
    ----------
    law
        As it prints.
    curve
        What the structured system is.
    answers
        One for each question.
    """

    law: str
    curve: str
    answers: tuple[Answer, ...]

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        rows = []
        for answer in self.answers:
            kind = "proved" if answer.proved else "controlled" if answer.route else ""
            refused = "; ".join(f"{name}: {reason}" for name, reason in answer.refused)
            rows.append([answer.question, answer.route or "none", kind, answer.by, refused])
        head = ["question", "route", "how sure", "by", "refused before"]
        return html_table(head, rows, f"{self.law}, described by {self.curve}")

    def summary(self) -> str:
        """The routes as text."""
        lines = [self.law, f"  described by {self.curve}"]
        for answer in self.answers:
            kind = "proved" if answer.proved else "controlled"
            head = f"{answer.route} ({kind})" if answer.route else "no route led to an answer"
            lines.append(f"  {answer.question}: {head}")
            if answer.by:
                lines.append(f"    by {answer.by}")
            lines += [f"    refused: {name}: {reason}" for name, reason in answer.refused]
        return "\n".join(lines)


def explain(law: Law) -> Explanation:
    """Ask for support and pieces, and tell how they came, with what other readings rest on."""
    algebraic = flatten(law.system).is_algebraic
    answers = [
        Answer(name, "structured curve", proved, by)
        for name, by, proved in _METHODS
        if algebraic or name != "equation"
    ]
    if not law.parameters:
        answers += [_support(law), _pieces(law)]
    return Explanation(str(law), _curve(law), tuple(answers))


def _curve(law: Law) -> str:
    curve = flatten(law.system)
    kind = "algebraic" if curve.is_algebraic else "analytic"
    count = len(curve.unknowns)
    relations = len(curve.relations)
    names = f"{count} unknown{'s' * (count > 1)}, {relations} relation{'s' * (relations != 1)}"
    free = f"; free symbols {', '.join(map(str, law.parameters))}" if law.parameters else ""
    return f"an {kind} curve with {names}{free}"


def _support(law: Law) -> Answer:
    from freeprob.geometry.spectrum.support import support

    try:
        how = support(law.system).how
    except FreeprobError as error:
        return Answer("support", "", False, str(error))
    return Answer("support", how.route, how.proved, how.by, how.refused)


def _pieces(law: Law) -> Answer:
    from freeprob.laws.numbers.spectrum_for_numbers import of_two_variables, spectrum_of

    question = "cdf, quantile, long arrays"
    if of_two_variables(law) is not None:
        by = "two rules agree on every panel"
        return Answer(question, "integrals over one variable", False, by)
    try:
        how: Routed = spectrum_of(law)
    except FreeprobError as error:
        return Answer(question, "", False, str(error))
    return Answer(question, how.route, how.proved, how.by, how.refused)
