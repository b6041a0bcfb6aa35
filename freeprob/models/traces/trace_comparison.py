"""A trace beside the traces of drawn matrices."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm
from typing import final

import numpy as np
import sympy as sp

from freeprob.laws.named.atomic import Atomic
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.spectral_letters import SpectralLetter
from freeprob.models.samples.sampling import simulate
from freeprob.parameters import count, generator
from freeprob.tables import Summarised

_SCALES = 5.0
"""Standard errors that a right value keeps away from all but once in a million comparisons."""


@final
@dataclass(frozen=True)
class TraceComparison(Summarised):
    """A limit and what matrices say of it.

    Parameters
    ----------
    value
        The limit.
    drawn
        The mean trace of the drawn matrices, extrapolated to infinite size.
    scale
        Its standard error, and what the extrapolation leaves.
    """

    value: complex
    drawn: complex
    scale: float

    @property
    def passed(self) -> bool:
        """Whether the two agree on that scale."""
        return bool(abs(self.drawn - self.value) <= _SCALES * self.scale)

    def summary(self) -> str:
        """One line."""
        verdict = "agree" if self.passed else "DISAGREE"
        return f"trace {self.value:.6g}, drawn {self.drawn:.6g} ± {self.scale:.2g}: they {verdict}"


def trace_comparison(
    expr: sp.MatrixExpr, value: complex, n: int, draws: int, rng: int | np.random.Generator | None
) -> TraceComparison:
    """Means at sizes n and 2n; the bias of order 1/n drops out of 2 m(2n) - m(n)."""
    draws = count(draws, "draws", least=2)  # of which a spread is known
    random, n = generator(rng), _whole(expr, count(n, "n", least=1))
    small, large = (
        np.array([np.trace(matrix) / len(matrix) for matrix in _drawn(expr, size, draws, random)])
        for size in (n, 2 * n)
    )
    drawn = 2 * large.mean() - small.mean()
    spread = np.hypot(2 * np.std(large, ddof=1), np.std(small, ddof=1)) / np.sqrt(draws)
    # the next order in 1/n, as large as the square of the first
    rest = abs(large.mean() - small.mean()) ** 2 / max(abs(value), 1.0) + 1.0 / n**2
    return TraceComparison(value, complex(drawn), float(spread + rest))


def _whole(expr: sp.MatrixExpr, n: int) -> int:
    """The size from n on at which masses of atoms are whole numbers of eigenvalues.

    Rounded ones leave a bias of order 1/n that jumps from size to size and drops out of nothing.
    Where masses share no denominator up to n it is n itself.
    """
    masses = [
        mass
        for letter in letters_of(expr)
        if isinstance(letter, SpectralLetter) and isinstance(letter.law, Atomic)
        for mass in letter.law.weights.values()
    ]
    step = lcm(*(int(mass.q) for mass in masses if mass.is_Rational))
    return -(-n // step) * step if step <= n else n


def _drawn(
    expr: sp.MatrixExpr, size: int, draws: int, random: np.random.Generator
) -> list[np.ndarray]:
    return [simulate(expr, N=size, rng=random) for _ in range(draws)]
