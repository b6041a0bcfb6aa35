"""Atoms with their masses: by theorem where one is known, else from poles of G on the curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import sympy as sp
from flint import acb, ctx, fmpq

from freeprob.errors import (
    BudgetExceededError,
    CertificationError,
    NoClosedFormError,
    NotAlgebraicError,
)
from freeprob.exact.algebra.door import ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import coefficients_in
from freeprob.exact.equations.elimination import polynomial
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.facts import Atoms, Unknown, Weighted, gathered, positive_part, tidy
from freeprob.exact.systems.poles import expanded, poles_of
from freeprob.exact.systems.system import Curve, Leaf, Node, System, flatten, specialised
from freeprob.geometry.candidates.algebraic_numbers import RealAlgebraic
from freeprob.geometry.candidates.candidates import real_poles
from freeprob.geometry.candidates.charts_at_infinity import charts
from freeprob.geometry.candidates.components import linear_curve
from freeprob.geometry.candidates.germs import Germ
from freeprob.geometry.candidates.plane_poles import irrational_places, plane_poles
from freeprob.geometry.signs.rounding import constant_ball
from freeprob.geometry.signs.samples import Instance, Values, samples
from freeprob.geometry.signs.sides import Spot
from freeprob.geometry.spectrum.branch_poles import branch_atoms
from freeprob.geometry.spectrum.exponential_poles import exponential_poles
from freeprob.geometry.spectrum.pieces import missing_mass
from freeprob.geometry.spectrum.power_products import leading, power_product
from freeprob.numeric.branch.digits import digits_of
from freeprob.numeric.distributions.cuts import Atom
from freeprob.numeric.programs.points import Place
from freeprob.routes import REFUSALS, Route, first

_SAMPLES = 6
_MOST_UNKNOWNS = 2  # of curves whose critical points are eliminated
# binary orders of the heights from which (z - a)G is compared with a mass, until they can tell:
# density next to an atom of mass m adds more than m down to m² and below
_HEIGHTS = ((30, 40), (60, 80), (120, 160), (240, 320))
_PULL_DIGITS = 10
_PRESENT = 0.05  # of the mass foretold
_NEARLY = 0.5  # the same from the first height: what falls past the mass was farther from it
_SETTLED = 0.02  # a share that does not move between the heights, and is not 1, belongs to no atom
_FALLEN = (0.5, 0.9)  # nor does one below half that falls by a tenth
_MASSLESS = 0.01  # share left of h |G| where it falls by a power above 1/36
_MASSLESS_HEIGHTS = (240, 480)  # binary orders: from m² on it is the mass of an atom m, above 1e-36
# mass, more than what quadrature of a density leaves: a control of what the heights above have
# told, not what finds small atoms
_MISSING = 1e-6


def no_instance(values: Values) -> None:
    """The instances of a system without parameters: none are needed."""


def atoms(
    system: System, instance: Instance, budget: int = POINTS_BUDGET
) -> dict[sp.Expr, sp.Expr]:
    """Locations and masses of all atoms, exact.

    Parameters
    ----------
    system
        Structured system of a law.
    instance
        The system at values of the parameters, or None where these give no law.
    budget
        Of elimination, of poles and of their exact masses; past it the branch is asked.

    Raises
    ------
    NoClosedFormError
        If the mass is no formula in the parameters.
    """
    if isinstance(system, Node):
        found = system.operation.atoms([atoms(part, instance, budget) for part in system.parts])
        if not isinstance(found, Unknown):
            return dict(found)
    poles = poles_of(system)
    if poles is not None:
        return dict(poles.atoms_by_place)
    system = expanded(system)  # what no theorem says is read from equations
    if isinstance(system, Leaf) and not isinstance(system.atoms, Unknown):
        return dict(system.atoms)
    curve = flatten(system)
    if isinstance(system, Leaf) and system.unknowns == (system.z,) and curve.is_algebraic:
        # G is given outright: every pole is on the physical branch
        return gathered((place, tidy(mass)) for place, mass in _poles(curve, budget))
    if system.parameters and not curve.is_algebraic and _listed(system) is None:
        raise NoClosedFormError(
            "atoms of this law have no formula in its parameters: give values with law.subs({...})"
        )
    return gathered(dict.fromkeys(physical_poles(system, instance, budget)))


def sure_atoms(system: System) -> Atoms:
    """Atoms of a system without parameters that theory gives, where it may not give all."""
    if not isinstance(system, Node):
        return {}
    try:
        return system.operation.sure_atoms([atoms(part, no_instance) for part in system.parts])
    except REFUSALS:
        return {}


def physical_poles(
    system: System, instance: Instance, budget: int = POINTS_BUDGET
) -> Iterator[Weighted]:
    """Poles of G that lie on the physical branch, with their residues.

    A pole may lie on several sheets: the physical one has it once, and the mass there is the whole.
    """
    if system.parameters:
        yield from _symbolic_poles(system, instance, budget)
        return
    listed = _listed(system)
    if listed is not None:
        yield from (pair for pair in listed if _is_atom(system, *pair))
        return
    routes = [
        Route("poles on the curve", lambda: _complete(system, _curve_poles(system, budget))),
        Route(
            "poles on the branch",
            lambda: _controlled(system, list(branch_atoms(system, sure_atoms(system)))),
        ),
    ]
    if _is_coupled(system):
        routes.reverse()
    yield from first("the atoms are not known exactly", routes, NoClosedFormError).value


def _listed(system: System) -> Sequence[Weighted] | None:
    """All places and masses of possible atoms of curves with exponentials or powers."""
    powers = power_product(system)
    return exponential_poles(system) if powers is None else powers.atoms()


def _complete(system: System, found: list[Weighted]) -> list[Weighted]:
    """Atoms among the curve's poles, controlled where it may have others than those listed."""
    curve = linear_curve(system)
    return found if curve.is_algebraic and _lists_all_poles(curve) else _controlled(system, found)


