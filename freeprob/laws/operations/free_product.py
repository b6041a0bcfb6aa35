"""Free multiplicative convolution, its powers, and sample covariance matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, final

import sympy as sp

from freeprob.errors import UndefinedOperationError
from freeprob.exact.operations.multiplicative import FreeProduct, FreeProductPower
from freeprob.exact.systems.operation import Sign
from freeprob.exact.systems.second_order import SecondOrder, Side, Square, Stand, rotated
from freeprob.exact.systems.system import Node, System
from freeprob.laws.arguments import gathered, the_law, the_laws
from freeprob.laws.base import Law
from freeprob.laws.description import notation
from freeprob.laws.named.atomic import PointMass, constant_of
from freeprob.laws.named.empirical import Empirical
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.numbers.far_laws import magnitude_of
from freeprob.laws.operations.product_equations import product_equations
from freeprob.laws.validation import require_a_law
from freeprob.parameters import Number, exact, require

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.ensembles import Model


@final
class Boxtimes(Law):
    """Free multiplicative convolution μ₁ ⊠ … ⊠ μₙ; build it with :func:`boxtimes`."""

    _word: ClassVar[str] = "boxtimes"
    _sign: ClassVar[Sign | None] = FreeProduct.sign
    _compound: ClassVar[bool] = True

    def __new__(cls, *laws: Law) -> Boxtimes:
        """Keep the factors in a fixed order; at most one may have mass below 0."""
        signed = [law for law in the_laws(laws, "boxtimes") if not law._on_half_line()]
        if len(signed) > 1:
            signed = [law for law in signed if law.on_half_line is False]
        if len(signed) > 1:
            raise UndefinedOperationError(
                f"boxtimes of {signed[0]} and {signed[1]}: both have mass below 0, so A^(1/2) B "
                "A^(1/2) has no meaning, and with two means zero the S-transform does not exist; "
                "at most one factor may leave the half line [0, ∞)"
            )
        return super().__new__(cls, *sorted(laws, key=sp.default_sort_key))

    def _latex(self, printer: LatexPrinter) -> str:
        return notation.infix(self.args, self._sign, printer._print)

    @classmethod
    def _rebuilt(cls, *laws: Law) -> Law:
        return boxtimes(*laws)

    def _merged(self) -> Law:
        """Point masses become a dilation."""
        factor, factors = sp.S.One, []
        for law in self.args:
            constant = constant_of(law)
            if constant is None:
                factors.append(law)
            else:
                factor *= constant
        return boxtimes(*factors).dilate(factor) if factors else PointMass(factor)

    def _named_equations(self, G: sp.Expr | None, z: sp.Expr, names: object) -> list[sp.Eq]:
        return product_equations(self.args, boxtimes, G, z, names)

    def _scaled(self, factor: sp.Expr) -> Law:
        """Each factor is brought to its own size, and one to what is left."""
        units = [sp.Integer(10) ** -magnitude_of(law) for law in self.args]
        own = [law._scaled(unit) for law, unit in zip(self.args, units, strict=True)]
        rest = factor / sp.Mul(*units)
        return boxtimes(own[0]._scaled(rest), *own[1:])

    def _system(self) -> System:
        systems = gathered(self.args, FreeProductPower)
        return systems[0] if len(systems) == 1 else Node(FreeProduct(), systems)

    def _second_order(self, at: Stand) -> SecondOrder:
        """Rotated factors on a common y = zG - 1."""
        parts = []
        for law, count in Counter(self.args).items():
            stand = at.down_to(law.system)
            parts.append((stand, law._second_order(stand), count))
        shared = Side(at, 1 / at.y)
        return rotated(at, shared, parts).with_squares(_of_covariances(self.args, at))

    def _matrix_model(self) -> Model:
        from freeprob import ensembles

        return ensembles.FreeProduct(tuple(law.matrix_model() for law in self.args))

    def _on_half_line(self) -> bool | None:
        known = [law.on_half_line for law in self.args]
        return True if all(known) else None


@final
class BoxtimesPower(Law):
    """Free multiplicative power μ^{⊠t}; build it with :func:`boxtimes_power`."""

    _word: ClassVar[str] = "boxtimes_power"
    _sign: ClassVar[Sign | None] = FreeProductPower.sign

    def __new__(cls, law: Law, exponent: Number) -> BoxtimesPower:
        """Check the exponent and the half line."""
        exponent = exact(exponent, "exponent")
        require(exponent > 0, f"the exponent must be positive, got {exponent}")
        if the_law(law, "boxtimes_power").on_half_line is False:
            raise UndefinedOperationError(
                f"free multiplicative powers are defined for laws on [0, ∞), but {law} has mass "
                "below 0"
            )
        power = super().__new__(cls, law, exponent)
        if (exponent < 1) == sp.true:
            require_a_law(power, f"the free power {exponent} of {law}")
        return power

    def _latex(self, printer: LatexPrinter) -> str:
        law, exponent = self.args
        return notation.power(law, self._sign, printer._print(exponent), printer._print)

    @classmethod
    def _rebuilt(cls, law: Law, exponent: sp.Expr) -> Law:
        return boxtimes_power(law, exponent)

    def _system(self) -> System:
        law, exponent = self.args
        return Node(FreeProductPower(exponent), (law.system,))

    def _second_order(self, at: Stand) -> SecondOrder:
        """Of so many rotated factors; other powers are no products of matrices."""
        law, exponent = self.args
        if not exponent.is_Integer:
            return super()._second_order(at)
        part = at.part(0)
        return rotated(at, Side(at, 1 / at.y), [(part, law._second_order(part), int(exponent))])

    def _matrix_model(self) -> Model:
        from freeprob import ensembles

        law, exponent = self.args
        if not exponent.is_Integer:
            return super()._matrix_model()
        return ensembles.FreeProduct.of_equal(law.matrix_model(), int(exponent))

    def _on_half_line(self) -> bool:
        return True


def _of_covariances(laws: Sequence[Law], at: Stand) -> tuple[Square, ...] | None:
    """Q = -κ c Δ(ωy)/Δω of a sample covariance whose population, at ω, is diagonal."""
    samples = [law for law in laws if isinstance(law, MarchenkoPastur)]
    rest = [law for law in laws if not isinstance(law, MarchenkoPastur)]
    if len(samples) != 1 or len(rest) != 1:
        return None
    population, ratio = at.down_to(rest[0].system), samples[0].args[0]
    if rest[0]._second_order(population).ratios:
        return None
    above = Side(population, population.point.z * population.y)
    return (Square(above, population.z, -ratio),)


def boxtimes(*laws: Law) -> Law:
    """Law of A^(1/2) B A^(1/2) for free A ≥ 0 and B, S = S₁ ⋯ Sₙ.

    Nested products are flattened. One factor may have mass below 0, and even mean zero.

    Parameters
    ----------
    *laws
        Laws, one or more.

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If two factors have mass below 0.

    Notes
    -----
    Source: Voiculescu 1987; Bercovici-Voiculescu 1993; Rao-Speicher 2007.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, boxtimes
    >>> boxtimes(MarchenkoPastur(1), MarchenkoPastur(1)).moments(4)
    [1, 3, 12, 55]
    """
    factors = [
        part
        for law in the_laws(laws, "boxtimes")
        for part in (law.args if isinstance(law, Boxtimes) else (law,))
    ]
    if any(constant_of(law) == 0 for law in factors):
        return PointMass(0)
    telling = [law for law in factors if law != PointMass(1)] or factors[:1]
    return telling[0] if len(telling) == 1 else Boxtimes(*telling)


def boxtimes_power(law: Law, exponent: Number) -> Law:
    """Free multiplicative power, S_t = Sᵗ.

    Parameters
    ----------
    law
        Law on [0, ∞), not the point mass at 0.
    exponent
        Positive number. From 1 on the power always exists; below 1 it exists for some laws, such
        as Marchenko-Pastur laws. A symbol stands for any exponent from 1 on: moments, cumulants,
        atoms and support are formulas in it. For irrational exponents and symbols there is no
        polynomial equation.

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If the law has mass below 0.
    NotALawError
        If the power is decidedly no probability measure.

    Notes
    -----
    Source: Bercovici-Voiculescu 1993; Belinschi-Bercovici 2005.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur, boxtimes_power
    >>> boxtimes_power(MarchenkoPastur(1), 2).moments(4)
    [1, 3, 12, 55]
    >>> import sympy as sp
    >>> L = sp.Symbol("L", positive=True)
    >>> boxtimes_power(MarchenkoPastur(1), L).support()
    [(0, L*((L + 1)/L)**(L + 1))]
    """
    if exact(exponent, "exponent") == 1 or constant_of(law) == 0:
        return the_law(law, "boxtimes_power")
    return BoxtimesPower(law, exponent)


def sample_covariance(population: Any, ratio: Number) -> Law:
    """Law of (1/n) H^(1/2) X Xᵀ H^(1/2), X of size p x n with unit variance, c = p/n.

    The free product of the population law H with a Marchenko-Pastur law.

    Parameters
    ----------
    population
        Law of the eigenvalues of the population covariance, on [0, ∞); or the eigenvalues, as a
        list, array or Series; or the covariance itself, a symmetric matrix.
    ratio
        c = p/n, variables over samples.

    Returns
    -------
    Law

    Raises
    ------
    UndefinedOperationError
        If the population law has mass below 0.
    InvalidParameterError
        For values that :class:`Empirical` refuses.

    Notes
    -----
    Source: Marchenko-Pastur 1967; Silverstein 1995.

    Examples
    --------
    >>> from freeprob import Atomic, sample_covariance
    >>> sample_covariance(Atomic({1: "1/2", 3: "1/2"}), "1/2").moments(2)
    [2, 7]
    >>> sample_covariance([1, 1, 1, 10], "1/2").moments(2)
    [13/4, 993/32]
    """
    if not isinstance(population, Law):
        population = Empirical(population)
    if population.on_half_line is False:
        raise UndefinedOperationError(
            f"a population covariance has no negative eigenvalues, but {population} has mass "
            "below 0"
        )
    return boxtimes(population, MarchenkoPastur(ratio))
