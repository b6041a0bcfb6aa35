"""The works that docstrings and derivations cite, as BibTeX: ``Voiculescu 1986`` is one entry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from freeprob.errors import InvalidParameterError

# authors, a year or more, and a place; a letter tells works of one year apart
_CITATION = re.compile(r"([^;\d]+?)\s(\d{4}[a-z]?(?:,\s\d{4}[a-z]?)*)\b(.*)", flags=re.DOTALL)
# letters that do not decompose into a plain one and an accent
_PLAIN = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "ß": "ss"})


def cite(works: str) -> str:
    """BibTeX entries of works that docstrings and derivations name by authors and year.

    Parameters
    ----------
    works
        One work, or several with semicolons between them, as a docstring's source names them. What
        stands behind a year, such as a theorem, is passed over.

    Returns
    -------
    str
        The entries, in this order.

    Raises
    ------
    InvalidParameterError
        If a work is not in the bibliography.

    Examples
    --------
    >>> from freeprob import cite
    >>> print(cite("Voiculescu 1986"))
    @article{Voiculescu1986,
      author = {Voiculescu, Dan},
      title = {Addition of certain non-commuting random variables},
      journal = {Journal of Functional Analysis}, volume = {66}, pages = {323--346}, year = {1986}
    }
    """
    if not isinstance(works, str):
        raise InvalidParameterError(
            f"works are named by authors and year, 'Voiculescu 1986', got {type(works).__name__}"
        )
    found: dict[str, None] = {}
    for part in works.split(";"):
        keys = _keys(part)
        if not keys or not keys.keys() <= entries().keys():
            close = get_close_matches(key_of(part), entries(), n=3)
            hint = f"; near to it are {', '.join(close)}" if close else ""
            raise InvalidParameterError(
                f"{part.strip()!r:.80} is not in the bibliography: works are named by authors and "
                f"year, 'Voiculescu 1986; Nica-Speicher 1996'{hint}"
            )
        found |= keys
    return "\n\n".join(entries()[key] for key in found)


@cache
def entries() -> Mapping[str, str]:
    """All entries by key."""
    text = files("freeprob").joinpath("sources.bib").read_text(encoding="utf-8")
    found = re.findall(r"^@\w+\{(\w+),.*?^\}", text, flags=re.MULTILINE | re.DOTALL)
    bodies = re.findall(r"^@.*?^\}", text, flags=re.MULTILINE | re.DOTALL)
    return dict(zip(found, bodies, strict=True))


def key_of(citation: str) -> str:
    """The key of authors and year: Nica-Speicher 1996 and Nica and Speicher 1996 are one work."""
    plain = unicodedata.normalize("NFKD", citation.translate(_PLAIN))
    return re.sub(r"\band\b|[^A-Za-z0-9]", "", plain)


def cited(reference: str) -> list[str]:
    """Keys of the entries that a reference names, in its order."""
    return [key for part in reference.split(";") for key in _keys(part) if key in entries()]


def with_citations(reference: str) -> str:
    r"""A reference in LaTeX: what has an entry becomes ``\cite``, the rest stays in parentheses."""
    return " ".join(_cite(part.strip()) for part in reference.split(";"))


def _keys(part: str) -> dict[str, None]:
    """Keys of the works of one group of authors, in order; none without a year."""
    match = _CITATION.match(part)
    if match is None:
        return {}
    authors, years, _ = match.groups()
    return dict.fromkeys(key_of(authors + year) for year in years.split(","))


def _cite(part: str) -> str:
    match, keys = _CITATION.match(part), _keys(part)
    if match is None or not keys.keys() <= entries().keys():
        return f"({part})"
    where = match.group(3).strip(" ,")
    return rf"\cite[{where}]{{{','.join(keys)}}}" if where else rf"\cite{{{','.join(keys)}}}"
