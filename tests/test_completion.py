"""Tab completion offers what a law and an activation answer."""

from __future__ import annotations

import pytest
import sympy as sp

import freeprob as fp
from freeprob import landscapes, nets

THINGS = [
    fp.Semicircle(1),
    fp.boxplus(fp.Semicircle(1), fp.MarchenkoPastur("1/2")),
    fp.AlgebraicLaw(sp.Symbol("G") * sp.Symbol("z") - 1, sp.Symbol("G"), sp.Symbol("z")),
    nets.relu,
]


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_no_name_is_offered_that_only_numbers_have(thing) -> None:
    offered = [name for name in dir(thing) if not name.startswith("_")]
    assert not [name for name in offered if name.startswith(("is_", "as_"))]
    assert "default_assumptions" not in offered
    assert all(hasattr(type(thing), name) for name in offered)
    assert {"subs", "free_symbols", "args", "func", "doit"} <= set(offered)


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_every_public_name_of_the_package_is_offered(thing) -> None:
    own = {
        name
        for base in type(thing).__mro__
        if base.__module__.startswith("freeprob.")
        for name in vars(base)
        if not name.startswith("_") and name != "default_assumptions"
    }
    assert own <= set(dir(thing))


def test_laws_offer_what_all_laws_answer() -> None:
    assert {"density", "support", "equation", "plot", "atoms"} <= set(dir(fp.Semicircle(1)))
    assert "__class__" in dir(fp.Semicircle(1))


@pytest.mark.parametrize(
    ("module", "typed", "meant"),
    [
        (fp, "MarchenkoPastr", "MarchenkoPastur"),
        (fp, "boxpluss", "boxplus"),
        (nets, "gelu_tan", "gelu_tanh"),
        (landscapes, "PSpins", "PSpin"),
    ],
)
def test_a_mistyped_name_is_answered_with_the_nearest(module, typed: str, meant: str) -> None:
    with pytest.raises(AttributeError, match=f"no attribute '{typed}'; did you mean '{meant}'"):
        getattr(module, typed)
    with pytest.raises(AttributeError, match=r"no attribute 'xyzzy'$"):
        _ = module.xyzzy


@pytest.mark.parametrize("asked", [sp.N, lambda thing: thing.evalf(20), lambda thing: thing.n()])
@pytest.mark.parametrize("thing", [fp.Semicircle(sp.pi), *THINGS], ids=str)
def test_digits_are_refused_with_what_has_them(thing, asked) -> None:
    with pytest.raises(AttributeError, match=r"ask for digits of what it answers.*20"):
        asked(thing)
    assert not hasattr(thing, "evalf")


def test_the_digits_that_are_told_are_there() -> None:
    law = fp.Semicircle(sp.pi)
    assert str(law.density(1, dps=20)) == str((sp.sqrt(4 * sp.pi - 1) / (2 * sp.pi**2)).n(20))
    assert str(law.support(dps=20)[0][1]) == str((2 * sp.sqrt(sp.pi)).n(20))
    assert str(nets.relu.eta(1).evalf(20)) == str((sp.S.Half - 1 / (2 * sp.pi)).n(20))
    assert nets.relu(2) == 2


def test_other_names_are_missing_as_usual() -> None:
    with pytest.raises(AttributeError, match=r"'Semicircle' object has no attribute 'desnity'$"):
        _ = fp.Semicircle(1).desnity
