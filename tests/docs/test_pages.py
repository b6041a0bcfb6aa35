"""Every page of the site runs from its first cell to its last, as a reader would type it."""

from __future__ import annotations

import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from matplotlib import pyplot

DOCS = Path(__file__).resolve().parents[2] / "docs"
CELL = re.compile(r"^```\{code-cell\}\n(?::tags:.*\n\n)?(.*?)^```$", re.MULTILINE | re.DOTALL)
# those of the reference and of the notebooks' folder are generated
PAGES = {
    str(path.relative_to(DOCS)): cells
    for path in sorted(DOCS.rglob("*.md"))
    if (cells := CELL.findall(path.read_text(encoding="utf-8")))
}


def test_there_are_pages_for_every_task() -> None:
    assert sum(name.startswith("howto") for name in PAGES) >= 20
    assert sum(name.startswith("guide") for name in PAGES) == 6


# floats that a page prints may warn about nothing, as in the rest of the suite
@pytest.mark.parametrize("name", PAGES)
def test_a_page_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pyplot.switch_backend("Agg")
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "page"}
    with pyplot.rc_context():
        for number, cell in enumerate(PAGES[name]):
            exec(compile(ast.parse(cell), f"{name}, cell {number}", "exec"), space)
    pyplot.close("all")


def executed() -> Iterator[str]:
    """All Python that building the site runs."""
    for cells in PAGES.values():
        yield from cells
    for path in DOCS.glob("gallery/*.py"):
        yield path.read_text(encoding="utf-8")
    for path in DOCS.parent.glob("notebooks/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def test_what_the_site_imports_is_installed_with_it() -> None:
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras, wanted, installed = project["optional-dependencies"], ["freeprob[docs]"], {"freeprob"}
    installed |= {re.split(r"[^\w-]", each)[0].lower() for each in project["dependencies"]}
    for each in wanted:
        name, _, own = each.partition("[")
        installed.add(re.split(r"[^\w-]", name)[0].lower())
        for extra in filter(None, own.rstrip("]").split(",")):
            wanted += extras[extra]
    trees = [node for cell in executed() for node in ast.walk(ast.parse(cell))]
    names = {alias.name for node in trees if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in trees if isinstance(node, ast.ImportFrom)}
    modules = {name.partition(".")[0] for name in names} - sys.stdlib_module_names
    homes = packages_distributions()
    assert {m for m in modules if not installed & {d.lower() for d in homes.get(m, [m])}} == set()
