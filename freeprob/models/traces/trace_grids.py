"""Block traces followed from vanishing letters to the given ones, at many parameters together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import ConvergenceError, InvalidParameterError
from freeprob.exact.algebra.door import to_fmpq
from freeprob.models.letters.letters import letters_of
from freeprob.models.letters.values import read_values
from freeprob.models.traces.series_fixed_points import FixedPoint
from freeprob.models.traces.trace_systems import singular_base, system_of
from freeprob.numeric.branch.digits import Start, enclosed
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.instructions import Step
from freeprob.numeric.programs.linear import solve_batch
from freeprob.numeric.programs.lowering import compile_program
from freeprob.numeric.programs.points import Place
from freeprob.numeric.programs.rounding_errors import rounding_errors
from freeprob.numeric.programs.straight_line import Program, evaluate, linearise
from freeprob.numeric.stepping.balls import BALLS
from freeprob.numeric.stepping.continuation import jacobian
from freeprob.numeric.stepping.paths import carried_together
from freeprob.parameters import mapping

if TYPE_CHECKING:
    from freeprob.models.traces.traces import TraceEquivalent

_FLOAT = FloatArithmetic()
_DEPTH = 40
# points whose first-order rounding error is larger, relative to the value, are enclosed by balls
_TRUSTED = 1e-10


def split_values(values: object) -> tuple[dict[sp.Symbol, Any], dict[sp.Symbol, np.ndarray]]:
    """Values that are single numbers, and those that are arrays or lists.

    Raises
    ------
    InvalidParameterError
        If the values are no mapping or the rows of an array are of different lengths.
    """
    scalars, arrays = {}, {}
    for symbol, value in mapping(values, "values", "{gamma: 1}").items():
        if not isinstance(value, list | tuple | np.ndarray) or np.ndim(value) == 0:
            scalars[symbol] = value.item() if isinstance(value, np.ndarray) else value
            continue
        table = np.asarray(value)
        if table.dtype.kind not in "biufcOU":
            raise InvalidParameterError(f"{symbol} must be an array of numbers, got {table.dtype}")
        arrays[symbol] = table
    return scalars, arrays


def on_grid(
    traces: Sequence[TraceEquivalent], arrays: Mapping[sp.Symbol, np.ndarray], dps: int | None
) -> list[np.ndarray]:
    """Traces at every point of broadcast arrays; all have the same values so far.

    Floats are followed together, and bounded; points where float64 does not suffice, and digits,
    are enclosed one by one.

    Raises
    ------
    InvalidParameterError
        If arrays do not fit each other, symbols stay, or a value is no finite number.
    ConvergenceError
        If an inverse meets the spectrum at a point.
    """
    symbols = tuple(arrays)
    try:
        tables = np.broadcast_arrays(*arrays.values())
    except ValueError as error:
        raise InvalidParameterError(f"the arrays of values do not fit: {error}") from error
    shape, columns = tables[0].shape, [table.ravel() for table in tables]

    @cache
    def point(place: int) -> dict[sp.Symbol, sp.Expr]:
        """The values at one point, exact."""
        return read_values(
            ({s: column[place] for s, column in zip(symbols, columns, strict=True)},)
        )

    places = range(len(columns[0]))
    for trace in {trace.expression: trace for trace in traces}.values():
        used = set().union(*(one.atoms(sp.Symbol) for one in letters_of(trace.expression)))
        sizes = [column for s, column in zip(symbols, columns, strict=True) if s in used]
        # letters refuse sizes and variances that are not positive
        for place in {tuple(row): k for k, row in enumerate(zip(*sizes, strict=True))}.values():
            trace.subs(point(place))
    singular = any(singular_base(trace.expression) is not None for trace in traces)
    if dps is not None or singular or any(set(t.parameters) - set(symbols) for t in traces):
        found = [
            [
                (trace.subs if singular else trace.at_values)(point(k)).evaluate(dps=dps)
                for k in places
            ]
            for trace in traces
        ]
        return [np.array(row, dtype=object if dps else None).reshape(shape) for row in found]
    rows = {}
    for symbol, column in zip(symbols, columns, strict=True):
        if any(symbol in trace.parameters for trace in traces):
            plain = column.dtype.kind in "biufc" and np.isfinite(column).all()
            rows[symbol] = np.array(
                column if plain else [complex(point(k)[symbol]) for k in places], dtype=complex
            )
    results = []
    for trace, (result, good) in zip(traces, _floats(traces, rows, len(places)), strict=True):
        for place in np.flatnonzero(~good):
            result[place] = trace.subs(point(int(place))).evaluate()
        results.append((result if np.imag(result).any() else np.real(result)).reshape(shape))
    return results


def enclosures(traces: Sequence[TraceEquivalent], bits: int) -> list[acb]:
    """Traces as balls with about that many right bits, the block traces enclosed once.

    All have the same values; rational ones are put into the compiled equations.

    Raises
    ------
    ConvergenceError
        If an inverse meets the spectrum.
    """
    expressions = tuple(dict.fromkeys(trace.expression for trace in traces))
    known = dict(traces[0].values)
    rational = {symbol: value for symbol, value in known.items() if value.is_Rational}
    others = {symbol: value for symbol, value in known.items() if symbol not in rational}
    base = system_of(expressions).replace(others)
    rows = {symbol: np.array([complex(value)]) for symbol, value in rational.items()}
    start, reached = followed(base, rows)
    found: dict[tuple[sp.Symbol, ...], list[acb]] = {}
    for slopes in dict.fromkeys(trace.slopes for trace in traces):
        system = _slope_system(expressions, slopes).replace(others)
        u = _with_slopes(base, system, start, rows, len(slopes))
        program = _bound(_compiled(system, tuple(rational)), len(u), tuple(rational.values()))
        near = Start([acb(complex(value)) for value in u[:, 0]], 64)
        solution = enclosed(program, Place(fmpq(1)), bits, near) if reached[0] else None
        if solution is None:
            raise ConvergenceError(
                "the block traces could not be followed from vanishing letters to the given ones "
                "and enclosed there: an inverse meets the spectrum; change the ridge"
            )
        with ctx.workprec(bits + 16):
            found[slopes] = [acb(v) for v in evaluate(program, solution, BALLS)][len(u) :]
    return [found[trace.slopes][expressions.index(trace.expression)] for trace in traces]


def _bound(program: Program, size: int, values: tuple[sp.Rational, ...]) -> Program:
    """The program with numbers for the inputs after the first ``size``."""
    steps = [
        Step("constant", (), to_fmpq(values[step.value - size]))
        if step.kind == "input" and step.value >= size
        else step
        for step in program.steps
    ]
    return Program(size, tuple(steps), program.outputs)


def followed(
    system: FixedPoint, values: Mapping[sp.Symbol, np.ndarray] | None = None, count: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """The size s and the unknowns at s = 1, followed from where the letters are tiny; who arrived.

    Parameters
    ----------
    system
        The equations.
    values
        Parameters, each with ``count`` values.
    """
    values = values or {}
    program, rest = _compiled(system, tuple(values)), list(values.values())
    legs = np.exp2(np.arange(-_DEPTH, 1.0, 4.0)).astype(complex)
    u = np.zeros((1 + len(system.relations), count), dtype=complex)
    u[0] = legs[0]
    # each round is right to one more power of s
    with np.errstate(all="ignore"):  # points where an inverse does not exist do not arrive
        for _ in range(len(u) + 2):
            _, residual = jacobian(program, u, u[0], rest)
            u[1:] -= residual[:-1]
    return carried_together(program, u, legs, rest)


@lru_cache(maxsize=256)
def _compiled(system: FixedPoint, symbols: tuple[sp.Symbol, ...]) -> Program:
    """Differences of the relations' sides, s and the outputs; parameters after the unknowns."""
    differences = [left - right for left, right in system.relations]
    unknowns = (system.size, *system.unknowns)
    return compile_program([*differences, system.size, *system.outputs], unknowns, symbols)


