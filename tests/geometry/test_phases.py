"""Phase diagrams: printed walls, and numbers of cuts at random places against the cells."""

from __future__ import annotations

import matplotlib
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError

matplotlib.use("Agg")
C, S, P, H = sp.symbols("c s p h", positive=True)
THIRD = sp.Rational(1, 3)


def counted(diagram: object) -> list[tuple[int, int]]:
    return sorted((cell.cuts, cell.atoms) for cell in diagram.cells)


def same(wall: sp.Poly, wanted: sp.Expr) -> bool:
    quotient, rest = sp.div(wall, sp.Poly(wanted, *wall.gens))
    return rest.is_zero and quotient.is_ground


@pytest.mark.parametrize(
    ("law", "walls", "counts"),
    [
        (fp.MarchenkoPastur(C), [C - 1], [(1, 0), (1, 1)]),
        (fp.Semicircle(S), [], [(1, 0)]),
        (fp.boxplus(fp.Atomic({-1: "1/2", 1: "1/2"}), fp.Semicircle(S)), [S - 1], [(1, 0), (2, 0)]),
        # the root of an integer cubic where the two cuts merge
        (
            fp.boxplus(fp.MarchenkoPastur(4), fp.Semicircle(S)),
            [S**3 - 36 * S**2 + 2160 * S - 1728],
            [(1, 0), (2, 0)],
        ),
        # Silverstein-Choi: 9/((1/2)^(1/3) + 2)³ is its real root below 1
        (
            fp.sample_covariance(fp.Atomic({1: "1/2", 4: "1/2"}), C),
            [4913 * C**3 - 7830 * C**2 + 16524 * C - 5832, C - 1],
            [(1, 0), (1, 1), (2, 0)],
        ),
        # compressions pμ p have atoms where the mass is above 1 - p
        (
            fp.compress(fp.Atomic({-1: "1/3", 1: "2/3"}), P),
            [3 * P - 1, 3 * P - 2],
            [(1, 0), (1, 1), (1, 2)],
        ),
        (fp.mixture({fp.Semicircle(1): P, fp.Semicircle(1, S): 1 - P}), [S - 4], [(1, 0), (2, 0)]),
    ],
)
def test_walls_and_cells(law: fp.Law, walls: list[sp.Expr], counts: list[tuple[int, int]]) -> None:
    diagram = law.phases()
    assert len(diagram.walls) == len(walls)
    assert all(any(same(wall, wanted) for wall in diagram.walls) for wanted in walls)
    assert counted(diagram) == counts
    for cell in diagram.cells:
        at = law.subs(cell.sample)
        assert (len(at.support()), len(at.atoms())) == (cell.cuts, cell.atoms)


def test_the_wall_of_two_atoms_and_a_semicircle() -> None:
    """Two cuts below s = 4/(p^(1/3) + (1 - p)^(1/3))³, one above."""
    law = fp.boxplus(fp.Atomic({-1: P, 1: 1 - P}), fp.Semicircle(S))
    diagram = law.phases((P, S))
    (wall,) = diagram.walls
    assert same(wall, S**3 - 108 * S**2 * P**2 + 108 * S**2 * P - 12 * S**2 + 48 * S - 64)
    closed = 4 / (P**THIRD + (1 - P) ** THIRD) ** 3
    for p in ("1/10", "1/3", "1/2", "9/10"):
        at = {P: sp.Rational(p)}
        assert abs(sp.N(wall.as_expr().subs(S, closed).subs(at), 40, maxn=200)) < 1e-35
    assert counted(diagram) == [(1, 0), (2, 0)]
    for cell in diagram.cells:
        below = cell.sample[S] < closed.subs(cell.sample)
        assert (cell.cuts == 2) == bool(below)


def test_two_populations() -> None:
    """Population 1 and 4: two cuts below c* = 9/(h^(1/3) + (16(1 - h))^(1/3))³."""
    law = fp.sample_covariance(fp.Atomic({1: H, 4: 1 - H}), C)
    diagram = law.phases([C, H])
    assert counted(diagram) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    critical = 9 / (H**THIRD + (16 * (1 - H)) ** THIRD) ** 3
    walls = [wall.as_expr() for wall in diagram.walls]
    assert any(same(wall, C - 1) for wall in diagram.walls)
    for h in ("1/5", "1/2", "9/10"):
        at = {C: critical.subs(H, sp.Rational(h)), H: sp.Rational(h)}
        assert min(abs(sp.N(wall.subs(at), 40, maxn=200)) for wall in walls) < 1e-35
    for cell in diagram.cells:
        assert (cell.cuts == 2) == bool(cell.sample[C] < critical.subs(cell.sample))
        assert cell.atoms == (1 if cell.sample[C] > 1 else 0)


def test_atoms_of_sums_end_on_a_conic() -> None:
    """MP(c) ⊞ MP(s) has an atom of mass 1 - 1/c - 1/s."""
    diagram = fp.boxplus(fp.MarchenkoPastur(C), fp.MarchenkoPastur(S)).subs({S: 3}).phases(C)
    assert any(same(wall, 2 * C - 3) for wall in diagram.walls)
    for cell in diagram.cells:
        assert cell.atoms == (1 if cell.sample[C] > sp.Rational(3, 2) else 0)


def test_pictures() -> None:
    from freeprob.plotting import figure

    one = fp.MarchenkoPastur(C).phases().plot(figure().subplots())
    assert [text.get_text() for text in one.texts] == ["1 cut", "1 cut\n1 atom"]
    law = fp.boxplus(fp.Atomic({-1: P, 1: 1 - P}), fp.Semicircle(S))
    two = law.phases((P, S)).plot(figure().subplots())
    assert sorted(text.get_text() for text in two.texts) == ["1 cut", "2 cuts"]
    assert (two.get_xlabel(), two.get_ylabel()) == ("$p$", "$s$")


def test_what_is_refused() -> None:
    law = fp.boxplus(fp.MarchenkoPastur(C), fp.Semicircle(S))
    for bad in (
        lambda: fp.Semicircle(1).phases(),
        lambda: law.phases(C),
        lambda: law.phases([C, P]),
        lambda: law.dilate(P).phases(),
    ):
        with pytest.raises(InvalidParameterError):
            bad()
