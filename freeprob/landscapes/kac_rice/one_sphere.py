"""Gaussian fields on one sphere: closed forms, and exact numbers at finite N."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.kac_rice import arguments, asymptotics, counts, rates
from freeprob.landscapes.kac_rice.euler_characteristic import mean_euler_characteristic
from freeprob.landscapes.kac_rice.gaussian_field import Field
from freeprob.landscapes.kac_rice.rates import OneSphere
from freeprob.parameters import digits


class OneSphereField(Field):
    """Fields on one sphere: closed forms, and exact numbers at finite N."""

    @cached_property
    def _sphere(self) -> OneSphere:
        found = self.covariances
        found.require_numbers()
        return OneSphere(found.scalars[0, 0], found.gradients[0], found.curvatures[0, 0])

    def complexity(self, u: Any = sp.oo, index: int | None = None, dps: int | None = None) -> Any:
        """Exponential rate of the mean number of critical points with energy at most u.

        Θ(u) = lim (1/N) log E #{f ≤ √N u}, and Θ_k(u) for those of index k:

        Θ(u) = sup over l ≤ u and r of ½ - ½ log c - l²/2s - (r - c l/s)²/2α² + U(r) - k I(r), the
        supremum over r ≤ -2√v for a fixed index. c = K'(1), v = K''(1), s = K(1),
        α² = c + v - c²/s; U is the log-potential of Semicircle(v), I the rate of its extreme
        eigenvalues. Both are constant above the energy where they are largest.

        Parameters
        ----------
        u
            Energies, an array or a number; ∞ for the total.
        index
            Number of negative eigenvalues of the Hessian, or None for any.
        dps
            Digits, or float64.

        Raises
        ------
        InvalidParameterError
            For u = -∞, where the rate is -∞, or an index below 0.

        Notes
        -----
        Source: Auffinger, Ben Arous and Černý 2013; Auffinger-Ben Arous 2013, for mixtures, whose
        printed theorems were not compared: the formula is derived here.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> print(PSpin(3).complexity(-1, dps=20))
        0.22157359027997265471
        """
        k, places = arguments.index(index), digits(dps)
        if places is None:
            values = rates.complexity(self._sphere, arguments.energies(u), k)
            return float(values) if np.ndim(values) == 0 else values
        sphere = self._sphere
        return _each(lambda at: rates.complexity_digits(sphere, at, k, places), u, object)

    def threshold(self, dps: int | None = None) -> Any:
        """E_∞: at u = -E_∞ the Hessian's bulk reaches 0; minima lie below but for e^(-cN²).

        E_∞ = (v - c + c²/s) s/(c √v), 2 √((p - 1)/p) for a pure field. Exact; ``dps`` digits.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> PSpin(4).threshold()
        sqrt(3)
        """
        value, places = self._sphere.threshold, digits(dps)
        if places is None:
            return value
        return rates.secured(lambda d: rates.in_context(value, rates.context(d)), places)

    def ground_level(self, k: int = 0, dps: int | None = None) -> Any:
        """E_k: below -E_k critical points of index k are exponentially rare in the mean.

        Θ_k(-E_k) = 0. For pure fields -E_0 is the limit of min f/√N (Subag 2017); for mixtures
        it is a lower bound.

        Raises
        ------
        InvalidParameterError
            For an index below 0, or one whose critical points are rare at every energy.

        Notes
        -----
        Source: Auffinger, Ben Arous and Černý 2013.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> print(PSpin(3).ground_level(0, dps=15))
        1.65699836352747
        """
        places = digits(dps)
        order = arguments.index(k)
        if order is None:
            raise InvalidParameterError("the ground level of an index k needs a whole number k ≥ 0")
        value = rates.ground_level(self._sphere, order, places or 17)
        return float(value) if places is None else value

    def mean_critical_points(
        self, N: int, u: Any = sp.oo, index: int | None = None, dps: int | None = None
    ) -> Any:
        """Mean number of critical points in dimension N with f ≤ √N u, exactly.

        2√2 √(c/(c + v)) (v/c)^(N/2) Σ_k E w(λ_k), λ_k the k-th smallest eigenvalue of a GOE of N
        dimensions with entries of variance v and w(r) = exp(r²/4v - r²/2(c + v)) P(f ≤ √N u | r),
        r of variance c + v and covariance c with f: one quadrature.

        Parameters
        ----------
        N
            Dimension of the space around the sphere, at least 2.
        u
            Energies, an array or a number; ∞ for the total.
        index
            Number of negative eigenvalues of the Hessian, or None for any.
        dps
            Digits, or float64.

        Raises
        ------
        InvalidParameterError
            For N < 2, an index below 0, or an energy that is no number.
        ConvergenceError
            Beyond float64's range: ask for digits.
        BudgetExceededError
            For a fixed index in more than 64 dimensions.

        Notes
        -----
        Digits are controlled, not proved: nodes are doubled until they agree.
        Source: Auffinger, Ben Arous and Černý 2013, theorem 2.1 (pure fields).

        Examples
        --------
        2 + 16 √14/7 for three spins in three dimensions.

        >>> from freeprob.landscapes import PSpin
        >>> print(PSpin(3).mean_critical_points(3, dps=20))
        10.55235974119758031
        """
        n, k, places = arguments.size(N), arguments.index(index), digits(dps)
        sphere = self._sphere
        return _each(
            lambda at: counts.mean_count(sphere, n, at, k, places), u, _kind_of_numbers(places)
        )

    def mean_euler_characteristic(self, N: int, u: Any = sp.oo, dps: int | None = None) -> Any:
        """Mean Euler characteristic of the set {f ≤ √N u}: Σ (-1)^k E Crt_k(u), exactly.

        In closed form, by the means of determinants, which are Hermite polynomials: of the field
        only K(1)/K'(1) matters. 1 + (-1)^(N-1) in all. Far below -E_∞ nearly all critical points
        are minima, and it is their mean number.

        Parameters
        ----------
        N
            Dimension of the space around the sphere, at least 2.
        u
            Energies, an array or a number; ∞ for the sphere.
        dps
            Digits, or float64.

        Raises
        ------
        InvalidParameterError
            For N < 2 or an energy that is no number.
        ConvergenceError
            Beyond float64's range: ask for digits by ``dps``.

        Notes
        -----
        Source: Adler-Taylor 2007, the Gaussian kinematic formula. Derived here from the Kac-Rice
        formula.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> print(PSpin(3).mean_euler_characteristic(4, "-1.1", dps=15))
        1.11816167274205
        """
        n, places, sphere = arguments.size(N), digits(dps), self._sphere
        return _each(
            lambda at: mean_euler_characteristic(sphere, n, at, places), u, _kind_of_numbers(places)
        )

    def asymptotics(self, N: int, u: Any = sp.oo, dps: int | None = None) -> Any:
        """Leading order of the mean number of critical points as N grows, constants included.

        Three regimes, for v > c: below -E_∞ a constant times N^(-1/2) exp(N Θ(u)); between -E_∞ and
        0 a constant times exp(N Θ(u)); above 0 a constant times √N (v/c)^(N/2), half of it at 0.
        For a pure field 4√2 (π(p - 2))^(-1/2) √N (p - 1)^(N/2) in all.

        Parameters
        ----------
        N
            Dimension, at least 2: the error is of relative order 1/N.
        u
            Energies, an array or a number; ∞ for the total.
        dps
            Digits, or float64.

        Raises
        ------
        InvalidParameterError
            For N < 2 and energies that are no numbers, or -∞.
        NoClosedFormError
            At u = -E_∞, and from the most frequent energy on where v ≤ c, as for p = 2.
        ConvergenceError
            Beyond float64's range: ask for digits.

        Notes
        -----
        Source: Auffinger, Ben Arous and Černý 2013 (pure fields, whose printed constants were not
        compared). Derived here from the exact counts.

        Examples
        --------
        >>> from freeprob.landscapes import PSpin
        >>> exact = PSpin(3).mean_critical_points(40)
        >>> print(f"{exact / PSpin(3).asymptotics(40):.3f}")
        0.974
        """
        n, places, sphere = arguments.size(N), digits(dps), self._sphere
        return _each(
            lambda at: asymptotics.leading_order(sphere, n, at, places), u, _kind_of_numbers(places)
        )

    def _typical_radial(self, u: Any) -> list[sp.Expr]:
        level = arguments.energy(u)
        if level is sp.oo:
            raise InvalidParameterError("the Hessian needs a finite energy")
        # counts are even in f, and so is the Hessian up to its sign
        sign = 1 if level > 0 else -1
        radial, _ = self._sphere.radial(-abs(level), None, rates.EXACT)
        return [sp.simplify(-sign * radial)]


def _kind_of_numbers(dps: int | None) -> type:
    return float if dps is None else object


def _each(at: Callable[[sp.Expr], Any], u: Any, kind: type) -> Any:
    """What is asked at one energy, or at every energy of an array."""
    given = arguments.table(u)
    if given.ndim == 0:
        return at(arguments.energy(u))
    found = [at(arguments.energy(value)) for value in given.flat]
    return np.array([*found, None], dtype=kind)[:-1].reshape(given.shape)
