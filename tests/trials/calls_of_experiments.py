"""Right calls of what is trained, damped, counted and drawn: landscapes and samplers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import ensembles, landscapes, nets
from freeprob.landscapes import damping, experiments, local

from .calls_of_answers import HALF, Call, methods, w, z

RNG = np.random.default_rng(5)
INPUTS, TARGETS = RNG.normal(size=(12, 3)), RNG.normal(size=(12, 2))
LABELS = np.arange(12) % 2


@cache
def _training() -> experiments.Training:
    return experiments.Training(nets.tanh, (2,), INPUTS, TARGETS)


@cache
def _theta() -> np.ndarray:
    return _training().initial(rng=1)


@cache
def _outlier() -> experiments.BatchOutlier:
    return experiments.batch_outlier(_training(), _theta(), (4, 6), draws=2, probes=5)


@cache
def _compared() -> experiments.OptimiserComparison:
    rules = {"adam": damping.Adam(), "descent": damping.GradientDescent()}
    return experiments.compare_optimisers(
        rules, _training(), INPUTS, LABELS, seeds=2, steps=2, batch_size=4
    )


@cache
def _report() -> local.UniversalityReport:
    return local.test_universality(np.linspace(-1.5, 1.5, 80), law=fp.Semicircle(1))


def _trained() -> dict[str, Callable[[], Call]]:
    theta, batch = _theta(), np.array([0, 1])
    directions = np.ones((2, len(theta)))
    sc, mp = fp.Semicircle(1), fp.MarchenkoPastur(HALF)
    return methods(
        ("Training", _training, "initial", (), {"rng": 0, "weight_variance": 1.0}),
        ("Training", _training, "outputs", (theta,), {"inputs": INPUTS}),
        *(
            ("Training", _training, name, (theta,), {"batch": batch})
            for name in ("value", "gradient", "value_and_gradient", "hessian", "jacobian")
        ),
        ("Training", _training, "kronecker_factors", (theta,), {"batch": batch}),
        ("Training", _training, "hessian_product", (theta, directions), {"batch": batch}),
        ("BatchOutlier", _outlier, "fitted_slope", (), {}),
        ("BatchOutlier", _outlier, "summary", (), {}),
        ("BatchOutlier", _outlier, "plot", (), {"ax": None}),
        ("OptimiserComparison", _compared, "difference", ("adam", "descent"), {}),
        ("OptimiserComparison", _compared, "summary", (), {}),
        ("OptimiserComparison", _compared, "plot", (), {"ax": None}),
        ("UniversalityReport", _report, "accepts", (1,), {}),
        ("UniversalityReport", _report, "summary", (), {}),
        ("UniversalityReport", _report, "plot", (), {"ax": None}),
    ) | {
        "Training": lambda: (
            *(experiments.Training, (nets.tanh, (2,), INPUTS, TARGETS)),
            {"loss": "square", "biases": True},
        ),
        "batch_outlier": lambda: (
            *(experiments.batch_outlier, (_training(), theta, (4, 6))),
            {"draws": 2, "probes": 5, "rng": 0},
        ),
        "compare_optimisers": lambda: (
            *(experiments.compare_optimisers, ({"a": damping.Adam(), "b": damping.Adam(0.1)},)),
            {
                **{"training": _training(), "test_inputs": INPUTS, "test_labels": LABELS},
                **{"seeds": 2, "steps": 2, "batch_size": 4},
            },
        ),
        "critical_point": lambda: (experiments.critical_point, (_training(), theta, 3), {}),
        "minimise": lambda: (experiments.minimise, (_training(), theta, 3), {}),
        "delocalised_noise": lambda: (experiments.delocalised_noise, (sc, 5), {"rng": 0}),
        "random_labels": lambda: (experiments.random_labels, (4, HALF), {"rng": 0}),
        "curvature_noise": lambda: (
            *(damping.curvature_noise, (_training(), theta, 4)),
            {"batches": 2, "probes": 1, "rng": 0},
        ),
        "damping_of_shrinkage": lambda: (damping.damping_of_shrinkage, (HALF,), {"target": 1}),
        "two_resolvents": lambda: (damping.two_resolvents, (mp, sc, 4, w, w), {"dps": 10}),
        "train": lambda: (
            *(damping.train, (_training(), damping.Adam(), theta)),
            {"steps": 2, "batch_size": 4, "rng": 0},
        ),
        "Adam": lambda: (damping.Adam, (0.1,), {"first": 0.9, "second": 0.99}),
        "GradientDescent": lambda: (damping.GradientDescent, (0.1, 0.9), {}),
        "Kronecker": lambda: (damping.Kronecker, (0.1,), {"gap": 3}),
        "AdaptiveDamping": lambda: (damping.AdaptiveDamping, (0.1,), {"gap": 3, "batches": 2}),
        "FixedDamping": lambda: (damping.FixedDamping, (0.1,), {"scales_rate": True}),
    }


def _fields() -> dict[str, Callable[[], Call]]:
    glass = landscapes.PSpin(3)
    drift = cache(lambda: landscapes.DriftedField(glass, w**2 / 4, w))
    two = cache(lambda: landscapes.TwoPlayerSpinGlass(3, 3, 1, HALF))
    field = cache(lambda: landscapes.GaussianField(w**3 + (w + z) ** 6, {w: HALF, z: HALF}))
    return methods(
        ("DriftedField", drift, "complexity", (-1,), {}),
        ("DriftedField", drift, "hessian_law", (-1,), {"radial": None}),
        ("DriftedField", drift, "factor", (-2,), {}),
        ("DriftedField", drift, "mean_euler_characteristic", (4, -1), {}),
        ("DriftedField", drift, "simulate", (3,), {"rng": 0}),
        ("TwoPlayerSpinGlass", two, "complexity", ((-1, -1),), {}),
        ("TwoPlayerSpinGlass", two, "hessian_law", ((-1, -1),), {}),
        ("GaussianField", field, "complexity", (), {}),
        ("MixedPSpin", lambda: landscapes.MixedPSpin(w**2 / 2 + w**3 / 2), "complexity", (-1,), {}),
        (
            "MixedPSpin",
            lambda: landscapes.MixedPSpin(w**2 / 2 + w**3 / 2),
            "hessian_law",
            (-1,),
            {},
        ),
    )


def _matrices() -> dict[str, Callable[[], Call]]:
    rng = np.random.default_rng
    theory = ensembles.Theory(lambda x: 0.0 * x + 0.5, lambda z: 1 / z)
    return {
        "gaussian": lambda: (ensembles.gaussian, (3, rng(0)), {"variance": 1.0, "beta": 1}),
        "ginibre": lambda: (ensembles.ginibre, (3, 2, rng(0)), {"beta": 1}),
        "haar": lambda: (ensembles.haar, (3, rng(0)), {"columns": 2, "beta": 1}),
        "wishart": lambda: (ensembles.wishart, (3, 2, rng(0)), {"beta": 1}),
        "simulated": lambda: (
            *(ensembles.simulated, (ensembles.Gaussian(), theory, 5, 2)),
            {"rng": 0},
        ),
        "Ginibre complex": lambda: (fp.Ginibre, ("X", 3, 2, 1), {"complex": True}),
        "Deterministic letter": lambda: (
            *(fp.Deterministic, ("A", None, sp.Symbol("N", positive=True))),
            {},
        ),
    }


def experiments_and_matrices() -> dict[str, Callable[[], Call]]:
    """All of them."""
    return _trained() | _fields() | _matrices()
