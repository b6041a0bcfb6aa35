"""The works that derivations cite, as BibTeX: ``Voiculescu 1986`` in a step is one entry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_CITATION = re.compile(r"([^;\d]+?\s\d{4})(.*)", flags=re.DOTALL)
# letters that do not decompose into a plain one and an accent
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "ß": "ss"})


@cache
def entries() -> Mapping[str, str]:
    """All entries by key."""
    text = files("freeprob").joinpath("sources.bib").read_text(encoding="utf-8")
    found = re.findall(r"^@\w+\{(\w+),.*?^\}", text, flags=re.MULTILINE | re.DOTALL)
    bodies = re.findall(r"^@.*?^\}", text, flags=re.MULTILINE | re.DOTALL)
    return dict(zip(found, bodies, strict=True))


def key_of(citation: str) -> str:
    """The key of authors and year: Nica-Speicher 1996 is NicaSpeicher1996."""
    plain = unicodedata.normalize("NFKD", citation.translate(_PLAIN))
    return re.sub(r"[^A-Za-z0-9]", "", plain)


def cited(reference: str) -> list[str]:
    """Keys of the entries that a reference names, in its order."""
    keys = [key_of(match.group(1)) for match in map(_CITATION.match, reference.split(";")) if match]
    return [key for key in keys if key in entries()]


def with_citations(reference: str) -> str:
    r"""A reference in LaTeX: what has an entry becomes ``\cite``, the rest stays in parentheses."""
    return " ".join(_cite(part.strip()) for part in reference.split(";"))


def _cite(part: str) -> str:
    match = _CITATION.match(part)
    key = key_of(match.group(1)) if match else ""
    if match is None or key not in entries():
        return f"({part})"
    where = match.group(2).strip(" ,")
    return rf"\cite[{where}]{{{key}}}" if where else rf"\cite{{{key}}}"
