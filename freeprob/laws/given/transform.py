"""A law given by one of its transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, final

import sympy as sp
from sympy.core.symbol import Str

from freeprob.errors import InvalidParameterError
from freeprob.exact.systems.leaves import from_cauchy, from_inverse, from_moment_inverse
from freeprob.exact.systems.system import Leaf, System
from freeprob.laws.base import Law
from freeprob.laws.readings import notation
from freeprob.laws.validation import require_a_law
from freeprob.parameters import bound, exact

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

_W = bound("w")

Transform = Callable[[sp.Expr], sp.Expr]

# each transform as a leaf; the changes of chart are those of the conventions of the package
_LEAVES: dict[str, Callable[[Transform], Leaf]] = {
    "G": from_cauchy,
    "F": lambda F: from_cauchy(lambda z: 1 / F(z)),
    "R": lambda R: from_inverse(lambda g: 1 / g + R(g)),
    "S": lambda S: from_moment_inverse(lambda y: (1 + y) / (y * S(y))),
    "psi": lambda psi: from_cauchy(lambda z: (1 + psi(1 / z)) / z),
    "eta": lambda eta: from_cauchy(lambda z: 1 / (z * (1 - eta(1 / z)))),
}


@final
class TransformLaw(Law):
    """The law with a given transform: G, F = 1/G, R, S, ψ or η.

    R(w) = G⁻¹(w) - 1/w; S(y) = (1 + y)/(y z) at y = zG - 1; ψ(u) = zG - 1 and η = ψ/(1 + ψ) at
    u = 1/z.

    Parameters
    ----------
    kind
        ``"G"``, ``"F"``, ``"R"``, ``"S"``, ``"psi"`` or ``"eta"``.
    expression
        The transform, any SymPy expression that is analytic where it is needed: rational, or
        with roots, logarithms and exponentials.
    variable
        Its variable.

    Raises
    ------
    InvalidParameterError
        If the kind is unknown or the expression has no variable.
    NotALawError
        If, with numbers for all parameters, this is decidedly no probability measure.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import TransformLaw
    >>> w = sp.Symbol("w")
    >>> TransformLaw("R", 2 * w / (1 - w**2), w).moments(4)
    [0, 2, 0, 10]
    """

    def __new__(
        cls, kind: object, expression: object, variable: sp.Symbol | None = None
    ) -> TransformLaw:
        """Check that this is a law."""
        if str(kind) not in _LEAVES:
            raise InvalidParameterError(
                f"the kind of transform must be one of {', '.join(_LEAVES)}, got {kind}"
            )
        if not isinstance(expression, sp.Lambda):
            if not (isinstance(expression, sp.Expr) and isinstance(variable, sp.Symbol)):
                raise InvalidParameterError(
                    "TransformLaw(kind, expression, variable) needs a SymPy expression and the "
                    "symbol that is its variable"
                )
            floats = {number: exact(number) for number in expression.atoms(sp.Float)}
            expression = sp.Lambda(_W, expression.xreplace({**floats, variable: _W}))
        law = super().__new__(cls, Str(str(kind)), expression)
        require_a_law(law, f"the law with {kind} = {expression(sp.Symbol('w'))}")
        return law

    def _sympystr(self, printer: object) -> str:
        kind, transform = self.args
        return f'TransformLaw("{kind}", {printer._print(transform(sp.Symbol("w")))}, w)'

    def _latex(self, printer: LatexPrinter) -> str:
        kind, transform = self.args
        letters = notation.fresh(self, ["w", "u", "v", "s"], 1)
        argument, value = (printer._print(part) for part in (*letters, transform(*letters)))
        return rf"\left\{{{kind}\left({argument}\right) = {value}\right\}}"

    def _system(self) -> System:
        kind, transform = self.args
        return _LEAVES[str(kind)](transform)
