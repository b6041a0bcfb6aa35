"""One law judged in a child process with a limit of processor time for every reading."""

from __future__ import annotations

import multiprocessing
import random
import resource
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection

import numpy as np

from freeprob.errors import FreeprobError

from . import oracles
from .laws import as_floats, built, random_law

# processor seconds of one reading
LIMIT = 20
# G has about 13 digits on both sides, contour moments lose some to z^4
_TOLERANCE = {"cauchy": 1e-9, "moments": 1e-7, "quantile": 4e-3, "cdf": 1e-8}


def law_of(seed: str) -> tuple:
    """The description of a seed: of depth 1, 2, 3, 1, ... for 0, 1, 2, 3, ..."""
    return random_law(random.Random(seed), 1 + int(seed) % 3)


def _points(law: tuple, draw: random.Random) -> np.ndarray:
    size = oracles.radius(law) or 1.0
    return np.array(
        [
            complex(draw.uniform(-1.2, 1.2) * size, draw.choice((0.05, 0.3, 1.0)) * size)
            for _ in range(5)
        ]
    )


def _cauchy(seed: str) -> float:
    law, draw = law_of(seed), random.Random(seed + "points")
    z = _points(as_floats(law), draw)
    right = oracles.cauchy(as_floats(law), z)
    return float(np.max(np.abs(built(law).cauchy(z) / right - 1)))


def _moments(seed: str) -> float:
    law = law_of(seed)
    right = oracles.moments(as_floats(law), 4)
    size = oracles.radius(as_floats(law)) or 1.0
    found = [float(m) for m in built(law).moments(4)]
    return max(
        abs(a - b) / max(abs(b), 1e-3 * size**k)
        for k, (a, b) in enumerate(zip(found, right, strict=True), 1)
    )


def _quantile(seed: str) -> float:
    """G as the mean of 1/(z - x) over quantiles: atoms, cuts and masses all enter."""
    law, draw = law_of(seed), random.Random(seed + "points")
    size = oracles.radius(as_floats(law)) or 1.0
    z = np.array([complex(draw.uniform(-1, 1) * size, 0.3 * size) for _ in range(3)])
    right = oracles.cauchy(as_floats(law), z)
    count = 1000
    places = np.asarray(built(law).quantile((np.arange(count) + 0.5) / count))
    found = np.mean(1 / (z[:, None] - places), axis=1)
    return float(np.max(np.abs(found / right - 1)))


def _cdf(seed: str) -> float:
    """One point against an array, and the inverse of the quantile."""
    described = law_of(seed)
    law = built(described)
    x = np.array([law.quantile(p) for p in (0.2, 0.5, 0.8)])
    many = law.cdf(np.concatenate([x, np.linspace(x[0] - 1, x[2] + 1, 50)]))[:3]
    single = [law.cdf(float(place)) for place in x]
    short = max(0.0, *(p - value for p, value in zip((0.2, 0.5, 0.8), single, strict=True)))
    return max(float(np.max(np.abs(many - single))), short)


READINGS: dict[str, Callable[[str], float]] = {
    "cauchy": _cauchy,
    "moments": _moments,
    "quantile": _quantile,
    "cdf": _cdf,
}


def _child(reading: str, seed: str, answer: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT + 1))
    warnings.simplefilter("error")
    try:
        error = READINGS[reading](seed)
        right = error <= _TOLERANCE[reading]
        answer.send(("right" if right else "wrong", f"off by {error:.2g}"))
    except oracles.NotSettledError:
        answer.send(("no oracle", ""))
    except FreeprobError as error:
        answer.send(("refused", f"{type(error).__name__}: {error!s:.160}"))
    except Exception as error:  # noqa: BLE001 - the fault looked for
        answer.send(("foreign", f"{type(error).__name__}: {error!s:.160}"))


def judged(reading: str, seed: str) -> tuple[str, str]:
    """A class of :data:`CLASSES` and what was seen."""
    context = multiprocessing.get_context("fork")
    mine, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(reading, seed, theirs))
    child.start()
    theirs.close()
    try:
        verdict = mine.recv()
    except EOFError:
        verdict = ("past the limit", f"{LIMIT} s of processor time")
    child.join()
    return verdict
