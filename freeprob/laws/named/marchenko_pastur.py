"""The Marchenko-Pastur law."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from freeprob.exact.systems.leaves import from_inverse
from freeprob.exact.systems.system import System
from freeprob.laws.base import Law
from freeprob.parameters import exact, require

if TYPE_CHECKING:
    from freeprob.ensembles import Model


@final
class MarchenkoPastur(Law):
    """Marchenko-Pastur law of XXᵀ/columns: R(w) = v/(1 - c v w).

    Parameters
    ----------
    ratio
        c = rows/columns of X, positive. For c > 1 there is an atom 1 - 1/c at 0.
    variance
        v, the variance of the entries of X, positive; also the law's mean.

    Notes
    -----
    Source: Marchenko-Pastur 1967.

    Examples
    --------
    >>> from freeprob import MarchenkoPastur
    >>> MarchenkoPastur(0.5)
    MarchenkoPastur(1/2, 1)
    """

    _short: ClassVar[str] = "MP"
    _defaults: ClassVar[tuple[int, ...]] = (1,)

    def __new__(cls, ratio: object, variance: object = 1) -> MarchenkoPastur:
        """Check and read the parameters."""
        ratio, variance = exact(ratio, "ratio"), exact(variance, "variance")
        require(ratio > 0, f"ratio = rows/columns must be positive, got {ratio}")
        require(variance > 0, f"variance must be positive, got {variance}")
        return super().__new__(cls, ratio, variance)

    def _system(self) -> System:
        ratio, variance = self.args
        return from_inverse(lambda g: 1 / g + variance / (1 - ratio * variance * g))

    def _matrix_model(self) -> Model:
        from freeprob.ensembles import Affine, Wishart

        ratio, variance = map(float, self.args)
        return Affine(Wishart(ratio), scale=variance)

    def _on_half_line(self) -> bool | None:
        return True
