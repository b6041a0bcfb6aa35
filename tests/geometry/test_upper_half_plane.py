"""Whether a curve's branch is analytic above the real axis: is it a law?"""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import NotALawError
from freeprob.exact.operations.additive import FreeDifference
from freeprob.exact.systems.critical_equations import Kind
from freeprob.exact.systems.leaves import from_cauchy, from_inverse
from freeprob.exact.systems.system import Node
from freeprob.geometry.spectrum.upper_half_plane import singularities_above
from freeprob.laws.base import Law
from tests.laws.catalogue import LAWS, VALUES

w = sp.Symbol("w")
Q = sp.Rational


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_laws_are_analytic_above_the_axis(law: Law) -> None:
    system = law.subs(VALUES).system
    assert not singularities_above(system)


def test_the_singularity_of_a_difference_is_the_root_of_its_own_equation() -> None:
    # z = 1/g + 1/(1 - g) - g/10⁴: dz = 0 at g = 27.1 exp(-2πi/3)
    difference = Node(
        FreeDifference(), (fp.MarchenkoPastur(1).system, fp.Semicircle("1/10000").system)
    )
    (found,) = singularities_above(difference)
    g = 1 / found.F
    assert abs(1 / (1 - g) ** 2 - 1 / g**2 - 1e-4) < 1e-12
    assert abs(abs(g) - 27.1) < 0.6
    assert abs(1 / g + 1 / (1 - g) - g / 10**4 - found.z) < 1e-12


@pytest.mark.parametrize("skewness", [Q(1, 10), Q(19245, 10**5), Q(19246, 10**5), Q(1, 5), 1])
def test_the_threshold_of_a_cubic_cumulant_is_exact(skewness: sp.Rational) -> None:
    """R = w + aw²: z'(g) = 0 has three real roots iff a ≤ 1/√27, by its discriminant."""
    system = from_inverse(lambda g: 1 / g + g + skewness * g**2)
    is_law = 27 * skewness**2 <= 1
    assert bool(singularities_above(system)) != is_law
    if is_law:
        assert fp.TransformLaw("R", w + skewness * w**2, w).moments(3) == [0, 1, skewness]
    else:
        with pytest.raises(NotALawError):
            fp.TransformLaw("R", w + skewness * w**2, w)


@pytest.mark.parametrize("variance", ["1/10000", "1/1000", "1/100", "1/10"])
@pytest.mark.parametrize(
    "law",
    [fp.MarchenkoPastur(1), fp.FussCatalan(2), fp.Atomic([0, 1]), fp.Arcsine(0, 1)],
    ids=str,
)
def test_no_semicircle_is_taken_off_what_holds_none(law: Law, variance: str) -> None:
    """With a semicircle of variance v in it a density is at most 1/(π√v) (Biane 1997)."""
    with pytest.raises(NotALawError):
        fp.subtract(law, fp.Semicircle(variance))


@pytest.mark.parametrize(
    "law", [fp.MarchenkoPastur(1), fp.Atomic([0, 1]), fp.FussCatalan(2)], ids=str
)
def test_what_was_added_is_taken_off_again(law: Law) -> None:
    noise = fp.Semicircle("1/10000")
    assert fp.subtract(fp.boxplus(law, noise), noise).moments(4) == law.moments(4)


def test_a_pole_above_the_axis_is_found() -> None:
    transform = Q(9, 10) * w / (w**2 - 1) + Q(1, 10) * w / (w**2 + 1)
    (found,) = singularities_above(from_cauchy(lambda z: transform.subs(w, z)))
    assert found == (Kind.POLE, 1j, 0)
    with pytest.raises(NotALawError):
        fp.TransformLaw("G", transform, w)
