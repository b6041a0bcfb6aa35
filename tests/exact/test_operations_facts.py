"""Every operation states its facts: title, source, sign, atoms and gap labels, or UNKNOWN."""

from __future__ import annotations

import inspect
from dataclasses import fields

import pytest
import sympy as sp

import freeprob as fp
from freeprob.exact.operations import (
    additive,
    boolean_monotone,
    maps,
    mixtures,
    multiplicative,
    rational_maps,
    rectangular,
)
from freeprob.exact.systems.facts import UNKNOWN, Unknown
from freeprob.exact.systems.operation import Operation, Point
from freeprob.exact.systems.system import Node, flatten
from freeprob.geometry.outlines.outlines import outline

for _room in (
    additive,
    boolean_monotone,
    maps,
    mixtures,
    multiplicative,
    rational_maps,
    rectangular,
):
    assert _room
OPERATIONS = sorted(
    (each for each in Operation.__subclasses__() if each.__module__.startswith("freeprob.")),
    key=lambda each: each.__name__,
)
NUMBERS = {
    "exponent": sp.Rational(3, 2),
    "trace": sp.Rational(1, 2),
    "rate": sp.Rational(2, 3),
    "ratio": sp.Rational(1, 2),
    "variance": sp.S.One,
    "weights": (sp.Rational(1, 3), sp.Rational(2, 3)),
    "weight": (sp.S.Zero, sp.S(2)),
    "growing": (sp.S(2),),
    "top": (sp.S.Zero, -sp.S.One, sp.S.Zero, sp.S.One),
    "bottom": (sp.S.One,),
    **{letter: sp.S(value) for letter, value in zip("abcd", (1, 2, 1, 3), strict=True)},
}
PAIRS = {"FreeSum", "FreeProduct", "FreeDifference", "Mixture", "BooleanSum", "MonotoneSum"}
PAIRS.add("RectangularSum")


def made(kind: type[Operation]) -> tuple[Operation, int]:
    values = {entry.name: NUMBERS[entry.name] for entry in fields(kind)}
    return kind(**values), 2 if kind.__name__ in PAIRS else 1


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
def test_an_operation_states_its_facts(kind: type[Operation]) -> None:
    assert kind.title
    assert isinstance(kind.source, str)
    assert not inspect.isabstract(kind)
    operation, count = made(kind)
    half, one = sp.Rational(1, 2), sp.S.One
    atoms = operation.atoms([{sp.S.Zero: half, one: half}] * count)
    assert isinstance(atoms, Unknown) or 0 <= sum(atoms.values()) <= 1
    labels = operation.gap_labels([frozenset({sp.S.Zero, half, one})] * count)
    assert isinstance(labels, Unknown) or {sp.S.Zero, one} <= {sp.expand(x) for x in labels}


# G dz is no sum of the forms of the parts
WITHOUT_POTENTIAL = {"BooleanSum", "MonotoneSum", "Reweighting"}


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
def test_an_operation_states_the_rule_of_its_potential(kind: type[Operation]) -> None:
    operation, count = made(kind)
    points = [Point(*sp.symbols(f"z{i} G{i}")) for i in range(count)]
    rule = operation.potential(Point(*sp.symbols("z G")), points, operation.glue(points).unknowns)
    assert isinstance(rule, Unknown) == (kind.__name__ in WITHOUT_POTENTIAL)
    if not isinstance(rule, Unknown):
        assert len(rule.weights) == count


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
def test_a_point_mass_stays_one_or_the_branch_is_asked(kind: type[Operation]) -> None:
    operation, count = made(kind)
    atoms = operation.atoms([{sp.S(2): sp.S.One}] * count)
    spread = kind in (additive.CompoundPoisson, rectangular.InformationPlusNoise)
    spread |= kind in (maps.SymmetricRoot, rectangular.RectangularSum, mixtures.Reweighting)
    if not spread:
        assert not isinstance(atoms, Unknown)
        assert list(atoms.values()) == [1]


MIXED = fp.mixture({fp.PointMass(5): "2/3", fp.Arcsine(-1, 1): "1/3"})
CENTRED = fp.mixture({fp.PointMass(0): "2/3", fp.Semicircle(1): "1/3"})


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (fp.monotone(MIXED, fp.PointMass(1)), {6: "2/3"}),
        (fp.monotone(fp.Uniform(0, 1), fp.Semicircle(1)), {}),
        (fp.monotone(CENTRED, fp.Atomic({-1: "1/4", 1: "3/4"})), {-1: "1/6", 1: "1/2"}),
        (fp.monotone(CENTRED, fp.Uniform(0, 1)), {}),
        (fp.boolean_sum(MIXED, fp.PointMass(0)), {5: "2/3"}),
        (fp.boolean_sum(fp.PointMass(2), fp.PointMass("1/2")), {"5/2": 1}),
        (fp.subtract(MIXED, fp.PointMass(1)), {4: "2/3"}),
        (fp.subtract(fp.Atomic({0: "1/2", 2: "1/2"}), fp.Atomic({-1: "1/2", 1: "1/2"})), {1: 1}),
        (fp.subtract(fp.boxplus(fp.Uniform(0, 1), fp.PointMass(3)), fp.PointMass(3)), {}),
    ],
    ids=str,
)
def test_atoms_by_zeros_of_reciprocal_transforms(law: fp.Law, expected: dict) -> None:
    """Routes: a shift; no atom of the outer law; F(a) = 0 at the atoms of the inner one."""
    assert law.atoms() == {sp.Rational(x): sp.Rational(mass) for x, mass in expected.items()}


