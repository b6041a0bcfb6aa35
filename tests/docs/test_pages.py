"""Every page of the site runs from its first cell to its last, as a reader would type it."""

from __future__ import annotations

import ast
import re
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
