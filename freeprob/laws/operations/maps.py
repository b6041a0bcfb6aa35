"""Affine and Möbius images of a law."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import (
    InvalidParameterError,
    NoClosedFormError,
    NotAlgebraicError,
    UndefinedOperationError,
)
from freeprob.exact.operations.maps import mobius_map
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import System
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


class Image(Law):
    """Law of f(X), written f_* μ; nested ones need no parentheses."""

    _compound: ClassVar[bool] = True

    @abstractmethod
    def _function(self, x: sp.Expr) -> sp.Expr:
        """The value f(x)."""

    def _second_order(self, at: Stand) -> SecondOrder:
        """That of X, at the point that the map sends to z."""
        return self.args[0]._second_order(at.part(0))

    def _image(self, change: Callable[[sp.Expr], sp.Expr]) -> Law | None:
        """A function of a function, where the inner law knows it."""
        return self.args[0]._image(lambda x: change(self._function(x)))

    def _pulled_back(self, x: sp.Expr) -> tuple[Law, tuple[sp.Expr, ...]] | None:
        """Eigenvalues are images."""
        return self.args[0], (self._function(x),)

    def _latex(self, printer: LatexPrinter) -> str:
        law, show = self.args[0], printer._print
        inner = show(law) if isinstance(law, Image) else notation.tight(law, show)
        return notation.image(self, lambda x: show(self._function(x)), inner)


@final
class Dilate(Image):
    """Law of aX; build it with :meth:`Law.dilate`."""

    _word: ClassVar[str] = "dilate"

    def __new__(cls, law: Law, factor: Number) -> Dilate:
        """Check the factor."""
        factor = exact(factor, "factor")
        require(sp.Ne(factor, 0), "the factor must not be 0: the law of 0 X is PointMass(0)")
        return super().__new__(cls, the_law(law, "dilate"), factor)

    def _function(self, x: sp.Expr) -> sp.Expr:
        _, factor = self.args
        return factor * x

    @classmethod
    def _rebuilt(cls, law: Law, factor: sp.Expr) -> Law:
        return law.dilate(factor)

    def _merged(self) -> Law:
        law, factor = self.args
        return law._affine(factor, sp.S.Zero) or self

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law:
        law, factor = self.args
        return law.dilate(scale * factor).shift(shift)

    def _centred(self) -> tuple[Law, sp.Expr]:
        law, factor = self.args
        near, place = law._centred()
        return near.dilate(factor), factor * place

    def _system(self) -> System:
        law, factor = self.args
        return mobius_map(law.system, factor, sp.S.Zero, sp.S.Zero, sp.S.One)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine

        law, factor = self.args
        return Affine(law.matrix_model(), scale=float(factor))

    def _on_half_line(self) -> bool | None:
        law, factor = self.args
        return law.on_half_line if factor.is_positive else None


@final
class Shift(Image):
    """Law of X + a; build it with :meth:`Law.shift`."""

    _word: ClassVar[str] = "shift"

    def __new__(cls, law: Law, amount: Number) -> Shift:
        """Read the amount."""
        return super().__new__(cls, the_law(law, "shift"), exact(amount, "amount"))

    def _function(self, x: sp.Expr) -> sp.Expr:
        _, amount = self.args
        return x + amount

    @classmethod
    def _rebuilt(cls, law: Law, amount: sp.Expr) -> Law:
        return law.shift(amount)

    def _merged(self) -> Law:
        law, amount = self.args
        return law._affine(sp.S.One, amount) or self

    def _affine(self, scale: sp.Expr, shift: sp.Expr) -> Law:
        law, amount = self.args
        return law.dilate(scale).shift(scale * amount + shift)

    def _centred(self) -> tuple[Law, sp.Expr]:
        law, amount = self.args
        near, place = law._centred()
        return near, place + amount

    def _system(self) -> System:
        law, amount = self.args
        return mobius_map(law.system, sp.S.One, amount, sp.S.Zero, sp.S.One)

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine

        law, amount = self.args
        return Affine(law.matrix_model(), shift=float(amount))

    def _on_half_line(self) -> bool | None:
        law, amount = self.args
        return True if amount.is_nonnegative and law.on_half_line else None


@final
class Mobius(Image):
    """Law of (aX + b)/(cX + d); build it with :func:`mobius`."""

    _word: ClassVar[str] = "mobius"

    def __new__(cls, law: Law, a: Number, b: Number, c: Number, d: Number) -> Mobius:
        """Check that the map is invertible."""
        entries = [exact(entry, name) for entry, name in zip((a, b, c, d), "abcd", strict=True)]
        determinant = sp.expand(entries[0] * entries[3] - entries[1] * entries[2])
        require(
            sp.Ne(determinant, 0),
            "(ax + b)/(cx + d) with ad - bc = 0 is constant; its law is a PointMass",
        )
        require(sp.Ne(entries[2], 0), "for c = 0 the map is affine: use dilate and shift")
        _require_no_atom(the_law(law, "mobius"), -entries[3] / entries[2])
        return super().__new__(cls, law, *entries)

    def _function(self, x: sp.Expr) -> sp.Expr:
        _, a, b, c, d = self.args
        return (a * x + b) / (c * x + d)

    @classmethod
    def _rebuilt(cls, law: Law, *entries: sp.Expr) -> Law:
        return mobius(law, *entries)

    def _system(self) -> System:
        law, *entries = self.args
        return mobius_map(law.system, *entries)

    def _matrix_model(self) -> Model:
        from freeprob import ensembles

        law, *entries = self.args
        return ensembles.Mapped(law.matrix_model(), ensembles.Mobius(*map(float, entries)))

    def _on_half_line(self) -> bool | None:
        law, *entries = self.args
        signs = {entry.is_nonnegative for entry in entries}
        return True if signs == {True} and law.on_half_line else None


def mobius(law: Law, a: Number, b: Number, c: Number, d: Number) -> Law:
    """Law of (aX + b)/(cX + d).

    G(m(z)) = (cz + d)((cz + d) G_X(z) - c)/(ad - bc) with m(z) = (az + b)/(cz + d).

    Parameters
    ----------
    law
        Law of X, with no mass at the pole -d/c.
    a, b, c, d
        Real, ad - bc ≠ 0.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If ad - bc = 0.
    UndefinedOperationError
        If the law has an atom at the pole.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, mobius
    >>> mobius(MarchenkoPastur("1/2"), 0, 1, 1, 0).moments(3)
    [2, 8, 48]
    """
    the_law(law, "mobius")
    a, b, c, d = (exact(entry, name) for entry, name in zip((a, b, c, d), "abcd", strict=True))
    if c == 0:
        if d == 0:
            raise InvalidParameterError("(ax + b)/(cx + d) needs c or d different from 0")
        return law.dilate(a / d).shift(b / d)
    require(
        sp.Ne(sp.expand(a * d - b * c), 0),
        "(ax + b)/(cx + d) with ad - bc = 0 is constant; its law is a PointMass",
    )
    if isinstance(law, Mobius):
        base, *inner = law.args
        return mobius(base, *(sp.Matrix([[a, b], [c, d]]) * sp.Matrix(2, 2, inner)))
    _require_no_atom(law, -d / c)
    return law._image(lambda x: (a * x + b) / (c * x + d)) or Mobius(law, a, b, c, d)


def _require_no_atom(law: Law, pole: sp.Expr) -> None:
    """Refuse a pole that carries mass, where that is known."""
    if law.parameters or pole.free_symbols:
        return
    try:
        atoms = law.atoms()
    except (NoClosedFormError, NotAlgebraicError):
        return
    if pole in atoms:
        raise UndefinedOperationError(
            f"{law} has an atom of mass {atoms[pole]} at {pole}, which this map sends to infinity"
        )
