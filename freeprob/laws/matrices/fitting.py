"""Parameters of a law from eigenvalues: values of G off the axis, matched on their own scale.

Linear statistics of n eigenvalues fluctuate like 1/n, and in real matrices their means are off by
as much. Both are taken from the law's own matrices at the first estimate: the covariance weighs
the statistics and gives the standard errors, the mean corrects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING, final

import numpy as np
import sympy as sp
from scipy.optimize import least_squares

from freeprob.ensembles import Comparison, compare, spectra
from freeprob.errors import (
    ConvergenceError,
    FreeprobError,
    InvalidParameterError,
    NoClosedFormError,
    UndefinedOperationError,
)
from freeprob.law_symbols import admissible
from freeprob.laws.matrices.simulation import theory
from freeprob.numeric.branch.parametric import ParametricBranch
from freeprob.numeric.programs.lowering import compile_numpy
from freeprob.parameters import count, exact, finite, many, mapping, reals
from freeprob.tables import html_table

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_EXTRA = 4  # statistics beyond the number of parameters, each with two real parts
_HEIGHT = 0.25  # of the spread: far above single eigenvalues, near enough to tell atoms apart
_DRAWS = 96  # simulated matrices, several times the number of statistics
_SIZE = 160  # their size: covariances scale like 1/n² and means like 1/n
_TRIALS = 40  # random starts that moments choose from
_BEST = 4  # of them, from which values of G choose
_EVALUATIONS = 200
_SAME = 1e-6  # relative distance of G on the branch that was followed from the law's own
_REFUSED = 1e3  # residual of parameters that give no law, in spreads
_DIGITS = 12  # of the decimals by which an estimate enters the law
_LARGEST_LOGARITHM = 700.0  # of a parameter: float64 ends at e^709
_FLAT = 1e-9  # of the mean variance: directions in which nothing fluctuates have rounding only
_ROUNDING = 1e-13  # of a statistic of eigenvalues, in units of the height
_SPREAD = (0.1, 0.9)  # levels of the quantiles between which the points of comparison lie


@final
@dataclass(frozen=True)
class Fit:
    """A law fitted to eigenvalues; made by ``law.fit``.

    Parameters
    ----------
    law
        The law at the estimate.
    values, errors
        Estimates and their standard errors by symbol.
    comparison
        The eigenvalues against the fitted law.
    """

    law: Law
    values: dict[sp.Symbol, float]
    errors: dict[sp.Symbol, float]
    comparison: Comparison = field(repr=False)

    def summary(self) -> str:
        """Estimates with standard errors, and the comparison with the eigenvalues, as text."""
        lines = [
            f"{symbol!s:<12} {value:>16.8g} ± {self.errors[symbol]:.2g}"
            for symbol, value in self.values.items()
        ]
        return "\n".join([*lines, self.comparison.summary()])

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """Estimates as a table, and that of the comparison."""
        rows = [
            (str(symbol), f"{value:.8g}", f"{self.errors[symbol]:.2g}")
            for symbol, value in self.values.items()
        ]
        estimates = html_table(("parameter", "estimate", "standard error"), rows)
        return estimates + self.comparison._repr_html_()


# kinds of arrays that NumPy would turn into floats all the same
_NO_NUMBERS = {"b": "truth values", "c": "complex", "m": "times", "M": "dates"}
_LARGEST = 1e75  # the fourth power of it is a float


def draws_of(eigenvalues: object) -> np.ndarray:
    """Eigenvalues of one matrix, or one row for each of several, as a table.

    Raises
    ------
    InvalidParameterError
        For anything else than finite real numbers.
    """
    raw = getattr(eigenvalues, "to_numpy", lambda: eigenvalues)()
    try:
        table = np.asarray(raw)
        if table.dtype.kind == "c" and not np.any(np.imag(table)):
            table = np.real(table)
        refused = "masked" if np.ma.is_masked(raw) else _NO_NUMBERS.get(table.dtype.kind)
        if refused is not None:
            raise TypeError(f"they are {refused}")
        table = np.atleast_2d(reals(table, "eigenvalues"))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidParameterError(f"eigenvalues must be real numbers: {error!s:.120}") from error
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise InvalidParameterError(
            f"eigenvalues of shape {np.shape(np.asarray(raw))}: give finite numbers of one "
            "matrix, or one row for each of several"
        )
    if len(table) > 1 and table.shape[0] == table.shape[1] and np.array_equal(table, table.T):
        raise InvalidParameterError(
            f"eigenvalues of shape {table.shape} are a symmetric matrix: rows would be read as "
            "eigenvalues of one matrix each; give numpy.linalg.eigvalsh(matrix)"
        )
    if np.abs(table).max() > _LARGEST:
        raise InvalidParameterError(
            f"eigenvalues up to {np.abs(table).max():.3g} have no moments in floats: divide them "
            "and the law by their size"
        )
    return table


def compared(law: Law, eigenvalues: object, independent: object = 0) -> Comparison:
    """Eigenvalues that one holds against a law without symbols."""
    from freeprob.laws.numbers.spectrum_for_numbers import require_numbers

    require_numbers(law)
    known = replace(theory(law), independent=count(independent, "independent"))
    return compare(draws_of(eigenvalues), known)


def fitted(
    law: Law,
    eigenvalues: object,
    parameters: object,
    start: Mapping[sp.Symbol, object] | None,
) -> Fit:
    """The estimate; see :meth:`freeprob.Law.fit`."""
    symbols = _symbols(law, parameters)
    table = draws_of(eigenvalues)
    if table.shape[1] < 2 * (len(symbols) + _EXTRA):
        raise InvalidParameterError(
            f"{table.shape[1]} eigenvalues are too few for {len(symbols)} parameters: give at "
            f"least {2 * (len(symbols) + _EXTRA)}"
        )
    problem = _Problem(law, symbols, _points(table, len(symbols)))
    first = _start(problem, table, start)
    data = problem.split(_transforms(table, problem.points))
    rough = problem.solved(first, data, np.eye(len(data)))
    bias, covariance = _fluctuations(problem, rough, table)
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    estimate = problem.solved(rough, data - bias, root)
    errors = problem.errors(estimate, root)
    found = problem.at(estimate)
    return Fit(
        found,
        dict(zip(symbols, map(float, estimate), strict=True)),
        dict(zip(symbols, map(float, errors), strict=True)),
        compared(found, table),
    )


def _symbols(law: Law, parameters: object) -> tuple[sp.Symbol, ...]:
    """The parameters to be fitted: all that the law has."""
    symbols = tuple(many(parameters, "parameters"))
    own = set(law.parameters)
    known = all(isinstance(symbol, sp.Symbol) for symbol in symbols)
    if not symbols or not known or set(symbols) != own or len(set(symbols)) != len(symbols):
        names = ", ".join(map(str, law.parameters)) or "none"
        raise InvalidParameterError(
            f"the parameters of a fit are the law's own, each once: {names}; give values to those "
            "that are known with law.subs({...})"
        )
    return symbols


def _points(table: np.ndarray, count: int) -> np.ndarray:
    """Points above the spectrum at which G is compared."""
    levels = (np.arange(count + _EXTRA) + 0.5) / (count + _EXTRA)
    low, high = np.quantile(table, _SPREAD)
    spread = (high - low) or abs(high) or 1.0
    return np.quantile(table, levels) + 1j * _HEIGHT * spread


def _transforms(table: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Mean of 1/(z - λ) over all eigenvalues."""
    return np.array([np.mean(1 / (z - table)) for z in points])


