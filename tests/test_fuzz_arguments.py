"""Wrong kinds of arguments to every public callable: only documented errors, no hang, no warning.

``FREEPROB_TRIALS`` scales the number of calls: 1 takes seconds, 100 is run by hand.
"""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from freeprob.errors import FreeprobError

from .trials.calls import CALLS, wrong_values

TRIALS = int(os.environ.get("FREEPROB_TRIALS", "1"))
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


def attempt(name: str, seed: int) -> str | None:
    """What is wrong with one spoilt call, or None."""
    call, arguments, options = CALLS[name]()
    draw = random.Random(f"{name} {seed}")
    slots = [*range(len(arguments)), *options]
    spoilt = draw.sample(slots, min(len(slots), draw.choice((1, 1, 1, 2))))
    arguments = list(arguments)
    for slot in spoilt:
        (arguments if isinstance(slot, int) else options)[slot] = draw.choice(wrong_values())
    shown = f"{name}(*{arguments!r:.200}, **{options!r:.200})"
    try:
        with limited():
            call(*arguments, **options)
    except FreeprobError as error:
        return None if str(error).strip() else f"{shown}: an error without a message"
    except PastTheLimitError:
        return f"{shown}: more than {LIMIT} s"
    except Exception as error:  # noqa: BLE001 - the fault looked for
        return f"{shown}: {type(error).__name__}: {error!s:.120}"
    return None


@pytest.mark.parametrize("name", CALLS)
def test_wrong_arguments_raise_documented_errors_only(name: str) -> None:
    faults = [attempt(name, seed) for seed in range(2 * TRIALS)]
    faults = [fault for fault in faults if fault]
    assert not faults, "\n".join(faults[:20])


@pytest.mark.parametrize("name", CALLS)
def test_the_calls_that_are_spoilt_are_right_ones(name: str) -> None:
    call, arguments, options = CALLS[name]()
    call(*arguments, **options)
