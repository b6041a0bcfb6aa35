"""A spin glass with a deterministic drift of rank one: networks of general activations.

f(x) = g(x) + ψ(τ)/√N, τ = √N e·x, g a Gaussian field on one sphere and e a unit vector. On the
sphere τ is standard Gaussian in the limit, the drift's gradient has length ψ' and its Hessian/√N
is ψ'' e eᵀ with a shift τψ'/N of the radial derivative: all of the order at which constants of
mean numbers see them and exponents do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import sympy as sp
from scipy.integrate import quad

from freeprob.errors import (
    BudgetExceededError,
    ConvergenceError,
    InvalidParameterError,
    NoClosedFormError,
)
from freeprob.landscapes.kac_rice import arguments, critical_points, rates
from freeprob.landscapes.kac_rice.critical_points import CriticalPoints
from freeprob.landscapes.kac_rice.one_sphere import OneSphereField
from freeprob.landscapes.kac_rice.spin_glasses import PSpin
from freeprob.laws.base import Law
from freeprob.laws.named.semicircle import Semicircle
from freeprob.parameters import count, exact, expression, many, require

# beyond it Hermite polynomials leave float64
_MOST_DIMENSIONS = 150
# τ beyond it has the weight exp(-300) under the standard Gaussian
_FAR = 25.0
_NODES, _MOST_NODES = 120, 960
_VANISHED = 40.0  # standard deviations past the reach at which φ is 0 in float64
_LARGEST = 1e150  # energies beyond are as good as infinite
# two quadratures that agree to this, or to it times this part of their terms' size
_AGREEMENT, _CANCELLED = 1e-9, 1e-3
_SETTLED = 1e-8  # relative error that one quadrature may tell of itself
_MERGED = 1e-12  # of a place: nothing is seen between two so near


@final
@dataclass(frozen=True)
class DriftedField:
    """A Gaussian field on one sphere plus ψ(τ)/√N, τ = √N e·x, e a fixed direction.

    The exponents of its mean numbers of critical points and the limit law of its Hessian are those
    of the field; the constant has a factor.

    Parameters
    ----------
    field
        A :class:`PSpin`, :class:`MixedPSpin`, or a ``GaussianField`` on one sphere.
    drift
        ψ, a polynomial in ``tau`` with numbers as coefficients.
    tau
        Its symbol.

    Raises
    ------
    InvalidParameterError
        If the field is not on one sphere, or ψ no such polynomial.

    Notes
    -----
    Networks of piecewise linear activations with biases are modelled so by Baskerville, Keating,
    Mezzadri and Najnudel (arXiv 2004.03959), see :func:`network_field`. Their theorems were not
    compared; all formulas are derived here.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.landscapes import DriftedField, PSpin
    >>> tau = sp.Symbol("tau")
    >>> field = DriftedField(PSpin(3), tau**2 / 4, tau)
    >>> print(f"{field.factor(-2):.6f}")
    0.786223
    """

    field: OneSphereField
    drift: sp.Expr
    tau: sp.Symbol

    def __post_init__(self) -> None:
        """Read the polynomial."""
        if not isinstance(self.field, OneSphereField) or len(self.field._levels) > 1:
            raise InvalidParameterError(
                f"a drift is added to one field on one sphere, got {type(self.field).__name__}"
            )
        _ = self.field._sphere  # a field on several spheres says so
        drift = expression(self.drift)
        known = isinstance(self.tau, sp.Symbol) and self.tau.is_commutative
        require(known, f"tau must be a symbol, got {self.tau!s:.80}")
        poly = sp.Poly(drift, self.tau) if drift.is_polynomial(self.tau) else None
        if poly is None or not all(value.is_number for value in poly.all_coeffs()):
            raise InvalidParameterError(
                f"the drift is a polynomial in {self.tau} with numbers, got {drift!s:.80}"
            )
        values = [exact(value, "a coefficient of the drift") for value in poly.all_coeffs()]
        object.__setattr__(self, "drift", sp.Poly(values, self.tau).as_expr())

    @cached_property
    def _polynomials(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """ψ, ψ' and ψ'', from the highest power."""
        values = [float(value) for value in sp.Poly(self.drift, self.tau).all_coeffs()]
        psi = np.array(values)
        return psi, np.polyder(psi), np.polyder(psi, 2)

    def complexity(self, u: Any = sp.oo, index: int | None = None, dps: int | None = None) -> Any:
        """That of the field without drift: exponents do not see it, see :meth:`factor`.

        Raises
        ------
        NoClosedFormError
            For a fixed index, which the drift's Hessian of rank one may change by one.
        InvalidParameterError
            As the field's.
        """
        wanted = arguments.index(index)
        if wanted is not None:
            raise NoClosedFormError(
                "a drift of rank one may change the index of a critical point by one: eigenvalues "
                f"interlace, so the field's rates of {max(0, wanted - 1)} to {wanted + 1} "
                "are bounds; leave index out for the rate of all"
            )
        return self.field.complexity(u, dps=dps)

    def hessian_law(self, u: Any = None, radial: Any = None) -> Law:
        """That of the field without drift: limit laws do not see a matrix of rank one."""
        return self.field.hessian_law(u, radial)

    def factor(self, u: Any) -> float:
        """What the drift multiplies mean numbers of critical points below an energy by.

        lim E Crt_N(u)/E Crt_N(u) without drift, for u < -E_∞,

        E exp(-ψ Θ'(u) + τψ' G(r) - ψ'²/2c) |1 - ψ'' G(r)|, τ standard Gaussian,

        with c the variance of the gradient, r the radial derivative at typical critical points of
        energy u, G the Cauchy transform of the Hessian's semicircle, whose mean is taken away, and
        Θ' the slope of the complexity: the change of the level, of the radial derivative, of the
        gradient's density at 0, and :func:`determinant_factor` of the Hessian.

        Raises
        ------
        InvalidParameterError
            For u ≥ -E_∞, where 0 is in the Hessian's bulk and the determinant's quotient has no
            limit.
            Where the field has fewer critical points than a drift of degree 3 or more of its own.
        ConvergenceError
            If the mean is infinite: the drift is so strong that it changes the exponent.
        """
        sphere, level = self.field._sphere, arguments.energy(u)
        if level >= -sphere.threshold:
            raise InvalidParameterError(
                f"at u = {u} ≥ -E_∞ the Hessian's bulk holds 0, and the quotient of determinants "
                f"has no limit: take u < {float(-sphere.threshold):.6g}"
            )
        c, s = float(sphere.gradient), float(sphere.level)
        with np.errstate(over="ignore", divide="ignore"):
            r = float(sphere.radial(float(level), None, rates.FLOATS)[0])
        if not math.isfinite(r):
            raise ConvergenceError(f"the factor at u = {u!s:.80} is beyond float64's range")
        G = float(Semicircle(sphere.hessian).cauchy(r).real)
        # by the envelope theorem: ∂θ/∂l of -l²/2s - (r - c l/s)²/2α² + U(r), the middle one G
        slope = -float(level) / s + c / s * G
        psi, first, second = self._polynomials
        # the exponent of the mean over τ, a polynomial
        exponent = np.polyadd(-slope * psi, G * np.polymul(first, [1.0, 0.0]))
        exponent = np.polysub(exponent, np.polymul(first, first) / (2 * c))
        exponent = np.polysub(exponent, [0.5, 0.0, 0.0])
        self._require_equator(level, exponent)

        def density(tau: float) -> float:
            spike = abs(1 - float(np.polyval(second, tau)) * G)
            return math.exp(float(np.polyval(exponent, tau))) * spike / math.sqrt(2 * math.pi)

        kinks = [root.real for root in np.roots(np.polysub(second, [1 / G])) if not root.imag]
        breaks = [float(place) for place in [0.0, *kinks, *_peaks(exponent)] if abs(place) < _FAR]
        value, error = quad(
            density, -_FAR, _FAR, points=_apart(breaks), limit=1000, epsabs=0, full_output=True
        )[:2]
        if not error <= _SETTLED * value:
            raise ConvergenceError(
                f"the mean over the drift's direction at u = {u!s:.80} did not settle: it is too "
                "narrow for float64; take a higher u or a smaller drift"
            )
        return float(value)

    def _require_equator(self, level: sp.Expr, exponent: np.ndarray) -> None:
        """All but a bounded number of points must lie at τ of order 1."""
        psi = self._polynomials[0]
        far = max(np.polyval(exponent, -_FAR), np.polyval(exponent, _FAR))
        strong = exponent[0] >= 0 or far > -_FAR
        if len(psi) == 3:
            strong = strong or self._has_a_better_latitude(float(level), 2 * psi[0])
        if strong:
            raise ConvergenceError(
                "the drift is so strong that it changes the exponent, and the factor is infinite: "
                "take a smaller drift"
            )
        if len(psi) > 3 and self.field.complexity(level) <= 0:
            raise InvalidParameterError(
                f"below u = {level} the field has few critical points, and those of a drift of "
                f"degree {len(psi) - 1} itself, at ± its direction, outnumber them: take u > "
                f"{-self.field.ground_level():.6g}"
            )

    def _has_a_better_latitude(self, u: float, b: float) -> bool:
        """Whether ψ = bτ²/2, which is b t²/2 of u itself, raises the rate at some t = e·x.

        Level, radial derivative and gradient are moved by -b t²/2, b t² and b t √(1 - t²).
        """
        sphere = self.field._sphere
        c, s = float(sphere.gradient), float(sphere.level)
        t = np.linspace(0, 1, 2001)[:-1]
        level = np.minimum(u - b * t**2 / 2, 0.0)
        seen = np.minimum(level + s * b * t**2 / c, float(sphere.top(None)))
        rate = sphere.rate(seen, None, rates.FLOATS) + (seen**2 - level**2) / (2 * s)
        rate += np.log1p(-(t**2)) / 2 - b**2 * t**2 * (1 - t**2) / (2 * c)
        return bool((rate[1:] > rate[0]).any())

    def mean_euler_characteristic(self, N: int, u: Any = sp.oo) -> float:
        """Mean Euler characteristic of {f ≤ √N u}: Σ (-1)^k E Crt_k(u), exactly at finite N.

        The Kac-Rice formula over latitudes τ, with the mean of det(M - r + σ e eᵀ) over a GOE of
        n = N - 1 dimensions, (-1)^n (He_n - σ He_{n-1})(r), in place of E |det|. Far below -E_∞
        nearly all critical points are minima, and it is their mean number.

        Parameters
        ----------
        N
            Dimension of the space around the sphere, 3 to 150.
        u
            Energy; ∞ for the sphere.

        Raises
        ------
        InvalidParameterError
            For an energy that is no number.
        BudgetExceededError
            For N > 150.
        ConvergenceError
            If the quadrature does not settle.
        """
        n, level = arguments.size(N, 3) - 1, arguments.energy(u)
        if n + 1 > _MOST_DIMENSIONS:
            raise BudgetExceededError(
                f"N = {N} is beyond {_MOST_DIMENSIONS}: ask for .factor, the limit of large N"
            )
        if level == sp.oo:
            return 2.0 if n % 2 == 0 else 0.0
        before, nodes = math.inf, _NODES
        while nodes <= _MOST_NODES:
            value, scale = self._kac_rice(n, float(level), nodes)
            if abs(value - before) <= _AGREEMENT * max(abs(value), _CANCELLED * scale):
                return value
            before, nodes = value, 2 * nodes
        raise ConvergenceError(
            f"the mean at N = {N} and u = {u} did not settle to {_AGREEMENT:g}: its terms cancel "
            "or the drift makes them too narrow; take a lower u, a smaller N or a smaller drift"
        )

    def _kac_rice(self, n: int, u: float, nodes: int) -> tuple[float, float]:
        """The mean, and the same with absolute values: its scale."""
        sphere, size = self.field._sphere, n + 1
        c, s = float(sphere.gradient), float(sphere.level)
        points, weights = np.polynomial.legendre.leggauss(nodes)
        angle = math.pi / 2 * (points + 1)
        t = np.cos(angle)
        tau = math.sqrt(size) * t
        psi, first, second = (np.polyval(poly, tau) for poly in self._polynomials)
        # where φ He_n is not yet small, or the last 12 units below the end; past that φ is 0
        reach = 2 * math.sqrt(size) + 12
        level = max(min(math.sqrt(size) * u, _LARGEST), -_LARGEST)
        end = (level - psi / math.sqrt(size)) / math.sqrt(s)
        end = np.clip(end, -reach - _VANISHED, reach)
        low = np.minimum(-reach, end - 12)
        y = low + (end - low) * (points[:, None] + 1) / 2
        gain = c / math.sqrt(s)
        polynomials = _hermite(n, y + first * t / gain, 1 - s / c)
        spike = math.sqrt(size) * second * (1 - t * t)
        inner = polynomials[0] - spike / gain / math.sqrt(n) * polynomials[1]
        inner *= np.exp(-y * y / 2) / math.sqrt(2 * math.pi)
        # log of vol(S^(n-1)) (2πc)^(-n/2) gain^n √n!, and the quadrature of both variables
        constant = math.log(2) + n / 2 * math.log(math.pi) - math.lgamma(n / 2)
        constant += n * math.log(gain) - n / 2 * math.log(2 * math.pi * c) + math.lgamma(n + 1) / 2
        latitude = (n - 1) * np.log(np.sin(angle)) - first**2 * (1 - t * t) / (2 * c) + constant
        outer = np.exp(latitude) * weights * math.pi / 2 * (end - low) / 2
        value = (-1) ** n * float(weights @ inner @ outer)
        return value, float(weights @ np.abs(inner) @ outer)

    def simulate(self, N: int, rng: Any = 0) -> CriticalPoints:
        """One draw of the field with its drift along the first axis, and its critical points.

        As :meth:`PSpin.simulate`.

        Raises
        ------
        InvalidParameterError
            As there.
        BudgetExceededError
            As there.
        ConvergenceError
            As there.
        """
        drift = self._polynomials[0][::-1].tolist()
        return critical_points.simulate(
            self.field.covariances, self.field._levels, N, rng, drift=drift
        )


