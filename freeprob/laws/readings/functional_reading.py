"""Functionals of a law in numbers: its logarithmic potential, entropies and information."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from freeprob.laws.readings.described import Described
from freeprob.parameters import digits

if TYPE_CHECKING:
    import mpmath
    import numpy as np
    from numpy.typing import NDArray

    from freeprob.laws.readings.number_reading import Complex, Many, Real


class FunctionalReading(Described):
    """What a law answers in integrals against it."""

    @overload
    def log_potential(self, z: Complex, dps: None = None) -> float: ...
    @overload
    def log_potential(self, z: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def log_potential(self, z: Complex, dps: int) -> mpmath.mpf: ...
    @overload
    def log_potential(self, z: Many, dps: int) -> NDArray[np.object_]: ...
    def log_potential(self, z: Any, dps: int | None = None) -> Any:
        """Logarithmic potential U(z) = ∫ log|z - x| μ(dx), inside and outside the support.

        It is the limit of (1/N) log|det(z - X)| for matrices X with this limit law; its derivative
        along the real axis is Re G.

        Parameters
        ----------
        z
            A number or an array of numbers, real or complex.
        dps
            Digits. By default numbers are float64, right to about 1e-13.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array; -∞ at atoms.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or a point is no finite number.
        ConvergenceError
            If cuts and atoms do not carry mass 1 together, or the integral does not settle.

        Notes
        -----
        In float64 the density's piecewise polynomials are integrated with nodes that crowd at z.
        With ``dps`` the potential is an integral of G along the half line above z, in which
        dU(z + is)/ds = -Im G(z + is) and U(z + is) = log s + o(1).
        Source: Saff and Totik 1997, chapter I.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> law = boxplus(Semicircle(1), MarchenkoPastur("1/2"))
        >>> round(law.log_potential(6), 12)
        1.576542749864
        >>> print(Semicircle(1).log_potential(0, dps=30))
        -0.5
        """
        from freeprob.laws.readings import functionals_for_numbers

        return functionals_for_numbers.log_potential(self, z, digits(dps))

    @overload
    def shannon(self, gamma: Real, dps: None = None) -> float: ...
    @overload
    def shannon(self, gamma: Many, dps: None = None) -> NDArray[np.float64]: ...
    @overload
    def shannon(self, gamma: Real, dps: int) -> mpmath.mpf: ...
    @overload
    def shannon(self, gamma: Many, dps: int) -> NDArray[np.object_]: ...
    def shannon(self, gamma: Any, dps: int | None = None) -> Any:
        """Shannon transform V(γ) = ∫ log(1 + γx) μ(dx), in nats.

        It is the limit of (1/N) log det(1 + γX): for X = HHᵀ the capacity of a channel H at the
        signal-to-noise ratio γ, for each receiver.

        Parameters
        ----------
        gamma
            A real number or an array of them, 1 + γx ≥ 0 on the support.
        dps
            Digits. By default numbers are float64.

        Returns
        -------
        float, ndarray or mpf
            A number for a number, an array of the same shape for an array; -∞ where 1 + γx = 0
            at an atom.

        Raises
        ------
        InvalidParameterError
            If parameters are symbols or γ is no finite real number.
        UndefinedOperationError
            If 1 + γx < 0 somewhere on the support.
        ConvergenceError
            As by :meth:`log_potential`.

        Notes
        -----
        V(γ) = log|γ| + U(-1/γ). Source: Tulino and Verdú 2004, section 2.3.

        Examples
        --------
        >>> from freeprob import MarchenkoPastur
        >>> round(MarchenkoPastur(1).shannon(1), 12)
        0.580457638869
        """
        from freeprob.laws.readings import functionals_for_numbers

        return functionals_for_numbers.shannon(self, gamma, digits(dps))
