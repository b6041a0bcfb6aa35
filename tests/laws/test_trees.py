"""Laws as immutable trees: rebuilt from their arguments, pickled, substituted, printed."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import UndefinedOperationError
from freeprob.exact.moments.expansion import leading_coefficients
from freeprob.laws.base import Law
from freeprob.numeric.branch.branch import physical_branch
from tests.laws.catalogue import HALF, LAWS, NAMED, OPERATIONS, VALUES, WITHOUT_MOMENTS, c, t


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_a_law_is_rebuilt_from_its_arguments(law: Law) -> None:
    assert law.func(*law.args) == law
    assert pickle.loads(pickle.dumps(law)) == law
    assert hash(law.func(*law.args)) == hash(law)
    assert set(law.parameters) <= {c, t}


def test_a_system_remembers_its_hash_in_its_process_only() -> None:
    system = fp.boxplus(fp.MarchenkoPastur("1/3"), fp.Semicircle(2)).system
    again = fp.boxplus(fp.MarchenkoPastur("1/3"), fp.Semicircle(2)).system
    assert hash(system) == hash(system) == hash(again)
    assert "_hash" in vars(system)
    other = type(system).__new__(type(system))
    vars(other).update(system.__getstate__())
    # names of strings hash differently in the next process
    assert "_hash" not in vars(other)
    assert other == system
    assert hash(other) == hash(system)


@pytest.mark.parametrize("law", NAMED + OPERATIONS, ids=str)
def test_moments_and_substitution_commute(law: Law) -> None:
    symbolic = [moment.subs(VALUES) for moment in law.moments(5)]
    numeric = law.subs(VALUES).moments(5)
    assert all(sp.simplify(a - b) == 0 for a, b in zip(symbolic, numeric, strict=True))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_the_curve_at_infinity_has_the_moments_of_the_rule(law: Law) -> None:
    # the rule on series and the glued curve, continued numerically, share no formula
    law = law.subs(VALUES)
    coefficients = [1, *(complex(sp.N(m, 20)) for m in leading_coefficients(law.system, 24))]
    place = np.array([5 + 60j, -40 + 50j])
    series = sum(m / place ** (k + 1) for k, m in enumerate(coefficients))
    tail = 4 * np.abs(coefficients[-1] / place**25)
    assert (np.abs(physical_branch(law.system).cauchy(place) - series) <= 1e-14 + tail).all()


@pytest.mark.parametrize("law", WITHOUT_MOMENTS, ids=str)
def test_laws_without_moments_say_so(law: Law) -> None:
    with pytest.raises(UndefinedOperationError, match="no moments"):
        law.moments(1)


def test_atoms_that_meet_are_put_together() -> None:
    law = fp.Atomic({c: HALF, 1: HALF}).subs(c, 1)
    assert law.moments(2) == [1, 1]
    both = fp.mixture({fp.Semicircle(c): HALF, fp.Semicircle(1): HALF}).subs(c, 1)
    assert both.moments(2) == [0, 1]


def test_user_symbols_do_not_clash_with_bound_ones() -> None:
    G, z = sp.symbols("G z")
    first = fp.AlgebraicLaw(G**2 - z * G + 1, G, z)
    assert first == fp.AlgebraicLaw(z**2 - G * z + 1, z, G)
    assert first.subs({G: 3, z: 2}) == first
    assert first.free_symbols == set()
    scaled = fp.AlgebraicLaw(c * G**2 - z * G + 1, G, z)
    assert scaled.subs(c, z).parameters == (z,)
    assert scaled.subs(c, z).moments(2) == [0, z]


def test_printed_laws_read_like_input() -> None:
    assert str(fp.Atomic({-1: HALF, 1: HALF})) == "Atomic({-1: 1/2, 1: 1/2})"
    assert str(fp.Uniform(0, 1)) == "Uniform(0, 1)"
    w = sp.Symbol("w")
    assert str(fp.TransformLaw("R", c * w, w)) == 'TransformLaw("R", c*w, w)'


def test_monotone_and_boolean_sums_of_laws_on_the_half_line_stay_there() -> None:
    one, other = fp.Atomic({0: "1/2", 2: "1/2"}), fp.Uniform(0, 1)
    for law in (fp.monotone(one, other), fp.monotone(other, one), fp.boolean_sum(one, other)):
        assert law._on_half_line() is True
        assert law.cdf(-1e-9) == 0
    assert fp.monotone(one, fp.Uniform(-1, 1))._on_half_line() is None
