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
