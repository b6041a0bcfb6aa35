"""Write the stubs of the packages that load their names lazily: ``python -m tests.stubs``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import freeprob
from freeprob import landscapes, nets

PACKAGE = Path(freeprob.__file__).parent
HOMES: dict[Path, Mapping[str, str]] = {
    PACKAGE: {name: f".{home}" for name, home in freeprob._HOMES.items()}
    | dict.fromkeys(freeprob._ROOMS, "."),
    PACKAGE / "nets": {name: f".{home}" for name, home in nets._MODULE_OF.items()},
    PACKAGE / "landscapes": {name: f".{home}" for name, home in landscapes._HOMES.items()}
    | dict.fromkeys(landscapes._MODULES, "."),
}
"""Where each name of a package comes from, relative to it."""


def written(homes: Mapping[str, str], stub: Path) -> str:
    """The stub with one import for each name, in any order; what is no import stays."""
    kept = stub.read_text(encoding="utf-8").splitlines()
    imports = [place for place, line in enumerate(kept) if line.startswith("from ")]
    first, after = imports[0], imports[-1] + 1
    lines = [f"from {home} import {name} as {name}" for name, home in homes.items()]
    return "\n".join([*kept[:first], *lines, *kept[after:]]) + "\n"


def main() -> None:
    """Write all of them and sort their imports."""
    for folder, homes in HOMES.items():
        stub = folder / "__init__.pyi"
        stub.write_text(written(homes, stub), encoding="utf-8")
        sort = ["ruff", "check", "--quiet", "--fix", "--select", "I", str(stub)]
        subprocess.run([sys.executable, "-m", *sort], check=True)


if __name__ == "__main__":
    main()
