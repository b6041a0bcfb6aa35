"""Letters: what they are to SymPy, how they print, what they refuse."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import InvalidParameterError

N, m, c = sp.symbols("N m c", positive=True)
TWO_ATOMS = fp.Atomic({0: "1/2", 1: "1/2"})
LETTERS = {
    "Ginibre": fp.Ginibre("X", N, N / c, variance=c),
    "complex Ginibre": fp.Ginibre("Y", N, m, complex=True),
    "GOE": fp.GOE("H", N, 2),
    "GUE": fp.GUE("K", N),
    "HaarOrthogonal": fp.HaarOrthogonal("O", N),
    "HaarUnitary": fp.HaarUnitary("U", N),
    "Deterministic": fp.Deterministic("A", TWO_ATOMS, N),
    "Projection": fp.Projection("P", "1/3", N),
    "Spike": fp.Spike("S", [2, c], N),
    "rectangular spike": fp.Spike("R", [2, c], N, m),
    "jointly diagonal": fp.jointly_diagonal(["B", "C"], {(0, 1): "1/3", (2, 1): "2/3"}, N)[1],
}
SELF_ADJOINT = ("GOE", "GUE", "Deterministic", "Projection", "Spike", "jointly diagonal")


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_letter_is_rebuilt_from_its_arguments_and_pickles(letter: sp.MatrixSymbol) -> None:
    assert letter.func(*letter.args) == letter
    assert pickle.loads(pickle.dumps(letter)) == letter
    assert isinstance(letter, sp.MatrixSymbol)


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_a_letter_prints_as_its_name(letter: sp.MatrixSymbol) -> None:
    assert str(letter) == sp.latex(letter) == sp.pretty(letter) == letter.name
    assert str(letter * letter.adjoint()) in (f"{letter}*{letter.adjoint()}", f"{letter}**2")


@pytest.mark.parametrize(("kind", "letter"), LETTERS.items(), ids=LETTERS)
def test_adjoints(kind: str, letter: sp.MatrixSymbol) -> None:
    assert (letter.adjoint() == letter) is (kind in SELF_ADJOINT)
    assert letter.adjoint().adjoint() == letter
    assert letter.adjoint().shape == letter.shape[::-1]
    assert (letter == letter.T) is (kind in SELF_ADJOINT and kind != "GUE")
    real = "complex" not in kind and kind not in ("GUE", "HaarUnitary")
    assert (letter.adjoint() == letter.T) is real


def test_inverses_of_unitary_matrices_are_adjoints() -> None:
    O, U = LETTERS["HaarOrthogonal"], LETTERS["HaarUnitary"]
    assert O.inverse() == O.T
    assert U.inverse() == U.adjoint()


def test_parameters_enter_through_substitution() -> None:
    X = LETTERS["Ginibre"]
    expr = X * X.T / N + LETTERS["GOE"]
    assert expr.subs(c, 2) == fp.Ginibre("X", N, N / 2, 2) * fp.Ginibre("X", N, N / 2, 2).T / N + (
        fp.GOE("H", N, 2)
    )
    law = fp.Deterministic("A", fp.MarchenkoPastur(c), N).subs(c, 3).law
    assert law == fp.MarchenkoPastur(3)


def test_equality_is_by_name_and_description() -> None:
    assert fp.GOE("H", N) == fp.GOE("H", N)
    assert fp.GOE("H", N) != fp.GOE("K", N)
    assert fp.GOE("H", N) != fp.GUE("H", N)
    assert fp.GOE("H", N) - fp.GOE("H", N) == sp.ZeroMatrix(N, N)


def test_the_law_of_one_of_a_family_merges_its_values() -> None:
    B, C = fp.jointly_diagonal("BC", {(0, 1): "1/3", (2, 1): "2/3"}, N)
    assert B.law == fp.Atomic({0: "1/3", 2: "2/3"})
    assert C.law.atoms() == {1: 1}
    assert (B.family, B.position, C.position) == (("B", "C"), 0, 1)


def test_the_law_of_a_projection() -> None:
    assert fp.Projection("P", "1/3", N).law == fp.Atomic({0: "2/3", 1: "1/3"})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fp.GOE("", N), "name of a random matrix"),
        (lambda: fp.GOE(3, N), "name of a random matrix"),
        (lambda: fp.GOE("H", 0), "n must be positive"),
        (lambda: fp.GOE("H", 2.5), "whole number"),
        (lambda: fp.GOE("H", N, -1), "variance must be positive"),
        (lambda: fp.GOE("H", N, sp.nan), "real number"),
        (lambda: fp.Ginibre("X", N, -m), "columns must be positive"),
        (lambda: fp.Ginibre("X", N, N, 0), "variance must be positive"),
        (lambda: fp.Ginibre("X", N, N, complex="yes"), "True or False"),
        (lambda: fp.Ginibre("X", N, N, 1, 2), "True or False"),
        (lambda: fp.Deterministic("A", 3, N), "needs the law of its eigenvalues"),
        (lambda: fp.Deterministic("A", TWO_ATOMS, -1), "n must be positive"),
        (lambda: fp.Projection("P", 1, N), r"\(0, 1\)"),
        (lambda: fp.Projection("P", -0.5, N), r"\(0, 1\)"),
        (lambda: fp.jointly_diagonal("AB", {(0, 1, 2): 1}, N), "3 eigenvalues for the 2"),
        (lambda: fp.jointly_diagonal("AB", {(0, 1): "1/2"}, N), "sum to 1"),
        (lambda: fp.jointly_diagonal("AB", {(0, 1): 2, (1, 1): -1}, N), "positive"),
        (lambda: fp.jointly_diagonal("AA", {(0, 1): 1}, N), "one distinct name"),
        (lambda: fp.jointly_diagonal("", {(): 1}, N), "one distinct name"),
    ],
)
def test_bad_letters_are_refused(make: object, message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message):
        make()
