"""Laws of the entries of weight matrices that real networks are drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.memory import require_memory
from freeprob.nets.expectations.normal import Normal
from freeprob.parameters import finite

_KINDS = ("gaussian", "rademacher", "uniform", "student", "orthogonal")
_FORMS = "'gaussian', 'rademacher', 'uniform', 'orthogonal' or ('student', degrees of freedom)"


@final
@dataclass(frozen=True)
class EntryLaw:
    """One law of weights, of mean 0 and variance 1; read it with :func:`entry_law`."""

    kind: str
    degrees: float | None = None

    @property
    def has_variance(self) -> bool:
        """Whether the second moment is finite: that is what limit laws of spectra need."""
        return self.degrees is None or self.degrees > 2

    def __str__(self) -> str:
        return self.kind if self.degrees is None else f"student({self.degrees:g})"

    def draw(self, rows: int, columns: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """A matrix of mean square 1/columns.

        Without a variance it is divided by its own root mean square. Orthogonal ones between
        unequal widths have orthogonal rows or columns.
        """
        shape = rows, columns
        require_memory(shape, "a weight matrix")
        if self.kind == "orthogonal":
            tall = rng.standard_normal((max(shape), min(shape)))
            # with a positive diagonal of R the factor Q is uniform
            q, r = np.linalg.qr(tall)
            q *= np.sign(np.diag(r)) * np.sqrt(max(rows / columns, 1))
            return q if rows >= columns else q.T
        if self.kind == "rademacher":
            entries = rng.integers(0, 2, shape) * 2.0 - 1
        elif self.kind == "uniform":
            entries = rng.uniform(-np.sqrt(3), np.sqrt(3), shape)
        elif self.degrees is not None:
            entries = rng.standard_t(self.degrees, shape)
            variance = self.degrees / (self.degrees - 2) if self.has_variance else None
            entries = entries / np.sqrt(np.mean(entries**2) if variance is None else variance)
        else:
            entries = rng.standard_normal(shape)
        return entries / np.sqrt(columns)


def entry_law(value: Any) -> EntryLaw:
    """Read the name of a law of weights; "iid" are Gaussian ones.

    Raises
    ------
    InvalidParameterError
        For other names and degrees of freedom that are not positive.
    """
    if isinstance(value, EntryLaw):
        return value
    given: Sequence[Any] = value if isinstance(value, tuple | list) and value else (value,)
    rest = given[1:]
    kind: Any = "gaussian" if isinstance(given[0], str) and given[0] == "iid" else given[0]
    known = isinstance(kind, str) and kind in _KINDS
    if not known or len(rest) != (kind == "student"):
        raise InvalidParameterError(f"weights are {_FORMS}, got {value!r:.80}")
    if not rest:
        return EntryLaw(kind)
    degrees = finite(rest[0], "degrees of freedom")
    if degrees <= 0:
        raise InvalidParameterError(f"degrees of freedom must be positive, got {rest[0]}")
    return EntryLaw(kind, degrees)


def drawn_biases(
    law: Law | None, variance: float, size: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Independent values: Gaussian ones of a variance, or of a law by its quantiles."""
    if law is None:
        return np.sqrt(variance) * rng.standard_normal(size)
    if not isinstance(law, Law):
        raise InvalidParameterError(f"the law of the biases must be a Law, got {law!r:.80}")
    if isinstance(law, Normal):
        mean, spread = map(float, law.args)
        return mean + np.sqrt(spread) * rng.standard_normal(size)
    return np.asarray(law.quantile(rng.random(size)), dtype=float)
