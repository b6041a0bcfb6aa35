"""The contract of all laws, as one function."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.parameters import count, mapping, require
from freeprob.testing.agreement import same_exactly
from freeprob.testing.number_checks import (
    check_covariance,
    check_density,
    check_half_plane,
    check_quadratures,
    check_trivial_operations,
)
from freeprob.testing.tree_checks import (
    check_equation,
    check_exact_moments,
    check_inverses,
    check_latex,
    check_tree,
)


def check_law(
    law: Law, values: Mapping[sp.Symbol, object] | None = None, *, moments: int = 6
) -> None:
    """Check that a law keeps the contract of all laws, by routes that share little code.

    * The tree: ``law.func(*law.args) == law``, hash, pickle, LaTeX without internal symbols.
    * The equation: P(G(z), z) = 0 for G computed from the system, not from P.
    * Moments by three routes: from the free cumulants by their defining recursion; by P, which
      must hold to a higher order at z = ∞ than with a changed moment; by quadrature of density
      and atoms. A contour integral of G is a fourth.
    * G: -1/Im z ≤ Im G < 0 above the axis, zG → 1, floats that agree with 30 digits; the
      density is -Im G/π; cdf and quantile are inverse.
    * R and S, by closed form or equation, invert G; S of a mean-zero law is refused.
    * Scaling and shift move G as they must; ⊞ with a point shifts, the first ⊞-power changes
      nothing, ⊞ with vanishing noise tends to the law.

    A law that says it has no moments or no equation (``UndefinedOperationError``,
    ``NotAlgebraicError``) is not asked for them further.

    Parameters
    ----------
    law
        The law; it may have free symbols if ``values`` gives each a value.
    values
        Values of free symbols, for the numeric part.
    moments
        How many moments are compared.

    Returns
    -------
    None
        It raises where the contract is broken.

    Raises
    ------
    AssertionError
        With the law, what was compared, and both sides.
    InvalidParameterError
        If a free symbol has no value, or what is no symbol has one.

    Examples
    --------
    >>> import freeprob as fp, sympy as sp
    >>> c = sp.Symbol("c", positive=True)
    >>> fp.testing.check_law(fp.MarchenkoPastur(c), {c: 2})
    """
    the_law(law, "check_law")
    moments = count(moments, "moments", least=1)
    values = mapping(values, "values", "{c: '1/2'}")
    for symbol in values:
        known = isinstance(symbol, sp.Basic) and symbol.free_symbols == {symbol}
        require(known, f"values are those of symbols, and {symbol!r:.80} is none: give {{c: 2}}")
    number = law.subs(values) if values else law
    if number.parameters:
        names = ", ".join(map(str, number.parameters))
        raise InvalidParameterError(f"check_law needs values for {names}: check_law(law, {{...}})")
    for described in {law, number}:
        check_tree(described)
        check_latex(described)
    check_half_plane(number)
    check_density(number)
    check_equation(number)
    check_inverses(number)
    _check_moments(law, number, values, moments)
    check_covariance(number)
    check_trivial_operations(number)


def _check_moments(law: Law, number: Law, values: Mapping[sp.Symbol, object], count: int) -> None:
    """Exact and numeric routes to the moments, with and without symbols."""
    try:
        number.moments(1)
    except UndefinedOperationError:
        return
    exact = check_exact_moments(number, count)
    check_quadratures(number, exact)
    if law != number:
        for order, moment in enumerate(check_exact_moments(law, count)):
            same_exactly(law, f"moment {order + 1} at {values}", moment.subs(values), exact[order])
