"""Scripts of the gallery are short and open with a title; the site's build draws them all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "docs" / "gallery").glob("*.py"))
MOST_LINES = 25


def test_there_are_forty_pictures() -> None:
    assert len(SCRIPTS) >= 40


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_picture_has_one_idea_in_few_lines(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    title, rule, empty, *words = (ast.get_docstring(ast.parse(text)) or "").splitlines()
    assert set(rule) == {"="}
    assert len(rule) == len(title)
    assert not empty
    assert words


def test_no_two_pictures_have_the_same_title() -> None:
    titles = [path.read_text(encoding="utf-8").splitlines()[1] for path in SCRIPTS]
    assert len(set(titles)) == len(titles)
