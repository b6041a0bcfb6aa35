"""Theory against simulation, each statistic on the scale on which it fluctuates."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from freeprob.ensembles.apart import outliers, parted
from freeprob.ensembles.drawn import Drawn
from freeprob.ensembles.extremes import edges
from freeprob.ensembles.linear_statistics import moments, transforms
from freeprob.ensembles.mass_statistics import atoms, kolmogorov
from freeprob.ensembles.model import Model
from freeprob.ensembles.resolution import Resolution
from freeprob.ensembles.rounded_masses import eigenvalues_off
from freeprob.ensembles.spectra import Sampler, spectra
from freeprob.ensembles.theory import Statistic, Theory, shown
from freeprob.errors import InvalidParameterError
from freeprob.parameters import finite, generator, reals
from freeprob.tables import html_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# deviations, in scales, at which a statistic fails
_LIMIT = 4.0
# up to this size corrections of order 1/n² are as large as those of order 1/n that are allowed for
_TOO_SMALL = 10
# the bias is seen on matrices that many times smaller, which cost next to nothing
_SHRINK = 4
_LEAST = 1e-290  # points and widths of smaller spectra would be subnormal


class Verdict(Enum):
    """What a :class:`Comparison` says."""

    AGREE = "agree"
    DISAGREE = "DISAGREE"
    TOO_SMALL = "too small to tell"


@dataclass(frozen=True)
class Comparison:
    """Theory against simulation; made by :func:`compare`, ``law.check`` and ``freeprob.check``.

    It is true in a condition if theory and simulation agree, as ``passed`` says.

    Parameters
    ----------
    statistics
        One :class:`Statistic` for every moment, value of G, atom and edge, and one for the
        Kolmogorov distance.
    spectra
        The eigenvalues, one row per draw.
    limit
        The deviation above which a statistic fails.
    """

    statistics: tuple[Statistic, ...]
    spectra: np.ndarray = field(repr=False, compare=False)
    limit: float = _LIMIT

    @property
    def worst(self) -> Statistic:
        """The statistic of largest deviation."""
        return max(self.statistics, key=lambda statistic: statistic.deviation)

    @property
    def verdict(self) -> Verdict:
        """Whether theory and simulation agree, disagree, or the matrices are too small to tell.

        Limit laws hold up to O(1/n): matrices of size 10 or less say neither yes nor no.
        """
        if self.spectra.shape[1] <= _TOO_SMALL:
            return Verdict.TOO_SMALL
        return Verdict.AGREE if self.worst.deviation <= self.limit else Verdict.DISAGREE

    @property
    def passed(self) -> bool:
        """Whether theory and simulation agree: False also if the matrices are too small to tell."""
        return self.verdict is Verdict.AGREE

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        return self.summary()

    def summary(self) -> str:
        """The verdict and a table of all statistics, as text."""
        draws, n = self.spectra.shape
        drawn = f"{draws} {'matrix' if draws == 1 else 'matrices'} of size {n}"
        if self.verdict is Verdict.TOO_SMALL:
            headline = f"{self.verdict.value}: {drawn}; a limit law shows from n = 100 on"
        else:
            headline = (
                f"theory and simulation {self.verdict.value}: {drawn}, largest deviation "
                f"{self.worst.deviation:.2g} scales ({self.worst.name}), limit {self.limit:g}"
            )
        lines = [
            headline,
            f"{'statistic':<24} {'simulation':>24} {'theory':>24} {'scale':>9} {'deviation':>9}",
        ]
        for item in self.statistics:
            lines.append(
                f"{item.name:<24} {shown(item.value):>24} {shown(item.theory):>24} "
                f"{item.scale:>9.1e} {item.deviation:>9.2f}{'  FAILED' * self._fails(item)}"
            )
        return "\n".join(lines)

    def _fails(self, item: Statistic) -> bool:
        """Whether a statistic is a reason for disagreement."""
        return self.verdict is Verdict.DISAGREE and bool(item.deviation > self.limit)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how far each statistic is from the theory, in scales.

        Parameters
        ----------
        ax
            Axes to draw on; by default pyplot's current axes.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is not installed.
        """
        from freeprob.plotting import plot_comparison

        return plot_comparison(self, ax=ax)

    def _repr_html_(self) -> str:
        """The table of the summary, rows tinted by verdict."""
        head = ("statistic", "simulation", "theory", "scale", "deviation", "")
        rows, verdicts = [], []
        for item in self.statistics:
            bad = self._fails(item)
            numbers = shown(item.value), shown(item.theory), f"{item.scale:.1e}"
            rows.append((item.name, *numbers, f"{item.deviation:.2f}", "FAILED" * bad))
            verdicts.append("" if self.verdict is Verdict.TOO_SMALL else "bad" if bad else "good")
        return html_table(head, rows, self.summary().partition("\n")[0], verdicts)


