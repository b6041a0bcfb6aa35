"""A law as a described object: a tree of SymPy objects with a structured system."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

import sympy as sp
from sympy.printing.pretty.stringpict import prettyForm

from freeprob.completion import Completed
from freeprob.errors import FreeprobError, InvalidParameterError
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.system import System
from freeprob.law_symbols import REPLACEMENTS, replacements
from freeprob.laws.description import notation
from freeprob.laws.description.deep_constants import as_one_number, term_by_term
from freeprob.parameters import exact

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter


class Described(Completed, sp.Basic):
    """A node of the tree of laws: its system, how it prints, and that it is no expression.

    A law says how papers write it by ``_short`` and ``_defaults``, by ``_sign``, or by a ``_latex``
    of its own; without any of these its class's name stands with its arguments below. Users type
    its class's name, or the ``_word`` that builds it.
    """

    # the name in formulas, and values of trailing arguments that are not written
    _short: ClassVar[str] = ""
    _defaults: ClassVar[tuple[int, ...]] = ()
    # the public function or method that builds the law, where its class is not public
    _word: ClassVar[str] = ""
    # between parts, or above one as a power
    _sign: ClassVar[Sign | None] = None
    # whether parentheses are needed inside another law
    _compound: ClassVar[bool] = False
    # whether the laws among the arguments scale with the law: f(sX, sY) = s f(X, Y) for s > 0
    _homogeneous: ClassVar[bool] = False
    _digits: ClassVar[str] = (
        "a law is no number, its parameters stay exact; ask for digits of what it answers, as in "
        "law.density(x, dps=20) or law.support(dps=20)"
    )

    @abstractmethod
    def _system(self) -> System:
        """The structured system of this law."""

    @property
    def system(self) -> System:
        """The structured system: curve, gluings and asymptotics, computed once."""
        return _cached_system(self)

    def subs(self, *arguments: Any, **hints: Any) -> Self:
        """The law with parameters replaced, in all forms of SymPy's method of this name.

        At an end of a parameter's range, where the law degenerates, it is the limit.

        Parameters
        ----------
        *arguments
            ``{symbol: value}``, a list of pairs, or a symbol and a value.

        Returns
        -------
        Law

        Raises
        ------
        InvalidParameterError
            If the law does not exist at the new values, or a symbol looks like a parameter of the
            law and is another one.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import MarchenkoPastur, Semicircle, boxplus
        >>> c, t = sp.symbols("c t", positive=True)
        >>> boxplus(MarchenkoPastur(c), Semicircle(t)).subs({t: 0})
        MarchenkoPastur(c)
        """
        pairs = _pairs(arguments)
        _require_own(self, [key for key, _ in pairs])
        try:
            # SymPy orders a mapping by itself, and takes pairs one after the other
            unordered = len(arguments) == 1 and isinstance(arguments[0], Mapping | sp.Dict)
            return super().subs(dict(pairs) if unordered else pairs, **hints)
        except FreeprobError:
            raise
        except (TypeError, ValueError) as error:
            raise InvalidParameterError(REPLACEMENTS) from error

    if TYPE_CHECKING:

        def xreplace(self, rule: Mapping[Any, Any]) -> Self:
            """SymPy's method."""
            ...

        def replace(self, *arguments: Any, **hints: Any) -> Self:
            """SymPy's method."""
            ...

    @property
    def parameters(self) -> tuple[sp.Symbol, ...]:
        """Free symbols, in a fixed order."""
        return tuple(sorted(self.free_symbols, key=sp.default_sort_key))

    def _latex(self, printer: LatexPrinter) -> str:
        """As papers write it."""
        arguments = notation.without_defaults(self.args, self._defaults)
        return notation.named(self._short or type(self).__name__, arguments, printer._print)

    def _pretty(self, printer: Any) -> object:
        """One line, convolutions as infix signs."""
        return prettyForm(_text_of(self, str))

    def _sympystr(self, printer: Any) -> str:
        """As one types it, in Python and in the command's language."""
        arguments = notation.without_defaults(self.args, self._defaults)
        shown = [printer._print(argument) for argument in arguments]
        if self._word and hasattr(type(self), self._word):
            law, *shown = shown
            return f"{law}.{self._word}({', '.join(shown)})"
        return f"{self._word or type(self).__name__}({', '.join(shown)})"

    def _refuse(self, sign: str) -> NoReturn:
        raise TypeError(
            f"'{sign}' between laws is ambiguous: use boxplus(mu, nu) for the free sum, "
            "mixture({mu: p, nu: q}) for the weighted average, mu.dilate(a) for the law of aX, "
            "boxtimes(mu, nu) for the free product"
        )

    def __add__(self, other: Any) -> NoReturn:
        self._refuse("+")

    def __radd__(self, other: Any) -> NoReturn:
        self._refuse("+")

    def __sub__(self, other: Any) -> NoReturn:
        self._refuse("-")

    def __rsub__(self, other: Any) -> NoReturn:
        self._refuse("-")

    def __mul__(self, other: Any) -> NoReturn:
        self._refuse("*")

    def __rmul__(self, other: Any) -> NoReturn:
        self._refuse("*")

    def __matmul__(self, other: Any) -> NoReturn:
        self._refuse("@")

    def __truediv__(self, other: Any) -> NoReturn:
        self._refuse("/")

    def __pow__(self, other: Any) -> NoReturn:
        self._refuse("**")


