"""Outliers of batch Hessians: what noise does to the large eigenvalues of a loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from freeprob.errors import InvalidParameterError
from freeprob.landscapes.noisy import is_zero, scaled_noise
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import constant_of
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.free_product import boxtimes
from freeprob.laws.operations.free_sum import boxplus
from freeprob.laws.operations.rectangular import rectangular_boxplus
from freeprob.laws.operations.square import symmetrize
from freeprob.laws.subordination.outliers import KINDS
from freeprob.parameters import one_of

if TYPE_CHECKING:
    from freeprob.laws.subordination.outliers import Outliers


def outliers(
    bulk: Law,
    noise: Law,
    spikes: Any,
    kind: str = "additive",
    batch: Any = None,
    dps: int | None = None,
    ratio: Any = None,
) -> Outliers:
    """Outliers of a noisy Hessian whose true one has eigenvalues off its bulk.

    Additive: H = A + b^(-1/2) X, the bulk of A and the law of X given. An eigenvalue θ of A appears
    where ω_A(z) = θ, in the exterior at θ + s R_X(s G_A(θ)) with s = b^(-1/2), and its eigenvector
    has the squared overlap 1/ω_A'(z) with the true one. Multiplicative: A^½ X A^½, ``bulk`` the
    law of A, overlap θ/(z ω_A'(z)). Rectangular: singular values of A + b^(-1/2) X, such as a
    Jacobian's, ``bulk`` and ``noise`` the laws of A Aᵀ and X Xᵀ, with overlaps on both sides.

    Parameters
    ----------
    bulk
        Law of the true Hessian without its outliers; ``PointMass(0)`` for a degenerate one.
    noise
        Law of the noise, free from the true Hessian; delocalised eigenvectors are enough
        (Baskerville, Keating, Mezzadri, Najnudel, Granziol 2022).
    spikes
        Eigenvalues of the true Hessian off its bulk, a list or one number; singular values for
        ``"rectangular"``.
    kind
        ``"additive"``, ``"multiplicative"`` or ``"rectangular"``.
    batch
        Batch size b, where ``noise`` is that of one sample; not for the multiplicative kind.
    dps
        Digits. By default numbers are float64.
    ratio
        Rows over columns, for ``"rectangular"`` only. By default that of Marchenko-Pastur noise;
        other laws need it.

    Returns
    -------
    Outliers
        As of :meth:`freeprob.laws.base.Law.outliers`: ``Outlier(spike, location, overlap)`` by
        location, in every gap, with ``thresholds``, and a ``reason`` where there are none.

    Raises
    ------
    InvalidParameterError
        For other kinds, a noise that is 0, a batch that is not positive or not meant.
    UndefinedOperationError
        If a law of squares has mass below 0.

    Notes
    -----
    Sources: Granziol, Zohren, Roberts 2022 (semicircular noise); Baskerville, Keating, Mezzadri,
    Najnudel, Granziol 2022, whose printed hypotheses were not compared; Belinschi, Bercovici,
    Capitaine, Février 2017.

    Examples
    --------
    >>> from freeprob import PointMass, Semicircle
    >>> from freeprob.landscapes import outliers
    >>> (outlier,) = outliers(PointMass(0), Semicircle(4), [2], batch=16)
    >>> outlier.location, outlier.overlap
    (2.125, 0.9375)
    """
    if is_zero(noise, "noise"):
        raise InvalidParameterError("the noise is 0, and there is nothing to be moved by it")
    if one_of(kind, "kind", KINDS) == "rectangular":
        own = _ratio_of(noise) if ratio is None else ratio
        return _rectangular(bulk, scaled_noise(noise, batch, squares=True), spikes, own, dps)
    if ratio is not None:
        raise InvalidParameterError(f"a ratio belongs to kind='rectangular', not to {kind!r:.40}")
    noise = scaled_noise(noise, batch)
    if kind == "additive":
        if is_zero(bulk):
            return noise.outliers(spikes, dps=dps)
        return boxplus(bulk, noise).outliers(spikes, part=bulk, dps=dps)
    if batch is not None:
        raise InvalidParameterError(
            "a batch scales additive noise; multiplicative noise of b samples is its own law, such "
            "as MarchenkoPastur(parameters / b)"
        )
    if constant_of(bulk) == 1:
        return noise.outliers(spikes, kind=kind, dps=dps)
    return boxtimes(bulk, noise).outliers(spikes, part=bulk, kind=kind, dps=dps)


def _ratio_of(noise: Law) -> Any:
    """Rows over columns of Gaussian entries; of another law any might be meant."""
    if isinstance(noise, MarchenkoPastur):
        return noise.args[0]
    raise InvalidParameterError(
        f"kind='rectangular' needs ratio, rows over columns, such as ratio='1/2': {noise} may be "
        "the law of X Xᵀ of any shape"
    )


def _rectangular(bulk: Law, noise: Law, spikes: Any, ratio: Any, dps: int | None) -> Outliers:
    """Singular values, given the laws of squares."""
    singular = symmetrize(noise)
    if is_zero(bulk):
        return noise.outliers(spikes, kind="rectangular", ratio=ratio, dps=dps)
    part = symmetrize(bulk)
    law = rectangular_boxplus(part, singular, ratio)
    return law.outliers(spikes, part=part, kind="rectangular", dps=dps)
