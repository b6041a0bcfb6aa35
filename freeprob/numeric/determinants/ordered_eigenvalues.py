"""Distribution functions of the ordered eigenvalues of the finite GOE, by Pfaffians, in balls.

With n_x the number of eigenvalues below x, E (1 + t)^(n_x) = Pf A(t)/Pf A(0) (de Bruijn 1955),
A_ij(t) = ∬ sgn(b - a) φ_i(a) φ_j(b) η(a) η(b) with η = 1 + t below x and 1 above it, bordered by
∫ φ_i η for odd n; φ are Hermite functions of weight exp(-x²), entries having variance 1/2. With
Φ_i(x) = ∫_{-∞}^x φ_i and I_ij(x) = ∫_{-∞}^x φ_i Φ_j, and what lies below and above x apart,

A(t) = A(0) + t (2 L + M) + t² L, L_ij = I_ji - I_ij, M_ij = Φ_i Φ̄_j - Φ_j Φ̄_i, Φ̄ = Φ(∞) - Φ.

The logarithm of a Pfaffian is half a trace, so its series in t, whose coefficients are the
binomial moments of n_x, needs one inverse and products of matrices. Balls carry the rounding.
"""

from __future__ import annotations

from functools import lru_cache

from flint import arb, arb_mat, ctx


def distribution(n: int, order: int, x: arb) -> arb:
    """P(λ ≤ x) for the eigenvalue of that order, 0 the smallest, of the GOE with entries 1/2.

    Off-diagonal entries have variance 1/2, diagonal ones 1. The ball is as tight as the working
    precision and the cancellation in an alternating sum of at most 2^n allow.

    Notes
    -----
    Source: de Bruijn 1955; Mehta 2004, chapter 7.
    """
    moments = binomial_moments(n, x)
    # P(n_x ≥ k + 1) from E C(n_x, m), by inclusion and exclusion
    total, ways = arb(0), arb(1)
    for m in range(order + 1, n + 1):
        total += ways * moments[m]
        ways *= -arb(m) / (m - order)
    return total


def mean_density(n: int, x: arb) -> arb:
    """The mean density of all n eigenvalues, of mass n, of the GOE with entries 1/2.

    Σ_{j<n} φ_j² + √(n/2) φ_{n-1} (Φ_n - Φ_n(∞)/2), and φ_{n-1}/Φ_{n-1}(∞) besides for odd n.

    Notes
    -----
    Source: Mehta 2004, (7.2.32).
    """
    phi = _hermite(n, x)
    below = _primitives(_first(x), phi, n + 1)
    everywhere = _everywhere(n, ctx.prec)
    total = sum((value * value for value in phi[:n]), arb(0))
    total += (arb(n) / 2).sqrt() * phi[n - 1] * (below[n] - everywhere[n] / 2)
    return total + phi[n - 1] / everywhere[n - 1] if n % 2 else total


@lru_cache(maxsize=4)
def _everywhere(n: int, bits: int) -> list[arb]:
    """Φ_0(∞)..Φ_n(∞)."""
    with ctx.workprec(bits):
        return _primitives(_first(None), _hermite(n, None), n + 1)


def binomial_moments(n: int, x: arb) -> list[arb]:
    """E C(n_x, m) for m = 0..n, n_x the number of eigenvalues below x."""
    total, linear, square = _matrices(n, x)
    size = total.nrows()
    first, second = total.solve(linear), total.solve(square)
    # B(t)⁻¹ = Σ C_m t^m for B = 1 + t X + t² Y, and (log Pf)' = ½ tr B⁻¹ B'
    before, now = arb_mat(size, size), _identity(size)
    slopes: list[arb] = []
    for _ in range(n):
        slopes.append((_trace(now * first) + 2 * _trace(before * second)) / 2)
        before, now = now, -(now * first) - before * second
    moments = [arb(1)]
    for m in range(1, n + 1):
        moments.append(sum((slopes[m - 1 - i] * moments[i] for i in range(m)), arb(0)) / m)
    return moments


