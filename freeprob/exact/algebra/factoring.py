"""The one way to factor a polynomial in several variables.

FLINT factors over ℤ and over ℚ alike, but python-flint sorts what it found over ℤ by C integers and
overflows on coefficients beyond 2³¹; over ℚ it compares them as numbers. So factors are found over
ℚ and brought back: up to a constant they are the primitive ones.
"""

from __future__ import annotations

from typing import NamedTuple

from flint import Ordering, fmpq, fmpq_mpoly_ctx, fmpz, fmpz_mpoly


class Factorization(NamedTuple):
    """content · ∏ factorᵖᵒʷᵉʳ, the factors primitive over ℤ, irreducible and distinct."""

    content: fmpz
    powers: list[tuple[fmpz_mpoly, int]]

    @property
    def factors(self) -> list[fmpz_mpoly]:
        """The irreducible factors, without their powers."""
        return [factor for factor, _ in self.powers]


def factorization(polynomial: fmpz_mpoly) -> Factorization:
    """Irreducible factors over ℚ, by power, then by FLINT's order of monomials."""
    context = polynomial.context()
    rational = fmpq_mpoly_ctx.get(context.names(), Ordering.lex)
    content, powers = rational.from_dict(polynomial.to_dict()).factor()
    content, found = fmpq(content), []
    for factor, power in powers:
        scale, primitive = _primitive(factor.to_dict())
        content *= scale**power
        found.append((context.from_dict(primitive), int(power)))
    return Factorization(content.p, found)


def _primitive(terms: dict[tuple[int, ...], fmpq]) -> tuple[fmpq, dict[tuple[int, ...], fmpz]]:
    """A positive scale and the coefficients over ℤ without common divisor."""
    below, above = fmpz(1), fmpz(0)
    for value in terms.values():
        below = below.lcm(value.q)
    whole = {exponents: (value * below).p for exponents, value in terms.items()}
    for value in whole.values():
        above = above.gcd(value)
        if above == 1:
            break
    return fmpq(above, below), {exponents: value // above for exponents, value in whole.items()}
