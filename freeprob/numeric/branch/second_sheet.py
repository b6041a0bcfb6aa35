"""The Cauchy transform continued through a cut, where the physical branch ends."""

from __future__ import annotations

import numpy as np

from freeprob.errors import ConvergenceError, InvalidParameterError, UndefinedOperationError
from freeprob.exact.systems.system import System, flatten
from freeprob.numeric.branch.branch import physical_branch
from freeprob.numeric.programs.arithmetic import FloatArithmetic
from freeprob.numeric.programs.straight_line import evaluate
from freeprob.numeric.stepping.paths import carried_together


def continued(system: System, through: float, z: np.ndarray) -> np.ndarray:
    """G from x + i0, x = ``through``, along straight paths down to z, Im z < 0; mirrored above.

    Raises
    ------
    InvalidParameterError
        If a point is real: along the axis a path would meet the ends of cuts.
    UndefinedOperationError
        If the curve has functions that are not algebraic, which have branches of their own.
    ConvergenceError
        If a path meets a branch point.
    """
    branch = physical_branch(system)
    # rational functions have no branches, whether their coefficients are real or, as of Cauchy
    # laws, complex
    if not (branch.program.is_real or flatten(system).is_algebraic):
        raise UndefinedOperationError(
            "the transform has logarithms, powers or other functions with branches of their own, "
            "which are not followed through a cut; the second sheet is there for algebraic laws"
        )
    if not np.imag(z).all():
        raise InvalidParameterError(
            "the second sheet is asked for off the real axis: at x of a cut it is law.cauchy(x), "
            "elsewhere it has two sides, x - 1e-12j and x + 1e-12j"
        )
    above = np.imag(z) > 0
    targets = np.where(above, z.conj(), z).ravel()
    start = branch.unknowns(np.array([through]))
    legs = np.stack([np.full_like(targets, through), targets])
    u, arrived = carried_together(branch.program, np.repeat(start, targets.size, axis=1), legs)
    if not arrived.all():
        raise ConvergenceError(
            f"the path from {through:g} to {targets[~arrived][0]:.6g} meets a branch point, or "
            "passes one too near to tell its sides: cross the cut at another place, through=..."
        )
    (G,) = evaluate(branch.program.last, list(u), FloatArithmetic())
    G = np.broadcast_to(G, targets.shape).reshape(z.shape)
    return np.where(above, G.conj(), G)
