"""Do real networks with weights of any law have the limit of Gaussian ones?"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any, final

import numpy as np
from numpy.typing import NDArray

from freeprob.ensembles.spectra import spectra
from freeprob.errors import InvalidParameterError
from freeprob.extras import axes_of
from freeprob.laws.base import Law
from freeprob.nets.expectations.normal import Normal
from freeprob.nets.samples.entries import EntryLaw, entry_law
from freeprob.nets.samples.random_networks import Signals
from freeprob.nets.spectra.network import Network
from freeprob.parameters import count, expression, generator, many
from freeprob.tables import Summarised

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WEIGHTS = ("gaussian", "rademacher", "uniform", ("student", 5))
# deviations, in scales, at which a row fails: as of comparisons of laws with matrices
_LIMIT = 4.0


@final
@dataclass(frozen=True)
class UniversalityRow:
    """Networks of one width whose weights and biases have one law each.

    Parameters
    ----------
    weights, biases
        The laws.
    width
        n₀.
    value, theory
        G(z) of J Jᵀ, the mean over the draws and the limit for these biases.
    scale
        Standard error of the mean, and 1/(n Im z): what one eigenvalue more or less can change.
    eigenvalues
        One row for each draw.
    """

    weights: EntryLaw
    biases: Law
    width: int
    value: complex
    theory: complex
    scale: float
    eigenvalues: NDArray[np.float64] = field(repr=False, compare=False)

    @property
    def distance(self) -> float:
        """How far the mean is from the limit."""
        return abs(self.value - self.theory)

    @property
    def agrees(self) -> bool:
        """Whether the distance is within 4 scales."""
        return self.distance <= _LIMIT * self.scale


@final
@dataclass(frozen=True)
class UniversalityTable(Summarised):
    """What :func:`universality` found; true in a condition if ``passed``.

    Parameters
    ----------
    rows
        One :class:`UniversalityRow` for each law of weights, law of biases and width.
    z
        Where G is compared.
    """

    rows: tuple[UniversalityRow, ...]
    z: complex

    @property
    def passed(self) -> bool:
        """Whether all weights of finite variance have the limit; the others are not asked."""
        return all(row.agrees for row in self.rows if row.weights.has_variance)

    @property
    def limits(self) -> dict[Law, complex]:
        """G(z) of the limit by the law of the biases: it does depend on that."""
        return {row.biases: row.theory for row in self.rows}

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """The verdict and a line for each row, as text."""
        verdict = "have" if self.passed else "do NOT have"
        lines = [
            f"weights of finite variance {verdict} the limit law: G at z = {self.z:g}",
            f"{'weights':<14} {'biases':<30} {'width':>6} {'|G - limit|':>12} {'scale':>9}",
        ]
        for row in self.rows:
            note = "" if row.agrees else "  differs"
            note += "" if row.weights.has_variance else " (infinite variance)"
            lines.append(
                f"{row.weights!s:<14} {row.biases!s:<30} {row.width:>6} {row.distance:>12.4f} "
                f"{row.scale:>9.4f}{note}"
            )
        return "\n".join(lines)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Distribution functions of the eigenvalues of the widest networks, row by row.

        Curves of weights of finite variance lie on each other; those of other biases and of
        infinite variance do not.
        """
        axes = axes_of(ax)
        widest = max(row.width for row in self.rows)
        styles = dict(zip(self.limits, ("-", "--", ":", "-.") * len(self.rows), strict=False))
        for row in self.rows:
            if row.width == widest:
                values = np.sort(row.eigenvalues, axis=None)
                label = f"{row.weights}, biases {row.biases}"
                shares = np.arange(1, values.size + 1) / values.size
                axes.plot(values, shares, styles[row.biases], label=label)
        tops = [np.quantile(row.eigenvalues, 0.95) for row in self.rows if row.weights.has_variance]
        axes.set_xlim(0, max(tops, default=None))
        axes.set_xlabel("eigenvalue of J Jᵀ")
        axes.set_ylabel("share below")
        axes.legend()
        return axes


