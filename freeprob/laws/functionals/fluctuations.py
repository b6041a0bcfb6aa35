"""Fluctuations of sums over the eigenvalues of a law's matrices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, final

import numpy as np
import sympy as sp
from flint import arb, ctx

from freeprob.errors import InvalidParameterError, NoClosedFormError, UndefinedOperationError
from freeprob.exact.moments.power_sums import PowerSums, power_sums
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.laws.functionals.closed_fluctuations import of_logarithms
from freeprob.laws.functionals.expectations import (
    digits_of_formula,
    infinite_at_atoms,
    require_real,
    significant,
)
from freeprob.laws.functionals.image_resolvents import Poles
from freeprob.laws.functionals.integrands import Integrand, read
from freeprob.laws.numbers.spectrum_for_numbers import cuts_of, require_numbers
from freeprob.numeric.fluctuations.circles import circles
from freeprob.numeric.fluctuations.curve_kernel import CurveKernel, LogTerm, PowerTerm
from freeprob.numeric.fluctuations.precise_two_point import PreciseSums
from freeprob.numeric.fluctuations.two_point import Sums, TwoPoint, sums_of
from freeprob.numeric.precision import bits_of, converted, fresh_context, from_ball, to_ball, to_mpf
from freeprob.numeric.programs.lowering import compile_mpmath, compile_numpy, read_place
from freeprob.parameters import exact, one_of
from freeprob.routes import Route, first
from freeprob.tables import Tabled

if TYPE_CHECKING:
    from freeprob.laws.base import Law

_GUARD = 15  # digits of f beyond those asked for


@final
@dataclass(frozen=True)
class Fluctuation(Tabled):
    """Gaussian fluctuations of sums over eigenvalues, in the limit of large matrices.

    Parameters
    ----------
    mean_shift
        The limit of E Σ f(λ) - n ∫ f dμ.
    covariance
        The limit of Cov(Σ f(λ), Σ g(λ)).
    """

    mean_shift: Any
    covariance: Any


@final
@dataclass(frozen=True)
class _Asked:
    """Two functions of the eigenvalues of a law, and the kind of its matrices."""

    law: Law
    f: Integrand | Callable[[Any], Any]
    g: Integrand | Callable[[Any], Any]
    beta: int
    cumulant: sp.Expr

    @property
    def integrands(self) -> tuple[Integrand, Integrand] | None:
        """Both functions, where they are expressions."""
        if isinstance(self.f, Integrand) and isinstance(self.g, Integrand):
            return self.f, self.g
        return None


def fluctuation(
    law: Law, f: Any, x: Any, g: Any, beta: Any, dps: int | None, fourth_cumulant: Any
) -> Fluctuation:
    """Mean shift and covariance: exact for polynomials, a formula for logarithms, or numbers."""
    beta = one_of(beta, "beta", (1, 2))
    cumulant = exact(fourth_cumulant, "fourth_cumulant")
    integrands = [read(h, x, law.parameters) for h in ((f,) if g is None else (f, g))]
    asked = _pulled_back(_Asked(law, integrands[0], integrands[-1], int(beta), cumulant))
    return _answered(asked, f, dps)


def _answered(asked: _Asked, f: Any, dps: int | None) -> Fluctuation:
    """The answer of the first route that has one, block by block."""
    law, cumulant = asked.law, asked.cumulant
    blocks = [_answered(_pulled_back(replace(asked, law=block)), f, dps) for block in law._blocks()]
    if blocks:
        return Fluctuation(
            sum(block.mean_shift for block in blocks), sum(block.covariance for block in blocks)
        )
    root, kernel = _kernel(law)
    if cumulant != sp.S.Zero and kernel.squares is None:
        raise UndefinedOperationError(
            f"the effect of a fourth cumulant is not known for {law}: it is for Semicircle, "
            "MarchenkoPastur, FreePoisson, and for the sum of the first, or the product of the "
            "second, with a law that is deterministic"
        )
    exact_routes = [
        Route("power sums at infinity", lambda: _of_polynomials(asked, kernel, root)),
        Route("G outside the support", lambda: _of_logarithms(asked, kernel)),
    ]

    def message() -> str:
        return f"the fluctuation of {f} over {law} was not found"

    if law.parameters or cumulant.free_symbols:
        return first(message, exact_routes, NoClosedFormError).value
    if dps is None:
        numbers = Route("boundary values", lambda: _in_floats(asked, kernel))
        return first(message, [*exact_routes, numbers]).value
    routes = [
        *(Route(r.name, partial(_to_digits, r.run, dps)) for r in exact_routes),
        Route("boundary values", lambda: _precise(asked, kernel, dps)),
    ]
    return first(message, routes).value


@lru_cache(maxsize=256)
def _kernel(law: Law) -> tuple[Stand, SecondOrder]:
    """Where the law stands, and how its matrices fluctuate."""
    root = Stand.of(law.system)
    return root, law._second_order(root)


def _pulled_back(asked: _Asked) -> _Asked:
    """The same sums over eigenvalues of a law that this one is an image of."""
    x = sp.Dummy("x", real=True)
    found = asked.law._pulled_back(x)
    if found is None:
        return asked
    law, places = found
    f, g = (_at_places(h, x, places, law) for h in (asked.f, asked.g))
    return _pulled_back(_Asked(law, f, g, asked.beta, asked.cumulant))


def _at_places(
    function: Integrand | Callable[[Any], Any],
    x: sp.Symbol,
    places: tuple[sp.Expr, ...],
    law: Law,
) -> Integrand | Callable[[Any], Any]:
    """The sum of a function over the images of x."""
    if isinstance(function, Integrand):
        expression, own = function.expression, function.variable
        total = sp.Add(*(expression.xreplace({own: place}) for place in places))
        return read(sp.expand(total) if total.is_polynomial(x) else total, x, law.parameters)

    def values(at: Any) -> Any:
        if isinstance(at, float):
            return sum(function(float(compile_numpy(place, [x])(at))) for place in places)
        return sum(function(compile_mpmath(place, [x], at.context)(at)) for place in places)

    return values


def _of_polynomials(asked: _Asked, kernel: SecondOrder, root: Stand) -> Fluctuation:
    """Exact, from covariances of power sums."""
    integrands = asked.integrands
    if integrands is None or any(h.logarithms or h.rest != 0 for h in integrands):
        raise NoClosedFormError("the functions are no polynomials")
    polynomials = [h.polynomial or sp.Poly(0, h.variable) for h in integrands]
    order = max(1, *(p.degree() for p in polynomials if not p.is_zero), 1)
    sums = power_sums(kernel, root, order)
    f, g = (list(reversed(p.all_coeffs()))[1:] for p in polynomials)
    return Fluctuation(_shift(sums, f, asked), _covariance(sums, f, g, asked))


def _covariance(sums: PowerSums, f: list, g: list, asked: _Asked) -> sp.Expr:
    total = sp.S.Zero
    for i, a in enumerate(f):
        for j, b in enumerate(g):
            entry = sums.own[i][j] * 2 / asked.beta
            if sums.quartic is not None:
                entry += asked.cumulant * sums.quartic[i][j]
            total += a * b * entry
    return _tidy(total)


def _shift(sums: PowerSums, f: list, asked: _Asked) -> sp.Expr:
    total = sp.S.Zero
    for i, a in enumerate(f):
        entry = sums.shift[i] * (sp.Rational(2, asked.beta) - 1)
        if sums.quartic_shift is not None:
            entry += asked.cumulant * sums.quartic_shift[i]
        total += a * entry
    return _tidy(total)


def _tidy(value: sp.Expr) -> sp.Expr:
    return value if value.is_Rational else sp.factor(sp.together(value))


def _of_logarithms(asked: _Asked, kernel: SecondOrder) -> Fluctuation:
    """A formula, from L at real points."""
    integrands = asked.integrands
    if integrands is None or any(h.polynomial is not None or h.rest != 0 for h in integrands):
        raise NoClosedFormError("the functions are no sums of logarithms")
    f, g = (h.logarithms for h in integrands)
    return Fluctuation(*of_logarithms(asked.law, kernel, f, g, asked.beta, asked.cumulant))


def _to_digits(run: Callable[[], Fluctuation], dps: int) -> Fluctuation:
    """A formula's numbers."""
    found = run()
    shift, covariance = (
        digits_of_formula(value, dps) for value in (found.mean_shift, found.covariance)
    )
    return Fluctuation(shift, covariance)


