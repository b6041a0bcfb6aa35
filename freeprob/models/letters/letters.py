"""Random matrices as SymPy matrix symbols: the letters of an expression.

Letters of one name are one matrix; letters of different names are independent, which makes them
asymptotically free. Sums, products, transposes, inverses and powers are SymPy's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NoReturn, Self, final

import sympy as sp
from sympy.core.symbol import Str
from sympy.matrices.expressions.matexpr import MatrixSymbol

from freeprob.errors import InvalidParameterError
from freeprob.laws.arguments import normalised
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic
from freeprob.parameters import exact, many, mapping, require


class RandomMatrix(MatrixSymbol):
    """A letter: name, dimensions, and how its entries are drawn. Final subclasses below."""

    self_adjoint: ClassVar[bool] = True
    """Whether the matrix equals its adjoint."""

    gaussian: ClassVar[bool] = False
    """Whether its entries are Gaussian: it is then given by a covariance alone."""

    complex_entries: ClassVar[bool] = False
    """Whether its entries are complex."""

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns; the last argument but the parameters."""
        return self.args[-1], self.args[-1]

    def scalars(self) -> tuple[sp.Expr, ...]:
        """Dimensions and parameters, those inside a law too."""
        bound = bound_symbols(self)
        nodes = (node for part in self.args for node in sp.preorder_traversal(part))
        return tuple(
            node
            for node in nodes
            if isinstance(node, sp.Expr)
            and not isinstance(node, sp.MatrixExpr)
            and not node.free_symbols & bound
        )

    def _eval_transpose(self) -> sp.MatrixExpr:
        real = self.self_adjoint and not self.complex_entries
        return self if real else super()._eval_transpose()

    def _eval_adjoint(self) -> sp.MatrixExpr:
        if self.self_adjoint:
            return self
        return sp.Adjoint(self) if self.complex_entries else sp.Transpose(self)

    def _eval_conjugate(self) -> sp.MatrixExpr:
        return super()._eval_conjugate() if self.complex_entries else self


def _name(name: object) -> Str:
    """A letter's name."""
    if isinstance(name, Str):
        return name
    if isinstance(name, str) and name:
        return Str(name)
    raise InvalidParameterError(f"the name of a random matrix is a text such as 'X', got {name!r}")


def _dimension(value: object, what: str) -> sp.Expr:
    """A positive number or expression that counts rows or columns."""
    size = exact(value, what)
    require(size > 0, f"{what} must be positive, got {size}")
    if size.is_integer is False:
        raise InvalidParameterError(f"{what} must be a whole number or a symbol, got {size}")
    return size


def _variance(value: object) -> sp.Expr:
    variance = exact(value, "variance")
    require(variance > 0, f"variance must be positive, got {variance}")
    return variance


@final
class Ginibre(RandomMatrix):
    """Independent Gaussian entries of mean 0.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    rows, columns
        Dimensions, numbers or expressions in symbols that grow together.
    variance
        E |X_ij|², of each entry: X Xᵀ grows like variance · columns.
    complex
        Whether real and imaginary parts are independent of half the variance each.

    Raises
    ------
    InvalidParameterError
        If a dimension or the variance is not positive.

    Source: Ginibre 1965; Marchenko-Pastur 1967.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Ginibre
    >>> N = sp.Symbol("N", positive=True)
    >>> (Ginibre("X", N, 2 * N) * Ginibre("X", N, 2 * N).T).shape
    (N, N)
    """

    self_adjoint = False
    gaussian = True

    def __new__(
        cls,
        name: object,
        rows: object,
        columns: object,
        variance: object = 1,
        complex: object = False,
    ) -> Self:
        """Check the parameters."""
        if complex not in (sp.true, sp.false):
            raise InvalidParameterError(f"complex must be True or False, got {complex!r}")
        sizes = _dimension(rows, "rows"), _dimension(columns, "columns")
        field = sp.true if complex else sp.false
        return sp.Basic.__new__(cls, _name(name), *sizes, _variance(variance), field)

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """Rows and columns."""
        return self.args[1], self.args[2]

    @property
    def variance(self) -> sp.Expr:
        """Variance of each entry."""
        return self.args[3]

    @property
    def complex_entries(self) -> bool:  # type: ignore[override]
        """Whether the entries are complex."""
        return self.args[4] == sp.true