def compare(
    spectra: np.ndarray,
    theory: Theory,
    limit: float = _LIMIT,
    *,
    smaller: np.ndarray | None = None,
    misplaced: float = 0.0,
) -> Comparison:
    """Compare eigenvalues of independent draws with what a law predicts.

    Spectra of rotationally invariant matrices are rigid: a linear statistic (1/n) Σ f(λᵢ)
    fluctuates like 1/n, not 1/√n, and in real matrices its mean differs from the limit by
    O(1/n). The scale of a statistic is its standard error, from the spread of the draws,
    together with its bias. With spectra of a smaller size the bias is measured: it is what the
    statistic changes between the sizes, extrapolated, and half an eigenvalue. Without them it is
    taken to be 1.5 eigenvalues, which is too little for words of degree 3 and more in real
    letters. The Kolmogorov distance is also allowed the distance of single draws from their mean
    and (1 + log n / π)/n. An edge is compared with the extreme eigenvalue (median of the draws):
    outside the support by its distance, on the scale of the distance in which the law has its
    second and third eigenvalue; inside by the number of eigenvalues that the law has beyond it.
    Within rounding of atoms and edges only numbers of eigenvalues are compared. Outliers that the
    theory knows are taken out first, the nearest eigenvalue for each, and compared by themselves.
    Of matrices with diagonal factors of independent entries, which the theory counts, statistics
    fluctuate like 1/√n, as :class:`IndependentEntries` says.

    Parameters
    ----------
    spectra
        Eigenvalues, shape ``(draws, n)``.
    theory
        The law's predictions.
    limit
        The deviation, in scales, above which a statistic fails.
    smaller
        Eigenvalues of the same kind of matrices at a smaller size, at least two, from as many
        draws.
    misplaced
        Eigenvalues by which given matrices that were used are off, their masses being rounded to
        multiples of 1/n, all together: it is allowed to every statistic.

    Returns
    -------
    Comparison
        With one line for every statistic.

    Raises
    ------
    InvalidParameterError
        When ``spectra`` is not a two-dimensional array of finite numbers, ``theory`` no
        :class:`Theory`, ``limit`` not positive, or ``smaller`` not smaller.

    Notes
    -----
    A. Lytova, L. Pastur, Ann. Probab. 37 (2009) 1778 (linear statistics, bias);
    C. A. Tracy, H. Widom, Comm. Math. Phys. 177 (1996) 727 (edges); J. Gustavsson, Ann. Inst.
    H. Poincaré 41 (2005) 151 (√(log n)/n for single eigenvalues).

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob.ensembles import Gaussian, spectra
    >>> def cdf(x):
    ...     x = np.clip(x, -2, 2)
    ...     return 0.5 + x * np.sqrt(4 - x**2) / (4 * np.pi) + np.arcsin(x / 2) / np.pi
    >>> def cauchy(z):
    ...     return (z - np.sqrt(z - 2) * np.sqrt(z + 2)) / 2
    >>> semicircle = Theory(cdf, cauchy, moments=(0, 1, 0, 2), cuts=((-2, 2),))
    >>> compare(spectra(Gaussian(1.0), 200, 4, rng=0), semicircle).passed
    True
    >>> compare(spectra(Gaussian(1.1), 200, 4, rng=0), semicircle).passed
    False
    """
    require_theory(theory)
    limit = finite(limit, "limit, a deviation in scales,")
    if limit <= 0:
        raise InvalidParameterError(f"limit = {limit}: a deviation in scales, such as 4")
    spectra = _sorted(spectra)
    places = [outlier.location for outlier in theory.outliers]
    inside, apart = parted(spectra, places)
    resolution = Resolution.of(theory, inside)
    small, apart_small = None, None
    if smaller is not None:
        small = _sorted(smaller)
        if len(small) != len(spectra) or not 2 <= small.shape[1] < spectra.shape[1]:
            raise InvalidParameterError(
                f"smaller has shape {small.shape} beside {spectra.shape}: give as many draws of "
                "matrices of a smaller size, at least 2"
            )
        small, apart_small = parted(small, places)
        small = resolution.snapped(small)
    misplaced = finite(misplaced, "misplaced, a number of eigenvalues,")
    drawn = Drawn(resolution.snapped(inside), small, misplaced)
    sizes = spectra.shape[1], 0 if smaller is None else np.shape(smaller)[1]
    statistics = (
        *outliers(apart, apart_small, sizes, theory.outliers),
        *moments(drawn, theory),
        *transforms(drawn, theory),
        kolmogorov(drawn, resolution),
        *atoms(drawn, resolution),
        *edges(drawn.large, resolution),
    )
    return Comparison(statistics, spectra, limit)


