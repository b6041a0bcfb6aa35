"""What an activation says of itself: its formula, its Gaussian means and its kernels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from inspect import cleandoc
from typing import TYPE_CHECKING, NamedTuple

import sympy as sp

from freeprob.errors import FreeprobError

if TYPE_CHECKING:
    from freeprob.nets.activations.activations import Activation

# a longer formula is read nowhere: a number tells more
_LONGEST = 160
_DIGITS = 6
HEAD = "Means over z ~ N(0, q), and over Gaussian u, v of variances q_1, q_2 and covariance k:"


class Fact(NamedTuple):
    """A question as it is typed, its meaning, and the answer, or why there is none.

    ``example`` are values of its letters.
    """

    question: str
    meaning: str
    answer: sp.Expr | str
    example: Mapping[sp.Symbol, sp.Expr]

    @property
    def is_short(self) -> bool:
        """Whether the answer fits on a page."""
        return len(str(self.answer)) <= _LONGEST

    @property
    def place(self) -> str:
        """Where the number is taken."""
        return ", ".join(f"{letter} = {value}" for letter, value in self.example.items())

    @property
    def number(self) -> sp.Expr:
        """The answer there."""
        return sp.N(sp.sympify(self.answer).subs(self.example), _DIGITS, chop=True)


class OwnDescription:
    """A class's docstring, which instances head with what they say of themselves.

    ``help(nets.relu)`` shows what ``nets.relu.__doc__`` is.
    """

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __get__(self, instance: Activation | None, owner: type) -> str | None:
        """The text of a class, the description of an instance."""
        if instance is None:
            return self.text
        return f"{described(instance)}\n\n{cleandoc(self.text or '')}"


@lru_cache(maxsize=256)
def facts(activation: Activation) -> tuple[Fact, ...]:
    """Means over z ~ N(0, q), and over u, v of variances q_1, q_2 and covariance k.

    Examples
    --------
    >>> from freeprob import nets
    >>> from freeprob.nets.activations.description import facts
    >>> [str(fact.answer) for fact in facts(nets.relu)[:2]]
    ['sqrt(2)*sqrt(q)/(2*sqrt(pi))', '-q/(2*pi) + q/2']
    """
    taken = {str(symbol) for symbol in activation.free_symbols}
    q, q1, k, q2 = (
        sp.Symbol(f"{name}'" if name in taken else name, real=True, positive=name != "k" or None)
        for name in ("q", "q_1", "k", "q_2")
    )
    one, pair = {q: sp.S.One}, {q1: sp.S.One, k: sp.S.Half, q2: sp.S.One}
    return (
        _fact("mean", "E f(z)", one, activation.mean),
        _fact("eta", "var f(z)", one, activation.eta),
        _fact("zeta", "q (E f'(z))²", one, activation.zeta),
        _fact("expect", "E f'(z)² = χ₁/σ_w²", one, activation.expect, power=2, derivative=1),
        _fact("dual", "E f(u) f(v)", pair, activation.dual),
        _fact("dual_derivative", "E f'(u) f'(v)", pair, activation.dual_derivative),
    )


@lru_cache(maxsize=256)
def described(activation: Activation) -> str:
    """The formula and the facts as text."""
    lines = [f"f(x) = {activation(sp.Symbol('x'))}", "", HEAD, ""]
    for fact in facts(activation):
        told = f"    {fact.question}: {fact.meaning} "
        if isinstance(fact.answer, str):
            lines.append(f"{told}is not defined: {fact.answer}")
        elif fact.is_short:
            lines.append(f"{told}= {fact.answer}")
        else:
            lines.append(f"{told}= {fact.number} at {fact.place}; the formula is long")
    return "\n".join(lines)


def _fact(
    name: str,
    meaning: str,
    example: Mapping[sp.Symbol, sp.Expr],
    ask: Callable[..., sp.Expr],
    **options: int,
) -> Fact:
    """The fact that a question with these letters gives."""
    arguments = [*map(str, example), *(f"{key}={value}" for key, value in options.items())]
    try:
        answer = ask(*example, **options)
    except FreeprobError as error:
        answer = str(error)
    return Fact(f"{name}({', '.join(arguments)})", meaning, answer, example)
