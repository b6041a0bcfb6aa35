"""Powers of exact numbers: written out where they have a moderate number of digits."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import sympy as sp

from freeprob.errors import BudgetExceededError

_MOST_BITS = 10**6  # of a number: 300,000 digits; FLINT and Python would fill the memory instead
_HIGH = 32  # exponent from which a power of a number of moderate size may be beyond float64
FLOAT_ORDERS = 500  # binary: half of float64's range, the other half is for powers of symbols


def longest_number(expression: sp.Expr) -> int:
    """Bits of the longest numerator or denominator in an expression."""
    numbers = expression.atoms(sp.Rational)
    return max((max(abs(int(n.p)), int(n.q)).bit_length() for n in numbers), default=1)


class Orders(NamedTuple):
    """Binary orders of a value, and the largest ones on the way to it."""

    value: int
    reach: int


@lru_cache(maxsize=4096)
def binary_orders(expression: sp.Expr) -> Orders:
    """How large numbers grow in floats, in an expression whose symbols are about 1.

    Factors of a product multiply up above its bar and below it, before one divides the other.
    """
    if expression.is_Rational:
        order = abs(int(expression.p)).bit_length() - int(expression.q).bit_length()
        return Orders(order, abs(order))
    if expression.is_Pow and expression.exp.is_Integer:
        base = binary_orders(expression.base)
        order = int(expression.exp) * base.value
        return Orders(order, max(base.reach, abs(order)))
    if not expression.args:
        return Orders(0, 0)
    shared = shared_power(expression) if expression.is_Mul else None
    if shared is not None:
        base, rest = binary_orders(shared.base), binary_orders(shared.rest)
        order = shared.exponent * base.value
        reach = max(base.reach, rest.reach, abs(order), abs(order + rest.value))
        return Orders(order + rest.value, reach)
    parts = [binary_orders(part) for part in expression.args]
    reach = max(part.reach for part in parts)
    if not expression.is_Mul:
        return Orders(max(part.value for part in parts) if expression.is_Add else 0, reach)
    below = [factor.is_Pow and factor.exp.is_negative for factor in expression.args]
    over = sum(part.value for part, under in zip(parts, below, strict=True) if not under)
    under = sum(part.value for part, under in zip(parts, below, strict=True) if under)
    return Orders(over + under, max(reach, abs(over), abs(under)))


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
    """High powers of a product as one of their product: of its factors each may overflow.

    None where there are none. A base of large numbers is divided by a power of 2.

    Examples
    --------
    >>> x, y = sp.symbols("x y")
    >>> shared_power(3 * x**50 / y**49)
    SharedPower(base=x/y, exponent=49, rest=3*x)
    """
    high = _high_powers(product)
    if not high:
        return None
    shared = min(abs(int(power.exp)) for power in high)
    signed = [(power, int(sp.sign(power.exp))) for power in high]
    rest = [factor for factor in product.args if factor not in high]
    rest += [power.base ** (power.exp - sign * shared) for power, sign in signed]
    base = sp.Mul(*(power.base**sign for power, sign in signed))
    order = binary_orders(base).value
    if abs(order) * shared <= FLOAT_ORDERS:
        return SharedPower(base, shared, sp.Mul(*rest))
    scale = sp.Integer(2) ** order
    return SharedPower(base / scale, shared, sp.Mul(scale**shared, *rest))


def _high_powers(product: sp.Mul) -> list[sp.Pow]:
    """Several powers of high exponents, or all if one is of numbers beyond half of the range."""
    powers = [f for f in product.args if f.is_Pow and f.exp.is_Integer and abs(f.exp) > 1]
    if any(binary_orders(power).reach > FLOAT_ORDERS for power in powers):
        return powers
    high = [power for power in powers if abs(power.exp) >= _HIGH]
    return high if len(high) > 1 else []
