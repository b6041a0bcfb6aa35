"""Determinants of two-point forms, by which rotated parts fluctuate: identities between functions.

Traces a, b, y of one point are free where nothing is known of the parts' R-transforms, and so are
those of the other.
"""

from __future__ import annotations

import sympy as sp

a, b, y, q, r = sp.symbols("a b y q lambda")
OTHER = {a: sp.Symbol("a'"), b: sp.Symbol("b'"), y: sp.Symbol("y'"), q: sp.Symbol("q'")}


def prime(value: sp.Expr) -> sp.Expr:
    return value.xreplace(OTHER)


def gap(value: sp.Expr) -> sp.Expr:
    return value - prime(value)


def test_free_sums() -> None:
    # ω = R + 1/g; with R = ω_A - 1/g + … the sum's z is R + 1/g
    R = sp.Function("R")(a)
    form = 1 - a * prime(a) * gap(R) / gap(a)
    assert sp.simplify(form - gap(R + 1 / a) / gap(1 / a)) == 0


def test_free_products() -> None:
    z, G = y * (1 + y) / (a * b), a * b / y
    alpha, beta = gap(y / a) / gap(a), gap(y / b) / gap(b)
    K = sp.Matrix(
        [
            [alpha * a * prime(a), beta * z * G * prime(G)],
            [alpha * G * prime(z * G), beta * b * prime(b)],
        ]
    )
    expected = a * b * prime(a * b) * gap(z) * gap(1 / y) / (gap(a) * gap(b))
    assert sp.cancel((sp.eye(2) - K).det() - expected) == 0
    # a part stands at ω = (1 + y)/a
    assert sp.cancel(1 - K[0, 0] + a * prime(a) * gap((1 + y) / a) / gap(a)) == 0


def test_rectangular_sums() -> None:
    z = q * (1 + y) * (1 + r * y)
    s = sp.sqrt(z)
    G = (1 + y) / z
    one, two = s * G, s * (r * G + (1 - r) / z)
    assert sp.simplify(one * two - 1 / q) == 0
    D, E = gap(q * y) / gap(1 / q), gap(y) / gap(1 / q)
    product = prime(1 / q) / q
    # both off-diagonal entries together, in which the roots leave
    mixed = r * product * E**2
    determinant = (1 - product * D) * (1 - r * product * D) - mixed
    assert sp.cancel(determinant - gap(z) / gap(q)) == 0
