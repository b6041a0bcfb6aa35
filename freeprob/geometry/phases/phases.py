"""Phases of a law: the cells of its parameters in which numbers of cuts and atoms stay the same.

They can change only where two candidates for edges meet or go to infinity, where an atom appears,
or where the law ceases to exist. One proved sample in each cell between these walls tells them;
walls across which nothing changes are dropped, and the cells beside them put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, final

import numpy as np
import sympy as sp

from freeprob.errors import NoClosedFormError
from freeprob.exact.algebra.costs import Meter
from freeprob.exact.algebra.door import Polynomial, Ring
from freeprob.exact.algebra.factoring import factorization
from freeprob.exact.algebra.polynomials import depends_on, normal_sign
from freeprob.exact.systems.critical_equations import POINTS_BUDGET
from freeprob.exact.systems.system import System
from freeprob.extras import axes_of
from freeprob.geometry.phases.cells import Decomposition, decomposition
from freeprob.geometry.phases.edge_conditions import edge_equations
from freeprob.geometry.phases.formulas import walls_between
from freeprob.geometry.signs.samples import Instance, Values
from freeprob.geometry.spectrum.atoms import atoms, no_instance
from freeprob.geometry.spectrum.support import support
from freeprob.tables import Tabled, html_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHARE = 5  # walls may take as many times what the equations of edges may
_GRID = 240  # points of each axis on which walls are drawn
_MARGIN = 0.5  # of the range of the samples, beyond them


@final
@dataclass(frozen=True)
class Phase(Tabled):
    """An open set of parameters with the same numbers of cuts and atoms.

    Parameters
    ----------
    sample
        Rational values of the parameters in it, at which both numbers are proved.
    cuts
        How many intervals carry density.
    atoms
        How many atoms there are.
    """

    sample: dict[sp.Symbol, sp.Rational]
    cuts: int
    atoms: int


@final
@dataclass(frozen=True)
class PhaseDiagram:
    """Walls in one or two parameters, and the phases between them.

    Parameters
    ----------
    parameters
        The symbols, in the order of the axes.
    walls
        Irreducible polynomials: numbers of cuts or atoms change only where one of them vanishes.
    cells
        The phases.
    """

    parameters: tuple[sp.Symbol, ...]
    walls: tuple[sp.Poly, ...]
    cells: tuple[Phase, ...]

    def _repr_html_(self) -> str:
        head = [*(str(parameter) for parameter in self.parameters), "cuts", "atoms"]
        rows = [
            [*(str(cell.sample[each]) for each in self.parameters), str(cell.cuts), str(cell.atoms)]
            for cell in self.cells
        ]
        walls = ", ".join(f"{wall.as_expr()} = 0" for wall in self.walls) or "none"
        return html_table(head, rows, f"a point of each phase; walls: {walls}")

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw walls as lines, and the numbers of each phase at its sample.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is not installed.
        """
        ax = axes_of(ax)
        points = np.array([[float(cell.sample[s]) for s in self.parameters] for cell in self.cells])
        spread = np.maximum(np.ptp(points, axis=0), np.abs(points).max(axis=0))
        low, high = points.min(axis=0) - _MARGIN * spread, points.max(axis=0) + _MARGIN * spread
        low = np.where([s.is_nonnegative for s in self.parameters], np.maximum(low, 0), low)
        ax.set_xlim(low[0], high[0])
        ax.set_xlabel(f"${sp.latex(self.parameters[0])}$")
        if len(self.parameters) == 1:
            self._draw_line(ax, points[:, 0])
        else:
            self._draw_plane(ax, points, low, high)
        return ax

    def _draw_line(self, ax: Axes, points: np.ndarray) -> None:
        for wall in self.walls:
            for root in wall.real_roots():
                ax.axvline(float(root), color="black")
        for x, cell in zip(points, self.cells, strict=True):
            ax.text(x, 0.5, _counts(cell), ha="center", transform=ax.get_xaxis_transform())
        ax.set_yticks([])

    def _draw_plane(self, ax: Axes, points: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
        x, y = (np.linspace(a, b, _GRID) for a, b in zip(low, high, strict=True))
        for wall in self.walls:
            values = sum(float(k) * x**i * y[:, None] ** j for (i, j), k in wall.terms())
            ax.contour(x, y, values, levels=[0], colors="black")
        for point, cell in zip(points, self.cells, strict=True):
            ax.text(point[0], point[1], _counts(cell), ha="center", va="center")
        ax.set_ylabel(f"${sp.latex(self.parameters[1])}$")
        ax.set_ylim(low[1], high[1])


def _counts(cell: Phase) -> str:
    """The numbers of a phase in words."""
    shown = [f"{cell.cuts} cut{'s' * (cell.cuts != 1)}"]
    if cell.atoms:
        shown.append(f"{cell.atoms} atom{'s' * (cell.atoms != 1)}")
    return "\n".join(shown)


def phases(
    system: System,
    instance: Instance,
    parameters: Sequence[sp.Symbol],
    ends: Sequence[sp.Expr],
    budget: int = POINTS_BUDGET,
) -> PhaseDiagram:
    """The phases of a system in one or two parameters, which must be all that it has.

    Parameters
    ----------
    system, instance
        The system, and at values of its parameters.
    parameters
        The symbols, in the order of the axes.
    ends
        Expressions that vanish where the law may cease to exist.
    budget
        Of elimination, in predicted word operations.
    """
    equations, images = edge_equations(system, budget)
    ring, meter = equations.ring, Meter(_SHARE * budget)
    walls = _distinct(
        [
            *walls_between(equations, images, meter),
            *(ring.polynomial(end) for end in ends),
            *_mass_walls(system, instance, ring),
        ],
        [ring.index(symbol) for symbol in parameters if symbol in ring.generators],
    )

    def look(values: Values) -> tuple[int, int] | None:
        sample = instance(values)
        if sample is None:
            return None
        return len(support(sample, budget).cuts), len(atoms(sample, no_instance))

    found = decomposition(walls, ring, parameters, look, meter)
    effective = _effective(found)
    cells = tuple(
        Phase(found.cells[i].values, *found.cells[i].found) for i in _merged(found, effective)
    )
    kept = tuple(sp.Poly(ring.expression(walls[i]), *parameters) for i in sorted(effective))
    return PhaseDiagram(tuple(parameters), kept, cells)


def _mass_walls(system: System, instance: Instance, ring: Ring) -> list[Polynomial]:
    """Where masses of atoms vanish, as far as they are formulas."""
    try:
        known = atoms(system, instance)
    except NoClosedFormError:
        # atoms are poles of G then, whose places are among the candidates
        return []
    ends = [end for mass in known.values() for end in _switches(mass)]
    return [ring.polynomial(end) for end in ends if end.free_symbols]


def _switches(mass: sp.Expr) -> Iterator[sp.Expr]:
    """Expressions one of which vanishes where a mass does, or where a Max in it changes."""
    inner = [part for part in mass.atoms(sp.Max) if not any(a.has(sp.Max) for a in part.args)]
    if not inner:
        yield mass
        return
    for one, other in combinations(inner[0].args, 2):
        yield one - other
    for argument in inner[0].args:
        yield from _switches(mass.xreplace({inner[0]: argument}))


def _distinct(polynomials: Sequence[Polynomial], places: Sequence[int]) -> list[Polynomial]:
    """The irreducible factors that depend on the parameters, each once."""
    found: list[Polynomial] = []
    for polynomial in polynomials:
        for factor in map(normal_sign, factorization(polynomial).factors):
            if depends_on(factor, places) and factor not in found:
                found.append(factor)
    return found


def _effective(found: Decomposition) -> set[int]:
    """Walls across which something changes."""
    return {
        wall
        for border in found.borders
        if found.cells[border.one].found != found.cells[border.other].found
        for wall in border.walls
    }


def _merged(found: Decomposition, effective: set[int]) -> list[int]:
    """One cell of each set that no effective wall divides."""
    parents = list(range(len(found.cells)))

    def root(i: int) -> int:
        while parents[i] != i:
            i = parents[i]
        return i

    for border in found.borders:
        if not border.walls & effective:
            one, other = sorted((root(border.one), root(border.other)))
            parents[other] = one
    return [i for i, parent in enumerate(parents) if i == parent]
