"""Write the table of the constants that decide truth: ``python -m tests.constants``.

A constant decides truth when an answer depends on it: it is a float that stands, in capitals, at
the head of a module. Its argument is the comment at its side or above it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "constants.md"
_HEAD = """# Constants that decide truth

Written by `python -m tests.constants` from the code, and compared by `tests/test_documents.py`:
every float at the head of a module, its owner, its name, its value and why it is what it is. Counts
of steps and budgets of work decide how long something is tried, never what is true, and are not
listed.

"""


class Constant(NamedTuple):
    """A named number."""

    module: str
    name: str
    value: str
    argument: str


def constants() -> Iterator[Constant]:
    """All of the package, by module and line."""
    for path in sorted((ROOT / "freeprob").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        lines, tree = text.splitlines(), ast.parse(text)
        module = ".".join(path.relative_to(ROOT / "freeprob").with_suffix("").parts)
        for place, node in enumerate(tree.body):
            if not isinstance(node, ast.Assign) or not _decides(node.value):
                continue
            names = [name.id for name in ast.walk(node.targets[0]) if isinstance(name, ast.Name)]
            if all(re.fullmatch(r"_?[A-Z][A-Z0-9_]*", name) for name in names):
                after = tree.body[place + 1] if place + 1 < len(tree.body) else None
                argument = _beside(lines, node) or _below(after) or _above(lines, node.lineno - 2)
                shown = ast.unparse(node.value).strip("()")
                yield Constant(module, ", ".join(names), shown, argument)


def _decides(value: ast.expr) -> bool:
    """Whether a literal is made of numbers, a float among them."""
    kinds = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.BinOp, ast.operator, ast.unaryop, ast.Load)
    parts = list(ast.walk(value))
    numbers = [part.value for part in parts if isinstance(part, ast.Constant)]
    return all(isinstance(part, kinds) for part in parts) and any(
        isinstance(number, float) for number in numbers
    )


def _beside(lines: list[str], node: ast.Assign) -> str:
    comment = re.search(r"  # (.*)$", lines[node.end_lineno - 1])
    return comment[1] if comment else ""


def _below(after: ast.stmt | None) -> str:
    """A docstring."""
    text = after.value.value if _is_text(after) else ""
    return " ".join(str(text).split())


def _is_text(after: ast.stmt | None) -> bool:
    return isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)


def _above(lines: list[str], place: int) -> str:
    """A comment, perhaps of several constants."""
    while place >= 0 and re.match(r"_?[A-Z][A-Z0-9_, ]* = ", lines[place]):
        place -= 1
    found: list[str] = []
    while place >= 0 and lines[place].startswith("# "):
        found.insert(0, lines[place][2:])
        place -= 1
    return " ".join(found)


def page() -> str:
    """The table."""
    rows = [
        f"| {each.module.replace('_', chr(92) + '_')} | `{each.name}` | {each.value} "
        f"| {each.argument.replace('|', chr(92) + '|')} |"
        for each in constants()
    ]
    return _HEAD + "\n".join(["| owner | name | value | why |", "|---|---|---|---|", *rows]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
