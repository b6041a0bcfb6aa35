"""Noise that is not rotated at random, with eigenvectors that are spread over all directions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from freeprob.laws.arguments import the_law
from freeprob.laws.base import Law
from freeprob.parameters import count, generator

Array = NDArray[np.float64]


def delocalised_noise(law: Law, n: int, rng: Any = 0) -> Array:
    """A symmetric matrix of a given law whose eigenvectors are waves with random signs.

    Eigenvalues are the quantiles of the law at (k + ½)/n in random order; eigenvectors are the
    columns of the discrete Hartley matrix, cos + sin of 2πjk/n over √n, each row with a random
    sign. There are n! 2^n such matrices, far from the rotations; but components of eigenvectors
    along fixed directions are of order n^(-1/2) as under quantum unique ergodicity, and outliers
    follow the same formulas (Baskerville et al. 2022, arXiv 2205.08601; hypotheses not compared).

    Parameters
    ----------
    law
        Law of the noise, without free symbols.
    n
        Dimension.
    rng
        Seed or generator.

    Returns
    -------
    numpy.ndarray
        n x n.

    Raises
    ------
    InvalidParameterError
        If the law is none, or n no positive whole number.

    Examples
    --------
    >>> import numpy as np
    >>> from freeprob import Semicircle
    >>> from freeprob.landscapes.experiments import delocalised_noise
    >>> noise = delocalised_noise(Semicircle(1), 100)
    >>> print(f"{np.trace(noise @ noise) / 100:.2f}")
    1.00
    """
    spectrum, size = the_law(law, "law"), count(n, "n", least=1)
    stream = generator(rng)
    values = stream.permutation(np.asarray(spectrum.quantile((np.arange(size) + 0.5) / size)))
    angles = 2 * np.pi / size * (np.outer(np.arange(size), np.arange(size)) % size)
    vectors = (np.cos(angles) + np.sin(angles)) / np.sqrt(size)
    vectors *= stream.choice([-1.0, 1.0], size)[:, None]
    return (vectors * values) @ vectors.T