@final
@dataclass(frozen=True)
class _Problem:
    """A law with symbols, and the points at which its G is compared."""

    law: Law
    symbols: tuple[sp.Symbol, ...]
    points: np.ndarray

    def at(self, values: np.ndarray) -> Law:
        """The law at some values."""
        return self.law.subs(self.named(values))

    def split(self, G: np.ndarray) -> np.ndarray:
        """Real and imaginary parts, in units of the height of the points."""
        return np.concatenate([np.real(G), np.imag(G)]) * np.imag(self.points)[0]

    def named(self, values: np.ndarray) -> dict[sp.Symbol, sp.Expr]:
        """Values by symbol, as the decimals by which they enter the law."""
        pairs = zip(self.symbols, values, strict=True)
        return {symbol: exact(f"{value:.{_DIGITS}g}") for symbol, value in pairs}

    def begin(self, values: np.ndarray) -> ParametricBranch | None:
        """The branch at some values; None where they give no law."""
        try:
            self.at(values)
            return ParametricBranch.begin(self.law.system, self.named(values), self.points)
        except FreeprobError:
            return None

    def coordinates(self, values: np.ndarray) -> np.ndarray:
        """Logarithms of positive parameters: steps then keep their sign."""
        pairs = zip(self.symbols, values, strict=True)
        return np.array([np.log(v) if s.is_positive else v for s, v in pairs])

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Parameters from coordinates."""
        pairs = zip(self.symbols, coordinates, strict=True)
        return np.array(
            [np.exp(min(c, _LARGEST_LOGARITHM)) if s.is_positive else c for s, c in pairs]
        )

    def solved(self, start: np.ndarray, data: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Least squares of the weighted differences.

        Raises
        ------
        ConvergenceError
            If the start gives no law, or the optimiser does not settle at one.
        """
        branch = self.begin(start)
        if branch is None:
            raise ConvergenceError(
                f"{self._shown(start)} gives no law: give another start={{symbol: value}}"
            )
        signs = np.array([bool(symbol.is_positive) for symbol in self.symbols])

        def both(coordinates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            values = self.values(coordinates)
            try:
                G, slopes = branch.cauchy(values)
            except ConvergenceError:
                return np.full(len(data), _REFUSED), np.zeros((len(data), len(values)))
            scaled = slopes * np.where(signs, values, 1.0)[:, None]
            rows = np.array([self.split(row) for row in scaled]).T
            return root @ (self.split(G) - data), root @ rows

        found = least_squares(
            lambda x: both(x)[0],
            self.coordinates(start),
            jac=lambda x: both(x)[1],
            x_scale="jac",
            max_nfev=_EVALUATIONS,
        )
        values = self.values(found.x)
        if not found.success or self._is_lost(branch, values):
            raise ConvergenceError(
                f"the search ended at {self._shown(values)}, which is no fit or no law: give "
                "another start={symbol: value}"
            )
        return values

    def _is_lost(self, branch: ParametricBranch, values: np.ndarray) -> bool:
        """Whether the law at some values, continued from infinity, is not what was followed."""
        try:
            G = self.at(values).cauchy(self.points)
            return bool(np.abs(branch.cauchy(values)[0] - G).max() > _SAME * np.abs(G).max())
        except FreeprobError:
            return True

    def _shown(self, values: np.ndarray) -> str:
        return ", ".join(f"{s} = {v:.6g}" for s, v in zip(self.symbols, values, strict=True))

    def errors(self, values: np.ndarray, root: np.ndarray) -> np.ndarray:
        """Standard errors: (Jᵀ C⁻¹ J)⁻¹, C estimated from a finite number of draws.

        The inverse of a covariance of k statistics from N draws is too large by
        (N - 1)/(N - k - 2) on average (Anderson 2003, section 7.7).
        """
        branch = self.begin(values)
        if branch is None:
            raise ConvergenceError(f"{self._shown(values)} gives no law")
        _, slopes = branch.cauchy(values)
        columns = root @ np.array([self.split(row) for row in slopes]).T
        shrink = (_DRAWS - 1) / (_DRAWS - len(root) - 2)
        return np.sqrt(np.diag(np.linalg.pinv(columns.T @ columns)) * shrink)


def _fluctuations(
    problem: _Problem, values: np.ndarray, table: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the statistics less what the law predicts, for the table's size."""
    draws, n = table.shape
    size = min(n, _SIZE)
    law = problem.at(values)
    rows = spectra(law.matrix_model(), size, _DRAWS, 0)
    found = np.array([problem.split(_transforms(row, problem.points)) for row in rows])
    center = problem.split(law.cauchy(problem.points))
    bias = (found.mean(axis=0) - center) * (size / n)
    covariance = np.cov(found.T) * (size / n) ** 2 / draws
    # masses are whole numbers of eigenvalues: half an eigenvalue may stand at another place
    each = np.array([problem.split(1 / (problem.points - x)) for x in table.ravel()])
    covariance = covariance + np.cov(each.T) / (2 * n**2)
    floor = np.trace(covariance) / len(covariance) * _FLAT + _ROUNDING**2
    return bias, covariance + floor * np.eye(len(covariance))


def _start(
    problem: _Problem, table: np.ndarray, start: Mapping[sp.Symbol, object] | None
) -> np.ndarray:
    """The given start, or the best of some random ones."""
    if start is not None:
        given = mapping(start, "start", "{c: 0.5}")
        if set(given) != set(problem.symbols):
            raise InvalidParameterError(
                f"start gives a value to each of {', '.join(map(str, problem.symbols))}"
            )
        return np.array([finite(given[symbol], str(symbol)) for symbol in problem.symbols])
    guesses = _by_moments(problem, table) or _drawn(problem)
    data = problem.split(_transforms(table, problem.points))
    best, least = None, np.inf
    for guess in guesses:
        branch = problem.begin(guess)
        if branch is None:
            continue
        G, _ = branch.cauchy(guess)
        distance = float(np.sum((problem.split(G) - data) ** 2))
        if distance < least:
            best, least = guess, distance
    if best is None:
        raise ConvergenceError("no start was found: give start={symbol: value}")
    return best


def _drawn(problem: _Problem) -> list[np.ndarray]:
    """Random values that the law accepts."""
    random = Random(0)
    trials = (admissible(problem.law, random) for _ in range(_TRIALS))
    return [np.array([float(trial[s]) for s in problem.symbols]) for trial in trials]


def _by_moments(problem: _Problem, table: np.ndarray) -> list[np.ndarray]:
    """Values whose moments are those of the eigenvalues, from random ones; none without moments."""
    count = len(problem.symbols) + 2
    try:
        formulas = problem.law.moments(count)
    except (UndefinedOperationError, NoClosedFormError):
        return []
    # spread of all eigenvalues as the unit
    unit = float(np.sqrt(np.mean(table**2))) or 1.0
    target = np.array([np.mean((table / unit) ** k) for k in range(1, count + 1)])
    scales = unit ** np.arange(1, count + 1)
    evaluate = compile_numpy(sp.Tuple(*formulas), problem.symbols)

    def residual(coordinates: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            values = np.array(evaluate(*problem.values(coordinates)), dtype=float) / scales
        gap = np.where(np.isfinite(values), values - target, _REFUSED)
        return np.clip(gap, -_REFUSED, _REFUSED)

    found = [
        least_squares(residual, problem.coordinates(guess), x_scale="jac")
        for guess in _drawn(problem)
    ]
    found.sort(key=lambda result: result.cost)
    return [problem.values(result.x) for result in found[:_BEST]]