def resolvent_scales(
    law: Law, beta: int
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]] | None:
    """Shifts and standard deviations of Σ 1/(z - λ) at points above the axis.

    None for laws whose matrices are not known to fluctuate.
    """
    base, images = _base(law)
    try:
        _, kernel = _kernel(base)
    except UndefinedOperationError:
        return None
    if not kernel.ratios:
        return None
    curve, poles = _curve_kernel(base), Poles.of(images)

    def scales(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        variance, shift = curve.resolvents(*poles.over(z))
        return (2 / beta - 1) * shift, np.sqrt(2 / beta * variance)

    return scales


def _base(law: Law) -> tuple[Law, sp.Lambda]:
    """A law that is no image, and Σ 1/(z - λ) over the images λ of its eigenvalue x."""
    z, x = sp.Dummy("z"), sp.Dummy("x")
    places: tuple[sp.Expr, ...] = (x,)
    while (found := law._pulled_back(s := sp.Dummy("s"))) is not None:
        law, own = found
        places = tuple(place.xreplace({x: image}) for place in places for image in own)
        places = tuple(place.xreplace({s: x}) for place in places)
    return law, sp.Lambda((z, x), sp.Add(*(1 / (z - place) for place in places)))


def composed(function: Any, x: Any, s: sp.Symbol, place: sp.Expr, law: Law) -> Any:
    """A function of an image, as one of the eigenvalue s itself."""
    found = _at_places(read(function, x, law.parameters), s, (place,), law)
    return found.expression if isinstance(found, Integrand) else found


def from_kernel(law: Law, kernel: TwoPoint, f: Any, x: Any, g: Any, beta: int) -> Fluctuation:
    """Float64, from another kernel than the law's own."""
    integrands = [read(h, x, law.parameters) for h in ((f,) if g is None else (f, g))]
    asked = _Asked(law, integrands[0], integrands[-1], beta, sp.S.Zero)
    _require_finite(asked)
    return _by_sums(asked, _sums_of(law, kernel))


@lru_cache(maxsize=256)
def _sums_of(law: Law, kernel: TwoPoint) -> Sums:
    """A kernel on the cuts of a law."""
    return sums_of(kernel, circles(cuts_of(law)))


@lru_cache(maxsize=256)
def _curve_kernel(law: Law) -> CurveKernel:
    """L and Q as functions on the law's curve."""
    _, kernel = _kernel(law)
    logs = (LogTerm(r.above.on_curve, r.below.on_curve, r.times) for r in kernel.ratios)
    powers = (
        PowerTerm(s.above.on_curve, s.below.on_curve, float(s.factor), s.power)
        for s in kernel.squares or ()
    )
    return CurveKernel(law.system, tuple(logs), tuple(powers))


def _in_floats(asked: _Asked, kernel: SecondOrder) -> Fluctuation:
    """Float64, from boundary values on the cuts."""
    _require_finite(asked)
    if not kernel.ratios:
        _require_smooth(asked)
        return Fluctuation(0.0, 0.0)
    return _by_sums(asked, _sums_of(asked.law, _curve_kernel(asked.law)))


def _by_sums(asked: _Asked, sums: Sums) -> Fluctuation:
    """From the cosine coefficients of both functions."""
    cumulant = float(asked.cumulant)
    f, g = (
        [circle.cosines(_floats(h)) for circle in sums.first.circles] for h in (asked.f, asked.g)
    )
    shift = sums.shift(f, asked.beta, cumulant)
    return Fluctuation(shift, sums.covariance(f, g, asked.beta, cumulant))


def _require_finite(asked: _Asked) -> None:
    """Refuse functions that are complex on the support, or infinite at an atom."""
    require_numbers(asked.law)
    for function in (asked.f, asked.g):
        if not isinstance(function, Integrand):
            continue
        require_real(asked.law, function)
        if infinite_at_atoms(asked.law, function) is not None:
            raise UndefinedOperationError(
                f"{function.expression} is infinite at an atom of the law, so the sum over "
                "eigenvalues is"
            )


def _require_smooth(asked: _Asked) -> None:
    """Refuse functions whose sums over fixed eigenvalues are off the integral times n.

    As Σ log((i - ½)/n), the sum of log x over eigenvalues spread evenly in (0, 1): by ½ log 2.
    """
    for circle in circles(cuts_of(asked.law)):
        for function in (asked.f, asked.g):
            circle.cosines(_floats(function))


def _floats(
    function: Integrand | Callable[[Any], Any],
) -> Callable[[np.ndarray], np.ndarray]:
    """A function of arrays."""
    if not isinstance(function, Integrand):
        return partial(_called, function)
    return _compiled(function)


def _called(function: Callable[[Any], Any], points: np.ndarray) -> np.ndarray:
    """A Python function at each of the points."""
    try:
        return np.array([float(function(float(point))) for point in points])
    except (TypeError, ValueError) as error:
        raise InvalidParameterError(f"{_CALLED}: {error}") from error


_CALLED = "the function must take a number and give a real number"


@lru_cache(maxsize=256)
def _compiled(function: Integrand) -> Callable[[np.ndarray], np.ndarray]:
    compiled = compile_numpy(function.expression, [function.variable])

    def values(points: np.ndarray) -> np.ndarray:
        found = np.broadcast_to(np.asarray(compiled(points)), points.shape)
        return np.where(np.isreal(found), np.real(found), np.nan)

    return values


def _precise(asked: _Asked, kernel: SecondOrder, dps: int) -> Fluctuation:
    """Digits, from boundary values in balls."""
    _require_finite(asked)
    if not kernel.ratios:
        _require_smooth(asked)
        return Fluctuation(to_mpf(arb(0), dps), to_mpf(arb(0), dps))
    law, cumulant = asked.law, read_place(asked.cumulant)
    factors = tuple(read_place(square.factor) for square in kernel.squares or ())
    sums = PreciseSums(
        _curve_kernel(law), factors, cuts_of(law), _sums_of(law, _curve_kernel(law)).first
    )

    def covariance(digits: int) -> arb:
        f, g = (_balls(h, digits + _GUARD) for h in (asked.f, asked.g))
        return sums.covariance(f, g, asked.beta, cumulant, digits)

    def shift(digits: int) -> arb:
        return sums.shift(_balls(asked.f, digits + _GUARD), asked.beta, cumulant, digits)

    return Fluctuation(
        to_mpf(significant(shift, dps), dps), to_mpf(significant(covariance, dps), dps)
    )


def _balls(function: Integrand | Callable[[Any], Any], digits: int) -> Callable[[arb], arb]:
    """A function of balls, by a private context."""
    own = fresh_context(digits)
    if isinstance(function, Integrand):
        compiled = compile_mpmath(function.expression, [function.variable], own)
    else:
        compiled = function

    def value(x: arb) -> arb:
        try:
            found = converted(compiled(from_ball(x, own)), own)
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(f"{_CALLED}: {error}") from error
        if hasattr(found, "_mpc_"):
            raise UndefinedOperationError("the function is not real on the whole support")
        with ctx.workprec(bits_of(digits)):
            return to_ball(found)

    return value