class _Wigner(RandomMatrix):
    """A self-adjoint Gaussian matrix whose law is Semicircle(variance)."""

    gaussian = True

    def __new__(cls, name: object, n: object, variance: object = 1) -> Self:
        """Check the parameters."""
        return sp.Basic.__new__(cls, _name(name), _dimension(n, "n"), _variance(variance))

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(n, n)."""
        return self.args[1], self.args[1]

    @property
    def variance(self) -> sp.Expr:
        """Variance of the limit law."""
        return self.args[2]


@final
class GOE(_Wigner):
    """Real symmetric Gaussian matrix with limit law Semicircle(variance).

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.
    variance
        Of the limit law: entries off the diagonal have variance/n.

    Source: Wigner 1955.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GOE
    >>> H = GOE("H", sp.Symbol("N", positive=True))
    >>> H.T == H
    True
    """


@final
class GUE(_Wigner):
    """Complex Hermitian Gaussian matrix with limit law Semicircle(variance).

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.
    variance
        Of the limit law: entries have E |H_ij|² = variance/n.

    Source: Wigner 1955.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import GUE
    >>> H = GUE("H", sp.Symbol("N", positive=True))
    >>> H.adjoint() == H
    True
    """

    complex_entries = True


class _Haar(RandomMatrix):
    """A matrix that is uniformly distributed on a compact group."""

    self_adjoint = False

    def __new__(cls, name: object, n: object) -> Self:
        """Check the dimension."""
        return sp.Basic.__new__(cls, _name(name), _dimension(n, "n"))


@final
class HaarOrthogonal(_Haar):
    """Uniformly distributed orthogonal matrix.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import HaarOrthogonal
    >>> HaarOrthogonal("O", sp.Symbol("N", positive=True)).shape
    (N, N)
    """

    def _eval_inverse(self) -> sp.MatrixExpr:
        return sp.Transpose(self)


@final
class HaarUnitary(_Haar):
    """Uniformly distributed unitary matrix.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    n
        Rows and columns.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import HaarUnitary
    >>> HaarUnitary("U", sp.Symbol("N", positive=True)).shape
    (N, N)
    """

    complex_entries = True

    def _eval_inverse(self) -> sp.MatrixExpr:
        return sp.Adjoint(self)


@final
class Deterministic(RandomMatrix):
    """A self-adjoint matrix known by its spectral law, free from all other letters.

    It stands for a fixed matrix next to randomly rotated ones, or for a randomly rotated one.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    law
        Limit law of its eigenvalues.
    n
        Rows and columns.

    Raises
    ------
    InvalidParameterError
        If ``law`` is no law.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Atomic, Deterministic
    >>> A = Deterministic("A", Atomic({1: "1/2", 3: "1/2"}), sp.Symbol("N", positive=True))
    >>> A.law.mean
    2
    """

    def __new__(cls, name: object, law: object, n: object) -> Self:
        """Check the law."""
        if not isinstance(law, Law):
            raise InvalidParameterError(
                f"{name} needs the law of its eigenvalues, such as MarchenkoPastur(1) or "
                f"Atomic({{0: '1/2', 1: '1/2'}}), got {law!r}"
            )
        return sp.Basic.__new__(cls, _name(name), law, _dimension(n, "n"))

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(n, n)."""
        return self.args[2], self.args[2]

    @property
    def law(self) -> Law:
        """Law of the eigenvalues."""
        return self.args[1]


@final
class JointlyDiagonal(RandomMatrix):
    """One of several matrices with common eigenvectors; see :func:`jointly_diagonal`."""

    def __new__(cls, name: object, family: sp.Tuple, spectrum: sp.Tuple, n: object) -> Self:
        """``family``: all names; ``spectrum``: pairs of joint eigenvalues and weight."""
        return sp.Basic.__new__(cls, _name(name), family, spectrum, _dimension(n, "n"))

    @property
    def family(self) -> tuple[str, ...]:
        """Names of the matrices that share the eigenvectors."""
        return tuple(str(name) for name in self.args[1])

    @property
    def spectrum(self) -> tuple[tuple[tuple[sp.Expr, ...], sp.Expr], ...]:
        """Joint eigenvalues in the order of the family, each with its weight."""
        return tuple((tuple(place), weight) for place, weight in self.args[2])

    @property
    def position(self) -> int:
        """Which of the family this matrix is."""
        return self.family.index(self.name)

    @property
    def law(self) -> Law:
        """Law of the eigenvalues of this matrix alone."""
        masses: dict[sp.Expr, sp.Expr] = {}
        for place, weight in self.spectrum:
            masses[place[self.position]] = masses.get(place[self.position], sp.S.Zero) + weight
        return Atomic(masses)


