"""The base of the tree of laws: a probability measure on the real line, as a SymPy ``Basic``."""

from __future__ import annotations

from abc import abstractmethod
from functools import lru_cache
from typing import NoReturn

import sympy as sp

from freeprob.exact.system import System


class Law(sp.Basic):
    """A probability measure on ℝ, described once and read as equation, number or matrix.

    Arguments are parameters or laws, and ``law.func(*law.args) == law``. Final subclasses describe
    themselves by :meth:`_system`; the methods here only ask the rooms that know the answer.
    """

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

    def dilate(self, factor: object) -> Law:
        """Law of aX."""
        from freeprob.laws.maps import Dilate

        return Dilate(self, factor)

    def shift(self, amount: object) -> Law:
        """Law of X + a."""
        from freeprob.laws.maps import Shift

        return Shift(self, amount)

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
def _cached_system(law: Law) -> System:
    return law._system()
