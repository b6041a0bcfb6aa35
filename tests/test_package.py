"""The package as installed: names, lazy imports, typed re-exports, README."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import freeprob as fp
from tests.stubs import HOMES

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "freeprob"


def stub_names(folder: Path) -> dict[str, str]:
    """Names that a stub re-exports, each with the module it names."""
    tree = ast.parse((folder / "__init__.pyi").read_text(encoding="utf-8"))
    return {
        str(alias.asname): f"{'.' * node.level}{node.module or ''}"
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.level
        for alias in node.names
        if alias.asname == alias.name
    }


@pytest.mark.parametrize("folder", HOMES, ids=lambda folder: folder.name)
def test_a_stub_lists_what_the_package_loads_lazily(folder: Path) -> None:
    """Otherwise run ``python -m tests.stubs``."""
    assert stub_names(folder) == HOMES[folder]


@pytest.mark.parametrize("name", fp.__all__)
def test_every_public_name_loads_and_is_documented(name: str) -> None:
    value = getattr(fp, name)
    assert value.__doc__
    assert name in dir(fp)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Semicirle'"):
        fp.Semicirle  # noqa: B018


def loaded_after(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter holds after running code."""
    script = f"{code}\nimport sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(run.stdout.split())


def test_importing_loads_no_heavy_library() -> None:
    heavy = {"sympy", "numpy", "scipy", "matplotlib", "flint", "tqdm", "dask", "mpmath"}
    assert not loaded_after("import freeprob") & heavy


def test_describing_a_law_loads_no_numerical_library() -> None:
    code = "import freeprob as fp; fp.boxplus(fp.Semicircle(1), fp.MarchenkoPastur(2)).moments(4)"
    heavy = {"numpy", "scipy", "matplotlib", "tqdm", "dask", "distributed"}
    assert not loaded_after(code) & heavy


def test_the_readme_opens_with_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    first = next(body for language, body in blocks if language == "bash")
    job, tests = first.splitlines()
    assert "freeprob derive" in job
    assert "pytest" in tests


def test_the_readmes_python_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    space: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), space)


def test_the_readmes_picture_is_stored_and_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", readme)
    assert pictures
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 100_000
