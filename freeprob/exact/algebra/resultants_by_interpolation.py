"""Resultants of dense polynomials in few variables, by evaluation and interpolation.

With no parameters left, a resultant in one variable is a dense polynomial in the two others. Its
values at small integers are resultants of univariate integer polynomials, which FLINT takes fast,
and it is recovered from them by forward differences. A remainder sequence with polynomial
coefficients is ten times slower at large degrees.
"""

from __future__ import annotations

from itertools import pairwise

from flint import fmpq, fmpq_poly, fmpz, fmpz_poly

from freeprob.exact.algebra.door import Polynomial


def interpolated(values: list[fmpq], first: int) -> fmpq_poly:
    """The polynomial with these values at first, first + 1, …, by forward differences."""
    differences, row = [], list(values)
    while row:
        differences.append(row[0])
        row = [after - before for before, after in pairwise(row)]
    total = fmpq_poly([0])
    # Newton's form Σ Δᵏ binom(x - first, k), nested from the inside
    for k in range(len(differences) - 1, -1, -1):
        total = total * fmpq_poly([fmpq(-(first + k), k + 1), fmpq(1, k + 1)]) + differences[k]
    return total


def formal_resultant(one: fmpz_poly, other: fmpz_poly, m: int, n: int) -> fmpz:
    """Resultant of polynomials of formal degrees m and n, whose leading terms may vanish."""
    lost, lost_too = m - one.degree(), n - other.degree()
    if lost and lost_too:
        return fmpz(0)
    value = one.resultant(other)
    if lost:
        return value * ((-1) ** n * other.leading_coefficient()) ** lost
    return value * one.leading_coefficient() ** lost_too


def dense_resultant(
    one: Polynomial, other: Polynomial, index: int, rest: tuple[int, int]
) -> Polynomial:
    """Resultant in the variable ``index`` of polynomials in it and the two ``rest`` variables."""
    first, second = rest
    m, n = (int(part.degrees()[index]) for part in (one, other))
    tops = [int(n * one.degrees()[i] + m * other.degrees()[i]) for i in rest]
    starts = [-(top // 2) for top in tops]
    rows = [_table(part, index, first, second) for part in (one, other)]
    lines = []
    for x in range(starts[0], starts[0] + tops[0] + 1):
        sliced = [[_at(column, x) for column in table] for table in rows]
        values = []
        for y in range(starts[1], starts[1] + tops[1] + 1):
            left, right = (fmpz_poly([entry(y) for entry in part]) for part in sliced)
            values.append(fmpq(formal_resultant(left, right, m, n)))
        lines.append(interpolated(values, starts[1]).coeffs())
    terms: dict[tuple[int, ...], fmpz] = {}
    for power in range(tops[1] + 1):
        column = [line[power] if power < len(line) else fmpq(0) for line in lines]
        for exponent, value in enumerate(interpolated(column, starts[0]).coeffs()):
            if value != 0:
                key = [0] * len(one.degrees())
                key[first], key[second] = exponent, power
                terms[tuple(key)] = value.numer()
    return one.context().from_dict(terms)


def _table(polynomial: Polynomial, index: int, first: int, second: int) -> list[list[fmpz_poly]]:
    """Coefficients by the power of the main variable, then of ``second``, as polynomials."""
    size, height = int(polynomial.degrees()[index]) + 1, int(polynomial.degrees()[second]) + 1
    table: list[list[dict[int, fmpz]]] = [[{} for _ in range(height)] for _ in range(size)]
    for exponents, coefficient in polynomial.terms():
        table[exponents[index]][exponents[second]][exponents[first]] = coefficient
    return [
        [fmpz_poly([cell.get(k, 0) for k in range(max(cell, default=-1) + 1)]) for cell in row]
        for row in table
    ]


def _at(column: list[fmpz_poly], x: int) -> fmpz_poly:
    """The coefficient as a polynomial in the second variable, the first one being x."""
    return fmpz_poly([cell(x) for cell in column])
