"""A few calls through every room, at whatever versions are installed: is the package whole?"""

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import nets

G, z = sp.symbols("G z")
N = sp.Symbol("N", positive=True)
law = fp.boxplus(fp.MarchenkoPastur(1 / 3), fp.Semicircle(1))

assert fp.Semicircle(1).moments(4) == [0, 1, 0, 2]
assert law.equation(G, z).lhs.has(G)
assert abs(law.density(1) - 0.2776072099240) < 1e-12
assert abs(float(law.density(1, dps=30)) - 0.2776072099240) < 1e-12
assert abs(law.cdf(law.quantile(0.3)) - 0.3) < 1e-9
assert law.atoms() == {}
assert len(law.support(dps=10)) == 1
assert [edge.exponent for edge in law.edges(dps=10)] == [sp.Rational(1, 2)] * 2
assert np.isfinite(law.density(np.linspace(-3, 5, 3000))).all()
assert law.sample(50, rng=0).shape == (50,)
assert str(law.derive(G, z).latex())

first, second = fp.GOE("x", N), fp.GOE("y", N)
assert fp.law(first * second * first + second).moments(2)[1] > 0
assert fp.check(first + second, n=100, draws=2).passed in (True, False)

assert abs(float(nets.relu.dual(1, sp.Rational(1, 2), 1)) - 0.3044998) < 1e-6
kernel = nets.nngp(nets.tanh, 3, sp.Rational(3, 2), sp.Rational(1, 20))
points = np.random.default_rng(0).standard_normal((20, 3))
assert (np.linalg.eigvalsh(kernel.matrix(points)) > 0).all()
print("smoke: right")
