"""The joint law of a Gaussian field, its gradient and its Hessian at a point, from its kernel."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.parameters import exact, require


@dataclass(frozen=True)
class Covariances:
    """A sum of independent fields on a product of unit spheres, seen at one point.

    The kernel of the field number j is E f_j(x) f_j(y) = K_j(a), a_i = x_i·y_i on sphere i, and
    K = Σ K_j. Displace x to x + Σ (s_i - 1) x_i + α_i τ_i + β_i τ'_i, with orthonormal tangents
    τ, τ', and y likewise: then a_i = s_i s'_i + α_i α'_i + β_i β'_i, and derivatives of K at 1 are
    covariances. Odd orders in a tangent vanish: gradient, tangential second derivatives and
    (values, radial derivatives) are independent.

    Parameters
    ----------
    kernels
        Polynomials K_j in the overlaps.
    weights
        Overlap to fraction κ_i of the dimensions.
    """

    kernels: tuple[sp.Expr, ...]
    weights: tuple[tuple[sp.Symbol, sp.Expr], ...]

    @classmethod
    def of(cls, kernels: Sequence[object], spheres: object) -> Covariances:
        """Read kernels and spheres.

        Raises
        ------
        InvalidParameterError
            If a kernel is no polynomial in the overlaps with coefficients ≥ 0 (Schoenberg: else
            it is no covariance in every dimension), or the weights are not positive with sum 1.
        """
        weights = _weights(spheres)
        overlaps = [overlap for overlap, _ in weights]
        read = tuple(_kernel(kernel, overlaps) for kernel in kernels)
        covariances = cls(read, tuple(weights))
        for overlap, gradient in zip(overlaps, covariances.gradients, strict=True):
            require(gradient.is_zero is not True, f"the kernel does not depend on {overlap}")
        curvature = covariances.curvatures
        for row, overlap in enumerate(overlaps):
            require(
                curvature[row, :].is_zero_matrix is not True,
                f"the field is linear on the sphere of {overlap}: it has two critical points there",
            )
        return covariances

    @property
    def overlaps(self) -> tuple[sp.Symbol, ...]:
        """The overlaps, one for each sphere."""
        return tuple(overlap for overlap, _ in self.weights)

    @property
    def fractions(self) -> tuple[sp.Expr, ...]:
        """The fractions κ of the dimensions."""
        return tuple(weight for _, weight in self.weights)

    @cached_property
    def gradients(self) -> tuple[sp.Expr, ...]:
        """Variances of the tangential first derivatives, ∂_α ∂_α' K."""
        return tuple(self._at_one(("α", i), ("α'", i)) for i in self._spheres)

    @cached_property
    def curvatures(self) -> sp.ImmutableMatrix:
        """Variances of the tangential second derivatives, ∂_α ∂_β ∂_α' ∂_β' K."""
        return _symmetric(
            len(self.weights),
            lambda i, j: self._at_one(("α", i), ("β", j), ("α'", i), ("β'", j)),
        )

    @cached_property
    def scalars(self) -> sp.ImmutableMatrix:
        """Covariance of the values of all fields, then the radial derivatives of their sum."""
        fields = [[(kernel, None)] for kernel in self.kernels]
        radial = [[(kernel, i) for kernel in self.kernels] for i in self._spheres]
        rows = [*fields, *radial]
        return _symmetric(len(rows), lambda i, j: self._covariance(rows[i], rows[j]))

    def require_numbers(self) -> None:
        """Refuse symbols.

        Raises
        ------
        InvalidParameterError
            If a kernel or a weight has a free symbol.
        """
        free = sp.Tuple(*self.kernels).free_symbols - set(self.overlaps)
        free |= sp.Tuple(*self.fractions).free_symbols
        if free:
            names = ", ".join(sorted(map(str, free)))
            raise InvalidParameterError(f"numbers need values of {names}: put them into the field")

    @property
    def _spheres(self) -> range:
        return range(len(self.weights))

    def _covariance(self, first: list, second: list) -> sp.Expr:
        terms = []
        for kernel, i in first:
            for other, j in second:
                if kernel is other:
                    places = [("s", i)] * (i is not None) + [("s'", j)] * (j is not None)
                    terms.append(self._at_one(*places, kernels=(kernel,)))
        return sp.Add(*terms)

    def _at_one(self, *places: tuple[str, int], kernels: Sequence[sp.Expr] = ()) -> sp.Expr:
        """The derivative of the kernels by displacements of both points, undisplaced.

        Displacements of first order in each place need K's Taylor polynomial of that order.
        """
        names = ("s", "s'", "α", "α'", "β", "β'")
        moves = {place: sp.Dummy(place[0]) for place in places}
        spheres = sorted({i for _, i in places})
        steps = []
        for i in spheres:
            # what is not displaced stays where it is: s at 1, α and β at 0
            at = [sp.Integer(n in names[:2]) + moves.get((n, i), sp.S.Zero) for n in names]
            steps.append(sp.expand(at[0] * at[1] + at[2] * at[3] + at[4] * at[5] - 1))
        kernel = sp.Add(*(kernels or self.kernels))
        total = sp.S.Zero
        for orders in itertools.product(range(len(places) + 1), repeat=len(spheres)):
            if sum(orders) <= len(places):
                term = self._taylor(kernel, spheres, orders)
                total += term * sp.Mul(*(e**n for e, n in zip(steps, orders, strict=True)))
        if not moves:
            return sp.expand(total)
        derivative = sp.Poly(total, *moves.values()).diff(*moves.values())
        return sp.expand(derivative(*[0] * len(moves)))

    def _taylor(self, kernel: sp.Expr, spheres: list[int], orders: Sequence[int]) -> sp.Expr:
        """A Taylor coefficient of the kernel where all overlaps are 1."""
        for i, order in zip(spheres, orders, strict=True):
            kernel = kernel.diff(self.overlaps[i], order) / sp.factorial(order)
        return kernel.subs(dict.fromkeys(self.overlaps, sp.S.One))


