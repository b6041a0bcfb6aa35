"""Every constructor refuses parameters outside its domain, and says why."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob.errors import FreeprobError, InvalidParameterError, UndefinedOperationError

HALF = sp.Rational(1, 2)
SIGN = fp.Atomic({-1: HALF, 1: HALF})
MP, SC = fp.MarchenkoPastur, fp.Semicircle
c = sp.Symbol("c", positive=True)
negative = sp.Symbol("n", negative=True)
w = sp.Symbol("w")

INVALID: dict[str, tuple[Callable[[], object], str]] = {
    "semicircle": (lambda: SC(0), "variance must be positive"),
    "variable that does not commute": (
        lambda: MP(c).polynomial(sp.Symbol("x", commutative=False), sp.Symbol("z")),
        "symbol for numbers",
    ),
    "no mapping for subs": (lambda: MP(c).subs(np.array(3.0)), "subs takes"),
    "a function that is a name": (lambda: MP(1).expect(sp.Function("f")(w), w), "no formula"),
    "ratio": (lambda: MP(-1), "ratio"),
    "symbolic ratio": (lambda: MP(negative), "ratio"),
    "nan": (lambda: MP(float("nan")), "finite"),
    "infinity": (lambda: MP(sp.oo), "real number"),
    "complex": (lambda: SC(sp.I), "real number"),
    "text": (lambda: MP("a lot"), "finite number"),
    "bool": (lambda: MP(True), "real number"),
    "weights": (lambda: fp.Atomic({0: HALF, 1: "1/3"}), "sum to 1"),
    "negative weight": (lambda: fp.Atomic({0: -HALF, 1: "3/2"}), "must be positive"),
    "no mapping": (lambda: fp.Atomic(3), "mapping"),
    "arcsine": (lambda: fp.Arcsine(1, 1), "a < b"),
    "uniform": (lambda: fp.Uniform(2, 1), "a < b"),
    "cauchy": (lambda: fp.Cauchy(0, -1), "scale"),
    "degree": (lambda: fp.KestenMcKay(1), "at least 2"),
    "wachter": (lambda: fp.Wachter(-1, 3), "must be positive"),
    "wachter sum": (lambda: fp.Wachter("1/4", "1/4"), "invertible"),
    "fuss-catalan": (lambda: fp.FussCatalan(0), "positive"),
    "raney p": (lambda: fp.Raney(HALF, HALF), "at least 1"),
    "raney r": (lambda: fp.Raney(2, 3), "r must lie"),
    "meixner": (lambda: fp.FreeMeixner(0, -2), "at least -1"),
    "rate": (lambda: fp.FreePoisson(0), "rate"),
    "jump": (lambda: fp.FreePoisson(1, 0), "jump"),
    "compound rate": (lambda: fp.CompoundFreePoisson(-1, SIGN), "rate"),
    "jumps": (lambda: fp.CompoundFreePoisson(1, 3), "takes laws"),
    "no summand": (lambda: fp.boxplus(), "at least one law"),
    "no factor": (lambda: fp.boxtimes(), "at least one law"),
    "number as law": (lambda: fp.boxplus(SIGN, 1), "PointMass"),
    "small power": (lambda: fp.boxplus_power(SIGN, HALF), "t ≥ 1"),
    "complex power": (lambda: fp.boxtimes_power(MP(1), sp.I), "real number"),
    "negative power": (lambda: fp.boxtimes_power(MP(1), -1), "positive"),
    "trace": (lambda: fp.compress(SIGN, 2), "trace"),
    "mixture": (lambda: fp.mixture({SIGN: HALF}), "sum to 1"),
    "constant map": (lambda: fp.mobius(SIGN, 1, 1, 1, 1), "constant"),
    "no map": (lambda: fp.mobius(SIGN, 1, 1, 0, 0), "different from 0"),
    "noise": (lambda: fp.information_plus_noise(MP(1), 1, 0), "variance"),
    "noise ratio": (lambda: fp.information_plus_noise(MP(1), 0), "ratio"),
    "rectangular ratio": (lambda: fp.rectangular_boxplus(SIGN, SIGN, 2), "ratio"),
    "transform kind": (lambda: fp.TransformLaw("T", w, w), "kind"),
    "transform variable": (lambda: fp.TransformLaw("R", w), "variable"),
    "equation symbols": (lambda: fp.AlgebraicLaw(w, w, w), "two symbols"),
    "equation": (lambda: fp.AlgebraicLaw(sp.exp(w) - c, w, c), "rational"),
    "zero equation": (lambda: fp.AlgebraicLaw(w - w, w, c), "0 = 0"),
    "density mass": (lambda: fp.DensityLaw(w, w, 0, 1), "mass"),
    "density ends": (lambda: fp.DensityLaw(w, w, 1, 0), "a < b"),
    "density variable": (lambda: fp.DensityLaw(w, 0, 1), "variable"),
    "terms": (lambda: SIGN.moments(-1), "whole number"),
    "points with text": (lambda: SC().density([0.5, "x"]), "such as 0.25 or '1/4', got 'x'"),
    "a word for a point": (lambda: SC().cdf("middle"), "got 'middle'"),
    "a complex point": (lambda: SC().density(1j), "must be real"),
    "no point": (lambda: SC().density(None), "got None"),
    "ragged points": (lambda: SC().density([[1, 2], [3]]), "rows of one length"),
    "a symbol for a point": (lambda: SC().cauchy([1j, c]), "subs"),
    "a matrix of unknown size": (lambda: SC().density(sp.Identity(sp.Symbol("N"))), "got I"),
    "rows without laws": (lambda: fp.mixture(np.zeros((2, 0))), "takes laws, got ndarray"),
    "a word for a probability": (lambda: SC().quantile([0.5, "half"]), "got 'half'"),
}

UNDEFINED: dict[str, tuple[Callable[[], object], str]] = {
    "two mean-zero laws": (lambda: fp.boxtimes(SC(), SC()), "at most one factor"),
    "two laws with negative mass": (lambda: fp.boxtimes(SC(1, 1), SIGN), "mass below 0"),
    "a negative sum": (
        lambda: fp.boxtimes(fp.boxplus(MP(1), SC("1/100")), SC()),
        "mass below 0",
    ),
    "power of a signed law": (lambda: fp.boxtimes_power(SC(), 2), "mass below 0"),
    "population": (lambda: fp.sample_covariance(SIGN, 1), "negative eigenvalues"),
    "noise on a signed law": (lambda: fp.information_plus_noise(SC(), 1), "mass below 0"),
    "root of a signed law": (lambda: fp.symmetrize(SIGN), "mass below 0"),
    "asymmetric": (lambda: fp.rectangular_boxplus(MP(1), SIGN, 1), "not symmetric"),
    "inverse at an atom": (lambda: MP(2).inverse(), "atom"),
    "inverse of 0": (lambda: fp.PointMass(0).inverse(), "atom"),
    "moments of a Cauchy law": (lambda: fp.Cauchy(0, 1).moments(1), "no moments"),
    "moments of a heavy square": (lambda: fp.Cauchy(1, 2).square().moments(1), "no moments"),
    "moments of a heavy product": (
        lambda: fp.boxtimes(fp.Cauchy(0, 1).square(), MP(1)).moments(1),
        "no moments",
    ),
    "moments of a heavy sum": (lambda: fp.boxplus(fp.Cauchy(0, c), SIGN).moments(2), "no moments"),
}


@pytest.mark.parametrize(("build", "message"), INVALID.values(), ids=INVALID)
def test_invalid_parameters(build: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidParameterError, match=message) as caught:
        build()
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, FreeprobError)


@pytest.mark.parametrize(("build", "message"), UNDEFINED.values(), ids=UNDEFINED)
def test_undefined_operations(build: Callable[[], object], message: str) -> None:
    with pytest.raises(UndefinedOperationError, match=message):
        build()


def test_floats_and_decimals_are_read_as_they_print() -> None:
    assert MP(0.1) == MP("0.1") == MP(sp.Rational(1, 10)) == MP(sp.Float("0.1"))
    assert fp.Atomic({0.5: 0.25, 1: 0.75}).moments(1) == [sp.Rational(7, 8)]
    assert SC(sp.pi).moments(2) == [0, sp.pi]
    assert SC(2 * c).moments(4) == [0, 2 * c, 0, 8 * c**2]


def test_laws_are_no_numbers() -> None:
    for build in (
        lambda: SIGN + SIGN,
        lambda: 2 * SIGN,
        lambda: SIGN - SIGN,
        lambda: SIGN**2,
        lambda: SIGN / 2,
    ):
        with pytest.raises(TypeError, match="boxplus"):
            build()


def test_float_masses_are_divided_by_their_sum() -> None:
    thirds = fp.Atomic({0: "1/3", 1: "2/3"})
    assert fp.Atomic({0: 1 / 3, 1: 2 / 3}) == thirds
    assert fp.mixture({MP(1): 1 / 3, SC(1): 2 / 3}) == fp.mixture({MP(1): "1/3", SC(1): "2/3"})
    seventh = fp.Atomic({k: 1 / 7 for k in range(7)})
    assert set(seventh.weights.values()) == {sp.Rational(1, 7)}
    with pytest.raises(InvalidParameterError, match="sum to 1"):
        fp.Atomic({0: 0.333333333, 1: 0.666666666})


def test_values_without_masses_weigh_the_same() -> None:
    assert fp.Atomic([1, 2, 3]) == fp.Atomic({1: "1/3", 2: "1/3", 3: "1/3"})
    assert fp.Atomic([1, 1, 1, 10]) == fp.Atomic({1: "3/4", 10: "1/4"})
    assert fp.Atomic(((0, HALF), (1, HALF))) == fp.Atomic({0: HALF, 1: HALF})
    assert fp.mixture([MP(1), SC(1)]) == fp.mixture({MP(1): HALF, SC(1): HALF})
    with pytest.raises(InvalidParameterError, match=r"Atomic\(\[1, 2, 3\]\)"):
        fp.boxplus([1, 1, 1, 10], SC(1))


def test_a_factor_without_mass_off_zero_annihilates() -> None:
    nothing = fp.PointMass(0)
    for law in (
        fp.boxtimes(nothing, MP(HALF)),
        fp.boxtimes(MP(1), fp.Atomic({0: 1}), SC(1)),
        fp.sample_covariance(nothing, 1),
        fp.boxtimes_power(nothing, 2),
    ):
        assert law == nothing
        assert law.cdf([-1, 0]).tolist() == [0, 1]
        assert law.atoms() == {0: 1}
    assert fp.boxtimes(fp.PointMass(1), MP(1)) == MP(1)
    assert fp.boxplus(nothing, nothing) == nothing
    assert fp.subtract(SC(1), SC(1)) == nothing
    with pytest.raises(UndefinedOperationError):
        nothing.S(w)
