"""Right calls of the methods of networks: kernels, fields, samples, regressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import nets

from .calls_of_answers import HALF, Call, methods, w

POINTS = np.eye(3)
IMAGES = np.ones((2, 4, 2))
PROFILE = ("1/4", HALF, "1/4")


@cache
def _network() -> nets.Network:
    return nets.Network([nets.Layer(nets.tanh), nets.Layer(nets.tanh)])


@cache
def _normed() -> nets.Network:
    return nets.Network([nets.Layer(nets.tanh.centered(1).normalized(1))])


@cache
def _theory() -> nets.LayerFieldTheory:
    return nets.LayerFieldTheory(nets.linear, HALF, 1)


@cache
def _features() -> object:
    return nets.random_features(nets.relu, 2, 3, "1/100", "1/5")


@cache
def _arrays() -> object:
    return nets.random_features(nets.relu, 2, 3, "1/100", "1/5", data=np.diag([1.0, 2.0]))


@cache
def _process() -> object:
    kernel = nets.nngp(nets.relu, 2, 2, 0)
    return nets.GaussianProcess(kernel, 0.1).fit(POINTS, np.ones(3))


@cache
def _convolution() -> nets.ConvolutionalKernel:
    return nets.ConvolutionalKernel(nets.erf, 2, 1, 0, PROFILE)


def _activations() -> dict[str, Callable[[], Call]]:
    relu, tanh, erf = (lambda f=f: f for f in (nets.relu, nets.tanh, nets.erf))
    return methods(
        ("relu", relu, "expression", (w,), {}),
        ("relu", relu, "__call__", (0.5,), {}),
        ("relu", relu, "pieces_of", (1,), {}),
        ("relu", relu, "eta", (1,), {}),
        ("relu", relu, "zeta", (1,), {}),
        ("relu", relu, "normalized", (1,), {}),
        ("relu", relu, "derivative_for_kernel", (), {}),
        ("relu", relu, "expect_function", (), {"power": 1, "derivative": 0}),
        ("tanh", tanh, "expect", (1,), {"power": 2, "derivative": 1}),
        ("tanh", tanh, "mean", (1,), {}),
        ("tanh", tanh, "slope_law", (1,), {"bias": None}),
        ("erf", erf, "slope_law", (1,), {"bias": fp.Normal(0, 1)}),
        ("erf", erf, "dual_derivative", (1, HALF, 1), {}),
        ("erf", erf, "hermite", (3,), {"q": 1}),
    ) | {
        "dual_derivative_function": lambda: (
            nets.relu.dual_derivative_function(),
            (1.0, 0.5, 1.0),
            {},
        ),
        "GaussianExpectation": lambda: (nets.GaussianExpectation, (sp.tanh(w) ** 2, w, 1), {}),
        "GaussianDual": lambda: (nets.GaussianDual, (sp.tanh(w), w, w, 1, HALF, 1), {}),
        "BivariateNormalTail": lambda: (nets.BivariateNormalTail, (0, 0, 1, HALF, 1), {}),
        "hermite of any order": lambda: (nets.hermite, (2,), {}),
    }


def _fields() -> dict[str, Callable[[], Call]]:
    field = cache(lambda: nets.MeanField(nets.erf, 2, 1))
    residual = cache(lambda: nets.ResidualField(nets.erf, 1, 0, 1))
    continuum = cache(lambda: _theory().continuum())
    l = sp.Symbol("l")
    return methods(
        *(
            ("MeanField", field, name, (), {"dps": 10})
            for name in (
                *("fixed_points", "chi_q", "chi_2", "correlation_fixed_point"),
                *("correlation_slope", "depth_scales"),
            )
        ),
        *(
            (
                "MeanField",
                lambda: nets.MeanField(nets.relu, 2, 0),
                name,
                (),
                {"dps": 10, "length": 1},
            )
            for name in ("critical_decay",)
        ),
        ("ResidualField", residual, "correlation_limit", (), {"dps": 10}),
        *(
            ("LayerFieldTheory", _theory, name, (), {})
            for name in ("length", "chi", "latex", "action", "gaussian_action")
        ),
        ("LayerFieldTheory", _theory, "noise", ("kernel",), {}),
        ("LayerFieldTheory", _theory, "propagator", (1,), {"field": "kernel", "dps": 10}),
        ("LayerFieldTheory", _theory, "covariance", (1, 2), {"field": "kernel", "width": 3}),
        ("LayerFieldTheory", _theory, "correlation_length", (), {"dps": 10}),
        ("LayerFieldTheory", _theory, "mass_squared", (), {"dps": 10}),
        ("LayerFieldTheory", _theory, "continuum", (), {"field": "kernel"}),
        ("LayerFieldTheory", _theory, "sample", (3, 2, 2), {"rng": 0}),
        ("Continuum", continuum, "mass_squared", (), {}),
        ("Continuum", continuum, "correlation_length", (), {}),
        ("Continuum", continuum, "propagator", (1,), {}),
        ("Continuum", continuum, "covariance", (1,), {}),
        ("Continuum", continuum, "departure", (1,), {}),
        ("Continuum", continuum, "action", (1, l, 0, 10), {}),
    ) | {
        "LayerSample.covariance": lambda: (
            *(_theory().sample(3, 2, 2).covariance, ()),
            {"field": "kernel"},
        ),
        "ContinuumTheory": lambda: (nets.ContinuumTheory, (HALF, 1), {}),
    }


def _networks() -> dict[str, Callable[[], Call]]:
    kernel = cache(lambda: nets.ntk(nets.relu, 2, 2, 0))
    signals = cache(lambda: _network().draw(4))
    return methods(
        ("Network", _network, "lengths", (), {}),
        ("Network", _network, "mean_field", (), {}),
        ("Network", _network, "kernel", (), {"tangent": True}),
        ("Network", _network, "gram_law", (), {"layer": 1, "samples": 1}),
        ("Network", _normed, "ntk_law", (), {"samples": 1}),
        ("Network", _network, "jacobian_law", (), {}),
        (
            "Network",
            lambda: nets.Network([nets.Layer(nets.relu)]),
            "fisher_law",
            (),
            {"outputs": 1},
        ),
        ("Network", _network, "draw", (4,), {"rng": 0}),
        ("Network", _network, "real", (4,), {"weights": None}),
        ("Signals", signals, "jacobian", (), {"sample": 0}),
        ("Signals", signals, "lengths", (), {}),
        ("Signals", signals, "backpropagated", (), {}),
        ("Signals", signals, "tangent_kernel", (), {}),
        ("ntk", kernel, "__call__", ([0, 1], [1, 2]), {}),
        ("ntk", kernel, "matrix", (POINTS,), {"X2": POINTS}),
        ("ntk", kernel, "diagonal_formula", (1,), {}),
        ("ConvolutionalKernel", _convolution, "covariance", (IMAGES,), {}),
        ("ConvolutionalKernel", _convolution, "step", (_convolution().covariance(IMAGES),), {}),
        ("ConvolutionalKernel", _convolution, "mode_multipliers", (3,), {}),
        ("ConvolutionalKernel", _convolution, "mode_depth_scale", (1, 3, HALF), {}),
        ("FittedGaussianProcess", _process, "predict", (POINTS,), {"return_variance": True}),
        ("FittedGaussianProcess", _process, "covariance", (POINTS,), {}),
        *(
            ("RandomFeatures", _features, name, (), {"dps": 10})
            for name in ("tau1", "tau2", "train", "ridgeless")
        ),
        ("RandomFeatures", _features, "optimal_ridge", (), {}),
        ("RandomFeatures", _features, "curve", ([0.1, 1],), {}),
    ) | {
        "Network.random_features": lambda: (
            nets.Network([nets.Layer(nets.relu)]).random_features,
            (2, 0.1),
            {"noise": 0, "kernel": "features"},
        ),
        "Layer of orthogonal weights": lambda: (
            *(nets.Layer, (nets.tanh, 1, 1, 0, "orthogonal")),
            {"biases": None},
        ),
        "ResidualLayer": lambda: (nets.ResidualLayer, (nets.tanh, 1, 0), {"read_variance": 1}),
        "ConvolutionalKernel": lambda: (nets.ConvolutionalKernel, (nets.erf, 2, 1, 0, PROFILE), {}),
        "RandomNetwork": lambda: (
            *(nets.RandomNetwork, (nets.relu, (3, 3), 2, 1)),
            {"keep_rate": 1.0, "weights": "gaussian", "biases": None},
        ),
        "RandomNetwork.per_layer": lambda: (
            *(nets.RandomNetwork(nets.relu, (3, 3), 2, 1).per_layer, ("weight_variance",)),
            {},
        ),
        "RandomConvolutionalNetwork": lambda: (
            *(nets.RandomConvolutionalNetwork, (nets.erf, (2, 3), (0.25, 0.5, 0.25), 1.0, 0.0)),
            {},
        ),
        "RandomConvolutionalNetwork.draw": lambda: (
            nets.RandomConvolutionalNetwork(nets.erf, (2, 3), (0.25, 0.5, 0.25), 1.0, 0.0).draw,
            (IMAGES,),
            {"rng": 0},
        ),
        "RandomResidualNetwork": lambda: (nets.RandomResidualNetwork, (nets.erf, 2, 1.0, 0.0), {}),
        "RandomResidualNetwork.draw": lambda: (
            nets.RandomResidualNetwork(nets.erf, 2, 1.0, 0.0).draw,
            (POINTS,),
            {"rng": 0},
        ),
        "GaussianProcess itself": lambda: (
            *(nets.GaussianProcess, (nets.nngp(nets.relu, 2, 2, 0), 0.1)),
            {"jitter": 0.0},
        ),
        "GaussianProcess.fit": lambda: (
            nets.GaussianProcess(nets.nngp(nets.relu, 2, 2, 0), 0.1).fit,
            (POINTS, np.ones(3)),
            {},
        ),
        "fisher_law": lambda: (nets.fisher_law, (nets.relu,), {"shapes": (1, 1, 1)}),
        "universality": lambda: (
            *(nets.universality, (_network(),)),
            {"weights": ("gaussian",), "widths": (10, 12), "draws": 2, "rng": 0},
        ),
    }


def networks() -> dict[str, Callable[[], Call]]:
    """All of them."""
    return _activations() | _fields() | _networks()
