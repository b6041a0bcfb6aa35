"""Wrong kinds of arguments to every public callable: only documented errors, no hang, no warning.

``FREEPROB_TRIALS`` is the number of calls of each: 25, ten thousand of all, are run by hand;
``FREEPROB_SEED`` is the first seed, for calls that were not tried before.
"""

from __future__ import annotations

import inspect
import os
import random
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import mpmath
import numpy as np
import pytest
import sympy as sp

from freeprob.errors import FreeprobError

from .trials.calls import CALLS
from .trials.wrong_values import wrong_values

TRIALS = int(os.environ.get("FREEPROB_TRIALS", "1"))
FIRST = int(os.environ.get("FREEPROB_SEED", "0"))
# a million small matrices are drawn, and steps taken, as long as it takes: minutes that grow with
# the number asked for. None costs more than the one before, so every limit would be made up; the
# same value is tried in every other place
HONEST_LONG_WORK: dict[tuple[str, int | str], str] = {
    ("MP.check", 1): "a million draws of size 20, and as many of size 5",
    ("check", 3): "a million draws of size 20, and as many of size 5",
    ("spectra", 1): "a million draws of size 5",
    ("simulated", 3): "a million draws of size 5",
    ("command derive SC(1) --check --size 20 --draws 2 --seed 1", 6): "a million draws of size 20",
    ("train", "steps"): "a million passes through a network, each of which may be the last",
    ("compare_optimisers", "steps"): "trainings of a million steps",
}
MILLION = 10**6
# processor seconds of one call; the slowest right call of the list takes less than one
LIMIT = 20


class PastTheLimitError(BaseException):
    """Not an Exception: nothing in the package may swallow it."""


@contextmanager
def limited() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise PastTheLimitError

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def slots(call: Callable[..., object], arguments: tuple, options: dict) -> list[int | str]:
    """What can be spoilt: what is given, and the options that are not."""
    signature = inspect.signature(call)
    given = signature.bind_partial(*arguments, **options).arguments
    named = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    return [
        *range(len(arguments)),
        *options,
        *(k for k, p in signature.parameters.items() if p.kind in named and k not in given),
    ]


def holds_nan(answer: object) -> bool:
    """Whether NaN stands for an answer."""
    if isinstance(answer, list | tuple):
        return any(holds_nan(part) for part in answer)
    if isinstance(answer, sp.Basic):
        return answer.has(sp.nan)
    if isinstance(answer, np.ma.MaskedArray):
        answer = answer.compressed()
    if isinstance(answer, np.ndarray | float | complex | mpmath.mpf | mpmath.mpc):
        return bool(np.any(answer != answer))
    return False


def attempt(name: str, seed: int) -> str | None:
    """What is wrong with one spoilt call, or None."""
    call, arguments, options = CALLS[name]()
    draw = random.Random(f"{name} {seed}")
    places = slots(call, arguments, options)
    spoilt = draw.sample(places, min(len(places), draw.choice((1, 1, 1, 2))))
    arguments = list(arguments)
    for slot in spoilt:
        value = draw.choice(wrong_values())
        if (name, slot) in HONEST_LONG_WORK and isinstance(value, int) and value == MILLION:
            return None
        (arguments if isinstance(slot, int) else options)[slot] = value
    shown = f"{name}(*{arguments!r:.200}, **{options!r:.200})"
    try:
        with limited():
            answer = call(*arguments, **options)
    except FreeprobError as error:
        return None if str(error).strip() else f"{shown}: an error without a message"
    except PastTheLimitError:
        return f"{shown}: more than {LIMIT} s"
    except Exception as error:  # noqa: BLE001 - the fault looked for
        return f"{shown}: {type(error).__name__}: {error!s:.120}"
    return f"{shown}: NaN in the answer" if holds_nan(answer) else None


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments_raise_documented_errors_only(name: str) -> None:
    faults = [attempt(name, seed) for seed in range(FIRST, FIRST + TRIALS)]
    faults = [fault for fault in faults if fault]
    assert not faults, "\n".join(faults[:20])


def test_honest_long_work_is_of_calls_that_are_spoilt() -> None:
    for name, slot in HONEST_LONG_WORK:
        call, arguments, options = CALLS[name]()
        assert slot in slots(call, arguments, options)


@pytest.mark.parametrize("name", CALLS)
def test_the_calls_that_are_spoilt_are_right_ones(name: str) -> None:
    call, arguments, options = CALLS[name]()
    call(*arguments, **options)