def _apart(places: list[float]) -> list[float]:
    """Sorted, without those that rounding alone tells from the last."""
    places = sorted(places)
    pairs = zip(places, [-math.inf, *places], strict=False)
    return [place for place, last in pairs if place - last > _MERGED * abs(place)]


def _peaks(exponent: np.ndarray) -> list[float]:
    """Where a quadrature of exp(exponent) must look: its turning points, and widths beside them."""
    slope = np.polyder(exponent)
    places = []
    for root in np.roots(slope):
        bend = abs(float(np.polyval(np.polyder(slope), root.real)))
        if not root.imag and bend:
            widths = 4.0 ** np.arange(math.ceil(math.log(_FAR * math.sqrt(bend) + 1, 4)) + 1)
            sides = widths / math.sqrt(bend)
            places += [float(root.real), *(root.real - sides), *(root.real + sides)]
    return places


def _hermite(n: int, x: np.ndarray, variance: float) -> tuple[np.ndarray, np.ndarray]:
    """He_n(x; variance)/√n! and He_{n-1}(x; variance)/√(n-1)!."""
    before, value = np.zeros_like(x), np.ones_like(x)
    for k in range(n):
        after = (x * value - math.sqrt(k) * variance * before) / math.sqrt(k + 1)
        before, value = value, after
    return value, before