def test_unknown_is_a_value_and_no_absence() -> None:
    found = boolean_monotone.BooleanSum().atoms([{}, {}])
    assert found is UNKNOWN
    assert multiplicative.FreeProductPower(sp.Rational(1, 2)).gap_labels([frozenset()]) is UNKNOWN


@pytest.mark.parametrize(
    ("law", "masses"),
    [
        # two components of the jumps, each of its own rate times λ: κ counts them
        (fp.CompoundFreePoisson("1/4", fp.Atomic({1: "1/2", 100: "1/2"})), ["1/8", "1/8"]),
        # the signal's two values with a little noise
        (
            fp.information_plus_noise(fp.Atomic({1: "1/3", 9: "2/3"}), "1/2", "1/100"),
            ["1/3", "2/3"],
        ),
        (fp.symmetrize(fp.boxplus(fp.Atomic({5: "1/3", 9: "2/3"}), fp.Semicircle("1/100"))), None),
        (fp.rectangular_boxplus(fp.Atomic({-2: "1/2", 2: "1/2"}), fp.Semicircle("1/100"), 1), None),
        # 9·9 keeps 2/3 + 2/3 - 1
        (
            fp.boxtimes_power(
                fp.boxplus(fp.Atomic({5: "1/3", 9: "2/3"}), fp.Semicircle("1/100")), 2
            ),
            ["2/3", "1/3"],
        ),
        (
            fp.boxplus(
                fp.Atomic({-9: "1/6", -5: "1/3", 5: "1/3", 9: "1/6"}), fp.Semicircle("1/100")
            ).square(),
            ["2/3", "1/3"],
        ),
        # the pole 3 between the cuts exchanges them
        (
            fp.mobius(
                fp.boxplus(fp.Atomic({1: "1/3", 5: "2/3"}), fp.Semicircle("1/100")), 0, -1, 1, -3
            ),
            ["2/3", "1/3"],
        ),
        # the pole 7 is right of two gaps: between the images of 1 and 5 lies what is right of 7,
        # and 1/6 more, a complement of the difference of two labels
        (
            fp.mobius(
                fp.boxplus(fp.Atomic({1: "1/6", 5: "1/3", 9: "1/2"}), fp.Semicircle("1/100")),
                *(0, -1, 1, -7),
            ),
            ["1/2", "1/6", "1/3"],
        ),
    ],
    ids=str,
)
def test_masses_of_cuts_follow_from_labels(law: fp.Law, masses: list[str] | None) -> None:
    """Exact masses are those that integrals of G give to 20 digits."""
    exact = law.cut_masses()
    digits = law.cut_masses(dps=20)
    assert [float(mass) for mass in exact] == pytest.approx([float(m) for m in digits], abs=1e-15)
    if masses is not None:
        assert exact == [sp.Rational(mass) for mass in masses]


# edges of the result are no images of edges of the parts: the branch is asked
WITHOUT_OUTLINE = {
    "CompoundPoisson",
    "Compression",
    "FreeDifference",
    "FreePower",
    "FreeProduct",
    "FreeProductPower",
    "FreeSum",
    "InformationPlusNoise",
    "RectangularSum",
    "Reweighting",
    "SymmetricRoot",
}


def test_outlines_are_a_total_registry() -> None:
    rules = {kind.__name__ for kind in outline.registry} - {"object"}
    assert not rules & WITHOUT_OUTLINE
    assert rules | WITHOUT_OUTLINE == {kind.__name__ for kind in OPERATIONS}


@pytest.mark.parametrize("kind", OPERATIONS, ids=lambda kind: kind.__name__)
def test_a_curve_that_is_made_anew_is_the_same(kind: type[Operation]) -> None:
    operation, parts = made(kind)
    atoms = fp.Atomic({1: "1/3", 2: "2/3"}).system
    system = Node(operation, (Node(operation, (atoms,) * parts),) * parts)
    curve = flatten(system)
    flatten.cache_clear()
    assert flatten(system) == curve
    assert len(set(curve.unknowns)) == len(curve.unknowns)
    inner = flatten(system.parts[0])
    assert not {u for u in inner.unknowns if u not in atoms.unknowns} & set(curve.unknowns)
