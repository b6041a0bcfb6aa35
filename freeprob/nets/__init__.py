"""Random networks: activations, Gaussian expectations, kernels, mean field, field theory.

Names are loaded on first use.
"""

from importlib import import_module as _import_module

_HOMES: dict[str, tuple[str, ...]] = {
    "activations.activations": ("Activation",),
    "field_theory.continuum": ("ContinuumTheory",),
    "kernels.convolution": ("ConvolutionalKernel", "uniform_filter"),
    "mean_field.criticality": (
        "CriticalPoint",
        "critical_line",
        "critical_points",
        "half_stable_points",
    ),
    "kernels.deep_kernels": ("DeepKernel", "nngp", "ntk"),
    "expectations.dual": ("GaussianDual",),
    "expectations.expectation": ("GaussianExpectation", "gaussian_expectation"),
    "kernels.gaussian_process": ("GaussianProcess",),
    "field_theory.layer_field_theory": ("LayerFieldTheory",),
    "mean_field.mean_field": ("MeanField",),
    "activations.named": (
        "linear",
        "relu",
        "leaky_relu",
        "abs_",
        "step",
        "sign",
        "erf",
        "normal_cdf",
        "tanh",
        "sigmoid",
        "softplus",
        "swish",
        "mish",
        "gelu",
        "gelu_tanh",
        "elu",
        "selu",
        "hard_tanh",
        "piecewise_linear",
        "sin",
        "cos",
        "sin_wave",
        "exp",
        "gaussian",
        "arctan",
        "softsign",
        "hermite",
        "monomial",
    ),
    "activations.prescribed": ("with_zeta",),
    "mean_field.order_chaos": ("PhaseDiagram", "phase_diagram"),
    "samples.random_networks": (
        "RandomConvolutionalNetwork",
        "RandomNetwork",
        "RandomResidualNetwork",
    ),
    "mean_field.residual": ("ResidualField",),
    "spectra.fisher": ("fisher_law",),
    "spectra.isometry": ("isometry_design",),
    "spectra.jacobians": ("double_scaling_law", "jacobian_law"),
    "spectra.memorization": ("memorization_error",),
    "spectra.layers": ("Layer", "ResidualLayer"),
    "spectra.network": ("Network",),
    "spectra.random_features": ("random_features",),
    "spectra.gram": ("conjugate_kernel_law", "gram_law", "ntk_law", "propagate"),
    "spectra.universality": ("universality",),
    "expectations.special": ("BivariateNormalTail",),
}

_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name in _MODULE_OF:
        value = getattr(_import_module(f"freeprob.nets.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    no_name = _import_module("freeprob.completion").no_name
    raise no_name("freeprob.nets", name, __all__)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
