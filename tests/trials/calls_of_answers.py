"""Right calls of the methods that answers have: readings of a law, reports, traces, the command."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from functools import cache

import numpy as np
import sympy as sp

import freeprob as fp
from freeprob import cli, landscapes, nets

Call = tuple[Callable[..., object], tuple, dict[str, object]]
N, c = sp.symbols("N c", positive=True)
w, z, G = sp.symbols("w z G")
HALF = sp.Rational(1, 2)
VALUES = np.linspace(0.2, 2.5, 20)


def methods(
    *table: tuple[str, Callable[[], object], str, tuple, dict],
) -> dict[str, Callable[[], Call]]:
    """Calls of methods of an object that is built once, when the first of them is tried."""
    return {
        f"{label}.{name}": lambda built=built, name=name, arguments=arguments, options=options: (
            *(getattr(built(), name), arguments),
            dict(options),
        )
        for label, built, name, arguments, options in table
    }


@cache
def _mp() -> fp.Law:
    return fp.MarchenkoPastur(HALF)


@cache
def _free() -> fp.Law:
    return fp.boxplus(fp.Atomic({0: HALF, 1: HALF}), fp.Semicircle(1))


@cache
def _matrix_law() -> fp.Law:
    a, b = fp.Deterministic("A", fp.Atomic({0: HALF, 1: HALF}), N), fp.GOE("x", N)
    return fp.law(a * b + b * a)


@cache
def _letter() -> fp.GOE:
    return fp.GOE("x", N)


@cache
def _trace() -> object:
    return fp.normalized_trace((_letter() ** 2 + c * sp.Identity(N)).inverse())


@cache
def _equivalent() -> object:
    letter, shape = _letter(), fp.Deterministic("S", None, N)
    return fp.deterministic_equivalent((letter**2 + shape + c * sp.Identity(N)).inverse())


@cache
def _comparison() -> object:
    return _mp().check(60, 2)


@cache
def _fit() -> object:
    return fp.MarchenkoPastur(c).fit(VALUES, [c])


@cache
def _derivation() -> object:
    return _mp().derive(G, z)


def _axes() -> object:
    return fp.plotting.figure().subplots()


def _laws() -> dict[str, Callable[[], Call]]:
    return methods(
        ("MP", _mp, "inverse", (), {}),
        ("MP", _mp, "square", (), {}),
        ("SC", fp.Semicircle, "square", (), {}),
        ("MP", _mp, "doit", (), {}),
        ("MP", _mp, "explain", (), {}),
        ("MP", _mp, "boolean_cumulants", (3,), {}),
        ("MP", _mp, "classical_cumulants", (3,), {}),
        ("MP", _mp, "polynomial", (G, z), {"budget": 10**6}),
        ("MP", _mp, "system_equations", (G, z), {"names": None}),
        ("sum", _free, "system_equations", (G, z), {"names": None}),
        ("matrix law", _matrix_law, "system_equations", (G, z), {"names": None}),
        ("MP", _mp, "psi", (w,), {}),
        ("MP", _mp, "eta", (w,), {}),
        ("sum", _free, "atoms", (), {"budget": 10**6}),
        ("sum", _free, "support", (), {"dps": 10, "budget": 10**6}),
        ("sum", _free, "edges", (), {"dps": 10, "budget": 10**6}),
        ("MP", _mp, "cut_masses", (), {"dps": 10}),
        ("MP", _mp, "second_sheet", (1j,), {"through": None}),
        ("MP", _mp, "to_scipy", (), {}),
        ("MP", _mp, "fluctuation", (w**2, w), {"g": w, "beta": 1, "fourth_cumulant": 0}),
        ("SC", fp.Semicircle, "fluctuation", (w**2, w), {"dps": 10}),
        ("sum", _free, "subordination_equations", (G, z), {"names": None}),
        ("sum", _free, "outliers", ([3],), {"kind": "additive"}),
        ("MP", _mp, "outliers", ([3],), {"kind": "multiplicative"}),
        ("family", lambda: fp.MarchenkoPastur(c), "explore", (), {"parameters": {c: (HALF, 1)}}),
        ("MP", _mp, "compare_to", (VALUES,), {"independent": 0}),
        ("matrix law", _matrix_law, "density", (0.5,), {}),
        ("matrix law", _matrix_law, "cauchy", (1j,), {}),
        ("matrix law", _matrix_law, "moments", (3,), {}),
        ("matrix law", _matrix_law, "subordination", (1j,), {"dps": 10}),
        ("Empirical", lambda: fp.Empirical(VALUES), "cauchy", (1j,), {"dps": 10}),
        ("Empirical", lambda: fp.Empirical(VALUES), "cdf", (1,), {"dps": 10}),
        ("Empirical", lambda: fp.Empirical(VALUES), "quantile", (HALF,), {"dps": 10}),
        ("Empirical", lambda: fp.Empirical(VALUES), "expect", (w**2, w), {"dps": 10}),
        ("Uniform", fp.Uniform, "log_potential", (2,), {"dps": 10}),
        ("Normal", fp.Normal, "quantile", (0.25,), {}),
        ("Normal", fp.Normal, "moments", (3,), {}),
        ("Cauchy", fp.Cauchy, "quantile", (HALF,), {"dps": 10}),
    ) | {
        "LawSymbol": lambda: (fp.LawSymbol, ("H",), {"positive": True}),
        "LawSymbol.subs": lambda: (
            *(fp.boxplus(fp.LawSymbol("H"), fp.Semicircle(1)).subs, ({fp.LawSymbol("H"): _mp()},)),
            {},
        ),
        "cite": lambda: (fp.cite, ("Voiculescu 1986",), {}),
        "explore": lambda: (fp.plotting.explore, (fp.MarchenkoPastur(c),), {"parameters": None}),
        "plot_comparison": lambda: (fp.plotting.plot_comparison, (_comparison(),), {"ax": _axes()}),
        "check_law": lambda: (fp.testing.check_law, (_mp(),), {"values": None, "moments": 4}),
        "check_law of a family": lambda: (
            *(fp.testing.check_law, (fp.MarchenkoPastur(c),)),
            {"values": {c: HALF}, "moments": 3},
        ),
        "Empirical weights": lambda: (fp.Empirical, ([1, 2],), {"weights": [HALF, HALF]}),
        "Spike": lambda: (fp.Spike, ("s", [2], N), {"columns": None}),
        "fluctuation": lambda: (fp.fluctuation, (_letter(), w**2, w), {"g": None}),
        "deterministic_equivalent": lambda: (
            *(fp.deterministic_equivalent, ((_letter() + c * sp.Identity(N)).inverse(),)),
            {},
        ),
    }


def _reports() -> dict[str, Callable[[], Call]]:
    symbolic = fp.MarchenkoPastur(c)
    phases = cache(lambda: symbolic.phases([c]))
    sensitivity = cache(lambda: symbolic.sensitivity(c))
    edge = cache(lambda: symbolic.edges(at={c: HALF})[0])
    data = {"data": {fp.Deterministic("S", None, N): np.eye(3)}}
    return methods(
        ("Comparison", _comparison, "summary", (), {}),
        ("Comparison", _comparison, "plot", (), {"ax": None}),
        ("Fit", _fit, "summary", (), {}),
        ("Explanation", lambda: _mp().explain(), "summary", (), {}),
        ("Derivation", _derivation, "check", (), {"points": 1, "rng": 0}),
        ("Derivation", _derivation, "save", ("derivation.tex",), {"standalone": True}),
        ("Verification", lambda: _derivation().check(1), "summary", (), {}),
        ("phases", phases, "plot", (), {"ax": None}),
        ("sensitivity", sensitivity, "cauchy", (1j,), {"at": {c: HALF}, "dps": 10}),
        ("edge", edge, "velocity", (c,), {}),
        ("edge", edge, "tracy_widom_scale", (), {"dps": 10}),
        ("trace", _trace, "equations", (), {"unknowns": None}),
        ("numeric trace", lambda: _trace().subs({c: 1}), "check", (), {"n": 20, "draws": 2}),
        ("trace", _trace, "plot", (c, [1, 2]), {"ax": None}),
        ("trace", _trace, "evaluate", ({c: [1, 2]},), {}),
        ("trace", _trace, "xreplace", ({c: sp.S.One},), {}),
        ("limit", lambda: _trace().limit(c, 0), "subs", (c, 1), {}),
        ("equivalent", _equivalent, "subs", ({c: 1},), {}),
        ("equivalent", _equivalent, "evaluate", ({c: 1, N: 3},), data),
        ("equivalent", _equivalent, "form", (np.ones(3), np.ones(3), {c: 1, N: 3}), data),
    ) | {"TraceComparison": lambda: (_trace().subs({c: 1}).check(n=20).summary, (), {})}


def _fluctuations() -> dict[str, Callable[[], Call]]:
    airy, bessel = fp.TracyWidom(2), fp.HardEdge(1)
    return methods(
        *(("TW", lambda: airy, name, (-1.0,), {"dps": None}) for name in ("cdf", "sf")),
        *(("TW", lambda: airy, name, (0.5,), {}) for name in ("ppf", "isf", "interval")),
        ("TW", lambda: airy, "pdf", (-1.0,), {}),
        ("TW", lambda: airy, "rvs", (3,), {"random_state": 0}),
        ("TW", lambda: airy, "moment", (2,), {}),
        ("TW", lambda: airy, "mean", (), {"dps": None}),
        ("TW", lambda: airy, "variance", (), {"dps": None}),
        ("TW", lambda: airy, "stats", ("mv",), {}),
        ("TW", lambda: airy, "__eq__", (1,), {}),
        *(("HE", lambda: bessel, name, (1.0,), {"dps": None}) for name in ("cdf", "sf")),
        ("HE", lambda: bessel, "pdf", (1.0,), {}),
        ("HE", lambda: bessel, "ppf", (0.5,), {}),
        ("HE", lambda: bessel, "rvs", (3,), {"rng": 0}),
        ("HE", lambda: bessel, "__eq__", (1,), {}),
    ) | {
        "TracyWidom itself": lambda: (fp.TracyWidom, (2,), {}),
        "HardEdge": lambda: (fp.HardEdge, (0,), {}),
    }


class FaultOfTheCommandError(Exception):
    """The command met an exception that it does not know."""


def _command(*words: object) -> int:
    """The command's exit code, with its words as a shell would hand them over."""
    told, answers = io.StringIO(), io.StringIO()
    typed = [str(word).replace("\0", "") for word in words]
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(answers):
        try:
            code = cli.main(typed)
        except SystemExit as end:  # argparse
            code = end.code
    if code not in (0, 1, 2) or "a fault of freeprob" in told.getvalue():
        raise FaultOfTheCommandError(f"{code}: {told.getvalue()[-300:]}")
    return code


