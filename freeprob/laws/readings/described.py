"""A law as a described object: a tree of SymPy objects with a structured system."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, NoReturn

import sympy as sp

from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.system import System

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter


class Described(sp.Basic):
    """A node of the tree of laws: its system, how it prints, and that it is no expression.

    A law says how papers write it by ``_short`` and ``_defaults``, by ``_sign``, or by a ``_latex``
    of its own; without any of these its class's name stands with its arguments below.
    """

    # the name in formulas, and values of trailing arguments that are not written
    _short: ClassVar[str] = ""
    _defaults: ClassVar[tuple[int, ...]] = ()
    # between parts, or above one as a power
    _sign: ClassVar[Sign | None] = None
    # whether parentheses are needed inside another law
    _compound: ClassVar[bool] = False

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
        from freeprob.laws.readings import notation

        arguments = notation.without_defaults(self.args, self._defaults)
        return notation.named(self._short or type(self).__name__, arguments, printer._print)

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