def universality(
    network: Network,
    weights: Sequence[Any] = _WEIGHTS,
    biases: Sequence[Law] | None = None,
    widths: Sequence[int] = (250, 500),
    draws: int = 4,
    z: complex = 0.5 + 0.3j,
    rng: int | np.random.Generator = 0,
    executor: Executor | None = None,
) -> UniversalityTable:
    r"""Jacobians of real networks with weights and biases of several laws, against their limit.

    For independent weights of mean 0 the limit law of J Jᵀ depends on their variance only, and on
    the whole law of the biases. Networks are drawn, J follows by the chain rule at one input of
    the network's length, and

    .. math:: G_n(z) = \frac1n \operatorname{tr}(z - J J^T)^{-1}

    is compared with that of ``network.jacobian_law()``. Lengths fluctuate like n^(-1/2), and so
    does G, whence the draws.

    Parameters
    ----------
    network
        Layers of independent weights, which are drawn from each law; orthogonal ones stay so.
    weights
        "gaussian", "rademacher", "uniform", ("student", degrees of freedom). Up to two degrees of
        freedom, without a variance, matrices are divided by their root mean square.
    biases
        Laws of the biases of every layer, Gaussian or with atoms; those of the network by default.
    widths
        n₀.
    draws
        Networks of each kind, at least 2.
    z
        Where G is compared, above the axis.
    rng
        Seed or generator.
    executor
        Any :class:`concurrent.futures.Executor`.

    Returns
    -------
    a report with ``passed``, ``summary()`` and ``plot()``

    Raises
    ------
    InvalidParameterError
        For anything else.

    Notes
    -----
    Source: Pastur-Slavin 2020, theorem 1.1, where a finite fourth moment is asked for.

    Examples
    --------
    >>> from freeprob import nets
    >>> network = nets.Network([nets.Layer(nets.relu, weight_variance=2)] * 2)
    >>> table = nets.universality(network, ["rademacher", ("student", 1.5)], widths=[100])
    >>> table.passed, [row.agrees for row in table.rows]
    (True, [True, False])
    """
    if not isinstance(network, Network):
        raise InvalidParameterError(f"universality is of a nets.Network, got {network!r:.80}")
    place = expression(z, "z")
    if not (place.is_number and complex(place).imag > 0):
        raise InvalidParameterError(f"z must lie above the real axis, got {place}")
    laws = [entry_law(entry) for entry in many(weights, "weights")]
    sizes = [count(width, "a width", least=2) for width in many(widths, "widths")]
    for entries, name in ((laws, "weights"), (sizes, "widths")):
        if not entries:
            raise InvalidParameterError(f"{name} are empty: give at least one of them")
    networks = (
        [network] if biases is None else [_biased(network, law) for law in many(biases, "biases")]
    )
    draws, stream, rows = count(draws, "draws", least=2), generator(rng), []
    for other in networks:
        last = other._plain("jacobian_law")[-1]
        limit = complex(other.jacobian_law().cauchy(complex(place)))
        for width in sizes:
            drawn = [
                spectra(partial(_eigenvalues, other, law), width, draws, child, executor=executor)
                for law, child in zip(laws, stream.spawn(len(laws)), strict=True)
            ]
            rows += _rows(last.bias_law, laws, width, drawn, complex(place), limit)
    return UniversalityTable(tuple(rows), complex(place))


def _rows(
    biases: Law,
    laws: list[EntryLaw],
    width: int,
    drawn: list[NDArray[np.float64]],
    z: complex,
    limit: complex,
) -> list[UniversalityRow]:
    """Rows of one width; few draws tell little of their spread, so it is at least that of all."""
    values = [np.mean(1 / (z - eigenvalues), axis=1) for eigenvalues in drawn]
    spreads = np.array([np.sqrt(np.var(v.real, ddof=1) + np.var(v.imag, ddof=1)) for v in values])
    alike = [spread for law, spread in zip(laws, spreads, strict=True) if law.has_variance]
    common = np.sqrt(np.mean(np.square(alike))) if alike else 0.0
    return [
        UniversalityRow(
            law, biases, width, complex(np.mean(value)), limit,
            float(np.hypot(max(spread, common) / np.sqrt(value.size), _grain(z, eigenvalues))),
            eigenvalues,
        )
        for law, value, spread, eigenvalues in zip(laws, values, spreads, drawn, strict=True)
    ]  # fmt: skip


def _grain(z: complex, eigenvalues: NDArray[np.float64]) -> float:
    """1/(n Im z)."""
    return 1 / (eigenvalues.shape[1] * z.imag)


def _biased(network: Network, law: Law) -> Network:
    """The same network with other biases."""
    if isinstance(law, Normal) and law.args[0].is_zero:
        change = {"bias_variance": law.args[1], "biases": None}
    else:
        change = {"bias_variance": 0, "biases": law}
    return replace(network, layers=tuple(replace(layer, **change) for layer in network.layers))


def _eigenvalues(
    network: Network, weights: EntryLaw, width: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Of J Jᵀ of one network, at the module's top level so that it pickles."""
    signals = network.draw(width, rng, weights=weights)
    # residual networks have no law of their Jacobian, which was asked for before
    assert isinstance(signals, Signals)
    jacobian = signals.jacobian()
    return np.linalg.eigvalsh(jacobian @ jacobian.T).astype(float, copy=False)