def network_field(
    layers: int, biases: Sequence[Any] = (), tau: sp.Symbol | None = None
) -> PSpin | DriftedField:
    """The field that models the loss of a network: layers are spins.

    Choromanska et al. (2015): g(w) = Σ X w_{i1} … w_{iH} over paths through H layers, on the
    sphere of its distinct weights, is the pure H-spin. Activations with pieces of slopes α_i and
    intercepts β_i add a deterministic Σ_l ρ_l s^(H-l), s the sum of weights, l = 1 … H
    (arXiv 2004.03959): a drift ψ(τ) = Σ ρ_l τ^(H-l) in the scaling where constants see it. It
    vanishes for ReLU and leaky ReLU, whose β are 0.

    Parameters
    ----------
    layers
        H ≥ 2; from 3 on numbers of critical points grow exponentially.
    biases
        ρ_1, …, ρ_H, none for ReLU; as they enter ψ.
    tau
        Symbol of the drift.

    Returns
    -------
    a landscape

    Raises
    ------
    InvalidParameterError
        For fewer than 2 layers, or more biases than layers.

    Notes
    -----
    That paths are independent, inputs Gaussian and weights on a sphere are assumptions that no
    trained network meets. Neither paper's printed text was compared.

    Examples
    --------
    >>> from freeprob.landscapes import network_field
    >>> network_field(3)
    PSpin(p=3)
    >>> network_field(3, ["1/2", 0, 1]).drift
    tau**2/2 + 1
    """
    glass = PSpin(count(layers, "layers", least=2))
    values = [exact(value, "a bias") for value in many(biases, "biases")]
    if len(values) > layers:
        raise InvalidParameterError(f"{len(values)} biases of {layers} layers are too many")
    if not any(values):
        return glass
    symbol = sp.Symbol("tau") if tau is None else tau
    require(isinstance(symbol, sp.Symbol), f"tau must be a SymPy symbol, got {symbol!r:.80}")
    drift = sp.Add(*(value * symbol ** (layers - l) for l, value in enumerate(values, start=1)))
    return DriftedField(glass, drift, symbol)
