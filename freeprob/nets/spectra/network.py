"""One description of a random network, from which every question about it starts."""

from __future__ import annotations

from dataclasses import dataclass, fields
from html import escape
from typing import Any, final

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import Atomic, PointMass
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import count, positive
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.kernels.deep_kernels import DeepKernel, nngp, ntk
from freeprob.nets.mean_field.mean_field import MeanField
from freeprob.nets.mean_field.residual import ResidualField
from freeprob.nets.samples.random_networks import (
    RandomNetwork,
    RandomResidualNetwork,
    ResidualSignals,
    Signals,
)
from freeprob.nets.spectra.feature_arrays import ArrayFeatures
from freeprob.nets.spectra.fisher import fisher_law
from freeprob.nets.spectra.gram import gram_data, gram_law, ntk_law, positive_length, propagate
from freeprob.nets.spectra.jacobians import jacobian_law
from freeprob.nets.spectra.layers import Layer, ResidualLayer
from freeprob.nets.spectra.preactivations import preactivation_variances
from freeprob.nets.spectra.random_features import random_features
from freeprob.nets.spectra.regressions import RandomFeatures
from freeprob.parameters import finite_reals, flag, generator, many

_SCALED = sp.Symbol("w", real=True)
# a mean of f that is no closed form counts as 0 below this; means are known to 20 digits
_NO_MEAN = 1e-12