def _pairs(arguments: tuple[Any, ...]) -> list[tuple[sp.Basic, Any]]:
    """What is replaced by what, of any form: a text is the number it writes, never evaluated."""
    return [
        (_key(old), exact(new, str(old)) if _is_number(new) else new)
        for old, new in replacements(arguments)
    ]


def _is_number(value: Any) -> bool:
    """Whether it stands for a number, and for no law or matrix."""
    return isinstance(value, str | sp.Expr) and not isinstance(value, sp.MatrixExpr)


def _require_own(law: Described, keys: Iterable[sp.Basic]) -> None:
    """Refuse symbols that only look like parameters: SymPy would pass over them in silence."""
    own = {symbol.name: symbol for symbol in law.free_symbols}
    for key in keys:
        meant = own.get(getattr(key, "name", None))
        if isinstance(key, sp.Symbol) and meant is not None and key not in law.free_symbols:
            raise InvalidParameterError(
                f"{key} is no parameter of this law: its {meant} is {_assumed(meant)}, the given "
                f"one {_assumed(key)}, and SymPy takes them for different symbols; give the very "
                "symbol that the law was made with, as in "
                f"law.subs({{law.parameters[{law.parameters.index(meant)}]: 1}})"
            )


def _key(key: Any) -> sp.Basic:
    """What is to be replaced, as a SymPy object."""
    try:
        return sp.Symbol(key) if isinstance(key, str) else sp.sympify(key, strict=True)
    except (sp.SympifyError, TypeError, ValueError) as error:
        raise InvalidParameterError(REPLACEMENTS) from error


_ASSUMPTIONS = ("positive", "negative", "nonnegative", "integer", "real")


def _assumed(symbol: sp.Symbol) -> str:
    """The strongest of the usual assumptions that a symbol has."""
    return next((name for name in _ASSUMPTIONS if symbol.assumptions0.get(name)), "any number")


@lru_cache(maxsize=1024)
def _cached_system(law: Described) -> System:
    return _with_single_numbers(law)._system()


def _with_single_numbers(law: Described) -> Described:
    """The law with its deep constants as one number each: it was checked with the formulas."""
    arguments = [_entered(argument, as_one_number) for argument in law.args]
    same = all(new is old for new, old in zip(arguments, law.args, strict=True))
    return law if same else sp.Basic.__new__(type(law), *arguments)


def _entered(argument: sp.Basic, read: Callable[[sp.Expr], sp.Expr]) -> sp.Basic:
    """Numbers of an argument as its system has them; laws inside have systems of their own."""
    if isinstance(argument, sp.Tuple | sp.MatrixExpr):
        # weights keep the sum that they have
        inner = term_by_term if isinstance(argument, sp.Tuple) else read
        parts = [_entered(part, inner) for part in argument.args]
        same = all(new is old for new, old in zip(parts, argument.args, strict=True))
        return argument if same else argument.func(*parts)
    if isinstance(argument, sp.Expr) and not argument.free_symbols and argument.is_number:
        return read(argument)
    return argument


def _text_of(law: Described, show: notation.Show) -> str:
    """One line of Unicode for a law, infix where there is a sign."""
    parts = [part for part in law.args if isinstance(part, Described)]
    if law._sign is None:
        return show(law)
    if len(parts) > 1:
        return f" {law._sign.text} ".join(_braced(part, show) for part in parts)
    (exponent,) = (part for part in law.args if part not in parts)
    return f"{_braced(parts[0], show)}^({law._sign.text} {show(exponent)})"


def _braced(law: Described, show: notation.Show) -> str:
    inside = _text_of(law, show)
    return f"({inside})" if law._compound and law._sign is not None else inside
