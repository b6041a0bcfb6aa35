"""Docstrings of public names are complete: parameters, returns, errors, an example, a source."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

import freeprob as fp
from freeprob import landscapes, nets, plotting
from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.nets import Activation

ROOMS = (fp, nets, landscapes, landscapes.local, landscapes.damping, plotting)
NAMES = {
    f"{room.__name__}.{name}": value
    for room in ROOMS
    for name in getattr(room, "__all__", None) or dir(room)
    if not name.startswith("_")
    and not inspect.ismodule(value := getattr(room, name))
    and not isinstance(value, Activation)
    and getattr(value, "__module__", "").startswith("freeprob.")
}
FUNCTIONS = {name: value for name, value in NAMES.items() if not inspect.isclass(value)}
LAWS = {
    name: value
    for name, value in NAMES.items()
    if inspect.isclass(value) and issubclass(value, Law) and value is not Law
}
METHODS = {
    name: value
    for name, value in inspect.getmembers(Law, inspect.isfunction)
    if not name.startswith("_") and value.__module__.startswith("freeprob.")
}
# definitions that need no paper: atoms, densities, transforms, equations, data, letters
_ELEMENTARY = {
    *("AlgebraicLaw", "Arcsine", "Atomic", "DensityLaw", "Empirical", "LawSymbol", "Normal"),
    *("PointMass", "TransformLaw", "Uniform", "mixture", "mobius", "symmetrize", "image"),
    *("check", "simulate", "jointly_diagonal", "law"),
}
ELEMENTARY = {f"freeprob.{name}" for name in _ELEMENTARY}
# answers of every law, whatever it is
NEVER_REFUSED = {"doit", "explain", "square"}


def sections(value: object) -> set[str]:
    return set(re.findall(r"^(\w+)\n-+$", inspect.getdoc(value) or "", flags=re.MULTILINE))


def arguments(value: object) -> list[str]:
    build = value.__new__ if inspect.isclass(value) and "__new__" in vars(value) else value
    own = inspect.signature(build).parameters
    return [name for name in own if name not in ("cls", "self")]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_takes_gives_and_refuses(name: str) -> None:
    value = FUNCTIONS[name]
    wanted = {"Returns", "Raises", "Examples"} | ({"Parameters"} if arguments(value) else set())
    assert wanted <= sections(value)
    assert ">>>" in inspect.getdoc(value)


@pytest.mark.parametrize("name", METHODS)
def test_a_question_to_a_law_says_what_it_takes_gives_and_refuses(name: str) -> None:
    value = METHODS[name]
    wanted = {"Returns", "Examples"} | ({"Parameters"} if arguments(value) else set())
    wanted |= set() if name in NEVER_REFUSED else {"Raises"}
    assert wanted <= sections(value)


@pytest.mark.parametrize("name", LAWS)
def test_a_law_says_what_it_takes_with_an_example(name: str) -> None:
    wanted = {"Examples"} | ({"Parameters"} if arguments(LAWS[name]) else set())
    assert wanted <= sections(LAWS[name])


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, home in fp._HOMES.items()
        if home.startswith("laws.") and f"freeprob.{name}" in {*LAWS, *FUNCTIONS} - ELEMENTARY
    ],
)
def test_a_law_or_operation_names_its_source(name: str) -> None:
    assert re.search(r"\b(18|19|20)\d\d\b", inspect.getdoc(getattr(fp, name)) or "")


def documented(module: ModuleType) -> Iterator[tuple[str, str]]:
    """Docstrings of a module and of all that it defines."""
    yield module.__name__, module.__doc__ or ""
    for name, value in vars(module).items():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        yield f"{module.__name__}.{name}", inspect.getdoc(value) or ""
        for inner, member in vars(value).items() if inspect.isclass(value) else ():
            plain = getattr(member, "fget", None) or getattr(member, "__func__", member)
            yield f"{module.__name__}.{name}.{inner}", getattr(plain, "__doc__", None) or ""


# up to the end of the sentence: neither a place such as 1.7 nor an initial ends one
_SOURCES = re.compile(r"\bSources?: (.*?)(?:\.(?= [A-Z(]|$)|$)")


def test_all_sources_of_docstrings_are_in_the_bibliography() -> None:
    found = 0
    for info in pkgutil.walk_packages(fp.__path__, "freeprob."):
        if info.name == "freeprob.__main__":
            continue
        for name, text in documented(importlib.import_module(info.name)):
            for paragraph in re.split(r"\n\s*\n", text):
                for sources in _SOURCES.findall(" ".join(paragraph.split())):
                    found += 1
                    works = fp.cite(sources).count("author = {")
                    assert works == len(re.findall(r"\b[12]\d{3}[a-z]?\b", sources)), (
                        name,
                        sources,
                    )
    assert found > 100


@pytest.mark.parametrize("works", ["Nobody 1986", "Voiculescu", "", "Voiculescu 1986; and more", 7])
def test_works_that_are_not_known_are_refused(works: object) -> None:
    with pytest.raises(InvalidParameterError, match="authors and year"):
        fp.cite(works)


def test_works_are_named_in_all_usual_forms() -> None:
    forms = ("Nica-Speicher 1996", "Nica and Speicher 1996, theorem 1", "Nica, Speicher 1996")
    assert len({fp.cite(form) for form in forms}) == 1
    assert fp.cite("Adlam-Pennington 2020, 2020b").count("author") == 2
    assert "MlotkowskiPensonZyczkowski2013" in fp.cite("Młotkowski, Penson, Życzkowski 2013")
