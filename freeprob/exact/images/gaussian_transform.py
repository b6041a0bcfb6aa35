"""The transform of a function of a Gaussian variable, as a function that SymPy can carry."""

from __future__ import annotations

from abc import abstractmethod

import sympy as sp


class TransformAt(sp.Function):
    """A derivative of a transform: arguments are the point w, the order, and what else there is.

    It is the branch of the upper half plane, which is not that of the lower one continued.
    """

    @property
    def point(self) -> sp.Expr:
        """The argument w."""
        return self.args[0]

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        """The derivative by w is the next order."""
        if argindex != 1:
            raise sp.ArgumentIndexError(self, argindex)
        point, order, *rest = self.args
        return self.func(point, order + 1, *rest)

    def _eval_derivative(self, s: sp.Symbol) -> sp.Expr:
        """By w alone: functions and charts among the arguments hold no unknowns."""
        return self.point.diff(s) * self.fdiff()

    def at(self, point: sp.Expr) -> sp.Expr:
        """The same function elsewhere."""
        return self.func(point, *self.args[1:])

    @abstractmethod
    def from_below(self) -> sp.Expr:
        """The branch of the lower half plane: that of -g above the axis, at -w."""


class GaussianTransform(TransformAt):
    r"""The derivative of order n of ψ(1/w) = E[g(Z)/(w - g(Z)); a < Z < b], Z standard normal.

    .. math:: (-1)^n n! \int_a^b \frac{g(x)}{(w - g(x))^{n+1}} \frac{e^{-x^2/2}}{\sqrt{2\pi}} dx .

    Arguments are w, n, g as a ``Lambda``, a and b. It is the branch of the upper half plane,
    continued across the axis.
    """

    nargs = 5

    def from_below(self) -> sp.Expr:
        """By -g(-Z), which has the law of -g(Z): SymPy has a class of its own for x ↦ x."""
        point, order, function, low, high = self.args
        (x,) = function.variables
        mirrored = sp.Lambda(x, -function(-x))
        return (-1) ** order * self.func(-point, order, mirrored, -high, -low)
