"""The covariance map of a pencil's Gaussian letters as steps of a derivation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp

from freeprob.exact.equations.steps import Step
from freeprob.models.dyson.dyson import Dyson
from freeprob.models.families.block_traces import Traces
from freeprob.models.pencils.scalars import Matrix
from freeprob.models.solutions.coupled import Coupled

_SOURCE = "Helton-Rashidi Far-Speicher 2007"
_TRACES = (
    r"Block traces that do not vanish, of $\mathsf{G} = (\mathrm{id} \otimes \mathrm{tr}) "
    r"\Lambda(z)^{-1}$"
)
_MAP = (
    r"Covariance map of the Gaussian letters, $\eta(\mathsf{G}) = \sum_{x, y} \mathbb{E}\, "
    r"\mathrm{tr}(x y)\, C_x \mathsf{G} C_y$ with the pencil "
    r"$\Lambda(z) = z E - \Lambda_0 - \sum_x C_x \otimes x$"
)

Values = Mapping[sp.Expr, sp.Expr]


def covariance_steps(
    dyson: Dyson, found: Coupled, names: Values
) -> tuple[list[Step], dict[sp.Expr, sp.Expr]]:
    """Steps for block traces and covariance map, and what their symbols are in the unknowns.

    Parameters
    ----------
    dyson, found
        The matrix equation and its coupled system.
    names
        What the unknowns are called.
    """
    part = next((part for part in found.parts if isinstance(part, Traces)), None)
    if part is None:
        return [], {}
    traces = {place: value.xreplace(dict(names)) for place, value in _entries(found) if value != 0}
    labels: dict[tuple[int, int], sp.Dummy] = {}
    for (i, j), value in traces.items():
        symmetric = i > j and traces.get((j, i)) == value
        labels[i, j] = labels[j, i] if symmetric else _label(i, j, dyson.pencil.size)
    size = dyson.pencil.size
    G = sp.Matrix(size, size, lambda i, j: labels.get((i, j), sp.S.Zero))
    steps = [
        Step(sp.Eq(names[name], side, evaluate=False), _TRACES, _SOURCE)
        for name, side in _unknowns(dyson, part, G)
    ]
    eta = sp.MatrixSymbol(r"\eta(\mathsf{G})", size, size)
    mapped = _mapped(dyson, G)
    steps.append(Step(sp.Eq(eta, sp.ImmutableMatrix(mapped), evaluate=False), _MAP, _SOURCE))
    shares = _shares(dyson, part, found)
    known = {labels[place]: value for place, value in traces.items()}
    known |= {
        eta[i, j]: shares[i, j].xreplace(dict(names)) for i in range(size) for j in range(size)
    }
    return steps, known


def _label(i: int, j: int, size: int) -> sp.Dummy:
    """G with its indices."""
    comma = "," if size > 9 else ""
    return sp.Dummy(rf"\mathsf{{G}}_{{{i + 1}{comma}{j + 1}}}")


def _entries(found: Coupled) -> Iterator[tuple[tuple[int, int], sp.Expr]]:
    """All block traces in the unknowns."""
    size = len(found.resolvent.shares[0][1])
    for i in range(size):
        for j in range(size):
            yield (i, j), found.resolvent.entry(i, j).written(found.resolvent.scalars)


def _unknowns(dyson: Dyson, part: Traces, G: sp.Matrix) -> Iterator[tuple[sp.Dummy, sp.Expr]]:
    """Each unknown as a coordinate of V* G V."""
    for (k, a, b), name in part.names.items():
        V = _written(dyson, dyson.covariances[k].inner)
        corner = (_adjoint(dyson, dyson.covariances[k].inner) * G * V).tolist()
        one, other = corner[a][b], corner[b][a]
        value = (one + other) / 2 if a <= b else (one - other) / (2 * sp.I)
        yield name, sp.expand(value)


def _mapped(dyson: Dyson, G: sp.Matrix) -> sp.Matrix:
    """Σ weight · C G C* with C = L V*."""
    total = sp.zeros(*G.shape)
    for covariance in dyson.covariances:
        left, inner = covariance.left, covariance.inner
        C = _written(dyson, left) * _adjoint(dyson, inner)
        adjoint = _written(dyson, inner) * _adjoint(dyson, left)
        total += dyson.scalars.write(covariance.weight) * (C * G * adjoint)
    return total.applyfunc(sp.expand)


def _shares(dyson: Dyson, part: Traces, found: Coupled) -> sp.Matrix:
    """What the coupled system has in its place."""
    scalars, size = found.resolvent.scalars, dyson.pencil.size
    total = [[scalars.zero] * size for _ in range(size)]
    part.subtract(total, scalars)
    return sp.Matrix(size, size, lambda i, j: -scalars.write(total[i][j]))


def _written(dyson: Dyson, matrix: Matrix) -> sp.Matrix:
    """A matrix in the caller's symbols."""
    return sp.Matrix([[dyson.scalars.write(value) for value in row] for row in matrix])


def _adjoint(dyson: Dyson, matrix: Matrix) -> sp.Matrix:
    """The adjoint in the caller's symbols, whose roots are real: SymPy would conjugate them."""
    star, columns = dyson.scalars.star, zip(*matrix, strict=True)
    return _written(dyson, tuple(tuple(star(value) for value in column) for column in columns))