def _symmetric(size: int, entry: Callable[[int, int], sp.Expr]) -> sp.ImmutableMatrix:
    """A symmetric matrix from the entries on and below its diagonal."""
    lower = {(i, j): entry(i, j) for i in range(size) for j in range(i + 1)}
    return sp.ImmutableMatrix(size, size, lambda i, j: lower[max(i, j), min(i, j)])


def _weights(spheres: Any) -> list[tuple[sp.Symbol, sp.Expr]]:
    if isinstance(spheres, sp.Symbol):
        spheres = {spheres: 1}
    if not isinstance(spheres, Mapping) or not spheres:
        raise InvalidParameterError(
            "spheres are a mapping from overlaps to fractions of the dimensions, such as "
            f"{{a: 1/2, c: 1/2}}, got {spheres!r:.80}"
        )
    for overlap in spheres:
        known = isinstance(overlap, sp.Symbol) and overlap.is_commutative
        require(known, f"an overlap is a symbol for numbers, got {overlap!r:.40}")
    weights = [(overlap, exact(value, "a weight")) for overlap, value in spheres.items()]
    for overlap, weight in weights:
        require(weight.is_positive, f"the weight of {overlap} must be positive, got {weight}")
    total = sp.simplify(sp.Add(*(weight for _, weight in weights)) - 1)
    require(total.is_zero, f"the weights of the spheres must sum to 1, got {total + 1}")
    return weights


def _kernel(kernel: object, overlaps: list[sp.Symbol]) -> sp.Expr:
    read = exact(kernel, "the kernel")
    if not read.is_polynomial(*overlaps):
        raise InvalidParameterError(
            f"the kernel must be a polynomial in {', '.join(map(str, overlaps))}, got {read}"
        )
    for monomial, coefficient in sp.Poly(read, *overlaps).terms():
        require(any(monomial), "a constant in the kernel shifts the whole field: leave it out")
        require(
            coefficient.is_nonnegative,
            f"the coefficient of the power {monomial} is {coefficient}: a kernel with a negative "
            "coefficient is no covariance in every dimension",
        )
    return read
