"""What every Gaussian field on spheres answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.landscapes.kac_rice import critical_points
from freeprob.landscapes.kac_rice.covariances import Covariances
from freeprob.landscapes.kac_rice.critical_points import CriticalPoints
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.semicircle import Semicircle
from freeprob.laws.operations.free_sum import boxplus
from freeprob.laws.operations.mixture import mixture
from freeprob.parameters import exact, many


class Field(ABC):
    """What every Gaussian field on spheres answers, from its covariances at one point.

    f is centred, on unit spheres S^(N_i - 1) with N_i = κ_i N, of covariance K(x_i·y_i): energies
    are u = f/√N, which is H/N for a Hamiltonian H = √N f.
    """

    @cached_property
    @abstractmethod
    def covariances(self) -> Covariances:
        """Variances of the field, its gradient, Hessian and radial derivatives at one point."""

    def _repr_latex_(self) -> str:
        found = self.covariances
        told = []
        for k, kernel in enumerate(found.kernels, 1):
            f = "f" if len(found.kernels) == 1 else f"f_{k}"
            told.append(rf"\mathbb{{E}} {f}(x) {f}(y) = {sp.latex(kernel)}")
        for k, (overlap, share) in enumerate(found.weights, 1):
            i = "" if share == 1 else f"_{k}"
            told.append(rf"{sp.latex(overlap)} = x{i} \cdot y{i}")
            told += [] if share == 1 else [rf"N_{k} = {sp.latex(share)} N"]
        return r"$\displaystyle " + r", \quad ".join(told) + "$"

    @property
    def _levels(self) -> tuple[tuple[sp.Expr, ...], ...]:
        """What energies are, as rows on the values of the fields."""
        return ((sp.S.One,),)

    def simulate(self, N: int, rng: Any = 0) -> CriticalPoints:
        """One draw of the field in N dimensions and all its critical points.

        Newton's method on the spheres from random points, until three rounds of 200 bring nothing
        new and Σ (-1)^index is the Euler characteristic: a small basin may still be missed.

        Parameters
        ----------
        N
            Dimension of the space around all spheres; each must get a whole number of at least 2.
            Numbers of points grow exponentially: up to about 8 for three spins.
        rng
            Seed or ``numpy.random.Generator``.

        Returns
        -------
        CriticalPoints
            ``.points``, ``.energies`` (f/√N; two columns for two players), ``.indices``.

        Raises
        ------
        InvalidParameterError
            If N does not split into whole numbers of at least 2.
        BudgetExceededError
            If the field has more than 20,000 terms.
        ConvergenceError
            If points are still missing after 200 rounds.

        Notes
        -----
        Source of the expansion in monomials: E. Kostlan 1993.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> PSpin(2).simulate(4, rng=1).indices
        array([0, 0, 1, 1, 2, 2, 3, 3])
        """
        return critical_points.simulate(self.covariances, self._levels, N, rng)

    @abstractmethod
    def _typical_radial(self, u: Any) -> list[sp.Expr]:
        """The radial derivatives/√N at typical critical points of energies at most or at u."""

    def hessian_law(self, u: Any = None, radial: Any = None) -> Law:
        """Limit law of the Hessian/√N at critical points, by energy or by radial derivatives.

        Given the radial derivative √N r_i = x_i·∇f on each sphere, the Riemannian Hessian has
        independent Gaussian blocks of variances S_ij = ∂_i ∂_j K(1) and diagonals shifted by
        -√N r_i. If all S_ij off the diagonal are v ≤ S_ii, its limit law is
        Semicircle(v) ⊞ Σ κ_i Semicircle(κ_i (S_ii - v), -r_i).

        Parameters
        ----------
        u
            Energy, as in :meth:`complexity`. On one sphere: the energy of the critical points, the
            law is exact. On several: a bound, and radial derivatives are those of the typical
            critical points below it, rounded to float64.
        radial
            Instead of energies: a list of one r_i for each sphere, exact.

        Raises
        ------
        InvalidParameterError
            Unless one of the two is given, and for numbers that are none.
        NoClosedFormError
            If the blocks are of other variances: no free sum of laws then.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> PSpin(3).hessian_law(-2)
        Semicircle(6, 6)
        """
        if (u is None) == (radial is None):
            raise InvalidParameterError("give either an energy u or radial derivatives radial=[r]")
        if radial is None:
            radial = self._typical_radial(u)
        shifts = [exact(value, "a radial derivative") for value in many(radial, "radial")]
        fractions, variances = self.covariances.fractions, self.covariances.curvatures
        if len(shifts) != len(fractions):
            raise InvalidParameterError(
                f"there are {len(fractions)} spheres, one radial derivative for each is wanted, "
                f"got {len(shifts)}"
            )
        if len(shifts) == 1:
            return Semicircle(variances[0, 0], -shifts[0])
        blocks: dict[Law, sp.Expr] = {}
        common = _common(variances)
        for i, (fraction, shift) in enumerate(zip(fractions, shifts, strict=True)):
            own = fraction * (variances[i, i] - common)
            block = PointMass(-shift) if own.is_zero else Semicircle(own, -shift)
            blocks[block] = blocks.get(block, sp.S.Zero) + fraction
        return boxplus(Semicircle(common), mixture(blocks))


def _common(variances: sp.ImmutableMatrix) -> sp.Expr:
    """The variance of all blocks off the diagonal, at most those on it."""
    size = variances.rows
    off = {sp.simplify(variances[i, j]) for i in range(size) for j in range(i)}
    common = off.pop()
    lower = [variances[i, i] - common for i in range(size)]
    if off or common.is_zero or any(value.is_negative for value in lower):
        raise NoClosedFormError(
            f"the Hessian's blocks have variances {variances.tolist()}: only with equal ones off "
            "the diagonal, at most those on it, is the law a free sum; try fp.law of a BlockMatrix"
        )
    return common
