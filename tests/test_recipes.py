"""The recipes of CONTRIBUTING.md, carried out in a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
MOST_FILES = 3
"""Of the package, new ones included, for any recipe."""


class Edit(NamedTuple):
    """A new file, or lines after a line of a file."""

    file: str
    after: str | None
    text: str


class Recipe(NamedTuple):
    """What is added, and what holds then."""

    edits: tuple[Edit, ...]
    check: str


def recipes() -> dict[str, Recipe]:
    """The sections of the chapter, by their titles."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    chapter = page.split("\n## Recipes\n")[1].split("\n## ")[0]
    found = {}
    for section in chapter.split("\n### ")[1:]:
        blocks = re.findall(r"^```python\n(.*?)^```$", section, flags=re.MULTILINE | re.DOTALL)
        *edits, check = blocks
        found[section.splitlines()[0]] = Recipe(tuple(map(edit_of, edits)), check)
    return found


def edit_of(block: str) -> Edit:
    """The first line of a block says where it goes."""
    head, _, text = block.partition("\n")
    new = re.fullmatch(r"# new: (\S+)", head)
    if new is not None:
        return Edit(new[1], None, text)
    inside = re.fullmatch(r"# in (\S+), after: (.+)", head)
    assert inside is not None, f"where does this go? {head}"
    return Edit(inside[1], inside[2], text)


def carry_out(edit: Edit, root: Path) -> None:
    path = root / edit.file
    if edit.after is None:
        assert not path.exists(), f"{edit.file} is there already"
        path.write_text(edit.text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = (i for i, line in enumerate(lines) if line.strip() == edit.after)
    path.write_text("".join([*lines[: place + 1], edit.text, *lines[place + 1 :]]), "utf-8")


RECIPES = recipes()


def test_the_chapter_has_its_recipes() -> None:
    assert list(RECIPES) == ["A law", "An operation", "A letter", "An activation", "A type of edge"]


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_works_and_touches_few_files(recipe: Recipe, tmp_path: Path) -> None:
    assert len({edit.file for edit in recipe.edits}) <= MOST_FILES
    shutil.copytree(ROOT / "freeprob", tmp_path / "freeprob")
    for edit in recipe.edits:
        carry_out(edit, tmp_path)
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", recipe.check],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
