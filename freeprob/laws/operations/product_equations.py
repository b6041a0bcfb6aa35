"""The functional equations of a free product in Pastur's f, h, k."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.laws.base import Law
from freeprob.laws.given.symbolic_values import LawCauchy, LawIntegral
from freeprob.laws.named.compound_free_poisson import CompoundFreePoisson
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur


def product_equations(
    factors: Sequence[Law],
    product: Callable[..., Law],
    G: sp.Expr | None,
    z: sp.Expr,
    names: object,
) -> list[sp.Eq]:
    """Equations of f = -G, h and k for S ⊠ B: with S at ω = z/k, B at k - 1/h.

    From y_S(ω_S) = y_B(ω_B) = -hk and ω_S ω_B = z(1 + y)/y follows G_B(k - 1/h) = -h, that is
    k = R_B(-h); for a compound free Poisson law B it is an integral over the jumps.
    """
    f, h, k = _names(names)
    S, B = _split(factors, product)
    equations = [
        sp.Eq(h, LawIntegral.of(S, lambda x: x / (k * x - z)), evaluate=False),
        _coupling(B, h, k),
        sp.Eq(f, LawIntegral.of(S, lambda x: 1 / (k * x - z)), evaluate=False),
    ]
    return equations if G is None else [*equations, sp.Eq(G, -f, evaluate=False)]


def _names(names: object) -> tuple[sp.Symbol, sp.Symbol, sp.Symbol]:
    """Three symbols, in order or by the letters f, h, k."""
    if isinstance(names, Mapping) and set(names) == {"f", "h", "k"}:
        names = [names[letter] for letter in "fhk"]
    if (
        not isinstance(names, Sequence)
        or len(names) != 3
        or len(set(names)) != 3
        or not all(isinstance(name, sp.Symbol) for name in names)
    ):
        raise InvalidParameterError(
            f"names of a free product are three symbols (f, h, k), or {{'f': f, 'h': h, 'k': k}}, "
            f"got {names!r}"
        )
    f, h, k = names
    return f, h, k


def _split(factors: Sequence[Law], product: Callable[..., Law]) -> tuple[Law, Law]:
    """S, and B, which is the factor that random matrices bring where there is one."""

    def is_random(kind: type[Law]) -> Law | None:
        return next((factor for factor in factors if isinstance(factor, kind)), None)

    random = is_random(CompoundFreePoisson) or is_random(MarchenkoPastur)
    others = list(factors)
    others.remove(random or factors[-1])
    if isinstance(random, MarchenkoPastur) and random.args[0] == 1 and len(others) > 1:
        first, *jumps = others
        scaled = product(*jumps).dilate(random.args[1])
        return first, CompoundFreePoisson(1, scaled)
    return product(*others), random or factors[-1]


def _coupling(B: Law, h: sp.Symbol, k: sp.Symbol) -> sp.Eq:
    """K = R_B(-h), or G_B(k - 1/h) = -h where R has no closed form."""
    if isinstance(B, CompoundFreePoisson):
        rate, jumps = B.args
        integral = LawIntegral.of(jumps, lambda x: x / (1 + h * x))
        return sp.Eq(k, rate * integral, evaluate=False)
    if not any(not symbol.is_Symbol for symbol in B.free_symbols):
        try:
            return sp.Eq(k, B.R(-h), evaluate=False)
        except NoClosedFormError:
            pass  # the equation of G says the same
    return sp.Eq(LawCauchy(B, k - 1 / h), -h, evaluate=False)
