"""Number fields ℚ(α): exact arithmetic with algebraic constants such as √2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import lcm, prod
from typing import final

import sympy as sp
from flint import fmpq_poly
from sympy.polys.polyerrors import NotAlgebraic

from freeprob.errors import BudgetExceededError, NotAlgebraicError
from freeprob.exact.algebra.door import to_fmpq, to_rational
from freeprob.exact.algebra.fields import Field
from freeprob.exact.algebra.radical_fields import RadicalBasis, radical_basis

MOST_DEGREES = 128  # beyond, one product of two numbers costs more than the whole expansion should
_SEARCHED = 24  # beyond, SymPy's search for a primitive element takes longer than a call should


@final
@dataclass(frozen=True)
class AlgebraicNumber:
    """A polynomial in α, reduced modulo the minimal polynomial of α."""

    value: fmpq_poly
    modulus: fmpq_poly

    def __add__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return AlgebraicNumber(self.value + other.value, self.modulus)

    def __sub__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return AlgebraicNumber(self.value - other.value, self.modulus)

    def __neg__(self) -> AlgebraicNumber:
        return AlgebraicNumber(-self.value, self.modulus)

    def __mul__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return AlgebraicNumber(self.value * other.value % self.modulus, self.modulus)

    def inverse(self) -> AlgebraicNumber:
        """The reciprocal; raises ``ZeroDivisionError`` for 0."""
        if self.value.is_zero():
            raise ZeroDivisionError("the reciprocal of 0 in a number field")
        _, cofactor, _ = self.value.xgcd(self.modulus)
        return AlgebraicNumber(cofactor, self.modulus)

    def __truediv__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> AlgebraicNumber:
        base = self if exponent >= 0 else self.inverse()
        result = AlgebraicNumber(fmpq_poly([1]), self.modulus)
        for digit in bin(abs(exponent))[2:]:
            result = result * result
            if digit == "1":
                result = result * base
        return result


@final
@dataclass(frozen=True)
class NumberField(Field):
    """ℚ(α) for the primitive element α of some algebraic constants.

    ``images`` are the constants as polynomials in α, coefficients from the constant term upwards;
    where the field has a basis of radicals, numbers are written in it.
    """

    root: sp.Expr
    minimal: tuple[sp.Rational, ...]
    images: tuple[tuple[sp.Expr, tuple[sp.Rational, ...]], ...]
    basis: RadicalBasis | None = field(default=None, compare=False)

    @cached_property
    def _modulus(self) -> fmpq_poly:
        return fmpq_poly([to_fmpq(value) for value in self.minimal])

    @cached_property
    def _known(self) -> dict[sp.Expr, AlgebraicNumber]:
        return {
            constant: self._element([to_fmpq(value) for value in image])
            for constant, image in self.images
        }

    def _element(self, coefficients: list) -> AlgebraicNumber:
        return AlgebraicNumber(fmpq_poly(coefficients) % self._modulus, self._modulus)

    def read(self, expression: sp.Expr) -> AlgebraicNumber:
        """A rational expression in the constants."""
        if expression.is_Rational:
            return self._element([to_fmpq(expression)])
        if expression in self._known:
            return self._known[expression]
        image = None if self.basis is None else self.basis.image(expression)
        if image is not None:
            return self._element(image)
        if expression.is_Add or expression.is_Mul:
            values = [self.read(argument) for argument in expression.args]
            total = values[0]
            for value in values[1:]:
                total = total + value if expression.is_Add else total * value
            return total
        if expression.is_Pow and expression.exp.is_Integer:
            return self.read(expression.base) ** int(expression.exp)
        if expression.is_Pow and expression.exp.is_Rational:
            root = expression.base ** sp.Rational(1, expression.exp.q)
            if root in self._known:
                return self._known[root] ** int(expression.exp.p)
        raise NotAlgebraicError(f"{expression} is no element of ℚ({self.root})")

    def write(self, element: AlgebraicNumber) -> sp.Expr:
        """A polynomial in α, powers of radicals multiplied out."""
        if self.basis is not None:
            return self.basis.write(element.value.coeffs())
        terms = (to_rational(value) * self.root**k for k, value in enumerate(element.value))
        return sp.expand(sp.Add(*terms))

    def dense(self, coefficients: Sequence[AlgebraicNumber]) -> AlgebraicPolynomial:
        """A list of coefficients."""
        return AlgebraicPolynomial(self, tuple(coefficients))

    def is_zero(self, element: AlgebraicNumber) -> bool:
        """Exact."""
        return element.value.is_zero()

    def bits(self, element: AlgebraicNumber) -> int:
        """Those of the largest coefficient, of α's equation too if the element is irrational."""
        values = element.value.coeffs()
        if len(values) > 1:
            values += self._modulus.coeffs()
        return max((value.height_bits() for value in values), default=1) - 1


