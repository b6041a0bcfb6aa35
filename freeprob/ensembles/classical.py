"""Samplers of the classical ensembles, real (``beta=1``) and complex (``beta=2``)."""

from __future__ import annotations

import numpy as np

from freeprob.errors import InvalidParameterError
from freeprob.memory import require_memory
from freeprob.parameters import count, finite, generator, require

_LARGEST = 10**10  # one row of these would fill the memory; of matrices the memory itself tells


def ginibre(rows: int, columns: int, rng: np.random.Generator, beta: int = 1) -> np.ndarray:
    """Matrix of independent centred Gaussian entries of variance 1.

    Parameters
    ----------
    rows, columns
        Shape of the matrix.
    rng
        Source of randomness; it is advanced.
    beta
        1 for real entries, 2 for complex ones with E|x|² = 1 and E x² = 0.

    Returns
    -------
    numpy.ndarray
        Shape ``(rows, columns)``, ``float64`` or ``complex128``.

    Raises
    ------
    InvalidParameterError
        When ``beta`` is neither 1 nor 2, or memory does not hold the matrix.

    Notes
    -----
    J. Ginibre, J. Math. Phys. 6 (1965) 440.

    Examples
    --------
    >>> import numpy as np
    >>> ginibre(2, 3, np.random.default_rng(0), beta=2).shape
    (2, 3)
    """
    rows, columns = (count(size, "a dimension", most=_LARGEST) for size in (rows, columns))
    rng, known = generator(rng), isinstance(beta, int | np.integer)
    if known and beta == 1:
        require_memory((rows, columns), "a matrix")
        return rng.standard_normal((rows, columns))
    if known and beta == 2:
        require_memory((rows, 2 * columns), "real and imaginary parts of a matrix")
        pairs = rng.standard_normal((rows, 2 * columns))
        pairs *= np.sqrt(0.5)
        return pairs.view(np.complex128)
    raise InvalidParameterError(
        f"beta = {beta}: matrices here have real (beta=1) or complex (beta=2) entries; use 1 or 2"
    )


def gaussian(n: int, rng: np.random.Generator, variance: float = 1.0, beta: int = 1) -> np.ndarray:
    """Matrix of the Gaussian orthogonal (``beta=1``) or unitary (``beta=2``) ensemble.

    Off-diagonal entries have variance ``variance / n``, so that the spectrum tends to the
    semicircle law of that variance, on [-2 √variance, 2 √variance]; diagonal entries have
    variance ``2 variance / (beta n)``.

    Parameters
    ----------
    n
        Size.
    rng
        Source of randomness; it is advanced.
    variance
        Variance of the limit law.
    beta
        1 for the GOE, 2 for the GUE.

    Returns
    -------
    numpy.ndarray
        A self-adjoint ``n × n`` matrix.

    Raises
    ------
    InvalidParameterError
        When ``beta`` is neither 1 nor 2, or memory does not hold the matrix.

    Notes
    -----
    M. L. Mehta, Random Matrices (2004), chapter 2.

    Examples
    --------
    >>> import numpy as np
    >>> h = gaussian(400, np.random.default_rng(0), variance=4)
    >>> bool(np.array_equal(h, h.T)), round(float(np.mean(np.linalg.eigvalsh(h) ** 2)), 1)
    (True, 4.0)
    """
    spread = finite(variance, "variance")
    require(spread >= 0, f"variance must be at least 0, got {variance!s:.80}")
    entries = ginibre(n, n, rng, beta)
    entries *= np.sqrt(spread / (2 * max(n, 1)))
    return entries + entries.conj().T


def wishart(rows: int, columns: int, rng: np.random.Generator, beta: int = 1) -> np.ndarray:
    """Matrix X X* / columns of a :func:`ginibre` matrix X.

    The spectrum tends to the Marchenko-Pastur law of ratio rows / columns, with mean 1.

    Parameters
    ----------
    rows, columns
        Shape of X.
    rng
        Source of randomness; it is advanced.
    beta
        1 for real, 2 for complex entries.

    Returns
    -------
    numpy.ndarray
        A positive semidefinite ``rows × rows`` matrix.

    Raises
    ------
    InvalidParameterError
        When ``beta`` is neither 1 nor 2, or memory does not hold the matrix.

    Notes
    -----
    V. A. Marchenko, L. A. Pastur, Math. USSR Sb. 1 (1967) 457.

    Examples
    --------
    >>> import numpy as np
    >>> w = wishart(200, 400, np.random.default_rng(0))
    >>> round(float(np.mean(np.linalg.eigvalsh(w))), 1)
    1.0
    """
    count(columns, "a dimension", least=1, most=_LARGEST)
    x = ginibre(rows, columns, rng, beta)
    require_memory(2 * x.shape[:1], "a matrix")
    return x @ x.conj().T / columns


def haar(n: int, rng: np.random.Generator, columns: int | None = None, beta: int = 1) -> np.ndarray:
    """Haar distributed orthogonal (``beta=1``) or unitary (``beta=2``) matrix.

    Computed as the Q of a QR decomposition whose R has a positive diagonal; without that
    normalisation the eigenvalues of Q would be far from uniform on the circle.

    Parameters
    ----------
    n
        Size.
    rng
        Source of randomness; it is advanced.
    columns
        Number of columns to return, at most ``n`` (all of them by default): a uniformly
        distributed orthonormal frame.
    beta
        1 for the orthogonal, 2 for the unitary group.

    Returns
    -------
    numpy.ndarray
        Shape ``(n, columns)`` with orthonormal columns.

    Raises
    ------
    InvalidParameterError
        When there are more columns than rows, ``beta`` is neither 1 nor 2, or memory does not
        hold the matrix.

    Notes
    -----
    F. Mezzadri, Notices AMS 54 (2007) 592, section 5.

    Examples
    --------
    >>> import numpy as np
    >>> u = haar(5, np.random.default_rng(0))
    >>> bool(np.allclose(u @ u.T, np.eye(5)))
    True
    """
    n = count(n, "a dimension", least=1, most=_LARGEST)
    columns = n if columns is None else count(columns, "columns", most=_LARGEST)
    if columns > n:
        raise InvalidParameterError(
            f"{columns} orthonormal columns do not fit into dimension {n}; ask for at most {n}"
        )
    q, r = np.linalg.qr(ginibre(n, columns, rng, beta))
    diagonal = np.diagonal(r)
    q *= diagonal / np.abs(diagonal)
    return q
