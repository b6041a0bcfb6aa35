"""Wrong input to everything about spectra of networks: one table of calls, and what they are told.

Every message says what was wrong, and where more than one cure is thinkable, what to change.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import freeprob as fp
from freeprob import nets
from freeprob.errors import FreeprobError, InvalidParameterError, UndefinedOperationError

w, q = sp.Symbol("w", real=True), sp.Symbol("q", positive=True)
FAST = nets.Activation(sp.exp(w**2), w)
FASTER = nets.Activation(sp.exp(w**4), w)
STEEP = nets.Activation(sp.Abs(w) ** sp.Rational(1, 3), w)
POLE = nets.Activation(1 / w, w)
FLAT = nets.Activation(sp.Integer(2), w)
ERF = nets.erf.normalized(1)
NAN, BELOW = float("nan"), fp.Semicircle(1)
SIGNS = fp.Atomic({-1: "1/2", 1: "1/2"})
ONE = nets.Layer(nets.relu)
X, Y = np.ones((4, 2)), np.ones(4)
BAD, UNKNOWN = InvalidParameterError, UndefinedOperationError

RATIOS = {
    "gram phi": (lambda: nets.gram_law(nets.relu, 0, 1), "phi must be positive"),
    "gram psi": (lambda: nets.gram_law(nets.relu, 1, -1), "psi must be positive"),
    "gram nan": (lambda: nets.gram_law(nets.relu, 1, NAN), "psi must be a finite number"),
    "propagate": (lambda: nets.propagate(fp.MarchenkoPastur(1), nets.relu, 0), "ratio"),
    "conjugate kernel": (lambda: nets.conjugate_kernel_law(ERF, [1, 0]), "ratio"),
    "no ratios": (lambda: nets.conjugate_kernel_law(ERF, None), "one n/d for each layer"),
    "tangent kernel": (lambda: nets.ntk_law(ERF, []), "at least one hidden layer"),
    "features": (lambda: nets.random_features(nets.relu, 0, 1, 1), "psi1 must be positive"),
    "features nan": (lambda: nets.random_features(nets.relu, 1, NAN, 1), "psi2 must be a finite"),
    "memorisation": (lambda: nets.memorization_error(nets.sign, 0, 1, 1), "phi must be positive"),
    "widths": (lambda: nets.jacobian_law(nets.relu, 2, widths=[1, 0, 2]), "width must be positive"),
    "too few": (lambda: nets.jacobian_law(nets.relu, 2, widths=[1, 2]), "3 entries"),
    "shapes": (lambda: nets.fisher_law(nets.relu, (1, -1, 1)), "shape must be positive"),
    "samples": (lambda: nets.Network([ONE]).gram_law(samples=0), "samples must be positive"),
    "outputs": (lambda: nets.Network([ONE]).fisher_law(outputs=0), "outputs must be positive"),
    "layer": (lambda: nets.Layer(nets.relu, ratio=-2), "ratio must be positive"),
    "depth": (lambda: nets.jacobian_law(nets.relu, 0), "at least 1"),
    "no widths": (
        lambda: nets.universality(nets.Network([ONE]), ["uniform"], widths=[]),
        "at least one of them",
    ),
}

# one for each function that takes Gaussian means of f
GROWTH = {
    "gram": lambda f: nets.gram_law(f, 1, 1),
    "propagate": lambda f: nets.propagate(fp.MarchenkoPastur(1), f, 1),
    "tangent kernel": lambda f: nets.ntk_law(f, [1]),
    "features": lambda f: nets.random_features(f, 1, 1, 1),
    "features of arrays": lambda f: nets.random_features(f, 1, None, 1, data=(X, Y)).train(),
    "memorisation": lambda f: nets.memorization_error(f, 1, 1, 1),
    "lengths": lambda f: nets.jacobian_law(f, 2, "iid", input_norm=1),
    "fisher": lambda f: nets.fisher_law(f),
    "network": lambda f: nets.Network([nets.Layer(f)]).gram_law(),
}

DATA = {
    "gram": lambda law: nets.gram_law(nets.relu, 1, 1, law),
    "propagate": lambda law: nets.propagate(law, nets.relu, 1),
    "conjugate kernel": lambda law: nets.conjugate_kernel_law(ERF, [1], law),
    "tangent kernel": lambda law: nets.ntk_law(ERF, [1], law),
    "features": lambda law: nets.random_features(nets.relu, 1, 1, 1, data=law),
    "network": lambda law: nets.Network([ONE], data=law),
}

OTHERS = {
    "growing lengths": (
        lambda: nets.MeanField(nets.linear, 2, 1).fixed_point(),
        UNKNOWN,
        "no attracting fixed point.*smaller weight_variance",
    ),
    "constant spread": (lambda: nets.isometry_design(nets.relu, 4, 1), UNKNOWN, "from 4 to 4"),
    "spread of iid weights": (
        lambda: nets.isometry_design(nets.tanh, 4, 1, "iid"),
        UNKNOWN,
        "from 4 to .*change the depth or the activation",
    ),
    "spread of a steep activation": (
        lambda: nets.isometry_design(nets.exp, 4, 1),
        UNKNOWN,
        "from 214.393 to .*ask for one between",
    ),
    "no critical length": (
        lambda: nets.isometry_design(FAST, 4, 1),
        UNKNOWN,
        "bias variance would be negative; change the activation",
    ),
    "growth of slopes": (lambda: nets.isometry_design(FASTER, 4, 1), UNKNOWN, "slower activation"),
    "jump, isometry": (lambda: nets.isometry_design(nets.sign, 4, 1), UNKNOWN, "a continuous"),
    "infinite slope": (lambda: nets.isometry_design(STEEP, 4, 1), UNKNOWN, "is bounded there"),
    "negative biases": (
        lambda: nets.critical_points(nets.tanh, bias_variance=-1),
        BAD,
        "cannot be negative",
    ),
    "infinite lengths": (
        lambda: nets.MeanField(POLE, 1, 0).fixed_point(),
        UNKNOWN,
        "E f² .*infinite.*bounded there",
    ),
    "huge spread": (lambda: nets.isometry_design(nets.erf, 4, 1e9), UNKNOWN, "change the depth"),
    "no spread": (lambda: nets.isometry_design(nets.tanh, 4, NAN), BAD, "finite number"),
    "no slope": (lambda: nets.isometry_design(FLAT, 4, 1), UNKNOWN, "with a slope"),
    "a parameter": (lambda: nets.isometry_design(nets.leaky_relu(q), 4, 1), BAD, "substitute"),
    "scaling": (lambda: nets.double_scaling_law("smooth", -1), BAD, "variance must be positive"),
    "constant": (lambda: nets.gram_law(FLAT, 1, 1), BAD, "eta > 0.*not constant"),
    "no features": (lambda: nets.gram_law({}, 1, 1), BAD, "empty: give"),
    "infinite variance": (lambda: nets.gram_law(POLE, 1, 1), UNKNOWN, "bounded there"),
    "zeta": (lambda: nets.gram_law((1, 2), 1, 1), BAD, "zeta <= eta"),
    "a name": (lambda: nets.gram_law("relu", 1, 1), BAD, "expected an Activation"),
    "text": (lambda: nets.gram_law(("a", 1), 1, 1), BAD, "finite number"),
    "steep slopes": (
        lambda: nets.jacobian_law(FAST, 2),
        UNKNOWN,
        "infinite unless 1 - 4[*]q > 0.*smaller q",
    ),
    "steeper slopes": (lambda: nets.jacobian_law(FASTER, 2, q="1/100"), UNKNOWN, "infinite"),
    "steep slopes, biases": (
        lambda: FAST.slope_law("1/8", fp.Normal(0, "1/8")),
        UNKNOWN,
        "here q = 1/4",
    ),
    "jump": (lambda: nets.ntk_law(nets.sign, [1]), UNKNOWN, "continuous activation"),
    "jump, features": (
        lambda: nets.random_features(nets.sign, 1, 1, 1, 0, "tangent"),
        UNKNOWN,
        "continuous activation",
    ),
    "steep, fisher": (lambda: nets.fisher_law(STEEP), UNKNOWN, "too steep at a point"),
    "steep, slopes": (lambda: nets.jacobian_law(STEEP, 2), UNKNOWN, "bounded there"),
    "pole, lengths": (
        lambda: nets.jacobian_law(POLE, 2, input_norm=1),
        UNKNOWN,
        "E f² .*bounded there",
    ),
    "a pair for slopes": (lambda: nets.ntk_law((1, 1), [1]), BAD, "must be an Activation"),
    "vanishing inputs": (lambda: nets.ntk_law(ERF, [1], fp.PointMass(0)), BAD, "must be positive"),
    "vanishing inputs of a network": (
        lambda: nets.Network([ONE], data=fp.PointMass(0)).gram_law(),
        BAD,
        "must be positive",
    ),
    "numbers as biases": (lambda: nets.Layer(nets.relu, biases=[1, 2]), BAD, "Atomic"),
    "residual layers": (
        lambda: nets.Network([nets.ResidualLayer(nets.tanh)]).gram_law(),
        UNKNOWN,
        "^gram_law is not known of residual",
    ),
    "widths with letters": (
        lambda: nets.Network([nets.Layer(nets.relu, ratio=q)]).draw(5),
        BAD,
        "depend on q: give numbers",
    ),
    "law with a letter": (
        lambda: nets.ntk_law(ERF, [1], fp.LawSymbol("mu", positive=True)),
        fp.errors.NotAlgebraicError,
        "give a law in place of mu",
    ),
    "jump, slopes": (lambda: nets.jacobian_law(nets.step, 2), UNKNOWN, "continuous activation"),
    "not normalised": (lambda: nets.ntk_law(nets.relu, [1]), BAD, r"centered\(1\)"),
    "length": (lambda: nets.jacobian_law(nets.relu, 2, q=0), BAD, "q must be positive"),
    "no length": (lambda: nets.jacobian_law(nets.tanh, 2, input_norm=0), BAD, "positive"),
    "length nan": (lambda: nets.jacobian_law(nets.relu, 2, input_norm=NAN), BAD, "finite number"),
    "weights": (lambda: nets.jacobian_law(nets.relu, 2, weight_variance=-1), BAD, "positive"),
    "bias in q": (lambda: nets.jacobian_law(nets.relu, 2, bias_law=SIGNS), BAD, "must exceed"),
    "no bias law": (lambda: nets.jacobian_law(nets.relu, 2, bias_law=3), BAD, "PointMass"),
    "bias variance": (
        lambda: nets.jacobian_law(nets.relu, 2, bias_law=fp.Cauchy(0, 1)),
        UNKNOWN,
        "law with a variance.*Normal",
    ),
    "layer biases": (lambda: nets.Layer(nets.relu, biases=fp.Cauchy(0, 1)), UNKNOWN, "Normal"),
    "vanishing data": (
        lambda: nets.random_features(nets.relu, 1, 1, 1, data=fp.PointMass(0)),
        BAD,
        "mean of the data law",
    ),
    "data of other kinds": (lambda: nets.gram_law(nets.relu, 1, 1, 3), BAD, "data takes laws"),
    "complex arrays": (
        lambda: nets.random_features(nets.relu, 1, None, 1, data=(X * 1j, Y)),
        BAD,
        "entry of X",
    ),
    "arrays of NaN": (
        lambda: nets.random_features(nets.relu, 1, None, 1, data=(X, Y * NAN)),
        BAD,
        "y must be finite",
    ),
    "shapes of arrays": (
        lambda: nets.random_features(nets.relu, 1, None, 1, data=(X, np.ones(3))),
        BAD,
        "one label in y for each sample",
    ),
    "arrays and a parameter": (
        lambda: nets.random_features(nets.leaky_relu(q), 1, None, 1, data=(X, Y)),
        BAD,
        "substitute them",
    ),
    "length of a network": (lambda: nets.Network([ONE], data=NAN), BAD, "finite number"),
    "inputs of a network": (
        lambda: nets.Network([ONE]).draw(5, inputs=np.ones((2, 4))),
        BAD,
        "samples x 5",
    ),
    "NaN in a network": (
        lambda: nets.Network([ONE]).draw(2, inputs=np.array([[NAN, 1]])),
        BAD,
        "inputs must be finite",
    ),
    "point of comparison": (
        lambda: nets.universality(nets.Network([ONE]), ["uniform"], widths=[9], z=-1j),
        BAD,
        "above the real axis",
    ),
}


@pytest.mark.parametrize("name", RATIOS)
def test_ratios_and_numbers_are_positive(name) -> None:
    call, match = RATIOS[name]
    with pytest.raises(InvalidParameterError, match=match):
        call()


@pytest.mark.parametrize("f", [FAST, FASTER], ids=["square", "fourth power"])
@pytest.mark.parametrize("name", GROWTH)
def test_activations_that_grow_too_fast(name, f) -> None:
    with pytest.raises(UndefinedOperationError, match=r"grows (like|faster)"):
        GROWTH[name](f)


@pytest.mark.parametrize("name", DATA)
def test_data_laws_have_no_mass_below_0(name) -> None:
    with pytest.raises(FreeprobError, match=r"mass below 0.*Gram matrix"):
        DATA[name](BELOW)


@pytest.mark.parametrize("name", OTHERS)
def test_other_mistakes(name) -> None:
    call, error, match = OTHERS[name]
    with pytest.raises(error, match=match):
        call()
