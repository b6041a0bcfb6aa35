"""The law of values that one holds: eigenvalues, measured or computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral
from operator import itemgetter
from typing import TYPE_CHECKING, Any, final

import sympy as sp
from flint import fmpq

from freeprob.errors import BudgetExceededError, InvalidParameterError
from freeprob.exact.algebra.door import to_fmpq, to_rational
from freeprob.exact.systems.poles import Poles, from_poles
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.parameters import exact, many

if TYPE_CHECKING:
    import numpy as np
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model

_MOST = 100_000  # values that are kept one by one
_SYMMETRIC = 1e-12  # asymmetry of a matrix, relative to its largest entry, that is rounding
_ROUNDING = fmpq(1, 10**12)  # what float weights may miss 1 by, as in Atomic


@final
class Empirical(Law):
    """Law of given values: G(z) = Σ pᵢ/(z - aᵢ), kept as this sum.

    The sum is never expanded: numbers and moments cost about the same for ten values and for ten
    thousand, in every operation. Equations are refused for more than 40 values.

    Parameters
    ----------
    values
        A list, array or Series of real numbers; or a real symmetric matrix, whose eigenvalues are
        taken, those within rounding of 0 as 0. Floats are the decimals that they print.
    weights
        Positive masses that sum to 1, one for each value; equal ones by default.

    Raises
    ------
    InvalidParameterError
        For no values, NaN, infinite or complex ones, a matrix that is not symmetric, and weights
        that are not positive or do not sum to 1.
    BudgetExceededError
        For more than 100,000 values.

    Examples
    --------
    >>> from freeprob import Empirical, sample_covariance
    >>> law = Empirical([1.5, 2, 2, 4.25])
    >>> law.atoms()
    {3/2: 1/4, 2: 1/2, 17/4: 1/4}
    >>> round(sample_covariance([i / 100 for i in range(1, 101)], "1/2").density(0.1), 7)
    1.7048542
    """

    def __new__(cls, values: Any, weights: Any = None) -> Empirical:
        """Read the values exactly; equal ones are put together."""
        if isinstance(values, Poles):
            return super().__new__(cls, values)
        places = _places(values)
        masses = _masses(weights, len(places))
        return super().__new__(cls, _gathered(zip(places, masses, strict=True)))

    @property
    def _poles(self) -> Poles:
        """The values with their masses."""
        return self.args[0]

    @property
    def weights(self) -> dict[sp.Expr, sp.Expr]:
        """Values and their masses, in increasing order."""
        return dict(self._poles.atoms_by_place)

    def _sympystr(self, printer: Any) -> str:
        low, high = (float(to_rational(self._poles.places[i])) for i in (0, -1))
        return f"Empirical({len(self._poles)} values from {low:.6g} to {high:.6g})"

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\hat\mu_{{{len(self._poles)}}}"

    def _system(self) -> System:
        return from_poles(self._poles)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import AtomicQuantile, Deterministic

        places, masses = zip(*self.weights.items(), strict=True)
        return Deterministic(AtomicQuantile(tuple(map(float, places)), tuple(map(float, masses))))

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        changed = [(change(place), mass) for place, mass in self.weights.items()]
        if not all(place.is_Rational for place, _ in changed):
            return None
        return Empirical(_gathered((to_fmpq(place), to_fmpq(mass)) for place, mass in changed))

    def _on_half_line(self) -> bool:
        return bool(self._poles.places[0] >= 0)


def _gathered(pairs: Iterable[tuple[fmpq, fmpq]]) -> Poles:
    """Places in increasing order, equal ones put together."""
    # by order: the hash of a rational number takes far longer than a comparison
    places: list[fmpq] = []
    masses: list[fmpq] = []
    for place, mass in sorted(pairs, key=itemgetter(0)):
        if places and place == places[-1]:
            masses[-1] += mass
        else:
            places.append(place)
            masses.append(mass)
    return Poles(tuple(places), tuple(masses))


def _decimal(written: str) -> fmpq:
    """The number that a float prints."""
    mantissa, _, exponent = written.partition("e")
    whole, _, digits = mantissa.partition(".")
    power = int(exponent or 0) - len(digits)
    number = int(whole + digits)
    return fmpq(number * 10**power) if power >= 0 else fmpq(number, 10**-power)


def _places(values: Any) -> list[fmpq]:
    """Values, or eigenvalues of a matrix, as the rational numbers they are."""
    import numpy as np

    if np.ma.is_masked(values):
        raise InvalidParameterError("some values are masked: give values.compressed()")
    if isinstance(values, sp.Expr) and not isinstance(values, sp.MatrixExpr):
        raise InvalidParameterError(f"values must be a list, got {values!s:.80}")
    if isinstance(values, sp.MatrixBase):
        values = np.array(values.tolist(), dtype=object)
    shape = getattr(values, "shape", None) or np.shape(_listed(values))
    if not all(isinstance(size, Integral) for size in shape):
        raise InvalidParameterError(f"values must be numbers, got a matrix of size {shape}")
    if len(shape) == 1 and shape[0] > _MOST:
        raise BudgetExceededError(
            f"{shape[0]} values are too many to keep one by one: give at most {_MOST}, such as "
            "np.quantile(values, (np.arange(10**4) + 0.5)/10**4), or bin them and give weights"
        )
    if 0 in shape:
        raise InvalidParameterError("a law needs at least one value, got none")
    if len(shape) > 2:
        raise InvalidParameterError(
            f"values must be a list or a symmetric matrix, got an array of shape {tuple(shape)}"
        )
    if len(shape) == 2:
        values = _eigenvalues(values, shape)
    array = _without_zero_parts(getattr(values, "to_numpy", lambda: values)())
    if isinstance(array, np.ndarray) and array.dtype.kind in "iuf" and array.ndim == 1:
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise InvalidParameterError("values must be finite real numbers, got NaN or infinity")
        entries = [_decimal(str(entry)) for entry in array]
    else:
        entries = [_fraction(entry, "a value") for entry in many(array, "values")]
    return entries


def _without_zero_parts(array: Any) -> Any:
    """Real numbers that are written as complex ones, as eigenvalue routines give them."""
    import numpy as np

    complexes = isinstance(array, np.ndarray) and array.dtype.kind == "c"
    if not complexes and not any(isinstance(entry, complex) for entry in _flat(array)):
        return array
    found = np.asarray(array)
    if found.dtype.kind != "c" or np.any(np.imag(found) != 0):
        raise InvalidParameterError("values must be real numbers, got complex ones")
    return np.real(found)


def _flat(array: Any) -> Any:
    """The entries of a list."""
    return array if isinstance(array, list | tuple) else ()


def _listed(values: Any) -> Any:
    """Something whose shape NumPy tells."""
    import numpy as np

    try:
        listed = np.asarray(values, dtype=object)
        ragged = any(isinstance(entry, list | tuple) for entry in listed.flat)
    except ValueError:
        ragged, listed = True, None
    if ragged:
        raise InvalidParameterError(
            "values must be a list of numbers or a square matrix, got rows of different lengths"
        )
    return listed


def _fraction(value: Any, name: str) -> fmpq:
    """One number exactly."""
    number = exact(value, name)
    if not number.is_Rational:
        raise InvalidParameterError(
            f"{name} must be a rational number or a float, got {number}: symbols and irrational "
            "numbers are places of Atomic laws"
        )
    return to_fmpq(number)


def _eigenvalues(values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Eigenvalues of a real symmetric matrix."""
    import numpy as np

    raw = np.asarray(values)
    if raw.dtype.kind == "c" and np.any(np.imag(raw) != 0):
        raise InvalidParameterError("the matrix must be real symmetric, got complex entries")
    try:
        matrix = np.array(np.real(raw) if raw.dtype.kind == "c" else raw, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidParameterError("the entries of the matrix must be real numbers") from error
    if not np.isfinite(matrix).all():
        raise InvalidParameterError("the entries of the matrix must be finite")
    square = shape[0] == shape[1] and shape[0] > 0
    scale = np.abs(matrix).max(initial=0.0)
    if not square or np.abs(matrix - matrix.T).max() > _SYMMETRIC * scale:
        raise InvalidParameterError(
            f"a matrix of size {shape[0]} x {shape[1]} that is not symmetric has no law of real "
            "eigenvalues here: give a symmetric matrix such as X @ X.T / n, or a flat list of "
            "values"
        )
    found = np.linalg.eigvalsh((matrix + matrix.T) / 2)
    # eigvalsh is backward stable: its errors are below the size times the norm's rounding
    rounding = len(found) * np.finfo(float).eps * np.abs(found).max(initial=0.0)
    return np.where(np.abs(found) <= rounding, 0.0, found)


def _masses(weights: Any, count: int) -> list[fmpq]:
    """Masses exactly."""
    if weights is None:
        return [fmpq(1, count)] * count
    array = getattr(weights, "to_numpy", lambda: weights)()
    masses = [_fraction(entry, "a weight") for entry in many(array, "weights")]
    if len(masses) != count:
        raise InvalidParameterError(f"{count} values need {count} weights, got {len(masses)}")
    if min(masses) <= 0:
        raise InvalidParameterError(f"weights must be positive, got {float(min(masses)):.6g}")
    total = sum(masses, fmpq(0))
    if abs(total - 1) > _ROUNDING:
        raise InvalidParameterError(
            f"weights must sum to 1, they sum to {float(total):.12g}: divide them by their sum"
        )
    return [mass / total for mass in masses]