def jointly_diagonal(
    names: Sequence[str], spectrum: Mapping[tuple[object, ...], object], n: object
) -> tuple[JointlyDiagonal, ...]:
    """Deterministic matrices with common eigenvectors, by their joint finite spectrum.

    Parameters
    ----------
    names
        One per matrix.
    spectrum
        Maps tuples of joint eigenvalues, in the order of the names, to weights that sum to 1.
    n
        Rows and columns.

    Raises
    ------
    InvalidParameterError
        If a tuple has the wrong length or the weights do not sum to 1.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import jointly_diagonal
    >>> N = sp.Symbol("N", positive=True)
    >>> A, B = jointly_diagonal("AB", {(0, 1): "1/3", (2, 1): "2/3"}, N)
    >>> A.law.mean, B.law.mean
    (4/3, 1)
    """
    names = tuple(
        _name(name) for name in (names if isinstance(names, str) else many(names, "names"))
    )
    require(names != () and len(set(names)) == len(names), "give one distinct name per matrix")
    masses: dict[sp.Tuple, sp.Expr] = {}
    for place, weight in mapping(spectrum, "spectrum", '{(0, 1): "1/2", (2, 1): "1/2"}').items():
        place = many(place, "a place, with one eigenvalue for each matrix,")
        if len(place) != len(names):
            raise InvalidParameterError(
                f"{place} has {len(place)} eigenvalues for the {len(names)} matrices "
                f"{', '.join(map(str, names))}: give one for each"
            )
        values = sp.Tuple(*(exact(value, "eigenvalue") for value in place))
        masses[values] = masses.get(values, sp.S.Zero) + exact(weight, "weight")
    family = sp.Tuple(*names)
    places = sp.Tuple(*(sp.Tuple(*pair) for pair in normalised(masses).items()))
    return tuple(JointlyDiagonal(name, family, places, n) for name in names)


@final
class Projection(RandomMatrix):
    """Orthogonal projection onto a random subspace of relative dimension ``trace``.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    trace
        Normalised trace, in (0, 1).
    n
        Rows and columns.

    Raises
    ------
    InvalidParameterError
        If the trace is not in (0, 1).

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import Projection
    >>> Projection("P", "1/3", sp.Symbol("N", positive=True)).law
    Atomic({0: 2/3, 1: 1/3})
    """

    def __new__(cls, name: object, trace: object, n: object) -> Self:
        """Check the trace."""
        trace = exact(trace, "trace")
        require(sp.And(trace > 0, trace < 1), f"the trace must lie in (0, 1), got {trace}")
        return sp.Basic.__new__(cls, _name(name), trace, _dimension(n, "n"))

    @property
    def law(self) -> Law:
        """Law of the eigenvalues."""
        return Atomic({0: 1 - self.args[1], 1: self.args[1]})


def bound_symbols(expr: sp.Basic) -> set[sp.Symbol]:
    """Variables of the functions by which laws of letters are given."""
    return {symbol for function in expr.atoms(sp.Lambda) for symbol in function.variables}


def refuse_unknown(letter: MatrixSymbol) -> NoReturn:
    """A plain matrix symbol has no law."""
    raise InvalidParameterError(
        f"{letter} is a plain MatrixSymbol and has no law: use Ginibre, GOE, GUE, HaarOrthogonal, "
        f"Projection or Deterministic({str(letter)!r}, law, n)"
    )


def refuse_operation(expr: sp.Basic) -> NoReturn:
    """What is no rational operation on matrices has no limit law here."""
    if not isinstance(expr, sp.MatrixExpr):
        raise InvalidParameterError(
            f"expected a matrix expression in random letters, got {type(expr).__name__} {expr}"
        )
    raise InvalidParameterError(
        f"{type(expr).__name__} {expr} is no operation on random matrices here: use sums, "
        "products, scalar multiples, transposes and adjoints, inverses, integer powers, Identity, "
        "ZeroMatrix and BlockMatrix"
    )


def letters_of(expr: sp.Basic) -> tuple[RandomMatrix, ...]:
    """All random letters of an expression, in a fixed order.

    Raises
    ------
    InvalidParameterError
        If two different letters have one name.
    """
    found: dict[str, RandomMatrix] = {}
    for part in sp.preorder_traversal(expr):
        if isinstance(part, RandomMatrix):
            known = found.setdefault(part.name, part)
            if known != part:
                raise InvalidParameterError(
                    f"the name {part.name} stands for two different matrices: {sp.srepr(known)} "
                    f"and {sp.srepr(part)}; give each its own name"
                )
    return tuple(found[name] for name in sorted(found))
