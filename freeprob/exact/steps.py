"""One recorded step of a derivation: an equation, the rule that gave it, where the rule is from."""

from __future__ import annotations

from dataclasses import dataclass

import sympy


@dataclass(frozen=True)
class Step:
    """An equation together with the rule that produced it and the rule's source."""

    equation: sympy.Basic
    rule: str
    reference: str
