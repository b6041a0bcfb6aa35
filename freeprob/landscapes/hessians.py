r"""Hessians of a square loss at critical points, by the energy: Pennington and Bahri 2017.

L = (1/2m) Σ e², parameters over data φ = n/m, energy ε = ½⟨e²⟩. The Hessian is H₀ + H₁ with
H₀ = JJᵀ/m, a Wishart matrix, and H₁ = (1/m) Σ e ∂²ŷ, taken to be free: an assumption of the paper.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, NamedTuple

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.system import System
from freeprob.geometry.phases.edge_crossings import Crossing, edge_crossing
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.laws.base import Law
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.free_product import boxtimes
from freeprob.laws.operations.free_sum import boxplus
from freeprob.laws.operations.square import symmetrize
from freeprob.numeric.precision import context, rounded, to_mpf
from freeprob.parameters import Number, digits, exact, one_of, require

HessianModel = Literal["wigner", "relu"]

_EXPONENT = sp.Rational(3, 2)
_GUARD = 10  # digits that a small index may lose next to an atom


class IndexExponent(NamedTuple):
    """α ≈ amplitude ((ε - ε_c)/ε_c)^exponent just above ε_c."""

    exponent: sp.Rational
    amplitude: Any


def hessian_law(energy: Number, phi: Number, model: HessianModel = "wigner") -> Law:
    """The limit law of the Hessian at critical points of an energy.

    - ``"wigner"``: H₁ is a Wigner matrix of variance 2ε, so the law is MP(φ) ⊞ SC(2ε) with
      R = 1/(1 - φw) + 2εw;
    - ``"relu"``: one hidden ReLU layer with n₀ = n₁ = n₂ = n and φ = 2n/m. H₁ has two blocks H₁₂
      and H₁₂ᵀ off its diagonal, and H₁₂H₁₂ᵀ is a product of two Wishart matrices, of the law
      (εφ/2) MP(1) ⊠ MP(φ); its symmetric square root has R = εφw/(2 - εφ²w²).

    Parameters
    ----------
    energy
        ε ≥ 0.
    phi
        Parameters over data, φ > 0.
    model
        ``"wigner"`` or ``"relu"``.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        For ε < 0, φ ≤ 0, or another model.

    Notes
    -----
    Source: Pennington-Bahri 2017, where H₀ and H₁ are assumed free. The printed text was not
    compared: the paper's ε_c for ``"relu"`` is recalled with a factor σ² more.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.landscapes import hessian_law
    >>> e, f = sp.symbols("epsilon phi", positive=True)
    >>> G, z = sp.symbols("G z")
    >>> hessian_law(e, f).equation(G, z)
    Eq(2*G**3*epsilon*phi - G**2*(2*epsilon + phi*z) + G*(phi + z - 1) - 1, 0)
    """
    energy, phi = exact(energy, "energy"), exact(phi, "phi")
    require(sp.Ge(energy, 0), f"the energy must not be negative, got {energy}")
    require(sp.Gt(phi, 0), f"phi must be positive, got {phi}")
    one_of(model, "the model", ("wigner", "relu"))
    wishart = MarchenkoPastur(phi)
    if energy.is_zero:
        return wishart
    if model == "wigner":
        return boxplus(wishart, Semicircle(2 * energy))
    singular_values = boxtimes(MarchenkoPastur(1), wishart).dilate(energy * phi / 2)
    return boxplus(wishart, symmetrize(singular_values))


def critical_energy(phi: Number, model: HessianModel = "wigner") -> sp.Expr:
    """The energy ε_c below which no eigenvalue is negative; 0 for φ ≥ 1.

    Where the lower edge of :func:`hessian_law` reaches 0: the root of ``edge_condition(0)`` that
    holds that edge.

    Parameters
    ----------
    phi
        Parameters over data: a number, or a symbol for a formula.
    model
        As in :func:`hessian_law`.

    Returns
    -------
    sympy.Expr

    Raises
    ------
    InvalidParameterError
        As :func:`hessian_law`.

    Notes
    -----
    Source: Pennington-Bahri 2017, whose printed formulas were not compared. Derived here.

    Examples
    --------
    >>> from freeprob.landscapes import critical_energy
    >>> critical_energy("1/2")
    -11/16 + 5*sqrt(5)/16
    """
    phi = exact(phi, "phi")
    hessian_law(1, phi, model)
    if sp.Ge(phi, 1) == sp.true:
        return sp.S.Zero
    formula = _at(_crossing(model).value, phi)
    return formula if sp.Lt(phi, 1) == sp.true else sp.Piecewise((formula, phi < 1), (0, True))


def index(
    energy: Number, phi: Number, model: HessianModel = "wigner", dps: int | None = None
) -> Any:
    """The fraction α of negative eigenvalues of the Hessian: the mass of its law below 0.

    For ``"relu"`` and φ ≥ 2 it is 1/2φ at any energy above 0, by Sylvester's law of inertia.

    Parameters
    ----------
    energy, phi, model
        As in :func:`hessian_law`, numbers.
    dps
        Digits; by default a float.

    Returns
    -------
    sympy.Expr or float, or mpf with ``dps``

    Raises
    ------
    InvalidParameterError
        As :func:`hessian_law`, and for symbols.

    Examples
    --------
    >>> from freeprob.landscapes import index
    >>> print(index("1/2", "1/2", dps=15))
    0.248947838334444
    """
    law = hessian_law(energy, phi, model)
    if law.parameters:
        raise InvalidParameterError(
            f"the index is a number: give values to {', '.join(map(str, law.parameters))}"
        )
    if sp.Le(exact(energy, "energy"), critical_energy(phi, model)) == sp.true:
        return 0.0 if dps is None else rounded(constant_ball(sp.S.Zero), digits(dps))
    size = exact(phi, "phi")
    if model == "relu" and size >= 2:
        # H₀ and H₁, of ranks 1/φ, share no directions: by Sylvester's law of inertia the negative
        # eigenvalues are as many as those of H₁, whose spectrum is symmetric
        share = 1 / (2 * size)
        return float(share) if dps is None else rounded(constant_ball(share), digits(dps))
    # an atom at 0 is no negative eigenvalue
    at_zero = law.atoms().get(sp.S.Zero, sp.S.Zero)
    if dps is None:
        return law.cdf(0) - float(at_zero)
    if at_zero == 0:
        return law.cdf(0, dps=dps)
    private = context(dps + _GUARD)
    whole = private.mpf(law.cdf(0, dps=dps + _GUARD))
    return to_mpf(whole - private.mpf(int(at_zero.p)) / int(at_zero.q), dps)


def index_exponent(
    phi: Number, model: HessianModel = "wigner", dps: int | None = None
) -> IndexExponent:
    """The exponent 3/2 and the amplitude α₀ with which negative eigenvalues appear above ε_c.

    α ≈ α₀ ((ε - ε_c)/ε_c)^(3/2). At ε_c the density begins at 0 as C x^(1/2), and the edge moves
    with velocity v = de/dε < 0, so α₀ = ⅔ C (|v| ε_c)^(3/2).

    Parameters
    ----------
    phi
        Parameters over data, below 1: a number, or a symbol for a formula.
    model
        As in :func:`hessian_law`.
    dps
        Digits of α₀ for a number φ; by default it is exact.

    Returns
    -------
    IndexExponent

    Raises
    ------
    InvalidParameterError
        As :func:`hessian_law`; for φ ≥ 1, where negative eigenvalues are there at any energy; for
        digits of a formula.

    Notes
    -----
    The exponent is that of Pennington-Bahri 2017; the amplitude is derived here.

    Examples
    --------
    >>> from freeprob.landscapes import index_exponent
    >>> exponent, amplitude = index_exponent("1/2", dps=20)
    >>> print(exponent, amplitude)
    3/2 0.033500666418986729595
    """
    phi = exact(phi, "phi")
    hessian_law(1, phi, model)
    require(
        sp.Lt(phi, 1),
        f"for phi = {phi} ≥ 1 some eigenvalues are negative at any energy above 0: there is no "
        "critical energy",
    )
    crossing = _crossing(model)
    value, constant, velocity = (
        _at(part, phi) for part in (crossing.value, crossing.constant, crossing.velocity)
    )
    amplitude = sp.Rational(2, 3) * constant * (-velocity * value) ** _EXPONENT
    if dps is None:
        return IndexExponent(_EXPONENT, amplitude)
    require(amplitude.is_number, f"digits of the amplitude need a number for phi, not {phi}")
    return IndexExponent(_EXPONENT, rounded(constant_ball(amplitude), digits(dps)))


_ENERGY, _PHI = sp.Symbol("epsilon", positive=True), sp.Symbol("phi", positive=True)


@lru_cache(maxsize=2)
def _crossing(model: HessianModel) -> Crossing:
    """Where the lower edge reaches 0, for φ < 1."""
    law = hessian_law(_ENERGY, _PHI, model)

    def below_one(values: dict[sp.Symbol, sp.Rational]) -> System | None:
        return law._system_at(values) if values[_PHI] < 1 else None

    return edge_crossing(law.system, below_one, sp.S.Zero, _ENERGY)


def _at(formula: sp.Expr, phi: sp.Expr) -> sp.Expr:
    """A formula at a value of φ."""
    value = formula.xreplace({_PHI: phi})
    # SymPy looks for powers among integers by floats
    short = not phi.is_Rational or max(abs(phi.p), phi.q) < 10**300
    plain = phi.is_number and short and not value.has(sp.Abs)
    return sp.radsimp(sp.expand(value)) if plain else value
