"""Right calls of every public callable, to be spoilt."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import ensembles, landscapes, nets
from freeprob.ensembles import Gaussian, compare, spectra

from .calls_of_answers import HALF, Call, G, N, answers, c, w, z
from .calls_of_experiments import experiments_and_matrices
from .calls_of_networks import networks


def _key(value: object) -> object:
    """The value, where it can be a key of a dictionary: else no dictionary reaches the package."""
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value


def _laws() -> dict[str, Callable[[], Call]]:
    sc, mp, coin = fp.Semicircle(1), fp.MarchenkoPastur("1/2"), fp.Atomic({0: HALF, 1: HALF})
    return {
        "Semicircle": lambda: (fp.Semicircle, (1, 0), {}),
        "MarchenkoPastur": lambda: (fp.MarchenkoPastur, (HALF, 1), {}),
        "Atomic": lambda: (fp.Atomic, ({0: HALF, 1: HALF},), {}),
        "Atomic pairs": lambda: (lambda a, m: fp.Atomic([(a, m), (5, HALF)]), (0, HALF), {}),
        "PointMass": lambda: (fp.PointMass, (1,), {}),
        "Arcsine": lambda: (fp.Arcsine, (0, 1), {}),
        "Cauchy": lambda: (fp.Cauchy, (0, 1), {}),
        "Uniform": lambda: (fp.Uniform, (0, 1), {}),
        "KestenMcKay": lambda: (fp.KestenMcKay, (3,), {}),
        "Wachter": lambda: (fp.Wachter, (2, 3), {}),
        "FussCatalan": lambda: (fp.FussCatalan, (2,), {}),
        "Raney": lambda: (fp.Raney, (2, 1), {}),
        "FreeMeixner": lambda: (fp.FreeMeixner, (HALF, HALF), {}),
        "FreePoisson": lambda: (fp.FreePoisson, (1, 2), {}),
        "CompoundFreePoisson": lambda: (fp.CompoundFreePoisson, (1, coin), {}),
        "AlgebraicLaw": lambda: (fp.AlgebraicLaw, (G**2 - z * G + 1, G, z), {}),
        "TransformLaw": lambda: (fp.TransformLaw, ("R", w, w), {}),
        "DensityLaw": lambda: (fp.DensityLaw, (2 * w, w, 0, 1), {}),
        "boxplus": lambda: (fp.boxplus, (sc, coin), {}),
        "boxplus_power": lambda: (fp.boxplus_power, (coin, 2), {}),
        "boxtimes": lambda: (fp.boxtimes, (mp, coin), {}),
        "boxtimes_power": lambda: (fp.boxtimes_power, (mp, 2), {}),
        "compress": lambda: (fp.compress, (coin, HALF), {}),
        "mixture": lambda: (fp.mixture, ({sc: HALF, coin: HALF},), {}),
        "mobius": lambda: (fp.mobius, (mp, 1, 0, 1, 3), {}),
        "monotone": lambda: (fp.monotone, (sc, coin), {}),
        "boolean_sum": lambda: (fp.boolean_sum, (sc, coin), {}),
        "subtract": lambda: (fp.subtract, (fp.boxplus(sc, coin), coin), {}),
        "rectangular_boxplus": lambda: (
            *(fp.rectangular_boxplus, (fp.Semicircle(1), fp.Semicircle(2), HALF)),
            {},
        ),
        "sample_covariance": lambda: (fp.sample_covariance, (coin, HALF), {}),
        "information_plus_noise": lambda: (fp.information_plus_noise, (coin, HALF, 1), {}),
        "symmetrize": lambda: (fp.symmetrize, (mp,), {}),
    }


def _methods() -> dict[str, Callable[[], Call]]:
    mp, symbolic = fp.MarchenkoPastur("1/2"), fp.MarchenkoPastur(c)
    free = fp.boxplus(fp.Atomic({0: HALF, 1: HALF}), fp.Semicircle(1))
    return {
        **{
            f"{label}.{name}": (
                lambda law=law, name=name, arguments=arguments: (getattr(law, name), arguments, {})
            )
            for label, law in {"MP": mp, "sum": free}.items()
            for name, arguments in {
                "cauchy": (1j,),
                "density": (0.5,),
                "cdf": (0.5,),
                "quantile": (0.5,),
                "log_potential": (0.5,),
                "shannon": (0.1,),
                "moments": (3,),
                "free_cumulants": (3,),
                "equation": (G, z),
                "derive": (G, z),
                "dilate": (2,),
                "shift": (1,),
            }.items()
        },
        **{
            f"MP.{name} dps": (lambda name=name: (getattr(mp, name), (0.5,), {"dps": 15}))
            for name in ("cauchy", "density", "cdf", "quantile", "log_potential", "shannon")
        },
        **{
            f"MP.{name}": (lambda name=name: (getattr(mp, name), (w,), {}))
            for name in ("R", "S", "explicit")
        },
        "MP.expect": lambda: (mp.expect, (sp.exp(-w), w), {}),
        "MP.free_entropy": lambda: (mp.free_entropy, (), {"dps": 10}),
        "MP.fisher_information": lambda: (mp.fisher_information, (), {"dps": 10}),
        "sum.cauchy derivative": lambda: (free.cauchy, (1j,), {"derivative": 2}),
        "MP.transform_equation": lambda: (mp.transform_equation, ("R", w, z), {}),
        "MP.support": lambda: (mp.support, (), {"dps": 10}),
        "MP.edges": lambda: (mp.edges, (), {"dps": 10}),
        "symbolic.edges": lambda: (symbolic.edges, (), {"dps": 10, "at": {c: HALF}}),
        "symbolic.edge_condition": lambda: (symbolic.edge_condition, (1,), {"parameters": [c]}),
        "symbolic.phases": lambda: (symbolic.phases, ([c],), {}),
        "symbolic.sensitivity": lambda: (symbolic.sensitivity, (c,), {}),
        "sensitivity.density": lambda: (
            symbolic.sensitivity(c).density,
            (1,),
            {"at": {c: HALF}, "dps": 10},
        ),
        "sensitivity.moments": lambda: (symbolic.sensitivity(c).moments, (3,), {}),
        "edge.velocity": lambda: (symbolic.edges(at={c: HALF})[0].velocity, (c,), {"dps": 10}),
        "hessian_law": lambda: (landscapes.hessian_law, (1, HALF), {"model": "relu"}),
        "critical_energy": lambda: (landscapes.critical_energy, (HALF,), {"model": "wigner"}),
        "index": lambda: (landscapes.index, (HALF, HALF), {"model": "wigner", "dps": 10}),
        "index_exponent": lambda: (landscapes.index_exponent, (HALF, "wigner"), {"dps": 10}),
        "MP.subs": lambda: (symbolic.subs, ({c: 1},), {}),
        "MP.sample": lambda: (mp.sample, (20,), {"rng": 0, "beta": 1}),
        "MP.check": lambda: (
            mp.check,
            (20, 2),
            {"rng": 0, "beta": 1, "executor": None},
        ),
        "plot_density": lambda: (fp.plotting.plot_density, (mp,), _picture()),
        "plot_density of several": lambda: (
            lambda law, label, **options: fp.plotting.plot_density({_key(label): law}, **options),
            (mp, "c = 1/2"),
            {"ax": _axes(), "sample": {"c = 1/2": np.ones(5)}, "hist_kw": {"alpha": 0.5}},
        ),
        "MP.plot": lambda: (mp.plot, (), _picture() | {"hist_kw": {"alpha": 0.5}}),
        "plot_family": lambda: (
            fp.plotting.plot_family,
            (symbolic, c, [HALF, 1]),
            {"ax": _axes(), "points": 20},
        ),
        "plot_phases": lambda: (fp.plotting.plot_phases, (symbolic, [c]), {"ax": _axes()}),
        "plot_cauchy": lambda: (
            fp.plotting.plot_cauchy,
            (mp,),
            {"ax": _axes(), "region": [-1, 1, -1, 1], "pixels": 10},
        ),
        "plot_complexity": lambda: (
            fp.plotting.plot_complexity,
            (landscapes.PSpin(3), [-1.7, -1.6]),
            {"indices": [None, 1], "ax": _axes()},
        ),
        "plot_trace": lambda: (
            fp.plotting.plot_trace,
            (fp.normalized_trace((fp.GOE("x", N) ** 2 + c * sp.Identity(N)).inverse()), c, [1, 2]),
            {"ax": _axes()},
        ),
        "plot_kernel": lambda: (
            fp.plotting.plot_kernel,
            (nets.nngp(nets.relu, 1, 2, 0),),
            {"ax": _axes(), "points": 5},
        ),
        "plot_correlations": lambda: (
            fp.plotting.plot_correlations,
            (nets.MeanField(nets.erf, 2, HALF), 2),
            {"starts": [HALF], "ax": _axes()},
        ),
        "plot_learning_curve": lambda: (
            fp.plotting.plot_learning_curve,
            (nets.random_features(nets.relu, 2, 3, 1, HALF), [0.1, 1]),
            {"ax": _axes()},
        ),
        "plot_cdf": lambda: (fp.plotting.plot_cdf, (mp,), {"ax": _axes(), "points": 20}),
        "figure": lambda: (fp.plotting.figure, (), {"width": 3, "height": 2}),
        "compare": lambda: (compare, (np.eye(2), _theory()), {"limit": 4, "smaller": None}),
        "spectra": lambda: (
            lambda n, draws, **options: spectra(Gaussian(), n, draws, **options),
            (5, 2),
            {"rng": 0, "beta": 1, "executor": None},
        ),
    }


def _axes() -> object:
    return fp.plotting.figure().subplots()


def _picture() -> dict[str, object]:
    return {"ax": _axes(), "sample": np.ones(5), "bins": 5, "points": 20}


def _theory() -> object:
    from freeprob.ensembles import Theory

    return Theory(lambda x: 0.0 * x + 0.5, lambda z: 1 / z)


def _models() -> dict[str, Callable[[], Call]]:
    x, wishart = fp.GOE("x", N), fp.Ginibre("X", N, N / c)
    gram = wishart * wishart.T * c / N
    resolvent = (gram + sp.Identity(N)).inverse()
    trace = fp.normalized_trace(resolvent)
    return {
        "GOE": lambda: (fp.GOE, ("x", N), {}),
        "GUE": lambda: (fp.GUE, ("x", N), {}),
        "Ginibre": lambda: (fp.Ginibre, ("X", N, N, 1), {}),
        "HaarOrthogonal": lambda: (fp.HaarOrthogonal, ("O", N), {}),
        "HaarUnitary": lambda: (fp.HaarUnitary, ("U", N), {}),
        "Deterministic": lambda: (fp.Deterministic, ("A", fp.Uniform(), N), {}),
        "Projection": lambda: (fp.Projection, ("P", HALF, N), {}),
        "jointly_diagonal": lambda: (
            *(fp.jointly_diagonal, ("DE", {(0, 1): HALF, (1, 1): HALF}, N)),
            {},
        ),
        "law": lambda: (fp.law, (gram,), {}),
        "simulate": lambda: (fp.simulate, (gram, {c: 1}, 10), {"rng": 0}),
        "check": lambda: (fp.check, (x, None, 20, 2), {"rng": 0, "executor": None}),
        "normalized_trace": lambda: (fp.normalized_trace, (resolvent,), {}),
        "trace.evaluate": lambda: (trace.subs({c: 1}).evaluate, (), {"dps": 15}),
        "trace.limit": lambda: (trace.limit, (c, 0), {}),
        "trace.series": lambda: (trace.series, (3,), {}),
        "trace.subs": lambda: (trace.subs, ({c: 1},), {}),
        "trace.diff": lambda: (trace.diff, (c,), {}),
    }


def _nets() -> dict[str, Callable[[], Call]]:
    relu, tanh, erf = nets.relu, nets.tanh, nets.erf
    field = nets.MeanField(erf, 2, 1)
    kernel = nets.nngp(relu, 2, 2, 0)
    points = np.eye(2)
    return {
        "Activation": lambda: (nets.Activation, (sp.tanh(w), w), {}),
        "gaussian_expectation": lambda: (nets.gaussian_expectation, (w**2, w, 1), {}),
        "expect": lambda: (relu.expect, (1, 2), {"derivative": 0}),
        "mean": lambda: (relu.mean, (1,), {}),
        "dual": lambda: (relu.dual, (1, HALF, 1), {}),
        "tanh.dual": lambda: (tanh.dual, (1, HALF, 1), {}),
        "dual_derivative": lambda: (relu.dual_derivative, (1, HALF, 1), {}),
        "dual_function": lambda: (relu.dual_function(), (1.0, 0.5, 1.0), {}),
        "expect_function": lambda: (relu.expect_function(), (1.0,), {}),
        "leaky_relu": lambda: (nets.leaky_relu, (HALF,), {}),
        "elu": lambda: (nets.elu, (1,), {}),
        "hermite": lambda: (nets.hermite, (3,), {}),
        "monomial": lambda: (nets.monomial, (3,), {}),
        "sin_wave": lambda: (nets.sin_wave, (1, 0), {}),
        "piecewise_linear": lambda: (nets.piecewise_linear, ([0], [0], 0, 1), {}),
        "MeanField": lambda: (nets.MeanField, (erf, 2, 1), {}),
        "MeanField.fixed_point": lambda: (field.fixed_point, (), {"dps": 10}),
        "MeanField.correlations": lambda: (field.correlations, (HALF, 3), {}),
        "critical_line": lambda: (nets.critical_line, (relu, 1), {}),
        "critical_points": lambda: (nets.critical_points, (erf,), {"bias_variance": 1, "dps": 15}),
        "phase_diagram": lambda: (nets.phase_diagram, (erf, [1.0, 2.0], [0.1]), {}),
        "nngp": lambda: (nets.nngp, (relu, 2, 2, 0), {}),
        "ntk": lambda: (nets.ntk, (relu, 2, 2, 0), {}),
        "kernel": lambda: (kernel, ([0, 1], [1, 2]), {}),
        "kernel dps": lambda: (kernel, ([0, 1], [1, 2]), {"dps": 10}),
        "kernel.matrix": lambda: (kernel.matrix, (points, points), {}),
        "GaussianProcess": lambda: (
            lambda k, noise, X, y, Z: nets.GaussianProcess(k, noise).fit(X, y).predict(Z),
            (kernel, 0.1, points, np.ones(2), points),
            {},
        ),
        "ResidualField": lambda: (nets.ResidualField, (erf, 1, 0, 1), {}),
        "RandomNetwork.draw": lambda: (
            lambda a, widths, w, b, X, rng: nets.RandomNetwork(a, widths, w, b).draw(X, rng),
            (relu, (3, 3), 2, 1, points, 0),
            {},
        ),
        "derivative": lambda: (relu.derivative, (1,), {}),
        "Activation.hermite": lambda: (relu.hermite, (2, 1), {}),
        "expect_product": lambda: (relu.expect_product, (1, (0, 1)), {}),
        "derive_mean": lambda: (relu.derive_mean, (1,), {"power": 2}),
        "derive_dual": lambda: (relu.derive_dual, (1, HALF, 1), {}),
        "centered": lambda: (relu.centered, (1,), {}),
        "chi_1": lambda: (field.chi_1, (), {"dps": 10}),
        "gradient_scale": lambda: (field.gradient_scale, (3,), {"dps": 10}),
        "manifold": lambda: (field.manifold, (2,), {"dps": 10}),
        "correlation_map": lambda: (field.correlation_map, (HALF,), {"dps": 10}),
        "half_stable_points": lambda: (nets.half_stable_points, (tanh,), {"dps": 10}),
        "trajectory": lambda: (nets.ResidualField(erf, 1, 0, 1).trajectory, (2, 1), {"product": 1}),
        "kernel.diagonal": lambda: (kernel.diagonal, (points,), {}),
        "kernel.formula": lambda: (kernel.formula, (1, HALF, 1), {}),
        "LayerFieldTheory": lambda: (nets.LayerFieldTheory, (erf, 2, 1), {}),
        "PhaseDiagram.plot": lambda: (
            nets.phase_diagram(relu, [1.0, 2.0], [0.1, 0.2]).plot,
            (_axes(),),
            {},
        ),
        "uniform_filter": lambda: (nets.uniform_filter, (3,), {}),
    }


def _spectra_of_nets() -> dict[str, Callable[[], Call]]:
    relu, tanh = nets.relu, nets.tanh
    normed = relu.centered(1).normalized(1)
    model = nets.random_features(relu, 2, 3, "1/100", "1/5")
    layer = nets.Layer(relu, weight_variance=2)
    return {
        "gram_law": lambda: (nets.gram_law, (relu, 1, HALF), {"data": None}),
        "propagate": lambda: (nets.propagate, (fp.MarchenkoPastur(1), normed, 1), {}),
        "conjugate_kernel_law": lambda: (nets.conjugate_kernel_law, (normed, [1, HALF]), {}),
        "ntk_law": lambda: (nets.ntk_law, (normed, [1]), {"data": None}),
        "jacobian_law": lambda: (
            *(nets.jacobian_law, (relu, 2)),
            {"weights": "iid", "weight_variance": 2},
        ),
        "double_scaling_law": lambda: (nets.double_scaling_law, ("smooth", 1), {}),
        "isometry_design": lambda: (nets.isometry_design, (nets.hard_tanh, 16, 0.25), {}),
        "with_zeta": lambda: (nets.with_zeta, (HALF,), {}),
        "memorization_error": lambda: (
            *(nets.memorization_error, (relu, 1, HALF, 0.1)),
            {"dps": 10},
        ),
        "random_features": lambda: (nets.random_features, (relu, 2, 3, 0.1), {"noise": 0}),
        "features.test": lambda: (model.test, (), {"dps": 10}),
        "Layer": lambda: (nets.Layer, (relu, 1), {"weight_variance": 2, "weights": "iid"}),
        "Network": lambda: (nets.Network, ([layer, layer],), {}),
        "Normal": lambda: (fp.Normal, (0, 1), {}),
        "image": lambda: (fp.image, (w**2, {w: fp.Normal(0, 1)}), {}),
        "slope_law": lambda: (tanh.slope_law, (1,), {}),
    }


def _data() -> dict[str, Callable[[], Call]]:
    mp, values = fp.MarchenkoPastur(HALF), np.linspace(0.2, 2.5, 20)
    noisy = fp.boxplus(fp.Atomic({0: HALF, 1: HALF}), fp.Semicircle(1))
    free, letter = fp.MarchenkoPastur(c), fp.GOE("x", N)
    return {
        "Empirical": lambda: (fp.Empirical, (values,), {}),
        "compare_to": lambda: (mp.compare_to, (values,), {}),
        "fit": lambda: (free.fit, (values,), {"parameters": [c]}),
        "subordination": lambda: (noisy.subordination, (1j,), {"dps": 10}),
        "preimages": lambda: (noisy.preimages, (noisy.args[0], 0.5), {}),
        "outliers": lambda: (noisy.outliers, ([3],), {"dps": 10}),
        "companion": lambda: (mp.companion, (HALF,), {}),
        "TracyWidom": lambda: (lambda beta, x: fp.TracyWidom(beta).cdf(x), (2, -1.0), {}),
        "independent_copies": lambda: (fp.independent_copies, (letter**2, (letter,), 2), {}),
    }


def _landscapes() -> dict[str, Callable[[], Call]]:
    glass, local = landscapes.PSpin(3), landscapes.local
    spins = np.linspace(-1.5, 1.5, 80)
    sc, mp = fp.Semicircle(1), fp.MarchenkoPastur(HALF)
    return {
        "PSpin": lambda: (landscapes.PSpin, (3,), {}),
        "MixedPSpin": lambda: (landscapes.MixedPSpin, (w**2 / 2 + w**4 / 2,), {}),
        "GaussianField": lambda: (
            *(landscapes.GaussianField, (w**3 + (w + z) ** 6, {w: HALF, z: HALF})),
            {},
        ),
        "TwoPlayerSpinGlass": lambda: (landscapes.TwoPlayerSpinGlass, (3, 3, 1, HALF), {}),
        "DriftedField": lambda: (landscapes.DriftedField, (glass, w**2 / 4, w), {}),
        "network_field": lambda: (landscapes.network_field, (3,), {}),
        "complexity": lambda: (glass.complexity, (-1.6,), {"index": 0, "dps": 10}),
        "ground_level": lambda: (glass.ground_level, (1,), {"dps": 10}),
        "threshold": lambda: (glass.threshold, (), {"dps": 10}),
        "mean_critical_points": lambda: (glass.mean_critical_points, (4, -1.0), {}),
        "mean_euler_characteristic": lambda: (glass.mean_euler_characteristic, (4, -1.0), {}),
        "asymptotics": lambda: (glass.asymptotics, (50, -1.0), {}),
        "field.hessian_law": lambda: (glass.hessian_law, (-1,), {}),
        "field.simulate": lambda: (landscapes.PSpin(2).simulate, (3,), {"rng": 1}),
        "determinant_factor": lambda: (landscapes.determinant_factor, (sc, [3], 4.0), {"dps": 10}),
        "landscapes.outliers": lambda: (landscapes.outliers, (mp, sc, [3]), {"batch": 4}),
        "surmise": lambda: (local.surmise, (1, [0.5, 1.0]), {}),
        "spacing_density": lambda: (local.spacing_density, (1, 0.5), {}),
        "spacing_distribution": lambda: (local.spacing_distribution, (1, 0.5), {}),
        "gap_probability": lambda: (local.gap_probability, (1, 0.5), {}),
        "number_variance": lambda: (local.number_variance, (1, 2.0), {}),
        "ratio_density": lambda: (local.ratio_density, (1, 0.5), {"folded": True}),
        "mean_ratio": lambda: (local.mean_ratio, (1,), {"folded": True}),
        "unfold": lambda: (local.unfold, (spins, sc), {}),
        "test_universality": lambda: (local.test_universality, (spins, 1), {"law": sc}),
        "effective_damping": lambda: (landscapes.damping.effective_damping, (mp, sc, 3), {}),
        "optimal_shrinkage": lambda: (landscapes.damping.optimal_shrinkage, (mp, sc), {}),
        "shrinkage_of_damping": lambda: (landscapes.damping.shrinkage_of_damping, (HALF,), {}),
        "goe_density": lambda: (ensembles.goe_density, (3, 0.5), {"variance": 1, "dps": 10}),
        "gue_density": lambda: (ensembles.gue_density, (3, [0.5, 1.0]), {"variance": 1}),
        "goe_determinant": lambda: (ensembles.goe_determinant, (3, 0.5), {"variance": 1}),
        "extreme_eigenvalue_rate": lambda: (ensembles.extreme_eigenvalue_rate, (2.5, 1, 1), {}),
    }


CALLS: dict[str, Callable[[], Call]] = {
    **_laws(),
    **_methods(),
    **_models(),
    **_nets(),
    **_spectra_of_nets(),
    **_data(),
    **_landscapes(),
    **answers(),
    **networks(),
    **experiments_and_matrices(),
}
