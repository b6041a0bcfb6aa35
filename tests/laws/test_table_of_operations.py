"""The table of operations: every operation on laws of every kind answers rightly or refuses.

Each cell is asked for everything a law answers, and the answers are held against each other: mass
one, jumps of the distribution function at atoms, its derivative and its inverse, long arrays and
single points, the mean by quantiles, samples, SciPy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError, NotAlgebraicError, UndefinedOperationError
from freeprob.exact.systems.operation import Operation
from freeprob.exact.systems.system import Node, System

G, x, z = sp.symbols("G x z")
LEVELS = np.array([0.15, 0.4, 0.65, 0.9])


class Part(NamedTuple):
    """A law of one kind, one on the positive half line, and a symmetric one."""

    law: fp.Law
    positive: fp.Law
    symmetric: fp.Law


KINDS = {
    "algebraic": Part(fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur("1/2"), fp.Semicircle(1)),
    "uniform": Part(fp.Uniform(0, 1), fp.Uniform(1, 2), fp.Uniform(-1, 1)),
    "density": Part(
        fp.DensityLaw(2 * x, x, 0, 1),
        fp.DensityLaw(2 * x, x, 0, 1),
        fp.DensityLaw(3 * x**2 / 2, x, -1, 1),
    ),
    "no moments": Part(fp.Cauchy(0, 1), fp.Cauchy(0, 1).square(), fp.Cauchy(0, 1)),
    "atoms": Part(
        fp.mixture({fp.PointMass(1): "2/3", fp.Semicircle(1): "1/3"}),
        fp.MarchenkoPastur(2),
        fp.mixture({fp.PointMass(0): "2/3", fp.Semicircle(1): "1/3"}),
    ),
    "coin": Part(
        fp.Atomic({0: "1/3", 1: "2/3"}),
        fp.Atomic({0: "1/3", 1: "2/3"}),
        fp.Atomic({-1: "1/2", 1: "1/2"}),
    ),
    "zero": Part(fp.PointMass(0), fp.PointMass(0), fp.PointMass(0)),
}
HALVES = fp.Atomic({0: "1/2", 3: "1/2"})
OPERATIONS: dict[str, Callable[[Part], fp.Law]] = {
    "FreeSum": lambda part: fp.boxplus(part.law, fp.Atomic({-1: "1/4", 2: "3/4"})),
    "FreePower": lambda part: fp.boxplus_power(part.law, "3/2"),
    "FreeDifference": lambda part: fp.subtract(
        fp.boxplus_power(part.law, 3), fp.boxplus_power(part.law, "3/2")
    ),
    "Compression": lambda part: fp.compress(part.law, "1/2"),
    "CompoundPoisson": lambda part: fp.CompoundFreePoisson("1/2", part.law),
    "FreeProduct": lambda part: fp.boxtimes(part.positive, fp.MarchenkoPastur("1/3")),
    "FreeProductPower": lambda part: fp.boxtimes_power(part.positive, "3/2"),
    "Mixture": lambda part: fp.mixture({part.law: "1/3", fp.Semicircle(1): "2/3"}),
    "BooleanSum": lambda part: fp.boolean_sum(part.law, HALVES),
    "MonotoneSum": lambda part: fp.monotone(HALVES, part.law),
    "MobiusMap": lambda part: fp.mobius(part.law, 1, 2, 1, 3),
    "EvenSquare": lambda part: part.symmetric.square(),
    "RationalMap": lambda part: fp.image(x**3 - x, {x: part.law}),
    "SymmetricRoot": lambda part: fp.symmetrize(part.positive),
    "RectangularSum": lambda part: fp.rectangular_boxplus(part.symmetric, fp.Semicircle(1), "1/2"),
    "InformationPlusNoise": lambda part: fp.information_plus_noise(part.positive, "1/2"),
    "Reweighting": lambda part: fp.DensityLaw(2 * x, x, 0, 1),  # one kind of part alone
}
# these take seconds together; the others, a quarter of a minute at most, are marked slow
QUICK = {("BooleanSum", "uniform"), ("MonotoneSum", "density"), ("FreeDifference", "uniform")}
CELLS = [
    pytest.param(
        name,
        kind,
        id=f"{name}-{kind}",
        marks=[] if kind in ("coin", "zero") or (name, kind) in QUICK else pytest.mark.slow,
    )
    for name in OPERATIONS
    for kind in KINDS
    if name != "Reweighting" or kind == "density"
]
NOT_SEEN_TO_BE_SYMMETRIC = {
    ("RectangularSum", kind) for kind in ("uniform", "density", "no moments")
}

PLACES = {"support", "edges"}
NUMBERS = {"density", "cdf", "quantile", "sample", "scipy", "check"}
# what has no answer yet, with the reason; everything else must answer
_LOGARITHM = {"edges"}  # rightly: the density goes like no power next to an end of a logarithm
_HIDDEN_EDGE = PLACES  # the density is flat to all orders at the lower end
REFUSED: dict[tuple[str, str], set[str]] = {
    ("CompoundPoisson", "uniform"): _HIDDEN_EDGE,
    ("CompoundPoisson", "density"): _HIDDEN_EDGE,
    ("BooleanSum", "uniform"): _LOGARITHM,
    ("BooleanSum", "density"): _LOGARITHM,
    ("MonotoneSum", "uniform"): _LOGARITHM,
    ("RectangularSum", "atoms"): _LOGARITHM,
}


def operations_in(system: System) -> set[str]:
    if not isinstance(system, Node):
        return set()
    inside = (operations_in(part) for part in system.parts)
    return {type(system.operation).__name__}.union(*inside)


def test_no_operation_is_left_out() -> None:
    for name in fp._HOMES:
        getattr(fp, name)
    own = {each for each in Operation.__subclasses__() if each.__module__.startswith("freeprob.")}
    assert {each.__name__ for each in own} == set(OPERATIONS)
    for name, build in OPERATIONS.items():
        found = set()
        for kind in ("algebraic", "atoms", "coin"):
            found |= operations_in(build(KINDS[kind]).system)
        assert name in found, name


class Asked:
    """Answers of a law, and what it refused."""

    def __init__(self, law: fp.Law) -> None:
        self.law = law
        self.refused: dict[str, FreeprobError] = {}

    def __call__(self, question: str, answer: Callable[[], Any]) -> Any:
        try:
            return answer()
        except FreeprobError as error:
            self.refused.setdefault(question, error)
            return None


def check_exact(asked: Asked, kind: str) -> tuple[list | None, dict | None]:
    """Equation, moments and atoms; their refusals have the right kind."""
    law = asked.law
    asked("equation", lambda: law.equation(G, z))
    moments = asked("moments", lambda: law.moments(2))
    if "moments" in asked.refused:
        assert kind in ("no moments", "uniform", "density")
        assert kind != "no moments" or isinstance(asked.refused["moments"], UndefinedOperationError)
    if "equation" in asked.refused:
        assert isinstance(asked.refused["equation"], NotAlgebraicError)
    atoms = asked("atoms", law.atoms)
    if atoms is not None:
        assert all(mass > 0 for mass in atoms.values())
        assert sum(map(float, atoms.values())) < 1 + 1e-12
    return moments, atoms


def check_places(asked: Asked) -> None:
    """Density inside the cuts and none outside; edges lie in the support."""
    law = asked.law
    cuts = asked("support", lambda: law.support(dps=10))
    edges = asked("edges", lambda: law.edges(dps=10))
    if cuts is None:
        return
    ends = [(float(low), float(high)) for low, high in cuts]
    middles = [(low + 0.47 * (high - low)) for low, high in ends if np.isfinite([low, high]).all()]
    assert np.all(law.density(np.array(middles)) > 0)
    for (_, low), (high, _) in pairwise(ends):
        assert low <= high
        if high - low > 1e-6:
            assert law.density(low + 0.43 * (high - low)) == 0
    for edge in edges or []:
        assert edge.constant > 0
        assert any(low - 1e-6 <= float(edge.location) <= high + 1e-6 for low, high in ends)


def check_numbers(asked: Asked, moments: list | None, atoms: dict | None) -> None:
    """cdf, quantile and density fit each other, alone and in long arrays."""
    law = asked.law
    inner = asked("quantile", lambda: law.quantile(LEVELS))
    if inner is None:
        asked("cdf", lambda: law.cdf(0.3))
        return
    width = max(float(np.ptp(inner)), 1e-3)
    low, high = law.quantile([0, 1])
    # next to a hard edge a step is small against the distance from it
    inside = np.where((inner > low) & np.isfinite(low), inner - low, width)
    step = 1e-4 * np.minimum(width, inside)
    above, below = law.cdf(inner), law.cdf(inner - step)
    assert np.all(above >= LEVELS - 1e-9)
    assert np.all(below <= LEVELS + 1e-9)
    smooth = np.abs(above - LEVELS) < 1e-9
    slopes = (law.cdf(inner + step) - below) / (2 * step)
    density = law.density(inner)
    # the density is smooth at these levels, but for those at atoms
    assert slopes[smooth] == pytest.approx(density[smooth], rel=1e-3, abs=1e-3 / width)
    reach = width * 1e3
    assert law.cdf(low - width if np.isfinite(low) else -1e15 * reach) < 1e-6
    assert law.cdf(high if np.isfinite(high) else 1e15 * reach) > 1 - 1e-6
    grid = np.linspace(inner[0] - 2 * width, inner[-1] + 2 * width, 3000)
    some = np.arange(7, 3000, 370)
    for reading in (law.cdf, law.density):
        alone = np.array([reading(float(point)) for point in grid[some]])
        finite = np.isfinite(alone)
        together = reading(grid)[some]
        assert together[finite] == pytest.approx(alone[finite], rel=1e-9, abs=1e-11)
    assert np.all(np.diff(law.cdf(grid)) > -1e-12)
    for place, mass in (atoms or {}).items():
        here, tiny = float(place), 1e-9 * max(1.0, abs(float(place)))
        jump = law.cdf(here + tiny) - law.cdf(here - tiny)
        assert jump == pytest.approx(float(mass), abs=1e-3)
    if moments is not None and np.isfinite([low, high]).all():
        mean = law.quantile((np.arange(2000) + 0.5) / 2000).mean()
        assert mean == pytest.approx(float(moments[0]), abs=5e-3 * max(width, high - low))


def check_matrices(asked: Asked) -> None:
    """Samples and the comparison, SciPy's reading."""
    law = asked.law
    sample = asked("sample", lambda: law.sample(60, rng=2))
    middle = asked("scipy", lambda: law.to_scipy().ppf(0.5))
    if sample is not None and middle is not None:
        assert (sample <= middle + 1e-9).mean() > 0.3
        assert (sample >= middle - 1e-9).mean() > 0.3
        assert float(law.to_scipy().cdf(middle)) == law.cdf(float(middle))
    asked("check", lambda: law.check(n=40, draws=2, rng=1))


@pytest.mark.parametrize(("name", "kind"), CELLS)
def test_a_cell_answers_rightly_or_refuses(name: str, kind: str) -> None:
    try:
        law = OPERATIONS[name](KINDS[kind])
    except UndefinedOperationError:
        assert (name, kind) in NOT_SEEN_TO_BE_SYMMETRIC
        return
    asked = Asked(law)
    moments, atoms = check_exact(asked, kind)
    check_places(asked)
    check_numbers(asked, moments, atoms)
    check_matrices(asked)
    unexpected = set(asked.refused) & (PLACES | NUMBERS) - REFUSED.get((name, kind), set())
    assert not unexpected, {question: str(asked.refused[question]) for question in unexpected}
