"""Eigenvalues of many independent draws, over any executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from numbers import Integral

import numpy as np

from freeprob.behaviour import function_of
from freeprob.ensembles.model import Model
from freeprob.errors import InvalidParameterError
from freeprob.memory import require_memory
from freeprob.parameters import count, flag, generator, mapper

# no memory holds the eigenvalues of more
LARGEST_SIZE = 10**7

Sampler = Callable[[int, np.random.Generator], np.ndarray]


def spectra(
    model: Model | Sampler,
    n: int,
    draws: int,
    rng: int | np.random.Generator | None = None,
    *,
    beta: int = 1,
    executor: Executor | None = None,
    progress: bool = False,
) -> np.ndarray:
    """Eigenvalues of independent draws of a random matrix.

    Every draw has a generator of its own, spawned from ``rng``: the eigenvalues are the same for
    any number of workers, bit for bit as long as the linear algebra library uses the same number
    of threads in the workers as here (Dask's processes use one), else up to rounding. To spread
    many draws over cores, let it use one thread everywhere: ``OPENBLAS_NUM_THREADS=1``.

    Parameters
    ----------
    model
        A :class:`Model`, or a picklable function ``(n, rng) -> self-adjoint array``.
    n
        Size of the matrices.
    draws
        Number of matrices.
    rng
        Seed or generator. A generator spawns children and its own stream is not used.
    beta
        1 for real, 2 for complex matrices of a :class:`Model`.
    executor
        Any :class:`concurrent.futures.Executor`; the draws run here, one by one, without it.
    progress
        Whether to show a progress bar.

    Returns
    -------
    numpy.ndarray
        Shape ``(draws, n)``, ascending along the rows.

    Raises
    ------
    InvalidParameterError
        When ``n`` or ``draws`` is below 1, memory does not hold a matrix or all eigenvalues, or a
        plain function is asked for ``beta=2``.

    Examples
    --------
    >>> from freeprob.ensembles import Gaussian
    >>> spectra(Gaussian(1.0), 50, 3, rng=1).shape
    (3, 50)
    """
    n = count(n, "n, the size of the matrices,", least=1, most=LARGEST_SIZE)
    draws = count(draws, "draws, the number of matrices,", least=1, most=LARGEST_SIZE)
    run = mapper(executor)
    progress = flag(progress, "progress")
    require_memory((draws, n), "the eigenvalues of all draws")
    parent = generator(rng)
    # one by one, since generators take more memory than small matrices; executors take lists
    one_by_one = (parent.spawn(1)[0] for _ in range(draws))
    children = one_by_one if executor is None else list(one_by_one)
    task = partial(_spectrum, _sampler(model, beta), n)
    results: Iterable[np.ndarray] = run(task, children)
    if progress:
        from tqdm.auto import tqdm

        results = tqdm(results, total=draws, desc=f"spectra of size {n}")
    return np.array(list(results))


def _sampler(model: Model | Sampler, beta: int) -> partial[np.ndarray] | Sampler:
    """The function that a worker calls."""
    if isinstance(beta, bool) or not isinstance(beta, Integral) or beta not in (1, 2):
        raise InvalidParameterError(
            f"beta = {beta!r:.80}: 1 draws real matrices, 2 complex ones; there are no others"
        )
    if isinstance(model, Model):
        return partial(model.spectrum, beta=int(beta))
    function_of(model, "model, if no Model,", "n", "rng")
    if beta != 1:
        raise InvalidParameterError(
            f"beta = {beta} has no effect on a plain function; let the function itself draw "
            "complex matrices"
        )
    return model


def _spectrum(sampler: Sampler, n: int, rng: np.random.Generator) -> np.ndarray:
    """Ascending eigenvalues of one draw, at the module's top level so that it pickles."""
    drawn = np.asarray(sampler(n, rng))
    square = drawn.ndim == 2 and drawn.shape[0] == drawn.shape[1]
    if drawn.dtype.kind not in "iufc" or not (drawn.ndim == 1 or square):
        raise InvalidParameterError(
            "a model draws a square matrix of numbers, or eigenvalues; this one drew "
            f"{drawn.dtype} of shape {drawn.shape}"
        )
    return drawn if drawn.ndim == 1 else np.linalg.eigvalsh(drawn)
