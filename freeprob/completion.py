"""What tab completion offers on an object, and what is told for a name that there is not."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

# of the 150 names of a SymPy object, those that a law or an activation has a use for
_SYMPY = (
    *("args", "free_symbols", "func"),
    *("doit", "find", "has", "replace", "subs", "xreplace"),
)
# SymPy's ways to the digits of an expression: sp.N calls the first
_DIGITS = ("evalf", "n")
# what SymPy's metaclass writes into every class
_WRITTEN = {"default_assumptions"}


class Completed:
    """Mixin: ``dir`` lists what the package defines, not SymPy's ``is_even`` and its like."""

    # why it has no digits of its own, and what has
    _digits: ClassVar[str]

    if TYPE_CHECKING:

        def __new__(cls, *args: Any, **options: Any) -> Self:
            """As the class that it is mixed into."""
            ...

    else:  # a type checker would take every name for an attribute

        def __getattr__(self, name: str) -> NoReturn:
            hint = f": {self._digits}" if name in _DIGITS else ""
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}{hint}",
                name=name,
                obj=self,
            )

    def __dir__(self) -> list[str]:
        """Names that an editor completes."""
        own: set[str] = {name for name in vars(self) if not name.startswith("_")}
        for base in type(self).__mro__:
            if base.__module__.startswith("freeprob."):
                own |= {name for name in vars(base) if not name.startswith("_")}
        special = (name for name in super().__dir__() if name.startswith("__"))
        return sorted(
            {*(own - _WRITTEN), *special, *(name for name in _SYMPY if hasattr(self, name))}
        )


def no_name(module: str, name: str, names: Iterable[str]) -> AttributeError:
    """The error of a module that has no such name, with the nearest one that it has."""
    close = get_close_matches(name, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    return AttributeError(f"module {module!r} has no attribute {name!r}{hint}", name=name)
