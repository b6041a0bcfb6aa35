"""The spectrum of the Fisher matrix of a network of one hidden layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.mixture import mixture
from freeprob.nets.activations.network_arguments import (
    checked_activation,
    finite_mean_square,
    positive,
)
from freeprob.nets.expectations.images import image
from freeprob.nets.spectra.features import one_feature
from freeprob.parameters import many

_S, _T = sp.symbols("s t")


def fisher_law(f: Any, shapes: Sequence[Any] = (1, 1, 1)) -> Law:
    r"""Limit law of E JᵀJ over Gaussian inputs, J the Jacobian of W₂ f(W₁ x) by both matrices.

    Entries have variance 1/n₀ in W₁ and 1/n₁ in W₂. For squared singular values s of W₂ and t of
    W₁, independent as classical variables, the eigenvalues are those of

    .. math:: \begin{pmatrix} \zeta s + c_1 & \zeta\sqrt{st} \\ \zeta\sqrt{st} & \zeta t + c_2
              \end{pmatrix}, \quad c_1 = (\eta' - \zeta)\,\frac{n_2}{n_1}, \quad c_2 = \eta - \zeta,

    with η = Var f, ζ = (E f')², η' = E f'², and ζs + c₁, ζt + c₂, c₁ and c₂ for directions that
    one of the matrices does not see. A linear f has c₁ = c₂ = 0: half of the spectrum of equal
    layers is 0. Any other f has none there.

    Parameters
    ----------
    f : Activation
        It counts as centred by its mean.
    shapes
        n₀, n₁, n₂ up to a common factor.

    Returns
    -------
    Law
        A mixture of images; for G off the real axis, moments and samples, see :func:`image`.

    Raises
    ------
    InvalidParameterError
        For shapes that are not three positive numbers.
    UndefinedOperationError
        If E f'² is infinite, as of an activation that jumps.

    Notes
    -----
    The mean eigenvalue is (n₀n₂ η' + n₁n₂ η)/(n₁(n₀ + n₂)). Of the finite matrix O(n) of the O(n²)
    eigenvalues are larger. Source: Pennington-Worah 2018.

    Examples
    --------
    >>> from freeprob import nets
    >>> nets.fisher_law(nets.linear).atoms()
    {0: 1/2}
    >>> print(nets.fisher_law(nets.relu).cauchy(-1, dps=20).real)
    -0.74198092617881936194
    """
    activation, feature = checked_activation(f), one_feature(f)
    sizes = [positive(size, "a shape") for size in many(shapes, "shapes")]
    if len(sizes) != 3 or any(size.free_symbols for size in sizes):
        raise InvalidParameterError(f"shapes are three numbers n0, n1, n2, got {shapes!r:.80}")
    slope = finite_mean_square(activation, 1, derivative=1)
    n0, n1, n2 = sizes
    zeta = feature.zeta
    first, second = (slope - zeta) * n2 / n1, feature.eta - zeta
    rank1, rank2 = sp.Min(n0, n1), sp.Min(n1, n2)
    laws = {_S: _nonzero(n1 / n2, n2 / n1), _T: _nonzero(n1 / n0, sp.S.One)}
    cross = zeta * sp.sqrt(_S * _T)
    pair = sp.Matrix([[zeta * _S + first, cross], [cross, zeta * _T + second]])
    counts = [
        (image(pair, laws), 2 * rank1 * rank2),
        (image(zeta * _S + first, {_S: laws[_S]}), rank2 * (n0 - rank1)),
        (PointMass(first), n0 * (n1 - rank2)),
        (image(zeta * _T + second, {_T: laws[_T]}), rank1 * (n2 - rank2)),
        (PointMass(second), n2 * (n1 - rank1)),
    ]
    shares: dict[Law, sp.Expr] = {}
    for law, number in counts:
        if number != 0:
            shares[law] = shares.get(law, sp.S.Zero) + number / (n1 * (n0 + n2))
    return mixture(shares) if len(shares) > 1 else next(iter(shares))


def _nonzero(ratio: sp.Expr, mean: sp.Expr) -> Law:
    """Of W Wᵀ, W with rows over columns = ratio, without the zeros of rows too many."""
    if ratio > 1:
        return MarchenkoPastur(1 / ratio, mean * ratio)
    return MarchenkoPastur(ratio, mean)
