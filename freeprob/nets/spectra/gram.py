"""Gram matrices of nonlinear layers: one layer, layer after layer, and their tangent kernel."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sympy as sp

from freeprob.errors import InvalidParameterError, UndefinedOperationError
from freeprob.exact.moments.moments import moments
from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.laws.named.atomic import PointMass
from freeprob.laws.named.compound_free_poisson import CompoundFreePoisson
from freeprob.laws.named.marchenko_pastur import MarchenkoPastur
from freeprob.laws.operations.companion import Companion
from freeprob.laws.operations.free_product import boxtimes
from freeprob.laws.operations.square import symmetrize
from freeprob.models.letters.gaussian_letters import Ginibre
from freeprob.models.letters.spectral_letters import Deterministic
from freeprob.models.limit_laws.law import law as law_of
from freeprob.nets.activations.activations import Activation
from freeprob.nets.activations.network_arguments import checked_activation, finite_mean_square
from freeprob.nets.spectra.feature_laws import length_of
from freeprob.nets.spectra.features import Feature, features, one_feature
from freeprob.parameters import exact, many, require

# means of activations are known to 20 digits, those of floats to 16: other numbers than 0 or 1
_UNIT = 1e-12


def gram_law(f: Any, phi: Any, psi: Any, data: Law | None = None) -> Law:
    """Law of M = YYᵀ/m, Y = f(WX) of size n₁ x m with φ = n₀/m, ψ = n₀/n₁.

    W is n₁ x n₀ with variance 1/n₀, X is n₀ x m with columns of squared length n₀. Given X, rows of
    Y behave like Gaussian ones of covariance ζ XᵀX/n₀ + (η - ζ), so the description is
    ``CompoundFreePoisson(ψ/φ, data.dilate(ζ).shift(η - ζ)).dilate(φ/ψ)``. For Gaussian data
    elimination gives the quartic of Pennington and Worah. Columns of another squared length q n₀
    count as length 1: η and ζ are those of f at q.

    Parameters
    ----------
    f
        An activation, which counts as centred by its mean (the mean adds one outlier, about n₁
        mean²: the square of its place is ``law.outliers([mean·√n₁], kind="rectangular",
        ratio=φ/ψ)``); a pair (η, ζ) of numbers or symbols; or a mixture ``{f: weight}`` of features
        that share their data.
    phi, psi
        n₀/m and n₀/n₁, positive.
    data
        Law of XᵀX/n₀; its mean is the q that f sees. By default ``MarchenkoPastur(1/φ)``: iid data
        of q = 1.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        For ratios that are not positive, ζ > η, weights that do not sum to 1, other arguments, data
        of mean 0.
    UndefinedOperationError
        For a data law with mass below 0 or without a mean.

    Notes
    -----
    Source: Pennington-Worah 2017, theorem 1; Péché 2019; Fan-Wang 2020 (the covariance of rows).
    Mixtures: the same argument, feature by feature.

    Examples
    --------
    >>> from freeprob import nets
    >>> law = nets.gram_law(nets.sign, 1, 1)
    >>> print(f"{law.cauchy(-1.0).real:.12f}")
    -0.642189372189
    """
    phi, psi = _ratio(phi, "phi"), _ratio(psi, "psi")
    data, q = (MarchenkoPastur(1 / phi), sp.S.One) if data is None else unit_data(data)
    kinds = features(f, q)
    if len(kinds) > 1:
        # AᵀA and AAᵀ of A = Yᵀ/√m, of size m x n₁, so nothing is left to check
        return Companion(_shared_data(kinds, phi, psi, data), psi / phi)
    return CompoundFreePoisson(psi / phi, _rows(next(iter(kinds)), data)).dilate(phi / psi)


def propagate(law: Law, f: Any, ratio: Any) -> Law:
    """Law of X₁ᵀX₁, X₁ = f(W X₀)/√d, from that of X₀ᵀX₀: MP(n/d) ⊠ (ζ law + η - ζ).

    The mean q of ``law`` is the squared length of the columns of X₀; η and ζ are those of f at q.
    An activation with ζ = 0 forgets the data: the result is Marchenko-Pastur.

    Parameters
    ----------
    law
        Law of X₀ᵀX₀, n x n, on the half line.
    f
        An activation, or a pair (η, ζ).
    ratio
        n/d, samples over width.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError, UndefinedOperationError
        As :func:`gram_law`.

    Notes
    -----
    Source: Fan-Wang 2020, theorem 3.4; Benigni-Péché 2019.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob import PointMass, nets
    >>> eta, zeta = sp.symbols("eta zeta", positive=True)
    >>> nets.propagate(PointMass(1), (eta, zeta), 2).moments(2)
    [eta, 3*eta**2]
    """
    law = the_law(law, "propagate")
    if law.on_half_line is False:
        raise UndefinedOperationError(
            f"{law} has mass below 0, so it is no law of a Gram matrix: of a law of singular "
            "values give law.square()"
        )
    # the system's own mean: a formula as long as a page would make the next layer's a book
    ratio, (q,) = _ratio(ratio, "ratio"), moments(law.system, 1)
    require(q > 0, f"the law of a Gram matrix has a positive mean, got {q}")
    feature = one_feature(f, q)
    return boxtimes(MarchenkoPastur(ratio), _rows(feature, law.dilate(1 / q)))


def conjugate_kernel_law(f: Any, ratios: Sequence[Any], data: Law | None = None) -> Law:
    """Law of the conjugate kernel X_LᵀX_L of L nonlinear layers, X_l = f(W_l X_{l-1})/√d_l.

    :func:`propagate` once for every layer.

    Parameters
    ----------
    f
        An activation, or a pair (η, ζ), the same in every layer; normalise it first
        (``f.centered(1).normalized(1)``) so that all layers see inputs of length 1.
    ratios
        n/d_l of the hidden layers, first layer first.
    data
        Law of X₀ᵀX₀. By default ``PointMass(1)``: orthonormal inputs.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError, UndefinedOperationError
        As :func:`gram_law`.

    Notes
    -----
    Source: Fan-Wang 2020, theorem 3.4.

    Examples
    --------
    >>> from freeprob import nets
    >>> nets.conjugate_kernel_law((1, "1/2"), [1, 1]).moments(3)
    [1, 9/4, 53/8]
    """
    law = PointMass(1) if data is None else the_law(data, "conjugate_kernel_law")
    return reduce(lambda seen, ratio: propagate(seen, f, ratio), _ratios(ratios), law)


def ntk_law(f: Activation, ratios: Sequence[Any], data: Law | None = None) -> Law:
    """Law of the tangent kernel of L nonlinear layers at initialisation, on n samples.

    It is that of r + X_LᵀX_L + Σ_{l<L} b^{2(L-l)} X_lᵀX_l with b = E f', a = E f'² and
    r = Σ_{l<L} (a^{L-l} - b^{2(L-l)}), where X_l acts like (b W_l X_{l-1} + √(1 - b²) Z_l)/√d_l: a
    matrix expression in Gaussian letters.

    Parameters
    ----------
    f
        An activation with E f = 0 and E f² = 1 (``f.centered(1).normalized(1)``).
    ratios
        n/d_l of the hidden layers, first layer first.
    data
        Law of X₀ᵀX₀, of mean 1. By default ``PointMass(1)``: orthonormal inputs.

    Returns
    -------
    Law

    Raises
    ------
    InvalidParameterError
        If f is not normalised, data have another mean than 1, or ratios are not positive.
    UndefinedOperationError
        If E f'² is infinite, or for a data law with mass below 0.

    Notes
    -----
    Source: Fan-Wang 2020, theorem 3.7.

    Examples
    --------
    >>> from freeprob import nets
    >>> nets.ntk_law(nets.linear, [1]).moments(2)
    [2, 5]
    """
    ratios = _ratios(ratios)
    feature = one_feature(checked_activation(f))
    _require_normalised(f, feature)
    slope = finite_mean_square(f, 1, derivative=1)
    n = sp.Symbol("n", positive=True)
    identity = sp.Identity(n)
    inputs = identity if data is None else Deterministic("R", symmetrize(_unit_inputs(data)), n)
    grams = [inputs * inputs]
    layer = inputs
    for index, ratio in enumerate(ratios, 1):
        layer = _layer(feature, layer, n / ratio, n, ratio / n, index)
        grams.append(layer.T * layer)
    depth = len(ratios)
    powers = [(feature.zeta ** (depth - k), slope ** (depth - k)) for k in range(depth)]
    rest = sp.Add(*(r - q for q, r in powers))
    total = grams[-1]
    for (weight, _), gram in zip(powers, grams, strict=False):
        total = total + weight * gram
    return law_of(total + rest * identity)


def _layer(
    feature: Feature, before: Any, rows: sp.Expr, n: sp.Symbol, scale: sp.Expr, index: int
) -> sp.MatrixExpr:
    """W X + Z with variances ζ and η - ζ times a scale: it acts like f(W X) at unit variance."""
    terms = []
    if not feature.zeta.is_zero:
        name = f"W_{index}"
        terms.append(Ginibre(name, rows, before.shape[0], feature.zeta * scale) * before)
    if feature.eta != feature.zeta:
        terms.append(Ginibre(f"Z_{index}", rows, n, (feature.eta - feature.zeta) * scale))
    return sp.MatAdd(*terms).doit() if len(terms) > 1 else terms[0]


def _rows(feature: Feature, data: Law) -> Law:
    """Law of the covariance ζ XᵀX/n₀ + (η - ζ) of rows."""
    return data.dilate(feature.zeta).shift(feature.eta - feature.zeta)


def _shared_data(kinds: Sequence[Feature], phi: sp.Expr, psi: sp.Expr, data: Law) -> Law:
    """Law of YᵀY/m for rows of several kinds, as an expression with XᵀX/n₀ = R² shared."""
    m = sp.Symbol("m", positive=True)
    root = Deterministic("R", symmetrize(data), m)
    total = None
    for index, kind in enumerate(kinds, 1):
        part = _layer(kind, root, kind.weight * phi / psi * m, m, 1 / m, index)
        total = part.T * part if total is None else total + part.T * part
    return law_of(total)


def _require_normalised(f: Activation, feature: Feature) -> None:
    """E f = 0 and E f² = 1, decided to _UNIT where they are no closed forms."""
    for value, wanted, name in ((f.mean(1), 0, "mean"), (feature.eta, 1, "variance")):
        if value.free_symbols:
            continue
        if abs(sp.N(value - wanted, 20)) > _UNIT:
            raise InvalidParameterError(
                f"{f} has {name} {sp.N(value, 6)} at q = 1 instead of {wanted}: tangent kernels "
                "are of f.centered(1).normalized(1)"
            )


def _unit_inputs(data: object) -> Law:
    """Data whose mean is 1 as far as their decimals go: f is normalised for inputs of length 1."""
    law = gram_data(data)
    q = positive_length(law)
    if not q.free_symbols and abs(sp.N(q - 1, 20)) > _UNIT:
        raise InvalidParameterError(
            f"tangent kernels are of inputs of squared length 1, and the data law has mean "
            f"{sp.N(q, 6)}: draw the length into f, and give data.dilate(1/data.mean)"
        )
    return law


def gram_data(data: object) -> Law:
    """Read a law of a Gram matrix: it has no mass below 0."""
    data = the_law(data, "data")
    if data.on_half_line is False:
        raise UndefinedOperationError(
            f"the data law {data} has mass below 0, and it is that of the Gram matrix XᵀX/n₀: of a "
            "law of singular values give law.square(), of data Empirical(eigenvalues)"
        )
    return data


def positive_length(law: Law) -> sp.Expr:
    """The mean of a law of inputs that do not vanish."""
    q = length_of(law)
    require(
        q > 0,
        f"the mean of the data law, |x|²/n₀ of the inputs, must be positive, got {q}",
    )
    return q


def unit_data(data: object) -> tuple[Law, sp.Expr]:
    """A law of a Gram matrix brought to mean 1, and the length that activations see."""
    law = gram_data(data)
    q = positive_length(law)
    return law if q == 1 else law.dilate(1 / q), q


def _ratio(value: Any, name: str) -> sp.Expr:
    ratio = exact(value, name)
    require(ratio > 0, f"{name} must be positive, got {ratio}")
    return ratio


def _ratios(values: Any) -> list[sp.Expr]:
    ratios = [_ratio(value, "ratio") for value in many(values, "ratios, one n/d for each layer,")]
    if not ratios:
        raise InvalidParameterError("at least one hidden layer is needed")
    return ratios
