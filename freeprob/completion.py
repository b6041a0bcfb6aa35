"""What tab completion offers on an object: the package's own names, and SymPy's that apply."""

from __future__ import annotations

# of the 150 names of a SymPy object, those that a law or an activation has a use for
_SYMPY = (
    *("args", "free_symbols", "func"),
    *("doit", "find", "has", "replace", "subs", "xreplace"),
)
# what SymPy's metaclass writes into every class
_WRITTEN = {"default_assumptions"}


class Completed:
    """Mixin: ``dir`` lists what the package defines, not SymPy's ``is_even`` and its like."""

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
