"""Rooms import upwards only, and so do the folders of a room (a room is a ladder, too)."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "freeprob"
ROOMS = [
    "errors",
    "behaviour",
    "enclosed_numbers",
    "finite_expressions",
    "array_reader",
    "number_sizes",
    "parameters",
    "memory",
    "law_symbols",
    "extras",
    "routes",
    "tables",
    "completion",
    "bibliography",
    "typesetting",
    "plotting",
    "exact",
    "numeric",
    "geometry",
    "ensembles",
    "derivation",
    "laws",
    "models",
    "nets",
    "landscapes",
    "testing",
    "language",
    "commands",
    "cli",
]
# each room's folders and loose modules, top first; a room that is not listed is flat
LADDERS = {
    "plotting": [
        "styled_figure",
        "canvas",
        "spectra",
        "outlines",
        "histograms",
        "densities",
        "distribution_functions",
        "families",
        "cauchy_transforms",
        "curves",
        "comparisons",
        "explorer",
    ],
    "exact": ["algebra", "images", "systems", "moments", "equations", "operations"],
    "numeric": [
        "precision",
        "gaussian",
        "programs",
        "determinants",
        "stepping",
        "branch",
        "distributions",
        "integrals",
        "fluctuations",
    ],
    "geometry": ["signs", "candidates", "images", "outlines", "spectrum", "phases"],
    "laws": [
        "description",
        "numbers",
        "functionals",
        "subordination",
        "matrices",
        "readings",
        "base",
        "arguments",
        "validation",
        "named",
        "given",
        "operations",
    ],
    "models": [
        "letters",
        "samples",
        "pencils",
        "equivalents",
        "dyson",
        "families",
        "solutions",
        "traces",
        "limit_laws",
        "checking",
    ],
    "nets": [
        "functions",
        "expectations",
        "activations",
        "mean_field",
        "samples",
        "kernels",
        "field_theory",
        "spectra",
    ],
    "landscapes": [
        "kac_rice",
        "hessians",
        "noisy",
        "batch_outliers",
        "local",
        "damping",
        "experiments",
    ],
}
# arrows upwards that stay, each with its reason
UPWARDS = {
    # mu.dilate(a), mu.square(), mu.inverse() are sugar over subclasses of Law
    "freeprob.laws.base -> freeprob.laws.named.atomic",
    "freeprob.laws.base -> freeprob.laws.operations.companion",
    "freeprob.laws.base -> freeprob.laws.operations.maps",
    "freeprob.laws.base -> freeprob.laws.operations.square",
}
FREE_OF = {
    "exact": {"numpy", "scipy", "mpmath"},
    "ensembles": {"sympy", "flint"},
}
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def name_of(path: Path) -> str:
    return ".".join(["freeprob", *path.relative_to(PACKAGE).with_suffix("").parts])


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def step_of(module: str) -> str:
    """The folder or loose module of its room."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 else ""


def only_for_types(tree: ast.Module) -> set[ast.AST]:
    """What stands under ``if TYPE_CHECKING``: it is never imported."""
    guards = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
    ]
    return {inner for guard in guards for node in guard.body for inner in ast.walk(node)}


@cache
def imports(path: Path, types: bool = True) -> frozenset[str]:
    """Absolute names of everything a module imports, those inside functions included."""
    module = name_of(path).split(".")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = set() if types else only_for_types(tree)
    found: set[str] = set()
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module[: -node.level]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            if name.startswith("freeprob"):
                modules = {f"{name}.{alias.name}" for alias in node.names}
                known = {other for other in modules if is_module(other)}
                found |= known | ({name} if len(known) < len(modules) else set())
            else:
                found.add(name)
    return frozenset(found)


