"""The dependencies of pyproject.toml at their lowest versions, one a line, as pip takes them."""

import re
import tomllib
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
for requirement in project["dependencies"]:
    print(re.sub(">=", "==", requirement))