@final
@dataclass(frozen=True)
class AlgebraicPolynomial:
    """A dense polynomial over a number field."""

    field: NumberField
    coefficients: tuple[AlgebraicNumber, ...]

    def _of(self, coefficients: Sequence[AlgebraicNumber]) -> AlgebraicPolynomial:
        return AlgebraicPolynomial(self.field, tuple(coefficients))

    def _padded(self, size: int) -> tuple[AlgebraicNumber, ...]:
        return self.coefficients + (self.field.integer(0),) * (size - len(self.coefficients))

    def __getitem__(self, index: int) -> AlgebraicNumber:
        inside = index < len(self.coefficients)
        return self.coefficients[index] if inside else self.field.integer(0)

    def coeffs(self) -> list[AlgebraicNumber]:
        """All coefficients, constant term first."""
        return list(self.coefficients)

    def length(self) -> int:
        """The number of stored coefficients."""
        return len(self.coefficients)

    def truncate(self, terms: int) -> AlgebraicPolynomial:
        """The first coefficients."""
        return self._of(self.coefficients[: max(terms, 0)])

    def left_shift(self, places: int) -> AlgebraicPolynomial:
        """Times a power of the variable."""
        return self._of((self.field.integer(0),) * places + self.coefficients)

    def right_shift(self, places: int) -> AlgebraicPolynomial:
        """Divided by a power of the variable, lower terms dropped."""
        return self._of(self.coefficients[places:])

    def __neg__(self) -> AlgebraicPolynomial:
        return self._of([-value for value in self.coefficients])

    def __add__(self, other: AlgebraicPolynomial) -> AlgebraicPolynomial:
        size = max(len(self.coefficients), len(other.coefficients))
        pairs = zip(self._padded(size), other._padded(size), strict=True)
        return self._of([a + b for a, b in pairs])

    def __sub__(self, other: AlgebraicPolynomial) -> AlgebraicPolynomial:
        return self + (-other)

    def __mul__(self, scalar: AlgebraicNumber) -> AlgebraicPolynomial:
        return self._of([value * scalar for value in self.coefficients])

    def mul_low(self, other: AlgebraicPolynomial, terms: int) -> AlgebraicPolynomial:
        """The first coefficients of the product."""
        size = max(0, min(terms, len(self.coefficients) + len(other.coefficients) - 1))
        product = [fmpq_poly([0])] * size
        for i, left in enumerate(self.coefficients[:size]):
            for j, right in enumerate(other.coefficients[: size - i]):
                product[i + j] += left.value * right.value
        modulus = self.field._modulus
        return self._of([AlgebraicNumber(value % modulus, modulus) for value in product])

    def derivative(self) -> AlgebraicPolynomial:
        """The derivative."""
        terms = enumerate(self.coefficients[1:], start=1)
        return self._of([value * self.field.integer(k) for k, value in terms])

    def integral(self) -> AlgebraicPolynomial:
        """The antiderivative without constant term."""
        terms = enumerate(self.coefficients, start=1)
        values = [value / self.field.integer(k) for k, value in terms]
        return self._of([self.field.integer(0), *values])


def number_field(constants: Sequence[sp.Expr]) -> NumberField | None:
    """The field of some constants, or None if one of them is not algebraic or has no equation.

    Fields of radicals come from their own basis, others from SymPy. Roots of high degree of coprime
    integers are left to be generators without relation: their powers below the degree satisfy none
    (Besicovitch 1940).

    Raises
    ------
    BudgetExceededError
        If other constants together have a high degree.
    """
    if not all(constant.is_algebraic for constant in constants):
        return None
    basis = radical_basis(constants, MOST_DEGREES)
    if basis is not None:
        return _field_of_radicals(constants, basis)
    degree = degree_bound(constants)
    if degree > MOST_DEGREES and _are_coprime_roots(constants):
        return None
    if degree > _SEARCHED:
        raise BudgetExceededError(
            f"the constants {', '.join(map(str, constants))} lie in a number field of degree up to "
            f"{degree}, and exact arithmetic is kept to degree {MOST_DEGREES} for radicals "
            f"and {_SEARCHED} for others; give some of them as decimals or rationals"
        )
    try:
        domain = sp.QQ.algebraic_field(*constants)
    except NotAlgebraic:  # no equation is known for it, such as for the modulus of a number
        return None
    images = tuple(
        (constant, tuple(domain.from_sympy(constant).to_list()[::-1])) for constant in constants
    )
    images = tuple(
        (constant, tuple(sp.Rational(sp.QQ.to_sympy(value)) for value in image))
        for constant, image in images
    )
    minimal = tuple(sp.QQ.to_sympy(value) for value in domain.mod.to_list()[::-1])
    return NumberField(domain.ext.as_expr(), minimal, images)


def _field_of_radicals(constants: Sequence[sp.Expr], basis: RadicalBasis) -> NumberField:
    elements = ((constant, basis.image(constant)) for constant in constants)
    images = tuple(
        (constant, tuple(map(to_rational, image)))
        for constant, image in elements
        if image is not None
    )
    return NumberField(basis.primitive, tuple(map(to_rational, basis.minimal)), images, basis)


def degree_bound(constants: Iterable[sp.Expr]) -> int:
    """An upper bound for the degree over ℚ of a field of algebraic constants."""
    roots = {node for c in constants for node in c.atoms(sp.Pow) if not node.exp.is_Integer}
    given = {node for c in constants for node in c.atoms(sp.CRootOf)}
    return prod(int(root.exp.q) for root in roots) * prod(root.poly.degree() for root in given)


def _are_coprime_roots(constants: Sequence[sp.Expr]) -> bool:
    """Whether the constants are roots of integers without common divisors."""
    if not all(constant.is_Pow and constant.base.is_Integer for constant in constants):
        return False
    bases = [int(constant.base) for constant in constants]
    return lcm(*bases) == prod(bases)
