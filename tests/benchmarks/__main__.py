"""``python -m tests.benchmarks [name ...]``: run every benchmark of this folder, each on its own.

Speed is looked at by hand: nothing here passes or fails.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(wanted: list[str]) -> int:
    """Run the scripts in fresh interpreters, so that none warms another's caches."""
    names = [path.stem for path in sorted(FOLDER.glob("*.py")) if path.stem.isidentifier()]
    scripts = [name for name in names if not name.startswith("_")]
    unknown = set(wanted) - set(scripts)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(scripts)}")
        return 2
    failed = []
    for name in wanted or scripts:
        print(f"\n== {name}", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
        if subprocess.run(command, cwd=FOLDER.parents[1], check=False).returncode:
            failed.append(name)
    if failed:
        print(f"\ndid not finish: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