def _matrices(n: int, x: arb) -> tuple[arb_mat, arb_mat, arb_mat]:
    """A(0), 2 L + M, L."""
    everywhere = _Functions(n, None)
    below = _Functions(n, x)
    size = n + n % 2
    total, linear, square = (arb_mat(size, size) for _ in range(3))
    for i in range(n):
        for j in range(i):
            low = below.iterated[j][i] - below.iterated[i][j]
            first, second = below.primitive[i], below.primitive[j]
            cross = first * everywhere.primitive[j] - second * everywhere.primitive[i]
            _skew(total, i, j, everywhere.iterated[j][i] - everywhere.iterated[i][j])
            _skew(square, i, j, low)
            # Φ_i Φ_j cancels in the cross term
            _skew(linear, i, j, 2 * low + cross)
        if n % 2:
            _skew(total, i, n, everywhere.primitive[i])
            _skew(linear, i, n, below.primitive[i])
    return total, linear, square


class _Functions:
    """Φ_i(x) and I_ij(x) for i, j < n, x = ∞ for None.

    φ_j' = √(j/2) φ_{j-1} - √((j+1)/2) φ_{j+1} integrated gives the recurrence of Φ_j, and times
    φ_i that of I_ij, which starts from I_00 = Φ_0²/2 and I_i0 = Φ_i Φ_0 - I_0i.
    """

    def __init__(self, n: int, x: arb | None) -> None:
        phi = _hermite(n + 1, x)
        product = _products(n, x, phi)
        self.primitive = _primitives(_first(x), phi, n)
        rows: list[list[arb]] = []
        for i in range(n):
            start = (
                self.primitive[0] ** 2 / 2
                if i == 0
                else self.primitive[i] * self.primitive[0] - rows[0][i]
            )
            rows.append(_primitives(start, product[i], n))
        self.iterated = rows


def _primitives(start: arb, boundary: list[arb], n: int) -> list[arb]:
    values = [start]
    for j in range(n - 1):
        value = -(arb(2) / (j + 1)).sqrt() * boundary[j]
        if j:
            value += (arb(j) / (j + 1)).sqrt() * values[j - 1]
        values.append(value)
    return values


def _first(x: arb | None) -> arb:
    """∫_{-∞}^x φ_0 = π^(-1/4) √(π/2) (1 + erf(x/√2))."""
    pi = arb.pi()
    whole = (pi / 2).sqrt() / pi.sqrt().sqrt()
    # the complement keeps small values small in the left tail
    return 2 * whole if x is None else whole * (-x / arb(2).sqrt()).erfc()


def _hermite(n: int, x: arb | None) -> list[arb]:
    """φ_0..φ_n at x."""
    if x is None:
        return [arb(0)] * (n + 1)
    values = [(-x * x / 2).exp() / arb.pi().sqrt().sqrt()]
    for j in range(1, n + 1):
        value = (arb(2) / j).sqrt() * x * values[j - 1]
        if j > 1:
            value -= (arb(j - 1) / j).sqrt() * values[j - 2]
        values.append(value)
    return values


def _products(n: int, x: arb | None, phi: list[arb]) -> list[list[arb]]:
    """∫_{-∞}^x φ_i φ_j, i, j < n: by Wronskians off the diagonal, by the recurrence on it."""
    if x is None:
        return [[arb(i == j) for j in range(n)] for i in range(n)]
    slope = [
        (arb(j) / 2).sqrt() * (phi[j - 1] if j else arb(0)) - (arb(j + 1) / 2).sqrt() * phi[j + 1]
        for j in range(n)
    ]
    rows = [
        [
            arb(0) if i == j else (phi[i] * slope[j] - phi[j] * slope[i]) / (2 * (i - j))
            for j in range(n)
        ]
        for i in range(n)
    ]
    # by parts, from both derivatives: ∫ φ_j² = ∫ φ_{j-1}² - φ_{j-1} φ_j √(1/2j)
    value = (-x).erfc() / 2
    for j in range(n):
        if j:
            value -= phi[j - 1] * phi[j] / arb(2 * j).sqrt()
        rows[j][j] = value
    return rows


def _skew(matrix: arb_mat, i: int, j: int, value: arb) -> None:
    matrix[i, j], matrix[j, i] = value, -value


def _trace(matrix: arb_mat) -> arb:
    return sum((matrix[i, i] for i in range(matrix.nrows())), arb(0))


def _identity(size: int) -> arb_mat:
    return arb_mat(size, size, [int(i == j) for i in range(size) for j in range(size)])
