"""What the letters of a law's derivation are, in sentences that need no other text."""

from __future__ import annotations

import re

import sympy as sp

from freeprob.errors import FreeprobError
from freeprob.laws.description.described import Described
from freeprob.typesetting import formula

CAUCHY_TRANSFORM = r"$G(z) = \int \mu(dx)/(z - x)$ is the Cauchy transform of $\mu$."


def notation_of(law: Described) -> tuple[str, ...]:
    """Definitions of G, of the parts' letters, and of the laws that have short names."""
    named = {part for part in sp.preorder_traversal(law) if isinstance(part, Described)}
    parts = sorted((part for part in named if part._short), key=sp.default_sort_key)
    sentences = [CAUCHY_TRANSFORM]
    if len(named) > 1:
        sentences.append(
            r"$G_k$ is that of the $k$-th part at the point $\omega_k$, in the order of the steps."
        )
    return (*sentences, *map(_sentence, parts))


def _sentence(law: Described) -> str:
    """The law's full name, with its R-transform where that is a formula."""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(law).__name__)
    w = sp.Dummy("w") if sp.Symbol("w").name in map(str, law.free_symbols) else sp.Symbol("w")
    try:
        r_transform = rf", with $R(w) = {formula(law.R(w))}$"
    except FreeprobError:  # the name and its source define it, where R is no formula
        r_transform = ""
    return f"${sp.latex(law)}$ is the {name} law{r_transform}."
