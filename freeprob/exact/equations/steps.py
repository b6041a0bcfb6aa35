"""One recorded step of a derivation: an equation, the rule that gave it, where the rule is from."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy


@dataclass(frozen=True)
class Step:
    """An equation together with the rule that produced it and the rule's source."""

    equation: sympy.Basic
    rule: str
    reference: str


def source_of(described: type) -> str:
    """The authors and years after ``Source:`` in a docstring; empty without one."""
    found = re.search(r"Source:\s*(.*?\d{4}[^.\n]*)", described.__doc__ or "", flags=re.DOTALL)
    return " ".join(found.group(1).split()) if found else ""