def _commands() -> dict[str, Callable[[], Call]]:
    law = "MarchenkoPastur(1/2) boxplus Semicircle(1)"
    return {
        f"command {' '.join(words)}": lambda words=words: (_command, words, {})
        for words in (
            ("words", "Semicircle"),
            ("derive", law),
            ("derive", "MP(c)", "--set", "c=1/2", "--moments", "2"),
            ("derive", "MP(1/2)", "--density", "1.0", "--dps", "20"),
            ("derive", "MP(1/2)", "--quantile", "0.5", "--csv"),
            ("derive", "SC(1)", "--cdf", "0.5", "--support", "--json"),
            ("derive", "X*X'", "--let", "X=Ginibre(1/2)"),
            ("derive", "SC(1)", "--check", "--size", "20", "--draws", "2", "--seed", "1"),
            ("network", "tanh", "--weights", "2", "--bias", "1/10"),
            ("network", "relu", "--weights", "2", "--depth", "3", "--start", "1/3", "--dps", "10"),
            ("completion", "bash"),
            ("check", "no-such-file.txt", "MP(1/2)", "--set", "c=1"),
        )
    }


def answers() -> dict[str, Callable[[], Call]]:
    """All of them."""
    glass = landscapes.PSpin(3)
    return (
        _laws()
        | _reports()
        | _fluctuations()
        | _commands()
        | methods(("universality", lambda: nets.Network([nets.Layer(nets.tanh)]), "kernel", (), {}))
        | methods(("glass", lambda: glass, "hessian_law", (-1,), {"radial": None}))
    )
