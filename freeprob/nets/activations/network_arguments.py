"""Reading the variances, rates and sizes of a network, refused when out of range."""

from __future__ import annotations

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.activations import Activation
from freeprob.parameters import count, exact, many


def checked_activation(value: object) -> Activation:
    """An activation, not a bare expression or a function of arrays."""
    if not isinstance(value, Activation):
        raise InvalidParameterError(
            f"the activation must be an Activation, such as nets.relu, not {value!r}; "
            "make one with nets.Activation(expression, symbol)"
        )
    return value


def finite_mean_square(activation: Activation, q: object, derivative: int = 0) -> sp.Expr:
    """E f², or E f'², of √q Z, refused where it is infinite.

    Raises
    ------
    UndefinedOperationError
        If f, or f', is not square integrable.
    """
    value = activation.expect(q, power=2, derivative=derivative)
    if value.is_finite is not False:
        return value
    if derivative:
        raise UndefinedOperationError(
            f"E f'² of {activation} is infinite: it jumps or is too steep at a point; take a "
            "continuous activation whose slopes have a finite mean square"
        )
    raise UndefinedOperationError(
        f"E f² of {activation} is infinite, as it is too large near a point; take an activation "
        "that is bounded there"
    )


def digits(value: object) -> int:
    """A number of significant decimal digits."""
    return count(value, "dps", least=1, most=100_000)


def non_negative(value: object, name: str) -> sp.Expr:
    """An exact number or symbol that is not known to be negative."""
    read = exact(value, name)
    if read.is_negative:
        raise InvalidParameterError(f"{name} is a variance and cannot be negative: {value}")
    return read


def positive(value: object, name: str) -> sp.Expr:
    """An exact number or symbol that is not known to be zero or negative."""
    read = exact(value, name)
    if read.is_nonpositive:
        raise InvalidParameterError(f"{name} must be positive, not {value}")
    return read


def filter_profile(value: object) -> tuple[sp.Expr, ...]:
    """Shares of the variance by a filter's sites: its middle and as many on either side."""
    given = many(value, "filter_variances")
    profile = tuple(non_negative(share, "a filter variance") for share in given)
    if len(profile) % 2 == 0:
        raise InvalidParameterError(f"filter_variances need odd length, not {len(profile)}")
    return profile


def keep_rate(value: object) -> sp.Expr:
    """A dropout keep rate in (0, 1]."""
    read = positive(value, "keep_rate")
    if (read - 1).is_positive:
        raise InvalidParameterError(f"keep_rate is a probability in (0, 1], not {value}")
    return read
