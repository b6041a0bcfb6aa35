"""What can be drawn as a spectrum: anything with a density, atoms and a support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from freeprob.behaviour import does
from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite_reals

# more points than pixels show nothing
MOST_POINTS = 10**6
# steps and bars: one for each dot of the widest picture, 600 inches of 100; Matplotlib takes 40 µs
# for each
MOST_STEPS = 60_000
# Matplotlib multiplies places by numbers of dots and adds margins; heights of narrow bars are
# inverse widths
FARTHEST = 1e300


@runtime_checkable
class Spectrum(Protocol):
    """The questions that a picture asks; every :class:`freeprob.Law` answers them."""

    @property
    def parameters(self) -> tuple:
        """Free symbols."""
        ...

    def atoms(self) -> Any:
        """Masses by places."""
        ...

    def support(self, dps: int) -> Any:
        """Ends of the cuts."""
        ...

    def density(self, x: Any) -> Any:
        """Values of the density."""
        ...

    def cdf(self, x: Any) -> Any:
        """Values of the distribution function."""
        ...

    def quantile(self, p: Any) -> Any:
        """Its inverse."""
        ...


class Labelled(NamedTuple):
    """A law with what the legend calls it, and its simulated eigenvalues."""

    law: Spectrum
    label: str | None
    sample: object


def labelled(laws: Any, samples: Any) -> list[Labelled]:
    """Read ``{label: law}`` or a list of laws, and samples in the same form.

    Raises
    ------
    InvalidParameterError
        If there is no law, something else among them, or samples do not belong to the laws.
    """
    if isinstance(laws, Mapping):
        if samples is not None and not (isinstance(samples, Mapping) and set(samples) <= set(laws)):
            raise InvalidParameterError("samples of {label: law} are {label: eigenvalues}")
        given = {} if samples is None else samples
        found = [Labelled(law, str(key), given.get(key)) for key, law in laws.items()]
    elif isinstance(laws, Sequence) and not isinstance(laws, str):
        given = [None] * len(laws) if samples is None else samples
        if not isinstance(given, Sequence) or len(given) != len(laws):
            raise InvalidParameterError("samples of a list of laws are a list of as many arrays")
        pairs = zip(laws, given, strict=True)
        found = [Labelled(law, name_of(require_spectrum(law)), each) for law, each in pairs]
    else:
        found = [Labelled(require_spectrum(laws), None, samples)]
    if not found:
        raise InvalidParameterError("no law to draw: give a law, a list of laws or {label: law}")
    for each in found:
        require_spectrum(each.law)
    return found


def places_of(values: object, name: str) -> np.ndarray:
    """Read real numbers that a picture has room for.

    Raises
    ------
    InvalidParameterError
        For anything else.
    """
    places = finite_reals(values, name)
    if np.abs(places).max(initial=0.0) > FARTHEST:
        raise InvalidParameterError(
            f"{name} must be at most {FARTHEST:g} in size to be drawn: choose other units"
        )
    return places


def row_of(values: object, name: str) -> np.ndarray:
    """Read the places of one curve: a list of numbers, or one."""
    places = places_of(values, name)
    if places.ndim > 1:
        raise InvalidParameterError(f"{name} must be a list of numbers, got shape {places.shape}")
    return np.atleast_1d(places)


def name_of(law: Spectrum) -> str:
    """A law as a formula for the legend."""
    from sympy import latex

    return f"${latex(law)}$"


def require_spectrum(law: object) -> Spectrum:
    """The law itself; refuse what is no law, or has symbols left."""
    if not does(law, Spectrum):
        raise InvalidParameterError(f"a picture shows a law, got {type(law).__name__}")
    if law.parameters:
        names = ", ".join(map(str, law.parameters))
        raise InvalidParameterError(
            f"a picture needs numbers for {names}: give values by law.subs({{...}})"
        )
    return law
