"""The rooms import upwards only (design: rooms, from the ground up)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "freeprob"
ROOMS = [
    "errors",
    "exact",
    "numeric",
    "geometry",
    "ensembles",
    "typesetting",
    "derivation",
    "laws",
    "models",
    "nets",
    "landscapes",
    "plotting",
    "testing",
    "language",
    "cli",
]
FREE_OF = {
    "exact": {"numpy", "scipy", "mpmath"},
    "ensembles": {"sympy", "flint", "mpmath"},
}
MODULES = [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def imports(path: Path) -> set[str]:
    """Absolute names of everything a module imports, those inside functions included."""
    module = ["freeprob", *path.relative_to(PACKAGE).with_suffix("").parts]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module[: -node.level]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            if name == "freeprob":
                found |= {f"freeprob.{alias.name}" for alias in node.names}
            else:
                found.add(name)
    return found


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
                allowed = ["errors", "ensembles"]
            assert other in allowed, f"{own} may not import {other} ({path.name})"
        elif own in FREE_OF:
            top = name.split(".")[0]
            assert top not in FREE_OF[own], f"{own} may not import {top} ({path.name})"
        if own == "numeric" and name.split(".")[0] == "sympy":
            assert path.name == "lowering.py", f"only lowering.py may import sympy ({path.name})"
