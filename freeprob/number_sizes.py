"""How large, how small and how long numbers may be that exact work is done with."""

from __future__ import annotations

from freeprob.errors import InvalidParameterError

_MOST_DIGITS = 4_300  # Python writes no longer integers
# powers of ten: SymPy looks for divisors of what stands under a root, of which four times as many
# digits take a minute, and the precision of points far out grows with their order
_FARTHEST_ORDER = 1_000
DIGITS_PER_BIT = 0.30103  # the logarithm of 2


def require_few_digits(bits: int, name: str) -> None:
    """Refuse rationals that nothing can print."""
    if bits * DIGITS_PER_BIT > _MOST_DIGITS:
        raise InvalidParameterError(
            f"{name} must be a number of at most {_MOST_DIGITS} digits, so that "
            "equations with it can be written: choose other units"
        )


def require_size(order: float, name: str) -> None:
    """Refuse numbers, by their order of ten, with which nothing is computed in useful time."""
    if abs(order) > _FARTHEST_ORDER:
        raise InvalidParameterError(
            f"{name} must be 0 or of a size between 1e-{_FARTHEST_ORDER} and "
            f"1e{_FARTHEST_ORDER}: choose other units"
        )


def require_rational(numerator: int, denominator: int, name: str) -> None:
    """Refuse rationals that are too long, too large or too small."""
    above, below = numerator.bit_length(), denominator.bit_length()
    if numerator:
        require_size((above - below) * DIGITS_PER_BIT, name)
    require_few_digits(max(above, below), name)


def require_dyadic(mantissa: int, exponent: int, name: str) -> None:
    """The same for mantissa 2^exponent, before it is written out."""
    if mantissa:
        require_size((mantissa.bit_length() + exponent) * DIGITS_PER_BIT, name)
    require_few_digits(abs(exponent), name)
