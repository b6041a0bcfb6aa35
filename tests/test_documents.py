"""Pages that speak of the code are held against it."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from tests import constants, rooms

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PACKAGE = ROOT / "freeprob"
N = sp.Symbol("N", positive=True)
NAMES = {"fp": fp, "nets": nets, "sp": sp, "X": fp.Ginibre("X", N, 2 * N, 1 / N)}
NAMES["H"] = fp.GOE("H", N)


def test_the_table_of_constants_is_that_of_the_code() -> None:
    """Otherwise run ``python -m tests.constants``."""
    assert constants.PAGE.read_text(encoding="utf-8") == constants.page()


def test_every_constant_that_decides_truth_has_its_argument() -> None:
    bare = [f"{each.module}: {each.name}" for each in constants.constants() if not each.argument]
    assert bare == []


def test_the_picture_of_the_rooms_is_that_of_the_imports() -> None:
    """Otherwise run ``python -m tests.rooms``."""
    assert rooms.PICTURE.read_text(encoding="utf-8") == rooms.picture()


def walks() -> dict[str, tuple[str, list[str]]]:
    """Title of each walk, its call, and the modules that it enters, in order."""
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    chapter = page.split("\n## Five walks\n")[1].split("\n## ")[0]
    found = {}
    for section in chapter.split("\n### ")[1:]:
        title, _, text = section.partition("\n")
        call = re.search(r"^`(.+?)`", text, flags=re.MULTILINE)
        assert call is not None
        found[title] = call[1], re.findall(r"^\d+\. `([\w.]+)`", text, flags=re.MULTILINE)
    return found


def reached(call: Callable[[], Any], modules: list[str]) -> int:
    """How many of the modules are entered one after the other."""
    files = [str(PACKAGE.joinpath(*module.split(".")).with_suffix(".py")) for module in modules]
    count = 0

    def note(frame: Any, event: str, _: object) -> None:
        nonlocal count
        if event == "call" and count < len(files) and frame.f_code.co_filename == files[count]:
            count += frame.f_code.co_name != "<module>"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return count


def walked(call: str, modules: list[str]) -> int:
    """How many of the modules a call enters, one after the other."""
    return reached(lambda: eval(call, dict(NAMES)), modules)


WALKS = walks()


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_goes_through_the_rooms_it_names(title: str) -> None:
    call, modules = WALKS[title]
    # an interpreter of its own: answers that this one keeps enter no rooms
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        count = fresh.submit(walked, call, modules).result()
    assert count == len(modules), f"never comes to {modules[count]}"


def test_there_are_five_walks() -> None:
    assert len(WALKS) == 5
    assert all(len(modules) >= 5 for _, modules in WALKS.values())


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_modules_and_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([\w./-]+\.(?:md|svg|png))\)", text):
        assert (page.parent / target).exists(), target
    for name in re.findall(r"`((?:freeprob/|tests/|docs/)[\w/.]+\.\w+)`", text):
        assert (ROOT / name).exists(), name


def test_the_conventions_hold() -> None:
    text = (DOCS / "conventions.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        exec(compile(block, "conventions.md", "exec"), {})


WORKFLOW = (ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")


def test_the_workflow_spans_the_systems_and_pythons_that_are_promised() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")
    assert f'python: ["{oldest}", "3.x"]' in WORKFLOW
    assert "os: [ubuntu-latest, macos-latest, windows-latest]" in WORKFLOW
    extras = re.findall(r'install (?:--pre )?"\.\[([\w,]+)\]"', WORKFLOW)
    assert extras
    assert all(set(each.split(",")) <= set(project["optional-dependencies"]) for each in extras)
    for script in re.findall(r"[\w./]*(\.ci/\w+\.py)", WORKFLOW):
        assert (ROOT / script).exists()


def test_the_version_is_the_same_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {project['version']}\n" in citation
    assert f"license: {project['license']}" in citation
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert fp.__version__ == project["version"]


PAPER = (ROOT / "paper" / "paper.md").read_text(encoding="utf-8")


def test_the_paper_cites_what_it_lists_and_lists_what_it_cites() -> None:
    listed = re.findall(r"^@\w+\{(\w+),", (ROOT / "paper" / "paper.bib").read_text(), re.MULTILINE)
    assert sorted(set(re.findall(r"@(\w+)", PAPER.split("---\n", 2)[2]))) == sorted(listed)


def test_the_papers_code_runs_and_its_length_is_that_of_two_pages() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAPER, re.DOTALL)
    space: dict[str, Any] = {}
    exec(code, space)
    assert space["law"].check(n=300, draws=4).passed
    assert 750 <= len(PAPER.split()) <= 1000