def is_module(name: str) -> bool:
    place = PACKAGE.joinpath(*name.split(".")[1:])
    return place.with_suffix(".py").exists() or place.is_dir()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_rooms_above_it(path: Path) -> None:
    own = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if own == "__main__":
        return
    for name in imports(path):
        if name.startswith("freeprob."):
            other = room_of(name)
            assert other in ROOMS, f"{path.name} imports {name}, which is no room"
            allowed = ROOMS[: ROOMS.index(own) + 1]
            if own == "ensembles":
                # finite-size formulas have digits: they leave by the border
                border = ["numeric"] if name == "freeprob.numeric.precision" else []
                allowed = [
                    "errors",
                    "behaviour",
                    "parameters",
                    "memory",
                    "tables",
                    "plotting",
                    "ensembles",
                    *border,
                ]
            assert other in allowed, f"{own} may not import {other} ({path.name})"
        elif own in FREE_OF:
            top = name.split(".")[0]
            assert top not in FREE_OF[own], f"{own} may not import {top} ({path.name})"
        if own == "numeric" and name.split(".")[0] == "sympy":
            assert path.name == "lowering.py", f"only lowering.py may import sympy ({path.name})"


def upward_arrows() -> list[str]:
    """Imports from a lower folder of the same room, those for types only left out."""
    found = []
    for path in MODULES:
        name = name_of(path)
        ladder = LADDERS.get(room_of(name))
        if ladder is None or path.name == "__init__.py":
            continue
        for other in imports(path, types=False):
            if room_of(other) != room_of(name) or not step_of(other):
                continue
            if ladder.index(step_of(other)) > ladder.index(step_of(name)):
                found.append(f"{name} -> {other}")
    return sorted(found)


def test_folders_of_a_room_import_upwards_only() -> None:
    """Equality: an exception that is no longer needed leaves the list."""
    assert set(upward_arrows()) == UPWARDS


# modules that need each other, each circle with its reason; no others, and at most four
CIRCLES = [
    # mu.dilate(a), mu.square(), mu.companion(c) are sugar over subclasses of Law
    {
        "freeprob.laws.base",
        "freeprob.laws.arguments",
        "freeprob.laws.named.atomic",
        "freeprob.laws.named.empirical",
        "freeprob.laws.operations.companion",
        "freeprob.laws.operations.maps",
        "freeprob.laws.operations.mixture",
        "freeprob.laws.operations.square",
    },
    # points that float64 leaves undecided are asked of the balls, which start from float64
    {"freeprob.numeric.branch.branch", "freeprob.numeric.branch.digits"},
]


def circles(arrows: dict[str, set[str]]) -> list[set[str]]:
    """Sets of two or more modules that reach each other (strongly connected components)."""
    reached = {name: {name, *others} for name, others in arrows.items()}
    grown = True
    while grown:
        after = {
            name: set().union(known, *(reached[other] for other in known))
            for name, known in reached.items()
        }
        grown, reached = after != reached, after
    found = {
        frozenset(other for other in known if name in reached[other])
        for name, known in reached.items()
    }
    return [set(circle) for circle in found if len(circle) > 1]


def test_circles_of_imports_are_the_listed_ones() -> None:
    """Imports inside functions count, those for types only do not."""
    names = {name_of(path) for path in MODULES if path.name != "__init__.py"}
    arrows = {
        name_of(path): set(imports(path, types=False)) & names
        for path in MODULES
        if name_of(path) in names
    }
    found = circles(arrows)
    assert all(circle in CIRCLES for circle in found), f"new circles: {found}"
    assert all(circle in found for circle in CIRCLES), "a circle is gone: take it off the list"
    assert len(CIRCLES) <= 4


def test_a_circle_is_found() -> None:
    arrows = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert circles(arrows) == [{"a", "b", "c"}]


MOST_LINES = 400
MOST_STATEMENT_LINES = 50


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_so_are_its_functions(path: Path) -> None:
    """A longer file holds two ideas; of a function the docstring does not count."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES, f"split {path.name} by idea"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                length -= node.body[0].end_lineno - node.body[0].lineno + 1
            assert length <= MOST_STATEMENT_LINES, f"{path.name}: {node.name} has {length} lines"
