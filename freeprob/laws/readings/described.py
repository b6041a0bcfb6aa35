"""A law as a described object: a tree of SymPy objects with a structured system."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

import sympy as sp

from freeprob.exact.systems.system import System

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter


class Described(sp.Basic):
    """A node of the tree of laws: its system, how it prints, and that it is no expression."""

    @abstractmethod
    def _system(self) -> System:
        """The structured system of this law."""

    @property
    def system(self) -> System:
        """The structured system: curve, gluings and asymptotics, computed once."""
        return _cached_system(self)

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Free symbols, in a fixed order."""
        return tuple(sorted(self.free_symbols, key=sp.default_sort_key))

    def _latex(self, printer: LatexPrinter) -> str:
        """As papers write it."""
        from freeprob.laws.readings.notation import latex_of

        return latex_of(self, printer.doprint)

    def _pretty(self, printer: object) -> object:
        """One line, convolutions as infix signs."""
        from freeprob.laws.readings.notation import pretty_of

        return pretty_of(self)

    def _sympystr(self, printer: object) -> str:
        """As one types it; SymPy's printer knows other things by some of these names."""
        inside = ", ".join(printer._print(argument) for argument in self.args)
        return f"{type(self).__name__}({inside})"

    def _refuse(self, sign: str) -> NoReturn:
        raise TypeError(
            f"'{sign}' between laws is ambiguous: use boxplus(mu, nu) for the free sum, "
            "mixture({mu: p, nu: q}) for the weighted average, mu.dilate(a) for the law of aX, "
            "boxtimes(mu, nu) for the free product"
        )

    def __add__(self, other: object) -> NoReturn:
        self._refuse("+")

    def __radd__(self, other: object) -> NoReturn:
        self._refuse("+")

    def __sub__(self, other: object) -> NoReturn:
        self._refuse("-")

    def __rsub__(self, other: object) -> NoReturn:
        self._refuse("-")

    def __mul__(self, other: object) -> NoReturn:
        self._refuse("*")

    def __rmul__(self, other: object) -> NoReturn:
        self._refuse("*")

    def __matmul__(self, other: object) -> NoReturn:
        self._refuse("@")

    def __truediv__(self, other: object) -> NoReturn:
        self._refuse("/")

    def __pow__(self, other: object) -> NoReturn:
        self._refuse("**")


@lru_cache(maxsize=1024)
def _cached_system(law: Described) -> System:
    return law._system()
