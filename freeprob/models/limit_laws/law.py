"""The limit law of a self-adjoint random-matrix expression."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, ClassVar, final

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.algebra.costs import DEFAULT_BUDGET
from freeprob.exact.equations.derived import Name, derived_steps, labelled
from freeprob.exact.systems.second_order import SecondOrder, Stand
from freeprob.exact.systems.system import Leaf, System
from freeprob.exact.systems.written import written_system
from freeprob.law_symbols import admissible, own_symbols
from freeprob.laws.base import Law
from freeprob.laws.description.sentences import CAUCHY_TRANSFORM
from freeprob.laws.operations.rational_image import RationalImage
from freeprob.laws.readings.equation_reading import point_of
from freeprob.models.dyson.dyson import Dyson, dyson_of
from freeprob.models.families.unknowns import require_equations
from freeprob.models.letters.commuting import merged
from freeprob.models.letters.free_copies import with_free_copies
from freeprob.models.letters.gaussian_forms import gaussian_letters
from freeprob.models.letters.inverse_products import with_joined_inverses, with_projections
from freeprob.models.letters.letters import letters_of, matrix_expression
from freeprob.models.letters.random_matrix import RandomMatrix, bound_symbols
from freeprob.models.letters.shapes import growing, require_bounded, unit_of
from freeprob.models.letters.spikes import spikes_of, without_spikes
from freeprob.models.limit_laws.covariance_steps import covariance_steps
from freeprob.models.limit_laws.functions import image_law
from freeprob.models.limit_laws.letter_reading import LetterReading
from freeprob.models.limit_laws.letters_in_pencils import conditional_of
from freeprob.models.limit_laws.recognition import abstracted, known_law
from freeprob.models.limit_laws.spiked import SpikedLaw, bulk_of
from freeprob.models.pencils.minimal import Pencil, pencil_of
from freeprob.models.pencils.reading import SingularCentreError, realized
from freeprob.models.solutions.conditional import Conditional
from freeprob.models.solutions.coupled import Coupled, PhysicalSolution, coupled
from freeprob.models.traces.traces import TraceEquivalent
from freeprob.parameters import allowance, count

if TYPE_CHECKING:
    from sympy.printing.latex import LatexPrinter

    from freeprob.derivation import Derivation
    from freeprob.ensembles import Model
    from freeprob.numeric.integrals.potential_values import Potentials


@final
class MatrixLaw(LetterReading):
    """Limit law of an expression, given by its pencil; build it with :func:`law`."""

    _word: ClassVar[str] = "law"

    def __new__(cls, expr: sp.MatrixExpr) -> MatrixLaw:
        """A self-adjoint expression; others are refused, also after values were put in."""
        _pencil(expr, None)
        return super().__new__(cls, expr)

    @property
    def expression(self) -> sp.MatrixExpr:
        """The matrix."""
        return self.args[0]

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """Parameters: letters are bound, and so is a single dimension that grows."""
        large = growing(self.expression)
        symbols = self.expression.atoms(sp.Symbol) - bound_symbols(self.expression)
        return symbols - set(large if len(large) == 1 else ())

    def pencil(self) -> Pencil:
        """The least self-adjoint pencil of the expression, dimensions relative to each other."""
        return _pencil(self.expression, None)

    def require_equations(self) -> None:
        """Refuse an expression whose block traces have no known equations.

        Raises
        ------
        NotAlgebraicError
            If a Haar letter occurs in several ways, or a letter in a product has a law without
            polynomial equation.
        """
        require_equations(dyson_of(self.pencil(), unit_of(self.expression)))

    @property
    def dyson(self) -> Dyson:
        """The matrix Dyson equation of the pencil."""
        return dyson_of(self.pencil(), unit_of(self.expression))

    def coupled(self) -> Coupled:
        """The system in the block traces, before any unknown is solved for."""
        return _coupled(self.expression, None)

    def conditional(self, letter: RandomMatrix) -> Conditional:
        """The resolvent on the eigenvectors of a spike or of a deterministic letter."""
        if letter not in letters_of(self.expression):
            names = ", ".join(map(str, letters_of(self.expression)))
            raise InvalidParameterError(
                f"{letter} is no letter of {self.expression}, whose letters are {names}"
            )
        return _conditional(self.expression, letter)

    def system_equations(
        self, G: sp.Expr | None = None, z: sp.Expr | None = None, names: object = None
    ) -> list[sp.Eq]:
        """The self-consistent equations of the block traces, and G in terms of them.

        Names are those of a free product: :meth:`Law.system_equations`.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, law
        >>> N = sp.Symbol("N", positive=True)
        >>> x, y = GOE("x", N), GOE("y", N)
        >>> for equation in law(x * y + y * x).system_equations(*sp.symbols("G z")):
        ...     print(equation)
        Eq(G, -1/(2*_g2 - z))
        Eq(_g1, -1/(2*_g2 - z))
        Eq(_g2, -_g1/(_g1**2 - 1))
        """
        if names is not None:
            return super().system_equations(G, z, names)
        value, argument = point_of(G, z)
        whole = self.coupled().whole()
        # z is an unknown of the coupled system itself
        first, *equations = written_system(whole, value, argument)
        return [equation.xreplace({first.rhs: argument}) for equation in equations]

    def derive(self, G: sp.Symbol, z: sp.Symbol, budget: int = DEFAULT_BUDGET) -> Derivation:
        """Pencil, covariance map, coupled system of the block traces, and its elimination.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, law
        >>> N = sp.Symbol("N", positive=True)
        >>> derivation = law(GOE("x", N) ** 4).derive(*sp.symbols("G z"))
        >>> derivation.check().passed
        True
        """
        from freeprob.derivation import BranchEvidence, Derivation

        own_symbols(self, G, z)
        found, dyson = self.coupled(), dyson_of(self.pencil(), unit_of(self.expression))
        system = found.whole()
        root = labelled(system, z, G)
        name = Name(sp.latex(self), "Helton-Rashidi Far-Speicher 2007")
        pencil = rf"Its pencil is $\Lambda(z) = {sp.latex(self.pencil().matrix(z))}$."
        names = dict(zip(system.unknowns, root.unknowns, strict=True))
        first, defined = covariance_steps(dyson, found, names)
        steps = (*first, *derived_steps(root, {system: name}, allowance(budget)))
        evidence = BranchEvidence(root, partial(admissible, self), defined)
        notation = (CAUCHY_TRANSFORM, pencil)
        return Derivation("Law", rf"\mu = {sp.latex(self)}", steps, evidence, notation)

    def moments(self, n: int) -> list[sp.Expr]:
        """Exact moments; those of expressions with inverses are traces of their powers.

        Examples
        --------
        >>> import sympy as sp
        >>> from freeprob import GOE, law
        >>> N = sp.Symbol("N", positive=True)
        >>> x = GOE("x", N)
        >>> law(2 * (x**2 + sp.Identity(N)).inverse() + x).moments(1)
        [-1 + sqrt(5)]
        """
        system = self.system
        by_traces = isinstance(system, Leaf) and system.anchor is not None
        if self.parameters or not (by_traces or self._law_of_function() is not None):
            return super().moments(n)
        powers = (self.expression**k for k in range(1, count(n) + 1))
        return [TraceEquivalent.of(power).closed_form() for power in powers]

    def _law_of_function(self) -> Law | None:
        """The law as one of a function of a single letter, with inverses, or None."""
        if _is_polynomial(self.expression):
            return None
        return image_law(prepared(self.expression), unit_of(self.expression))

    def _system(self) -> System:
        image = self._law_of_function()
        if image is not None:
            return image.system
        found = self.coupled()
        if found.anchor is not None and not self.parameters:
            _require_mass(found.anchor, self.expression)
        return found.leaf()

    def _potential_values(self) -> Potentials | None:
        """By the variational formula of the Dyson equation, for real polynomials."""
        known = super()._potential_values()
        if known is not None or self.parameters or not _is_polynomial(self.expression):
            return known
        # equations and densities need none of what sums over the spectrum need
        from freeprob.models.solutions.pencil_potential import PencilPotential, has_potential
        from freeprob.models.solutions.two_resolvents import PencilKernel

        dyson, unit = dyson_of(self.pencil(), unit_of(self.expression)), unit_of(self.expression)
        if not has_potential(dyson):
            return None
        dimensions = (float(space.xreplace(dict(unit))) for space in self.pencil().spaces)
        return PencilPotential(PencilKernel(dyson, self.coupled()), tuple(dimensions))

    def _second_order(self, at: Stand) -> SecondOrder:
        """By itself, from its letters: see :func:`freeprob.fluctuation`."""
        raise UndefinedOperationError(
            f"fluctuations of {self.expression} follow from its letters: use "
            "freeprob.fluctuation(expr, f, x)"
        )

    def _matrix_model(self) -> Model:
        from freeprob.models.samples.sampling import ExpressionModel

        return ExpressionModel(self.expression)

    def _latex(self, printer: LatexPrinter) -> str:
        return rf"\mathcal{{L}}\left({printer._print(self.expression)}\right)"


def _is_polynomial(expr: sp.MatrixExpr) -> bool:
    """Whether no inverse occurs, and no root or other function of a matrix."""
    powers = (power.exp for power in expr.atoms(sp.MatPow))
    return all(exponent.is_Integer and exponent > 0 for exponent in powers)


# mass seen beyond 2^19 that is none of a heavy tail, which would have halved on the way from 2^9
_ESCAPED = 1e-4


def _require_mass(anchor: PhysicalSolution, expr: sp.MatrixExpr) -> None:
    """That zG tends to 1: what is inverted on an eigenspace of 0 leaves mass at infinity."""
    near, far = (anchor.escaped(height) for height in (2.0**9, 2.0**19))
    if far > _ESCAPED and far > near / 2:
        raise UndefinedOperationError(
            f"an inverse in {expr} is singular in the limit: what it inverts has an atom at 0, and "
            f"mass {far:.4g} of the limit law lies at infinity; add a ridge, as in (M + "
            "γ*Identity(n)).inverse()"
        )


_CENTRES = 6


@lru_cache(maxsize=512)
def _pencil(expr: sp.MatrixExpr, kept: RandomMatrix | None) -> Pencil:
    """The pencil, with a letter in it that another one could stand for."""
    unit = unit_of(expr)
    written = abstracted(prepared(expr), unit, MatrixLaw, kept)
    return pencil_of_written(gaussian_letters(written, kept), expr)


@lru_cache(maxsize=64)
def _coupled(expr: sp.MatrixExpr, kept: RandomMatrix | None) -> Coupled:
    pencil = _pencil(expr, kept)
    return coupled(dyson_of(pencil, unit_of(expr)), pencil.spaces[: pencil.outer])


@lru_cache(maxsize=64)
def _conditional(expr: sp.MatrixExpr, letter: RandomMatrix) -> Conditional:
    # spikes are orthogonal to each other, so that each one sees the bulk
    alone = without_spikes(expr, letter)
    inside = any(key.letter == letter for key in _pencil(alone, None).coefficients)
    kept = None if inside else letter
    return conditional_of(_pencil(alone, kept), unit_of(expr), letter, _coupled(alone, kept))


def pencil_of_written(written: sp.MatrixExpr, expr: sp.MatrixExpr) -> Pencil:
    """The least pencil of an expression as it is written, around letters at which it is regular."""
    unit = unit_of(expr)
    square = [letter for letter in letters_of(written) if letter.shape[0] == letter.shape[1]]
    for k in range(_CENTRES):
        centres = {letter: sp.Integer(k * (k + n)) for n, letter in enumerate(square)}
        try:
            return pencil_of(realized(written, centres), expr).about(centres).at(unit)
        except SingularCentreError as error:
            if k == _CENTRES - 1:
                raise _no_centre(error.base) from None
    raise AssertionError("the last centre returns or raises")


def _no_centre(base: sp.MatrixExpr) -> UndefinedOperationError:
    return UndefinedOperationError(
        f"{base} has no inverse wherever its square letters are multiples of the identity, around "
        "which expressions with inverses are expanded: add a ridge, as in "
        f"({base} + γ*Identity(n)).inverse()"
    )


def prepared(expr: sp.MatrixExpr) -> sp.MatrixExpr:
    """An expression with the same law: free copies for rotated letters, functions as one letter."""
    return with_joined_inverses(with_projections(merged(with_free_copies(expr))))


def law(expr: sp.Expr) -> Law:
    """The limit law of the eigenvalues of a self-adjoint random-matrix expression.

    The matrix is written with SymPy's own operations; its equations, numbers and samples are
    those of any other law. Free sums and products that the core knows in closed form are
    recognised; everything else goes through the least self-adjoint pencil
    Λ(z) = z E - Λ₀ - Σ C_x ⊗ x and the matrix Dyson equation G⁻¹ = z E - Λ₀ - R(G).

    Parameters
    ----------
    expr
        A square matrix expression in the letters Ginibre, GOE, GUE, HaarOrthogonal, HaarUnitary,
        Deterministic, Projection and jointly_diagonal, equal to its adjoint, and of order one as
        its dimensions grow.

    Returns
    -------
    Law
        Its parameters are the symbols of the expression other than the growing dimension.

    Raises
    ------
    InvalidParameterError
        If the expression has a letter without law, shapes that differ, or grows with N.
    UndefinedOperationError
        If it is not self-adjoint.
    NotAlgebraicError
        If the block traces have no known equations.

    Source: Belinschi-Mai-Speicher 2017; Helton-Rashidi Far-Speicher 2007.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE, law
    >>> N = sp.Symbol("N", positive=True)
    >>> x, y = GOE("x", N), GOE("y", N)
    >>> law(x * y + y * x).equation(*sp.symbols("G z"))
    Eq(G**3*z + G**2 - G*z + 1, 0)
    """
    expr = matrix_expression(expr, "law")
    require_bounded(expr)
    unit = unit_of(expr)
    if spikes_of(expr):
        # rotated spikes are spikes of their own
        expr = with_free_copies(expr)
        bulk = bulk_of(expr)
        return SpikedLaw(bulk if isinstance(bulk, Law) else law(bulk), MatrixLaw(expr))
    written = prepared(expr)
    image = image_law(written, unit)
    if isinstance(image, RationalImage) and not _is_polynomial(expr):
        image = MatrixLaw(expr)  # moments of rational functions are traces
    found = image or known_law(written, unit, MatrixLaw) or MatrixLaw(expr)
    for part in found.atoms(MatrixLaw):
        # what cannot be asked is said here and not at the first question
        part.require_equations()
    if any(power.exp.is_negative for power in expr.atoms(sp.MatPow)) and not found.parameters:
        # inverses that do not exist are refused here and not at the first question
        _ = found.system
    return found
