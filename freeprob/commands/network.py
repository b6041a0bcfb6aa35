"""``freeprob network ACTIVATION``: how deep signals and gradients travel at initialisation."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from freeprob.errors import ParseError
from freeprob.language.parser import parse_number

if TYPE_CHECKING:
    from freeprob.nets import Activation, MeanField


def describe(commands: Any) -> None:
    """Add the command."""
    network = commands.add_parser(
        "network",
        help="mean field of a deep random network",
        description="Fixed length and correlation, slopes and depth scales of a random network.",
        epilog="example: freeprob network tanh --depth 10 --weights 1.76 --bias 0.05",
    )
    network.set_defaults(run=run)
    network.add_argument("activation", help="such as relu, tanh, erf or gelu")
    network.add_argument("--weights", default="1", metavar="VARIANCE", help="σ_w² (default: 1)")
    network.add_argument("--bias", default="0", metavar="VARIANCE", help="σ_b² (default: 0)")
    network.add_argument("--depth", default="10", help="layers (default: 10)")
    network.add_argument("--start", default="1/2", help="first correlation (default: 1/2)")
    network.add_argument("--dps", default="15", metavar="DIGITS", help="default: 15")


def activations() -> dict[str, Activation]:
    """Every activation of the package that needs no parameter, by name."""
    from freeprob import nets
    from freeprob.nets import Activation

    named = {name: getattr(nets, name) for name in nets.__all__}
    return {name: value for name, value in named.items() if isinstance(value, Activation)}


def run(options: argparse.Namespace) -> int:
    """Print what the network settles to, and how it gets there."""
    from freeprob.nets import MeanField

    known = activations()
    if options.activation not in known:
        close = get_close_matches(options.activation, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(known)}"
        raise ParseError(f"no activation is called '{options.activation}' ({hint})")
    weights, bias = parse_number(options.weights), parse_number(options.bias)
    field = MeanField(known[options.activation], weights, bias)
    depth, digits = (int(_whole(text)) for text in (options.depth, options.dps))
    lines = [f"{options.activation}, σ_w² = {weights}, σ_b² = {bias}"]
    lines += _lines(field, depth, parse_number(options.start), digits)
    print("\n".join(lines))
    return 0


def _whole(text: str) -> int:
    """A positive whole number."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) > 0):
        raise ParseError(f"a positive whole number up to 99999 is wanted, got '{text[:40]}'")
    return int(text)


def _lines(field: MeanField, depth: int, start: object, digits: int) -> Iterator[str]:
    import mpmath

    def shown(value: object) -> str:
        return mpmath.nstr(value, digits)

    chi, scales = field.chi_1(digits), field.depth_scales(digits)
    phase = "order" if chi < 1 else "chaos" if chi > 1 else "on the critical line"
    yield f"fixed length q* = {shown(field.fixed_point(digits))}"
    yield f"χ₁ = {shown(chi)}, {phase}; gradients over {depth} layers: χ₁^{depth} = " + shown(
        field.gradient_scale(depth, digits)
    )
    yield f"fixed correlation c* = {shown(field.correlation_fixed_point(digits))}"
    yield f"depth scales: ξ_q = {shown(scales.xi_q)}, ξ_c = {shown(scales.xi_c)}"
    for layer, value in enumerate(field.correlations(start, depth, digits)):
        yield f"correlation after layer {layer}: {shown(value)}"