def _controlled(system: System, found: list[Weighted]) -> list[Weighted]:
    """The same atoms, held against the mass of the density where that is known in pieces.

    Raises
    ------
    CertificationError
        If atoms and density do not carry mass 1 together.
    """
    masses = dict(found)
    missing = missing_mass(system, tuple(Atom.of(*pair) for pair in masses.items()))
    if missing is None and not linear_curve(system).is_algebraic:
        raise CertificationError(
            f"whether {masses} are all atoms could not be decided: no cuts of the density are known"
        )
    if missing is not None and abs(missing) > _MISSING:
        raise CertificationError(
            f"the atoms {masses} and the density leave mass {missing:.6g}: an atom is missing"
        )
    return found


def _is_coupled(system: System) -> bool:
    """Whether critical points of the curve are not eliminated, or there is no polynomial."""
    curve = flatten(system)
    return not curve.is_algebraic or len(linear_curve(system).unknowns) > _MOST_UNKNOWNS


def _curve_poles(system: System, budget: int) -> list[Weighted]:
    """Poles on all sheets that the branch has."""
    curve = linear_curve(system)
    return [pair for pair in _all_poles(system, curve, budget) if _is_atom(system, *pair)]


def _symbolic_poles(system: System, instance: Instance, budget: int) -> Iterator[Weighted]:
    """Poles that the branch has wherever their mass is positive, at samples of the parameters."""
    listed, powers = _listed(system), power_product(system)
    exponents = frozenset() if powers is None else powers.exponents
    if listed is None:
        listed = list(_all_poles(system, flatten(system), budget))
    for place, mass in listed:
        verdicts = set()
        for values, _ in samples(sorted(system.parameters, key=str), instance, _SAMPLES, exponents):
            here, size = place.xreplace(values), mass.xreplace(values)
            if size > 0:
                verdicts.add(_is_atom(specialised(system, values), here, size))
        if len(verdicts) > 1:
            raise NoClosedFormError(
                f"whether {place} is an atom of mass {mass} depends on more than the sign of this "
                "mass: give values with law.subs({...})"
            )
        if verdicts == {True}:
            yield place, positive_part(mass)


def _all_poles(system: System, curve: Curve, budget: int) -> Iterator[Weighted]:
    """Candidates for atoms: by the equation of a coupled system, by its own points for others."""

    def is_massless(location: RealAlgebraic) -> bool:
        return _is_massless(system, location)

    if _lists_all_poles(curve):
        yield from _poles(curve, budget, is_massless)
        return
    # under a density the unknowns of a pole are not real: its place shows on the eliminated curve
    try:
        eliminated = polynomial(system, budget)
    except (BudgetExceededError, NotAlgebraicError):
        yield from _poles(curve, budget, is_massless)
        return
    known = list(plane_poles(eliminated))
    yield from known
    if not isinstance(system, Leaf):
        yield from _poles(curve, budget, is_massless)
    elif irrational_places(eliminated):
        places = {place for place, _ in known}
        yield from (pair for pair in _poles(curve, budget, is_massless) if pair[0] not in places)


def _lists_all_poles(curve: Curve) -> bool:
    """Whether all poles lie at rational values of one unknown."""
    return curve.is_uniformised and not _pole_factors(curve)[1]


