"""The density at points far nearer to 0 than the branch is followed down to the axis.

Inside a cut the branch is analytic along the axis, too: from one point to the next it is carried
by Newton's method, in steps that are short against the distance to 0.
"""

from __future__ import annotations

import numpy as np

from freeprob.errors import ConvergenceError
from freeprob.numeric.branch.branch import PhysicalBranch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.rounding_errors import rounding_errors
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.paths import carried

_RATIO = 0.5  # of neighbouring points on the way to 0, along which Newton's method follows
_START = 1e-30  # in units of the law
_FLOAT = FloatArithmetic()


def next_to_zero(branch: PhysicalBranch, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Density at points of one sign next to 0, inside a cut, and its rounding errors.

    Raises
    ------
    ConvergenceError
        If the branch is lost.
    """
    values, errors = np.empty(x.shape), np.empty(x.shape)
    if not x.size:
        return values, errors
    here = float(np.sign(x[0])) * _START * branch.radius
    u = branch.unknowns(np.array([here]))[:, 0]
    for i in np.argsort(-np.abs(x)):
        count = int(np.ceil(np.log(x[i] / here) / np.log(_RATIO)))
        path = here * np.power(x[i] / here, np.arange(count + 1) / max(count, 1))
        path[-1] = x[i]
        moved = carried(branch.program, u, path.astype(complex))
        if moved is None:
            raise ConvergenceError(f"the branch was lost on the way to {x[i]:.3g}")
        u, here = moved, float(x[i])
        values[i] = -evaluate(branch.program.last, list(u), _FLOAT)[0].imag / np.pi
        errors[i] = float(np.abs(rounding_errors(branch.program.last, list(u), _FLOAT)[-1]))
    return values, errors