def _floats(
    traces: Sequence[TraceEquivalent], values: Mapping[sp.Symbol, np.ndarray], count: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Each trace at all points, and where its rounding error is small; values followed once."""
    expressions = tuple(dict.fromkeys(trace.expression for trace in traces))
    known = dict(traces[0].values)
    base = system_of(expressions).replace(known)
    start, reached = followed(base, values, count)
    found = {}
    for slopes in dict.fromkeys(trace.slopes for trace in traces):
        system = _slope_system(expressions, slopes).replace(known)
        u = _with_slopes(base, system, start, values, len(slopes))
        found[slopes] = [(value, good & reached) for value, good in _bounded(system, u, values)]
    return [found[trace.slopes][expressions.index(trace.expression)] for trace in traces]


@lru_cache(maxsize=256)
def _slope_system(
    expressions: tuple[sp.MatrixExpr, ...], slopes: tuple[sp.Symbol, ...]
) -> FixedPoint:
    """The derivatives with the unknowns of the traces themselves among the unknowns."""
    return system_of(expressions).slope(slopes) if slopes else system_of(expressions)


def _with_slopes(
    base: FixedPoint,
    system: FixedPoint,
    start: np.ndarray,
    values: Mapping[sp.Symbol, np.ndarray],
    order: int,
) -> np.ndarray:
    """Derivatives next to the unknowns: they are given by linear equations, order after order."""
    program, rest = _compiled(system, tuple(values)), list(values.values())
    rows = {unknown: start[1 + place] for place, unknown in enumerate(base.unknowns)}
    zero = np.zeros(start.shape[1], dtype=complex)
    u = np.array([start[0], *(rows.get(unknown, zero) for unknown in system.unknowns)])
    with np.errstate(all="ignore"):
        for _ in range(order):
            matrix, residual = jacobian(program, u, u[0], rest)
            u = u + solve_batch(matrix, -residual[:, None])[:, 0]
    return u


def _bounded(
    system: FixedPoint, u: np.ndarray, values: Mapping[sp.Symbol, np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The outputs after one more of Newton's corrections, and where their rounding is small."""
    program, rest = _compiled(system, tuple(values)), list(values.values())
    size, count = u.shape
    with np.errstate(all="ignore"):
        matrix, residual = jacobian(program, u, np.ones(count), rest)
        u = u + solve_batch(matrix, -residual[:, None])[:, 0]
        outputs, partials = linearise(program, [*u, *rest], _FLOAT)
        errors = rounding_errors(program, [*u, *rest], _FLOAT)
        right = np.broadcast_to(np.eye(size)[:, :, None], matrix.shape).astype(complex)
        inverse = solve_batch(matrix, right)
        found = []
        for output, slopes, own in zip(outputs[size:], partials[size:], errors[size:], strict=True):
            value = np.broadcast_to(np.asarray(output, dtype=complex), count).copy()
            weight = sum(
                (slope * inverse[place] for place, slope in slopes.items()),
                np.zeros((size, count)),
            )
            bound = sum(np.abs(w) * e for w, e in zip(weight, errors[:size], strict=True)) + own
            found.append((value, bound <= _TRUSTED * np.abs(value)))
    return found
