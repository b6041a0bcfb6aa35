"""Critical points of the structured curve against edges known otherwise."""

from __future__ import annotations

import flint
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import BudgetExceededError
from freeprob.exact.algebra.polynomials import univariate
from freeprob.exact.operations.multiplicative import FreeProduct
from freeprob.exact.systems.critical_equations import Kind, critical_points
from freeprob.exact.systems.system import Node, flatten

third, sixth = sp.Rational(1, 3), sp.Rational(1, 6)
T5 = fp.boxplus(
    fp.Atomic({-1: "1/2", 0: third, 2: sixth}), fp.Atomic({0: third, 1: third, 3: third})
)
T10 = fp.boxplus(
    fp.Atomic({-3: third, -1: third, 0: sixth, 2: sixth}),
    fp.Atomic({0: "1/4", 1: "1/4", 3: "1/4", 7: "1/4"}),
)
FIVE_AND_FIVE = fp.boxplus(
    fp.Atomic({-3: "1/5", -1: "1/5", 0: "1/5", 2: "1/5", 5: "1/5"}),
    fp.Atomic({0: "1/10", 1: "1/5", 3: "3/10", 7: "1/5", 11: "1/5"}),
)


def system_of(law):
    return critical_points(flatten(law.system))


def product(*laws):
    return critical_points(flatten(Node(FreeProduct(), tuple(law.system for law in laws))))


def real_roots(system, polynomial):
    dense = univariate(polynomial, system.ring.index(system.x))
    with flint.ctx.workprec(200):
        return sorted(
            sp.Float(root.real.mid().str(40, radius=False), 40)
            for root, _ in dense.complex_roots()
            if root.imag == 0
        )


def stationary(system):
    return [points for points in system.points() if points.kind is Kind.STATIONARY]


def test_edges_of_marchenko_pastur() -> None:
    system = system_of(fp.MarchenkoPastur("1/4"))
    images = {system.ring.expression(points.image) for points in stationary(system)}
    assert images == {4 * system.x - 1, 4 * system.x - 9}


def test_hard_edge_is_a_point_at_infinity() -> None:
    system = system_of(fp.MarchenkoPastur(1))
    kinds = {points.kind: system.ring.expression(points.image) for points in system.points()}
    assert kinds == {Kind.STATIONARY: system.x - 4, Kind.INFINITY: system.x}


def test_all_six_edges_of_three_and_three_atoms_to_twenty_digits() -> None:
    system = system_of(T5)
    (points,) = stationary(system)
    assert points.equation.degrees()[system.coordinate] == 16
    known = [
        "-0.97975747684876731515",
        "2.04733815555588510828",
        "2.08923412773240390974",
        "2.87164477866726112217",
        "3.01809075218518796863",
        "4.65584167944873873805",
    ]
    found = real_roots(system, points.image)
    assert len(found) == len(known)
    for value, digits in zip(found, known, strict=True):
        assert abs(value - sp.Float(digits, 40)) < sp.Float("1e-20", 40)


@pytest.mark.parametrize(("law", "degree"), [(T10, 36), (FIVE_AND_FIVE, 64)])
def test_atoms_and_atoms_have_one_irreducible_edge_equation(law, degree) -> None:
    system = system_of(law)
    (points,) = stationary(system)
    assert points.equation.degrees()[system.coordinate] == degree
    assert points.image.degrees()[0] == degree
    assert len(real_roots(system, points.image)) == 4


def test_unknowns_lie_on_the_curve_and_have_the_image_as_z() -> None:
    system = system_of(T5)
    for points in system.points():
        if points.kind is Kind.INFINITY:
            continue
        w = system.ring.generators[system.coordinate]
        (root, *_) = sp.Poly(system.ring.expression(points.equation), w).nroots(n=40, maxsteps=200)
        values = {
            unknown: system.ring.quotient(fraction).subs(w, root)
            for unknown, fraction in zip(system.curve.unknowns, points.unknowns, strict=True)
        }
        (relation,) = (part for factors in system.relations for part in factors)
        scale = sum(abs(value) for value in values.values()) + 1
        assert abs(system.ring.expression(relation).subs(values)) < 1e-20 * scale**4
        if points.kind is Kind.STATIONARY:
            x = sp.Poly(system.ring.expression(points.image), system.x)
            image = system.ring.quotient(system.z).subs(values)
            assert abs(x.eval(image)) < 1e-15 * abs(x.diff().eval(image))


def test_poles_are_sums_of_atoms() -> None:
    system = system_of(T5)
    poles = {
        root
        for points in system.points()
        if points.kind is Kind.POLE
        for root in sp.roots(system.ring.expression(points.image), system.x)
    }
    assert poles == {a + b for a in (-1, 0, 2) for b in (0, 1, 3)}


def test_points_at_infinity_are_the_zeros_of_g_between_cuts() -> None:
    # one unknown is infinite where G = 0: omega_1 is a zero of G_1 there, z = omega_1 + mean_2
    system = system_of(T5)
    x = system.x
    first = sp.numer(sp.together(sp.Rational(1, 2) / (x + 1) + third / x + sixth / (x - 2))).subs(
        x, x - sp.Rational(4, 3)
    )
    found = [
        sp.Poly(system.ring.expression(points.image), x)
        for points in system.points()
        if points.kind is Kind.INFINITY
    ]
    assert sp.Poly(first, x).primitive()[1].monic() in [poly.monic() for poly in found]


def test_the_cusp_of_bernoulli_plus_semicircle_is_a_double_point() -> None:
    law = fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(1))
    system = system_of(law)
    found = {
        system.ring.expression(points.image): points.multiplicity for points in stationary(system)
    }
    assert found == {4 * system.x**2 - 27: 1, system.x: 2}


def test_the_wall_between_one_and_two_cuts_is_a_discriminant() -> None:
    p, s = sp.symbols("p s", positive=True)
    law = fp.boxplus(fp.Atomic({-1: p, 1: 1 - p}), fp.Semicircle(s))
    system = system_of(law)
    (points,) = stationary(system)
    w = system.ring.generators[system.coordinate]
    wall = sp.discriminant(system.ring.expression(points.equation), w)
    cubic = s**3 - 108 * s**2 * p**2 + 108 * s**2 * p - 12 * s**2 + 48 * s - 64
    assert sp.rem(wall, cubic, s) == 0


def test_symbolic_ratios_of_two_products_stay_small() -> None:
    a, b, c, d = sp.symbols("a b c d", positive=True)
    pair = [
        Node(FreeProduct(), tuple(fp.MarchenkoPastur(ratio).system for ratio in ratios))
        for ratios in ((a, b), (c, d))
    ]
    from freeprob.exact.operations.additive import FreeSum

    system = critical_points(flatten(Node(FreeSum(), tuple(pair))))
    (points,) = stationary(system)
    assert points.equation.degrees()[system.coordinate] == 11
    assert len(points.equation) == 400
    assert points.image is None
    with pytest.raises(BudgetExceededError, match="past the elimination budget"):
        system.candidates()


def test_products_of_wisharts_need_no_elimination() -> None:
    system = product(fp.MarchenkoPastur(1), fp.MarchenkoPastur(1))
    images = {system.ring.expression(polynomial) for polynomial in system.candidates()}
    assert images == {4 * system.x - 27, system.x}
