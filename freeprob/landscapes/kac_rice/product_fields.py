"""Gaussian fields on products of spheres: any polynomial kernel, and two playing spin glasses."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import sympy as sp

from freeprob.errors import InvalidParameterError, NoClosedFormError
from freeprob.landscapes.kac_rice import several_spheres
from freeprob.landscapes.kac_rice.arguments import energy
from freeprob.landscapes.kac_rice.covariances import Covariances
from freeprob.landscapes.kac_rice.one_sphere import OneSphereField
from freeprob.landscapes.kac_rice.rates import OneSphere
from freeprob.landscapes.kac_rice.supremum import Supremum
from freeprob.parameters import bound, count, exact, require


class _ProductField(OneSphereField):
    """A field on several spheres, or on one where all is known."""

    @cached_property
    def _sphere(self) -> OneSphere:
        if len(self.covariances.weights) > 1:
            raise NoClosedFormError(
                "E_∞, E_k, asymptotics and exact counts are known on one sphere only: ask for "
                ".complexity, or count critical points by .simulate"
            )
        return super()._sphere

    @cached_property
    def _supremum(self) -> Supremum:
        return Supremum(self.covariances, self._levels)


@final
@dataclass(frozen=True)
class GaussianField(_ProductField):
    """The Gaussian field of a polynomial kernel on a product of spheres.

    E f(x) f(y) = K(a), a_i = x_i·y_i on unit spheres S^(κ_i N - 1). Gradients, radial derivatives
    and Hessian are derived from K; energies are u = f/√N.

    Parameters
    ----------
    kernel
        A polynomial in the overlaps with coefficients ≥ 0 (Schoenberg) and no constant.
    spheres
        Overlap to fraction κ of the dimensions, {a: 1/2, c: 1/2}; or the only overlap.

    Raises
    ------
    InvalidParameterError
        If the kernel is no such polynomial, does not depend on an overlap or is linear in it alone,
        or fractions are not positive with sum 1.

    Notes
    -----
    On several spheres all indices are counted together, and neither E_∞, E_k nor exact counts at
    finite N are known: ``NoClosedFormError``. The supremum in ``complexity`` is then the best
    stationary point from 1 + 2^m starts on m spheres: controlled, not proved. That the determinant
    has the rate of its log-potential is a theorem of G. Ben Arous, P. Bourgade and B. McKenna
    (Probab. Math. Phys. 3, 2022), whose hypotheses were not compared.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.landscapes import GaussianField
    >>> a, c = sp.symbols("a c")
    >>> field = GaussianField(a**3 + (a + c)**6, {a: sp.Rational(1, 2), c: sp.Rational(1, 2)})
    >>> print(field.complexity(dps=15))
    0.802398135813426
    """

    kernel: sp.Expr
    spheres: Any

    def __post_init__(self) -> None:
        """Read kernel and spheres; keep them hashable."""
        found = Covariances.of([self.kernel], self._mapping())
        object.__setattr__(self, "kernel", found.kernels[0])
        object.__setattr__(self, "spheres", found.weights)

    def _mapping(self) -> Any:
        """The spheres, which are kept as pairs; what is none is for its reader to refuse."""
        kept = isinstance(self.spheres, tuple) and all(
            isinstance(pair, tuple) and len(pair) == 2 for pair in self.spheres
        )
        return dict(self.spheres) if kept else self.spheres

    @cached_property
    def covariances(self) -> Covariances:
        """Variances of the field, its gradient, Hessian and radial derivatives at one point."""
        return Covariances.of([self.kernel], self._mapping())

    def complexity(
        self,
        u: Any = sp.oo,
        index: int | None = None,
        dps: int | None = None,
        executor: Executor | None = None,
        progress: bool = False,
    ) -> Any:
        """Exponential rate of the mean number of critical points with energy at most u.

        On one sphere as :meth:`PSpin.complexity`. On several, with Σ the covariance of the value l
        and the radial derivatives r, S that of the Hessian's blocks and c the gradient's variances,

        Θ(u) = ½ - ½ Σ κ_i log(κ_i c_i) + sup over l ≤ u and r of U(-r) - ½ (l, r) Σ⁻¹ (l, r)ᵀ,

        U the log-potential at 0 of Gaussian blocks with diagonals shifted by -r.

        Parameters
        ----------
        u
            Energies, an array or a number; ∞ for the total.
        index
            Number of negative eigenvalues, on one sphere.
        dps
            Digits, or float64.
        executor, progress
            Over the energies, on several spheres.

        Raises
        ------
        InvalidParameterError
            For u = -∞, where the rate is -∞, and symbols in the kernel.
        NoClosedFormError
            For a fixed index on several spheres.
        ConvergenceError
            If the supremum or its digits do not settle.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob.landscapes import GaussianField
        >>> t = sp.Symbol("t")
        >>> print(GaussianField(4 * t**3, t).complexity(-2, dps=15))
        0.221573590279973
        """
        if len(self.spheres) == 1:
            return super().complexity(u, index, dps)
        several_spheres.refuse_index(index)
        return several_spheres.complexity(self._supremum, [u], dps, executor, progress)

    def _typical_radial(self, u: Any) -> list[Any]:
        if len(self.spheres) == 1:
            return super()._typical_radial(u)
        return several_spheres.typical_radial(self._supremum, [u])


@final
@dataclass(frozen=True)
class TwoPlayerSpinGlass(_ProductField):
    """Two spin glasses that play a game, a model of generative adversarial networks.

    w_D and w_G lie on unit spheres of κN and (1 - κ)N dimensions. With pure fields ℓ_D of p spins
    in w_D and ℓ_G of p + q spins in w = (w_D, w_G), the losses are L_D = ℓ_D - σ ℓ_G and
    L_G = σ ℓ_G. Critical points, ∇_D L_D = 0 = ∇_G L_G, are those of f = ℓ_D - σ ℓ_G, of kernel
    a^p + σ² (a + c)^(p+q), and the game's Hessian has the same |det| as that of f.

    Parameters
    ----------
    p, q
        Spins of the first and additional spins of the second field: p ≥ 2, q ≥ 1.
    sigma
        σ > 0.
    kappa
        κ, the first player's fraction of the dimensions, in (0, 1).

    Raises
    ------
    InvalidParameterError
        For p < 2, q < 1, σ ≤ 0 or κ outside (0, 1).

    Notes
    -----
    Model: N. P. Baskerville, J. P. Keating, F. Mezzadri and J. Najnudel, J. Stat. Phys. 186 (2022).
    Variances and complexity are derived here from the kernel; the constants printed there were not
    compared. In their ensemble b M + b₁ M₁ - x₁ on the first block, the law of the Hessian obeys
    a quartic whose last constant has a plus sign: their public code has a minus there, and takes
    the root of largest imaginary part, which makes up a piece of spectrum. The radial derivatives
    of ℓ_G on the two spheres are independent, so the Hessian is shifted by three Gaussian numbers.
    Neither E_∞, E_k nor exact counts at finite N are known: ``NoClosedFormError``.

    Examples
    --------
    >>> from freeprob.landscapes import TwoPlayerSpinGlass
    >>> game = TwoPlayerSpinGlass(3, 3, 1, "1/2")
    >>> print(game.complexity(dps=20))
    0.80239813581342615848
    """

    p: int
    q: int
    sigma: sp.Expr
    kappa: sp.Expr

    def __post_init__(self) -> None:
        """Check the parameters."""
        object.__setattr__(self, "p", count(self.p, "p", least=2))
        object.__setattr__(self, "q", count(self.q, "q", least=1))
        sigma, kappa = exact(self.sigma, "sigma"), exact(self.kappa, "kappa")
        require(sigma.is_positive, f"sigma must be positive, got {sigma}")
        require(kappa.is_positive, f"kappa must lie strictly between 0 and 1, got {kappa}")
        require((1 - kappa).is_positive, f"kappa must lie strictly between 0 and 1, got {kappa}")
        object.__setattr__(self, "sigma", sigma)
        object.__setattr__(self, "kappa", kappa)

    @cached_property
    def covariances(self) -> Covariances:
        """Variances of ℓ_D and -σ ℓ_G, their sum's gradient, Hessian and radial derivatives."""
        a, c = bound("a"), bound("c", 1)
        kernels = [a**self.p, self.sigma**2 * (a + c) ** (self.p + self.q)]
        return Covariances.of(kernels, {a: self.kappa, c: 1 - self.kappa})

    @property
    def _levels(self) -> tuple[tuple[sp.Expr, ...], ...]:
        # L_D is the sum of the fields ℓ_D and -σ ℓ_G, L_G the second one's negative
        return ((sp.S.One, sp.S.One), (sp.S.Zero, sp.S.NegativeOne))

    def complexity(
        self,
        u: Any = sp.oo,
        index: int | None = None,
        dps: int | None = None,
        executor: Executor | None = None,
        progress: bool = False,
    ) -> Any:
        """Exponential rate of the mean number of critical points with L_D ≤ √N u_D, L_G ≤ √N u_G.

        Θ(u) = ½ - ½ Σ κ_i log(κ_i c_i) + sup of U(-r) - ½ (l, r) Σ⁻¹ (l, r)ᵀ over values l of both
        fields below the levels and radial derivatives r, as :meth:`GaussianField.complexity`.

        Parameters
        ----------
        u
            A pair (u_D, u_G) of numbers or arrays that broadcast; ∞, or a pair of ∞, for all.
        index
            Not known here: None.
        dps
            Digits, or float64.
        executor, progress
            Over the pairs: a ``concurrent.futures.Executor``, and whether to show a bar.

        Raises
        ------
        InvalidParameterError
            If u is no pair, or -∞, where the rate is -∞.
        NoClosedFormError
            For a fixed index.
        ConvergenceError
            If the supremum or its digits do not settle.

        Examples
        --------
        >>> from freeprob.landscapes import TwoPlayerSpinGlass
        >>> print(TwoPlayerSpinGlass(3, 3, 1, "9/10").complexity((5, -5), dps=15))
        0.547688028461763
        """
        several_spheres.refuse_index(index)
        return several_spheres.complexity(self._supremum, _pair(u), dps, executor, progress)

    def _typical_radial(self, u: Any) -> list[float]:
        return several_spheres.typical_radial(self._supremum, _pair(u))


def _pair(u: Any) -> list[Any]:
    if not isinstance(u, Mapping | str):
        if not getattr(u, "ndim", 1) or not hasattr(u, "__len__"):
            if energy(u) == sp.oo:
                return [sp.oo, sp.oo]
        elif len(u) == 2:
            return list(u)
    raise InvalidParameterError(f"energies are a pair (u_D, u_G), or oo for all, got {u!r:.80}")