def _is_atom(system: System, place: sp.Expr, mass: sp.Expr) -> bool:
    """Whether (z - a)G(z) tends to the mass, not to 0 or another mass, on the physical branch.

    Raises
    ------
    CertificationError
        If the values near the place point at neither.
    """
    expected = complex(mass)
    if abs(complex(place).imag) > 0 or not 0 < expected.real <= 1:
        return False
    for heights in _HEIGHTS:
        first, last = (_pull(system, place, bits) / expected for bits in heights)
        if abs(last - 1) < _PRESENT and abs(first - 1) < _NEARLY:
            return True
        settled = abs(last - first) < _SETTLED
        if settled or abs(last) < min(_FALLEN[0], _FALLEN[1] * abs(first)):
            return False
    raise CertificationError(f"whether the law has an atom at {place} could not be decided")


def _pull(system: System, place: sp.Expr, bits: int) -> complex:
    """The value of ih G(a + ih) at a height of that binary order: the mass of an atom, as h falls.

    Near a small atom density weighs as much as the atom, in lower and lower heights.
    """
    a = constant_ball(place)(4 * bits).mid().fmpq()
    height = fmpq(1, 2**bits) * (1 + abs(a.p) // a.q)
    with ctx.workprec(64):
        return complex(acb(0, height) * digits_of(system).cauchy(Place(a, height), _PULL_DIGITS))


def _is_massless(system: System, location: RealAlgebraic) -> bool:
    """Whether h |G(a + ih)| falls with the height by a power, so that there is no atom at a."""
    sizes = []
    for bits in _MASSLESS_HEIGHTS:
        place = Spot(location, fmpq(1, 2**bits)).nearby
        value = digits_of(system).cauchy(place, 10)
        sizes.append(float((abs(value) / 2**bits).mid()))
    return sizes[1] < _MASSLESS * sizes[0]


def _poles(
    curve: Curve,
    budget: int,
    is_massless: Callable[[RealAlgebraic], bool] = lambda location: False,
) -> Iterator[Weighted]:
    """Poles of G at finite z where (z - a)G has a limit, on all sheets: a and the limit."""
    if curve.is_uniformised:
        linear, others = _pole_factors(curve)
        yield from _rational_poles(curve, linear)
        if not others:
            return
    if curve.parameters:
        raise NoClosedFormError(
            "atoms of this law have no formula in its parameters: give values with law.subs({...})"
        )
    yield from _algebraic_poles(curve, budget, is_massless)


def _pole_factors(curve: Curve) -> tuple[list[sp.Expr], bool]:
    """Poles of G in the unknown that are rational in the rest, and whether there are others."""
    symbols = ring([curve.z, curve.G], first=curve.unknowns)
    linear, others = [], False
    for base in factorization(symbols.fraction(curve.G).denominator).factors:
        degree = base.degrees()[0]
        if degree == 1:
            constant, slope = (symbols.expression(c) for c in coefficients_in(base, 0))
            linear.append(-constant / slope)
        others |= degree > 1
    return linear, others


def _rational_poles(curve: Curve, places: list[sp.Expr]) -> Iterator[Weighted]:
    """Poles at these values of the unknown, and at its infinity."""
    (unknown,) = curve.unknowns
    t = sp.Dummy("t")
    for value in (*(place + t for place in places), 1 / t):
        yield from _limit(curve, unknown, value, t)


def _limit(curve: Curve, unknown: sp.Dummy, value: sp.Expr, t: sp.Dummy) -> Iterator[Weighted]:
    """Location a and lim (z - a)G as t tends to 0 in the unknown's value, if both are finite."""
    z, G = curve.z.xreplace({unknown: value}), curve.G.xreplace({unknown: value})
    symbols = ring([z, G], first=[t])
    order, place = leading(symbols, symbols.fraction(z))
    if order < 0 or place.has(sp.I):
        return
    place = place if order == 0 else sp.S.Zero
    shifted = ring([z, G, place], first=[t])
    order, mass = leading(shifted, shifted.fraction((z - place) * G))
    if order == 0:
        yield place, mass


def _algebraic_poles(
    curve: Curve, budget: int, is_massless: Callable[[RealAlgebraic], bool]
) -> Iterator[Weighted]:
    """Poles at real algebraic points of a curve without parameters.

    With one unknown the rational values, listed before, are left out.
    """
    for chart in charts(curve, [not curve.is_uniformised] * len(curve.unknowns)):
        for point, location in real_poles(chart.curve, budget):
            if not chart.is_at_infinity(point):
                continue
            if curve.is_uniformised and len(point.root.coefficients) == 2:
                continue
            try:
                mass = Germ(point).residue(budget)
            except (BudgetExceededError, CertificationError):
                # a singular point, or a long number: nothing needs to be exact without mass there
                if is_massless(location):
                    continue
                raise
            if mass is not None:
                yield location.expression(), mass.expression()