def _sorted(spectra: np.ndarray) -> np.ndarray:
    """Finite eigenvalues, ascending along the rows."""
    spectra = reals(spectra, "spectra")
    if spectra.ndim != 2 or spectra.size == 0 or not np.all(np.isfinite(spectra)):
        raise InvalidParameterError(
            f"spectra of shape {spectra.shape}: give finite eigenvalues, one row for each draw"
        )
    if 0 < np.abs(spectra).max() < _LEAST:
        raise InvalidParameterError(
            f"the largest eigenvalue is {np.abs(spectra).max():g}, below what float64 computes "
            "with: choose other units"
        )
    return np.sort(spectra)


def simulated(
    model: Model | Sampler,
    theory: Theory,
    n: int,
    draws: int,
    rng: int | np.random.Generator | None = 0,
    *,
    beta: int = 1,
    executor: Executor | None = None,
    progress: bool = False,
) -> Comparison:
    """Draw matrices of a model at two sizes and compare them with what a law predicts.

    Parameters
    ----------
    model, n, draws, rng, beta, executor, progress
        As for :func:`spectra`; the matrices that show the bias have a quarter of the size.
    theory
        The law's predictions.

    Returns
    -------
    Comparison
        For matrices of size ``n``.

    Raises
    ------
    InvalidParameterError
        As :func:`spectra` and :func:`compare`.

    Examples
    --------
    >>> from freeprob.ensembles import Gaussian
    >>> semicircle = Theory(lambda x: 0 * x, lambda z: 1 / z, cuts=((-2, 2),))
    >>> simulated(Gaussian(1.0), semicircle, n=5, draws=2).verdict
    <Verdict.TOO_SMALL: 'too small to tell'>
    """
    require_theory(theory)
    parent = generator(rng)
    options = {"beta": beta, "executor": executor, "progress": progress}
    large = spectra(model, n, draws, parent, **options)
    if n <= _TOO_SMALL:
        return compare(large, theory)
    off = eigenvalues_off(model, n)
    small = spectra(model, n // _SHRINK, draws, parent, **options)
    return compare(large, theory, smaller=small, misplaced=off)


def require_theory(theory: object) -> None:
    """Refuse anything else."""
    if not isinstance(theory, Theory):
        raise InvalidParameterError(
            f"theory is what a law predicts, a Theory, not {type(theory).__name__}; "
            "a law itself is compared by law.check()"
        )