@final
@dataclass(frozen=True)
class Network:
    r"""A wide random network: layers and the law of its data.

    Nothing is computed here. Every method hands the description to the function of its name and
    returns what that returns; layers count from 1.

    Parameters
    ----------
    layers : sequence of Layer, or of ResidualLayer
        All steps of a residual network are alike.
    data : Law or number, optional
        The law of XᵀX/n₀, samples x samples, of inputs X, n₀ x m; or its mean, the squared length
        |x|²/n₀ of inputs with independent Gaussian entries. By default 1.

    Raises
    ------
    InvalidParameterError
        For anything else.
    UndefinedOperationError
        For a data law with mass below 0.

    Examples
    --------
    >>> from freeprob import nets
    >>> layer = nets.Layer(nets.relu, weight_variance=2, weights="orthogonal")
    >>> network = nets.Network([layer] * 4)
    >>> network.jacobian_law().support()
    [(0, 256/27)]
    >>> network.mean_field()
    MeanField(activation=Activation(Max(0, x), x), weight_variance=2, bias_variance=0, keep_rate=1)
    >>> network.draw(100, rng=0).jacobian().shape
    (100, 100)
    """

    layers: tuple[Layer, ...] | tuple[ResidualLayer, ...]
    data: Law | sp.Expr | None = None

    def __post_init__(self) -> None:
        layers = tuple(many(self.layers, "layers"))
        kinds = {type(layer) for layer in layers}
        if not layers or kinds not in ({Layer}, {ResidualLayer}):
            raise InvalidParameterError(
                "a network is a list of nets.Layer, or of nets.ResidualLayer, at least one"
            )
        if kinds == {ResidualLayer} and len(set(layers)) > 1:
            raise InvalidParameterError("the steps of a residual network must all be alike")
        object.__setattr__(self, "layers", layers)
        data = sp.S.One if self.data is None else self.data
        if not isinstance(data, Law):
            data = positive(data, "data, the squared length |x|²/n₀,")
        else:
            gram_data(data)
        object.__setattr__(self, "data", data)

    @property
    def depth(self) -> int:
        """The number of layers."""
        return len(self.layers)

    @property
    def input_norm(self) -> sp.Expr:
        """|x|²/n₀ of the inputs."""
        return positive_length(self.data) if isinstance(self.data, Law) else self.data

    @property
    def widths(self) -> tuple[sp.Expr, ...]:
        """n_l/n₀ for l = 0, …, L."""
        found = [sp.S.One]
        for layer in self._plain("widths"):
            found.append(found[-1] * layer.ratio)
        return tuple(found)

    def lengths(self) -> tuple[sp.Expr, ...]:
        """Variances q_l of the preactivations, those of the biases included."""
        layers = self._plain("lengths")
        found = preactivation_variances(
            [layer.activation for layer in layers],
            [layer.weight_variance for layer in layers],
            self.input_norm,
            [layer.bias_law for layer in layers],
        )
        return tuple(found)

    def mean_field(self) -> MeanField | ResidualField:
        """:class:`MeanField` of like layers, :class:`ResidualField` of residual ones."""
        if isinstance(self.layers[0], ResidualLayer):
            return ResidualField(*self.layers[0])
        layer = self._like("mean_field")
        return MeanField(layer.activation, layer.weight_variance, layer.bias_variance)

    def kernel(self, tangent: bool = False) -> DeepKernel:
        """:func:`nngp`, or :func:`ntk`, of like layers with a linear readout after the last."""
        layer = self._like("kernel")
        build = ntk if flag(tangent, "tangent") else nngp
        return build(layer.activation, self.depth, layer.weight_variance, layer.bias_variance)

    def gram_law(self, layer: int = 1, samples: Any = 1) -> Law:
        """:func:`gram_law` of one layer: law of X_l X_lᵀ/m, n_l x n_l.

        Layers before it are followed by :func:`propagate`; biases of a law with atoms make the
        features of the layer a mixture.

        Parameters
        ----------
        layer
            l.
        samples
            m/n₀.

        Raises
        ------
        UndefinedOperationError
            Where each feature is a function of its own, of infinitely many: with Gaussian biases,
            and after layers with biases or with E f ≠ 0.
        """
        place = count(layer, "layer", least=1, most=self.depth)
        self._plain("gram_law")
        samples = positive(samples, "samples")
        before, here = self.widths[place - 1], self.widths[place]
        return gram_law(
            self._features(place), before / samples, before / here, self._seen(place, samples)
        )

    def ntk_law(self, samples: Any = 1) -> Law:
        """:func:`ntk_law`: the tangent kernel on m = samples·n₀ inputs, readout of variance 1.

        It is known for like layers whose activation, with σ_w drawn in, has E f = 0, E f² = 1, and
        for inputs of length 1, without biases.
        """
        layer = self._like("ntk_law", widths=True)
        if layer.bias_law != PointMass(0) or self.input_norm != 1:
            raise UndefinedOperationError(
                "the law of the tangent kernel is known without biases and for inputs of length 1"
            )
        samples = positive(samples, "samples")
        ratios = [samples / width for width in self.widths[1:]]
        data = self.data if isinstance(self.data, Law) else MarchenkoPastur(samples)
        return ntk_law(_scaled(layer.activation, layer.weight_variance), ratios, data)

    def jacobian_law(self) -> Law:
        """:func:`jacobian_law` of all layers at an input of the data's length."""
        layers, widths = self._plain("jacobian_law"), self.widths
        return jacobian_law(
            [layer.activation for layer in layers],
            self.depth,
            [layer.weights for layer in layers],
            [layer.weight_variance for layer in layers],
            input_norm=self.input_norm,
            widths=None if set(widths) == {sp.S.One} else list(widths),
            bias_law=[layer.bias_law for layer in layers],
        )

    def random_features(
        self,
        samples: Any,
        ridge: Any,
        noise: Any = 0,
        kernel: str = "features",
        data: Any = None,
    ) -> RandomFeatures | ArrayFeatures:
        """:func:`random_features` of a network of one layer without biases.

        ``data`` is a law or arrays as there; by default it is that of the network, and Gaussian
        inputs where only their length is known.
        """
        layer = self._only("random_features")
        if data is None and isinstance(self.data, Law):
            data = self.data
        q = self.lengths()[0] if data is None else layer.weight_variance
        f = _scaled(layer.activation, q)
        return random_features(f, layer.ratio, samples, ridge, noise, kernel, data)

    def fisher_law(self, outputs: Any = 1) -> Law:
        """:func:`fisher_law` of a network of one layer without biases and a linear readout.

        Parameters
        ----------
        outputs
            n₂/n₀.
        """
        layer = self._only("fisher_law")
        if self.lengths()[0] != 1:
            raise UndefinedOperationError(
                "fisher_law is of weights of variance 1 and inputs of length 1: draw others into f"
            )
        return fisher_law(layer.activation, (1, layer.ratio, positive(outputs, "outputs")))

    def draw(
        self,
        width: int,
        rng: int | np.random.Generator = 0,
        inputs: ArrayLike | None = None,
        weights: Any = None,
    ) -> Signals | ResidualSignals:
        """One real network, and what it makes of its inputs.

        Parameters
        ----------
        width
            n₀; other widths are rounded.
        rng
            Seed or generator.
        inputs
            Samples x n₀; by default one of the data's length.
        weights
            The law of the entries of iid weights, as of :class:`RandomNetwork`.
        """
        stream = generator(rng)
        width = count(width, "width", least=1)
        if inputs is None:
            x = stream.standard_normal(width)
            scaled = (x * np.sqrt(width * float(self.input_norm)) / np.linalg.norm(x))[None]
            return self.real(width, weights).draw(scaled, stream)
        given = finite_reals(inputs, "inputs")
        if given.shape[-1:] != (width,):
            raise InvalidParameterError(f"inputs are samples x {width}, got {given.shape}")
        return self.real(width, weights).draw(given, stream)

    def real(self, width: int, weights: Any = None) -> RandomNetwork | RandomResidualNetwork:
        """:class:`RandomNetwork` of these layers, with one linear output, or the residual one."""
        first, width = self.layers[0], count(width, "width", least=1)
        if isinstance(first, ResidualLayer):
            f, *variances = first
            return RandomResidualNetwork(f, self.depth, *variances)
        layers = self._plain("draw")
        letters = sorted({str(name) for size in self.widths for name in size.free_symbols})
        if letters:
            raise InvalidParameterError(
                f"drawn layers have widths, and ratios depend on {', '.join(letters)}: give numbers"
            )
        sizes = [max(1, round(width * float(size))) for size in self.widths[1:]]
        kinds = [
            weights if weights is not None and layer.weights == "iid" else layer.weights
            for layer in layers
        ]
        return RandomNetwork(
            tuple(layer.activation for layer in layers),
            (*sizes, 1),
            (*(layer.weight_variance for layer in layers), 1),
            (*(layer.bias_variance for layer in layers), 0),
            weights=[*kinds, "gaussian"],
            biases=[*(layer.biases for layer in layers), None],
        )

    def _features(self, place: int) -> Any:
        """η and ζ of a layer, or a mixture of them by the atoms of its biases."""
        layer = self._plain("gram_law")[place - 1]
        law, f = layer.bias_law, layer.activation
        gaussian = self.lengths()[place - 1] - layer.bias_variance
        if isinstance(law, PointMass):
            return _pair(f, gaussian, law.args[0])
        if not isinstance(law, Atomic):
            raise UndefinedOperationError(
                f"biases of the law {law} make every feature a function of its own: replace it by "
                "atoms at its quantiles, biases=Atomic({...})"
            )
        kinds: dict[Any, sp.Expr] = {}
        for bias, mass in law.weights.items():
            pair = _pair(f, gaussian, bias)
            kinds[pair] = kinds.get(pair, sp.S.Zero) + mass
        return kinds if len(kinds) > 1 else next(iter(kinds))

    def _seen(self, place: int, samples: sp.Expr) -> Law:
        """Law of the Gram matrix of the layer's inputs, of mean 1."""
        law = self.data if isinstance(self.data, Law) else MarchenkoPastur(samples)
        layers = self._plain("gram_law")
        pairs = zip(layers, self.lengths(), self.widths[1:], strict=True)
        for layer, q, width in list(pairs)[: place - 1]:
            if layer.bias_law != PointMass(0) or abs(sp.N(layer.activation.mean(q), 20)) > _NO_MEAN:
                raise UndefinedOperationError(
                    "after a layer with biases or with E f ≠ 0 every feature of the next has a "
                    f"mean of its own; use {layer.activation}.centered({q}) without biases"
                )
            law = propagate(
                law, (layer.activation.eta(q), layer.activation.zeta(q)), samples / width
            )
        return law.dilate(1 / law.mean)

    def _plain(self, question: str) -> tuple[Layer, ...]:
        plain = tuple(layer for layer in self.layers if isinstance(layer, Layer))
        if not plain:
            raise UndefinedOperationError(
                f"{question} is not known of residual networks; mean_field() and draw() are"
            )
        return plain

    def _like(self, question: str, widths: bool = False) -> Layer:
        """The one layer that all others equal, widths apart where they may differ."""
        layers = self._plain(question)
        kinds = {(layer.activation, layer.weight_variance, layer.bias_law) for layer in layers}
        if len(kinds) > 1:
            raise UndefinedOperationError(
                f"{question} needs like layers: one activation, weight and bias variance"
            )
        if not widths and layers[0].biases is not None and not _is_normal(layers[0].biases):
            raise UndefinedOperationError(f"{question} is known for Gaussian biases only")
        return layers[0]

    def _only(self, question: str) -> Layer:
        """The one layer of a network without biases."""
        first, *others = self._plain(question)
        if others or first.bias_law != PointMass(0):
            raise UndefinedOperationError(
                f"{question} is known for one hidden layer without biases, and this network has "
                f"{1 + len(others)} and biases of the law {first.bias_law}: ask a network of one "
                "nets.Layer with bias_variance = 0"
            )
        return first

    def __repr__(self) -> str:
        shown = ", ".join(_shown(layer) for layer in self.layers)
        return f"Network([{shown}], data={self.data})"

    def _repr_html_(self) -> str:
        names = [entry.name for entry in fields(self.layers[0])]
        head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in ("layer", *names))
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in (index, *cells)) + "</tr>"
            for index, cells in enumerate(
                ([getattr(layer, name) for name in names] for layer in self.layers), 1
            )
        )
        caption = escape(f"Network, data {self.data}")
        return f"<table><caption>{caption}</caption><tr>{head}</tr>{rows}</table>"


def _shown(layer: Layer | ResidualLayer) -> str:
    """The call that makes it, defaults left out."""
    parts = []
    for entry in fields(layer):
        value = getattr(layer, entry.name)
        if entry.name == "bias_variance" and getattr(layer, "biases", None) is not None:
            continue
        if value != entry.default:
            parts.append(str(value) if entry.name == "activation" else f"{entry.name}={value!r}")
    return f"{type(layer).__name__}({', '.join(parts)})"


def _pair(f: Activation, q: sp.Expr, bias: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """η and ζ of f(√q Z + bias)."""
    moved = f if bias.is_zero else Activation(f(_SCALED + bias), _SCALED)
    return moved.eta(q), moved.zeta(q)


def _scaled(f: Activation, q: sp.Expr) -> Activation:
    """W ↦ f(√q w)."""
    return f if q == 1 else Activation(f(sp.sqrt(q) * _SCALED), _SCALED)


def _is_normal(law: Law) -> bool:
    return isinstance(law, Normal) and law.args[0].is_zero is True
