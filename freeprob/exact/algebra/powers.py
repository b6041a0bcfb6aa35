"""Powers of exact numbers: written out where they have a moderate number of digits."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from freeprob.errors import BudgetExceededError

_MOST_BITS = 10**6  # of a number: 300,000 digits; FLINT and Python would fill the memory instead
_HIGH = 32  # exponent from which a power of a number of moderate size may be beyond float64


def longest_number(expression: sp.Expr) -> int:
    """Bits of the longest numerator or denominator in an expression."""
    numbers = expression.atoms(sp.Rational)
    return max((max(abs(int(n.p)), int(n.q)).bit_length() for n in numbers), default=1)


def require_written(bits: int, exponent: int) -> None:
    """Refuse a power of a number to which each factor adds that many bits, if it is too long."""
    if bits * abs(exponent) > _MOST_BITS:
        raise BudgetExceededError(
            f"a power with exponent {exponent} has more than {_MOST_BITS} bits and is not written "
            "out: take a smaller exponent, or a law of mean 1, whose moments stay moderate"
        )


def written_power(base: sp.Expr, exponent: sp.Expr) -> sp.Expr:
    """A power that SymPy multiplies out where base and exponent are numbers.

    Raises
    ------
    BudgetExceededError
        If it has too many digits.
    """
    if exponent.is_Rational and base.is_number:
        require_written(longest_number(base) - 1, int(exponent))
    return base**exponent


class SharedPower(NamedTuple):
    """The product base^exponent · rest."""

    base: sp.Expr
    exponent: int
    rest: sp.Expr


def shared_power(product: sp.Mul) -> SharedPower | None:
    """Several high powers of a product as one of their product: of its factors each may overflow.

    None where there are less than two.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> shared_power(3 * x**50 / y**49)
    SharedPower(base=x/y, exponent=49, rest=3*x)
    """
    high = [f for f in product.args if f.is_Pow and f.exp.is_Integer and abs(f.exp) >= _HIGH]
    if len(high) < 2:
        return None
    shared = min(abs(int(power.exp)) for power in high)
    signed = [(power, int(sp.sign(power.exp))) for power in high]
    rest = [factor for factor in product.args if factor not in high]
    rest += [power.base ** (power.exp - sign * shared) for power, sign in signed]
    base = sp.Mul(*(power.base**sign for power, sign in signed))
    return SharedPower(base, shared, sp.Mul(*rest))
