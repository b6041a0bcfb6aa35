"""Letters known by their spectra: deterministic matrices and projections."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self, final

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.arguments import normalised
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic
from freeprob.models.letters.random_matrix import RandomMatrix, dimension, letter_name
from freeprob.parameters import Number, exact, many, mapping, require


class SpectralLetter(RandomMatrix):
    """A self-adjoint letter known by the law of its eigenvalues, in a basis free from the others.

    Nothing else is asked of it: final subclasses check their parameters and say their law.
    """

    @property
    @abstractmethod
    def law(self) -> Law:
        """Law of the eigenvalues."""


@final
class Deterministic(SpectralLetter):
    """A self-adjoint matrix known by its spectral law, free from all other letters; or by nothing.

    With a law it stands for a fixed matrix next to randomly rotated ones, or for a randomly rotated
    one. Without one it is any real symmetric matrix, which stays a letter of
    :func:`deterministic_equivalent` until it is given as an array; it need not be free from others.

    Parameters
    ----------
    name
        Matrices of one name are one matrix.
    law
        Limit law of its eigenvalues, or None.
    n
        Rows and columns.

    Raises
    ------
    InvalidParameterError
        If ``law`` is no law; later, if a letter without law is asked for its spectrum.

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
        if law is None or (isinstance(law, sp.Tuple) and not law):
            return sp.Basic.__new__(cls, letter_name(name), sp.Tuple(), dimension(n, "n"))
        if not isinstance(law, Law):
            raise InvalidParameterError(
                f"{name} needs the law of its eigenvalues, such as MarchenkoPastur(1) or "
                f"Atomic({{0: '1/2', 1: '1/2'}}), got {_told(law)}; of eigenvalues or a matrix "
                "that one holds it is Empirical(values)"
            )
        return sp.Basic.__new__(cls, letter_name(name), law, dimension(n, "n"))

    @property
    def shape(self) -> tuple[sp.Expr, sp.Expr]:
        """(n, n)."""
        return self.args[2], self.args[2]

    @property
    def stays_letter(self) -> bool:
        """Whether it has no law."""
        return not isinstance(self.args[1], Law)

    @property
    def law(self) -> Law:
        """Law of the eigenvalues."""
        if self.stays_letter:
            raise InvalidParameterError(
                f"{self} has no law, which laws, samples and numbers need: give it one, as in "
                f"Deterministic({self.name!r}, law, n), or keep the letter in "
                "deterministic_equivalent and normalized_trace, whose evaluate takes data={...}"
            )
        return self.args[1]


@final
class JointlyDiagonal(SpectralLetter):
    """One of several matrices with common eigenvectors; see :func:`jointly_diagonal`."""

    def __new__(cls, name: object, family: sp.Tuple, spectrum: sp.Tuple, n: object) -> Self:
        """``family``: all names; ``spectrum``: pairs of joint eigenvalues and weight."""
        return sp.Basic.__new__(cls, letter_name(name), family, spectrum, dimension(n, "n"))

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

    Returns
    -------
    tuple of JointlyDiagonal
        One letter for each name.

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
        letter_name(name) for name in (names if isinstance(names, str) else many(names, "names"))
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
class Projection(SpectralLetter):
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

    def __new__(cls, name: object, trace: Number, n: object) -> Self:
        """Check the trace."""
        trace = exact(trace, "trace")
        require(sp.And(trace > 0, trace < 1), f"the trace must lie in (0, 1), got {trace}")
        return sp.Basic.__new__(cls, letter_name(name), trace, dimension(n, "n"))

    @property
    def law(self) -> Law:
        """Law of the eigenvalues."""
        return Atomic({0: 1 - self.args[1], 1: self.args[1]})


def _told(value: object) -> str:
    """A value for a message: short, and data by their shape."""
    # SymPy's elements of arrays have no shape, and say so by an error of their own
    shape = None if isinstance(value, sp.Expr) else getattr(value, "shape", None)
    return f"{value!s:.60}" if shape is None else f"data of shape {shape}"
