"""Activations: pointwise nonlinearities given by any SymPy expression."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import sympy as sp

from freeprob.completion import Completed
from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.nets.activations.description import OwnDescription
from freeprob.nets.activations.formulas import require_real
from freeprob.nets.expectations.dual import checked_covariance, growth_conditions, pair_mean
from freeprob.nets.expectations.expectation import growth_condition, mean_of
from freeprob.nets.functions.bound_symbol import ARGUMENT, index, integrand, natural, variance
from freeprob.nets.functions.formula_pieces import formula_pieces
from freeprob.nets.functions.pieces import Pieces
from freeprob.parameters import expression, many

if TYPE_CHECKING:
    from freeprob.derivation import Derivation
    from freeprob.laws.base import Law


class Activation(Completed, sp.Basic):
    r"""A real function f applied entrywise, with its Gaussian means and its dual kernel.

    Parameters
    ----------
    expr : Expr
        The function, any SymPy expression in ``symbol``; other symbols are real parameters.
    symbol : Symbol
        Its variable.

    Raises
    ------
    InvalidParameterError
        If the function is not real on the real line.

    Notes
    -----
    Means are over w ~ N(0, q): ``expect(q)`` is E f(sqrt(q) Z). Derivatives are those of
    distributions, so a jump of f puts a point mass in f'.

    Examples
    --------
    >>> import sympy as sp
    >>> w, q = sp.Symbol("w"), sp.Symbol("q", positive=True)
    >>> f = Activation(sp.erf(w), w)
    >>> f.expect(q, power=2)
    2*asin(2*q/(2*q + 1))/pi
    >>> f.dual(1, sp.Rational(1, 2), 2)
    2*asin(sqrt(15)/15)/pi
    """

    # a descriptor, which reads as a text
    __doc__ = OwnDescription(__doc__)  # pyright: ignore[reportAssignmentType]
    _digits: ClassVar[str] = (
        "an activation is a function; ask for digits of what it answers, as in f.eta(1).evalf(20), "
        "or of f(x) at a number"
    )

    def __new__(cls, expr: sp.Expr, symbol: sp.Symbol) -> Activation:
        """Make the activation, written in the internal variable."""
        body = integrand(expr, symbol)
        require_real(body)
        return sp.Basic.__new__(cls, body, ARGUMENT)

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """The parameters of the function."""
        return self.args[0].free_symbols - {ARGUMENT}

    @property
    def bound_symbols(self) -> list[sp.Symbol]:
        """The internal variable."""
        return [ARGUMENT]

    def expression(self, w: sp.Expr) -> sp.Expr:
        """Return f(w)."""
        argument = expression(w)
        try:
            return self.args[0].xreplace({ARGUMENT: argument})
        except ValueError as error:  # SymPy compares no complex numbers
            raise InvalidParameterError(
                f"f is a function of real numbers, got {w!s:.80}"
            ) from error

    def __call__(self, w: Any) -> Any:
        """Return f(w): an expression, or float64 numbers of an array."""
        if not isinstance(w, np.ndarray):
            return self.expression(w)
        from freeprob.nets.activations.array_values import on_arrays

        return on_arrays(self)(w)

    def _sympystr(self, printer: sp.printing.str.StrPrinter) -> str:
        return f"Activation({printer._print(self.expression(sp.Symbol('x')))}, x)"

    _sympyrepr = _sympystr

    def _latex(self, printer: sp.printing.latex.LatexPrinter) -> str:
        return rf"x \mapsto {printer._print(self.expression(sp.Symbol('x')))}"

    @cached_property
    def pieces(self) -> Pieces:
        """The function cut at its kinks and jumps."""
        return self.pieces_of(0)

    def pieces_of(self, order: int) -> Pieces:
        """Return the derivative of this order, as smooth parts and point masses."""
        return formula_pieces(self.args[0], natural(order, "order"))

    def derivative(self, k: int = 1) -> Activation:
        """Return f^(k) as an activation.

        Raises
        ------
        UndefinedOperationError
            If f^(k) has a point mass, such as f'' of relu or f' of step.
        """
        pieces = self.pieces_of(natural(k, "the order of the derivative"))
        if not pieces.is_function:
            places = ", ".join(str(place) for place, _, _ in pieces.masses)
            raise UndefinedOperationError(
                f"derivative {k} of {self} is a distribution: it has a point mass at {places}; "
                "its mean exists (power=1), its square does not"
            )
        return Activation(pieces.expression(), ARGUMENT)

    def expect(self, q: object, power: int = 1, derivative: int = 0) -> sp.Expr:
        r"""Return E f^(derivative)(sqrt(q) Z)^power.

        Parameters
        ----------
        q : number or Expr
            Variance, exact; a float is read as the decimal it prints.
        power : int
            Power, at least 1.
        derivative : int
            Order of the derivative, in the sense of distributions.

        Returns
        -------
        Expr
            Closed form in q, or a :class:`GaussianExpectation`; ``oo`` for an even power of a
            derivative with a point mass.

        Raises
        ------
        UndefinedOperationError
            For an odd power (3 or more) of a derivative with a point mass.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import nets
        >>> q = sp.Symbol("q", positive=True)
        >>> nets.relu.expect(q, power=2)
        q/2
        >>> nets.relu.expect(q, power=2, derivative=2)
        oo
        """
        power, derivative = _orders(power, derivative)
        pieces = self.pieces_of(derivative)
        if power > 1 and not pieces.is_function:
            if power % 2 == 0:
                return sp.oo
            raise UndefinedOperationError(
                f"power {power} of derivative {derivative} of {self} has no meaning: the "
                "derivative has a point mass"
            )
        return mean_of(_product([pieces] * power), variance(q))

    def expect_product(self, q: object, derivatives: Iterable[int] = (0, 1)) -> sp.Expr:
        """Return E of the product of derivatives of f, as E f f'' for ``derivatives=(0, 2)``.

        Raises
        ------
        UndefinedOperationError
            If point masses meet each other or a jump.
        """
        orders = [natural(k, "the order of a derivative") for k in many(derivatives, "derivatives")]
        if not orders:
            raise InvalidParameterError("give at least one order of a derivative")
        return mean_of(_product([self.pieces_of(k) for k in orders]), variance(q))

    def mean(self, q: object) -> sp.Expr:
        """Return E f(sqrt(q) Z)."""
        return self.expect(q)

    def eta(self, q: object) -> sp.Expr:
        """Return the variance of f(sqrt(q) Z) (Pennington and Worah 2017, eta)."""
        return sp.expand(self.expect(q, power=2) - self.mean(q) ** 2)

    def zeta(self, q: object) -> sp.Expr:
        """Return (sqrt(q) E f')^2 = (E Z f(sqrt(q) Z))^2 (Pennington and Worah 2017, zeta)."""
        return variance(q) * self.expect(q, derivative=1) ** 2

    def hermite(self, n: int | sp.Symbol, q: object = 1) -> sp.Expr:
        r"""Return a_n = E f(sqrt(q) Z) h_n(Z), h_n = He_n/sqrt(n!) orthonormal.

        By Stein's identity a_n = q^(n/2) E f^(n)(sqrt(q) Z)/sqrt(n!).

        Parameters
        ----------
        n : int or Symbol
            Index; a symbol gives a formula in n where one is derived.
        q : number or Expr
            Variance of the argument.

        Raises
        ------
        NoClosedFormError
            For a symbolic index, if no derivative of f is free of erf and of steps.

        Examples
        --------
        >>> from freeprob import nets
        >>> nets.relu.hermite(4)
        -sqrt(3)/(12*sqrt(pi))
        """
        scale, n = variance(q), index(n, "the index n")
        if isinstance(n, sp.Symbol):
            from freeprob.nets.expectations.hermite_coefficients import symbolic_coefficient

            form, start = symbolic_coefficient(self.pieces, n, scale)
            low = [(self.hermite(i, scale), sp.Eq(n, i)) for i in range(start)]
            return sp.Piecewise(*low, (form, True)) if low else form
        polynomial = sp.hermite_prob(n, ARGUMENT / sp.sqrt(scale)) / sp.sqrt(sp.factorial(n))
        weighted = self.pieces.map(lambda part: sp.expand(polynomial) * part)
        return mean_of(weighted, scale)

    def dual(self, q1: object, k: object, q2: object) -> sp.Expr:
        r"""Return the dual kernel E f(u) f(v), cov(u, v) = [[q1, k], [k, q2]].

        Returns
        -------
        Expr
            Closed form, or a :class:`GaussianDual` with ``evalf`` to any digits.

        Raises
        ------
        InvalidParameterError
            If a variance is negative or |k| > sqrt(q1 q2).

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import nets
        >>> nets.relu.dual(1, sp.Rational(1, 2), 1)
        sqrt(3)/(4*pi) + 1/6
        """
        return pair_mean(self.pieces, self.pieces, *checked_covariance(q1, k, q2))

    def dual_derivative(self, q1: object, k: object, q2: object) -> sp.Expr:
        """Return E f'(u) f'(v), the derivative of the dual kernel in k (Price 1958).

        Raises
        ------
        UndefinedOperationError
            If f jumps: f' has a point mass and the kernel of the tangent is infinite on the
            diagonal.
        """
        pieces = self.derivative_for_kernel()
        return pair_mean(pieces, pieces, *checked_covariance(q1, k, q2))

    def derivative_for_kernel(self) -> Pieces:
        """Return f', refused if f jumps."""
        pieces = self.pieces_of(1)
        if not pieces.is_function:
            raise UndefinedOperationError(
                f"{self} jumps at {pieces.masses[0][0]}: E f'(u) f'(v) diverges at correlation 1, "
                "so there is no tangent kernel and no law of a Jacobian; use a continuous "
                "activation"
            )
        return pieces

    def derive_mean(self, q: object, power: int = 1, derivative: int = 0) -> Derivation:
        """Return the derivation of :meth:`expect`, its steps recorded and checkable.

        Raises
        ------
        UndefinedOperationError
            If the mean is infinite.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import nets
        >>> derivation = nets.relu.derive_mean(sp.Symbol("q", positive=True), power=2)
        >>> derivation.result.rhs
        q/2
        >>> derivation.check().passed
        True
        """
        from freeprob.nets.expectations.derivations import mean_derivation

        power, derivative = _orders(power, derivative)
        if self.expect(q, power, derivative) is sp.oo:
            raise UndefinedOperationError("the mean is infinite, so there is no form to derive")
        return mean_derivation(_product([self.pieces_of(derivative)] * power), variance(q))

    def derive_dual(self, q1: object, k: object, q2: object) -> Derivation:
        """Return the derivation of :meth:`dual`, its steps recorded and checkable.

        Raises
        ------
        UndefinedOperationError
            If the two Gaussians are multiples of each other.
        """
        from freeprob.nets.expectations.derivations import dual_derivation

        return dual_derivation(self.pieces, *checked_covariance(q1, k, q2))

    def centered(self, q: object) -> Activation:
        """Return f - E f(sqrt(q) Z)."""
        return Activation(self.args[0] - self.mean(q), ARGUMENT)

    def normalized(self, q: object) -> Activation:
        """Return f/sqrt(E f(sqrt(q) Z)^2)."""
        square = self.expect(q, power=2)
        if square.is_zero:
            raise InvalidParameterError("the zero function cannot be normalised")
        return Activation(self.args[0] / sp.sqrt(square), ARGUMENT)

    def slope_law(self, q: object, bias: Law | None = None) -> Law:
        r"""Law of f'(sqrt(q) Z + b)², Z standard normal: the squared slopes of a wide layer.

        Parts where f' is constant are atoms, their masses differences of erf.

        Parameters
        ----------
        q : number or Expr
            Variance of the Gaussian part of the preactivations: without that of the bias.
        bias : Law, optional
            Law of b, independent of Z: atoms, or a Gaussian.

        Raises
        ------
        InvalidParameterError
            If q is not positive.
        UndefinedOperationError
            If f jumps, E f'^2 is infinite, or for other laws of the bias.

        Source: Pastur 2020; Pennington, Schoenholz and Ganguli 2018.

        Examples
        --------
        >>> from freeprob import nets
        >>> nets.hard_tanh.slope_law(2)
        Atomic({0: 1 - erf(1/2), 1: erf(1/2)})
        """
        from freeprob.nets.activations.slopes import slope_law

        return slope_law(self, q, bias)

    def dual_function(self) -> Callable[[Any, Any, Any], Any]:
        """Return the dual kernel as a vectorised float64 function of (q1, k, q2).

        Without a closed form the kernel is tabulated for the arrays of each call, to 1e-11
        relative to the root of E f(u)^2 E f(v)^2.
        """
        return _kernel_function(self.pieces)

    def dual_derivative_function(self) -> Callable[[Any, Any, Any], Any]:
        """Return E f'(u) f'(v) as a vectorised float64 function of (q1, k, q2)."""
        return _kernel_function(self.derivative_for_kernel())

    def expect_function(self, power: int = 1, derivative: int = 0) -> Callable[[Any], Any]:
        """Return E f^(derivative)(sqrt(q) Z)^power as a vectorised float64 function of q."""
        from freeprob.nets.expectations.array_arguments import of_variance
        from freeprob.nets.expectations.fast import fast_mean

        power, derivative = _orders(power, derivative)
        growth = growth_condition(_product([self.pieces_of(derivative).smooth] * power))
        return of_variance(fast_mean(self, power, derivative), growth)


def _kernel_function(pieces: Pieces) -> Callable[[Any, Any, Any], Any]:
    from freeprob.nets.expectations.array_arguments import of_covariances
    from freeprob.nets.expectations.fast import fast_duals

    duals = fast_duals([pieces])
    return of_covariances(lambda *pair: duals(*pair)[0], growth_conditions(pieces, pieces))


def _orders(power: object, derivative: object) -> tuple[int, int]:
    return natural(power, "power", least=1), natural(derivative, "derivative")


def _product(factors: list[Pieces]) -> Pieces:
    product = factors[0]
    for factor in factors[1:]:
        product = product.times(factor)
    return product
