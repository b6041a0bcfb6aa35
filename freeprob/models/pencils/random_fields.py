"""Prime fields with random values for parameters, in which identities are guessed."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import sympy as sp
from sympy.ntheory import nthroot_mod, prevprime

from freeprob.exact.algebra.fields import PrimeField
from freeprob.models.pencils.scalars import scalars_of

_LARGEST = 2**61 - 1


def random_field(expressions: Iterable[sp.Expr], draws: Random) -> PrimeField:
    """A prime field with random values for all symbols, and for radicals in accordance.

    The square root of a number exists modulo half of all primes only: they are tried in turn.
    """
    expressions = list(expressions)
    scalars = scalars_of(expressions)
    bound = {root.position: root for root in scalars.roots}
    free = [g for k, g in enumerate(scalars.ring.generators) if k not in bound]
    prime = _LARGEST
    while True:
        prime = prevprime(prime)
        field = PrimeField(prime, tuple((g, draws.randrange(2, prime)) for g in free))
        for position, root in bound.items():
            power = field.read(scalars.ring.expression(root.power))
            found = nthroot_mod(int(power), root.order, prime)
            if found is None:
                break
            generator = scalars.ring.generators[position]
            field = PrimeField(prime, (*field.values, (generator, int(found))))
        else:
            known = scalars.names.constants(expressions)
            values = ((c, int(field.read(scalars.plain(c)))) for c in known)
            return PrimeField(prime, tuple(values))
