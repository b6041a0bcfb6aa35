"""From SymPy expressions to numeric programs: the only numeric module that knows SymPy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from types import FunctionType
from typing import Any, final

import mpmath
import numpy as np
import sympy as sp
from flint import arb, ctx, fmpq
from sympy.printing.pycode import MpmathPrinter
from sympy.utilities.lambdify import MPMATH_TRANSLATIONS

from freeprob.enclosed_numbers import EnclosedNumber
from freeprob.errors import InvalidParameterError
from freeprob.exact.algebra.lengths import has_minus
from freeprob.exact.algebra.limits import limits_of
from freeprob.exact.algebra.powers import longest_number, shared_power
from freeprob.exact.images.gaussian_transform import GaussianTransform
from freeprob.exact.images.product_transform import ProductTransform
from freeprob.exact.systems.bounded_exponentials import for_floats
from freeprob.exact.systems.poles import Poles, PoleSum
from freeprob.exact.systems.shared_parts import shared_parts
from freeprob.exact.systems.system import Curve
from freeprob.finite_expressions import derivative_of, require_formulas, require_no_integrals
from freeprob.numeric.gaussian import bivariate_normal
from freeprob.numeric.programs import special_arrays
from freeprob.numeric.programs.arithmetic import RealConstant, RealRoot
from freeprob.numeric.programs.conditional_maps import conditional_of
from freeprob.numeric.programs.gaussian_images import GaussianMap, Limit
from freeprob.numeric.programs.image_transforms import ImageTransform
from freeprob.numeric.programs.instructions import Function, Step
from freeprob.numeric.programs.known_functions import require_known
from freeprob.numeric.programs.points import Place, binary
from freeprob.numeric.programs.pole_sums import PoleStep, PoleTable
from freeprob.numeric.programs.product_images import Axis, ProductMap, ProductOracle
from freeprob.numeric.programs.straight_line import Program, Tape
from freeprob.parameters import exact, expression

_LARGEST_BITS = 1000  # of numbers that are constants of their own; float64 holds 1023
_NUMBERS = {sp.pi: "pi", sp.E: "e", sp.EulerGamma: "euler", sp.I: "i"}


def compile_numpy(expr: sp.Basic, symbols: Sequence[sp.Symbol]) -> Callable[..., Any]:
    """Return a vectorised float64 function of ``symbols`` that evaluates ``expr``.

    A SymPy tuple of expressions is evaluated in one pass, equal parts shared.
    Growing exponentials times erfc become the scaled erfcx, and those in the logistic function
    and its logarithm are taken together with it, so that no factor overflows; logarithms of 1 + x
    keep the digits of a small x.
    """
    require_formulas(expr)
    require_no_integrals(expr)
    names = {
        "BivariateNormalTail": bivariate_normal.tail_float64,
        "StableTail": bivariate_normal.stable_tail,
        "ScaledErfc": special_arrays.erfcx,
        "hyper": special_arrays.hypergeometric,
        "Logistic": special_arrays.logistic,
        "SoftPlus": lambda x: np.logaddexp(0.0, x),
    }
    library = [names, "scipy"]
    written = sp.lambdify(list(symbols), for_floats(expr), modules=library, cse=shared_parts)
    require_known(written.__code__, written.__globals__)
    return written


def compile_mpmath(
    expr: sp.Basic, symbols: Sequence[sp.Symbol], context: mpmath.MPContext
) -> Callable[..., Any]:
    """Return a function of ``symbols`` evaluating ``expr`` at the precision of ``context``.

    Every name in the compiled code is bound to the private context: the global precision of
    mpmath is neither read nor written.
    """
    require_formulas(expr)
    written = _written_for_mpmath(expr, tuple(symbols))
    known = {**written.__globals__, **_mpmath_names(context)}
    require_known(written.__code__, known)
    return FunctionType(written.__code__, known)


def _mpmath_names(context: mpmath.MPContext) -> dict[str, Any]:
    names = {name: getattr(context, name) for name in dir(context) if not name.startswith("_")}
    named = {own: names[name] for own, name in MPMATH_TRANSLATIONS.items() if name in names}
    tail = partial(bivariate_normal.tail, context=context)
    return {**names, **named, "BivariateNormalTail": tail}


@lru_cache(maxsize=256)
def _written_for_mpmath(expr: sp.Basic, symbols: tuple[sp.Symbol, ...]) -> FunctionType:
    """The code, the same for all contexts."""
    flags = {"fully_qualified_modules": False, "inline": True, "allow_unknown_functions": True}
    tail = {"BivariateNormalTail": "BivariateNormalTail"}
    printer = MpmathPrinter({**flags, "user_functions": tail})
    return sp.lambdify(symbols, expr, modules=[{}], printer=printer, cse=shared_parts)


def compile_program(
    expressions: Sequence[sp.Expr],
    unknowns: Sequence[sp.Symbol],
    parameters: Sequence[sp.Symbol] = (),
) -> Program:
    """Compile expressions in the unknowns to one straight-line program, equal parts shared.

    Parameters are inputs after the unknowns.

    Raises
    ------
    InvalidParameterError
        If a symbol is left that is not an unknown.
    """
    free = set().union(*(sp.sympify(e).free_symbols for e in expressions))
    free -= {*unknowns, *parameters}
    if free:
        names = ", ".join(sorted(str(symbol) for symbol in free))
        raise InvalidParameterError(
            f"numbers need values for the parameters {names}: use law.subs({{...}}) first"
        )
    builder = _Builder((*unknowns, *parameters))
    outputs = [builder.position(sp.sympify(expression)) for expression in expressions]
    return Program(len(unknowns), tuple(builder.tape.steps), tuple(outputs))


def compile_map(
    function: Callable[..., Sequence[sp.Expr]], arguments: int, *rest: object
) -> Program:
    """Compile a map from symbols to expressions, called with fresh symbols and ``rest``."""
    symbols = [sp.Dummy(f"x{i}") for i in range(arguments)]
    return compile_program(list(function(*symbols, *rest)), symbols)


@lru_cache(maxsize=256)
def compile_curve(curve: Curve) -> Program:
    """Compile a curve: differences of the relations' sides, then z, then G."""
    differences = [left - right for left, right in curve.relations]
    return compile_program([*differences, curve.z, curve.G], curve.unknowns)


def read_place(value: Any) -> Place:
    """Read a point exactly: a float is the decimal it prints, an mpf the binary number it is.

    Raises
    ------
    InvalidParameterError
        If the value is no finite number.
    """
    if isinstance(value, Place):
        return value
    if isinstance(value, sp.Expr) and not (value.is_Float or value.free_symbols):
        value = expression(value, "a point")
        real, imag = value.as_real_imag()
        return Place(_part(real), _part(imag))
    if hasattr(value, "_mpc_"):
        return Place(binary(value.real), binary(value.imag))
    if hasattr(value, "_mpf_"):
        return Place(binary(value))
    if isinstance(value, complex):
        return Place(_part(value.real), _part(value.imag))
    return Place(_part(value))


def _real_root(root: sp.CRootOf) -> RealRoot:
    """SymPy counts real roots first, from the left, as is done here."""
    _, polynomial = root.poly.clear_denoms(convert=True)
    return RealRoot(tuple(int(value) for value in reversed(polynomial.all_coeffs())), root.index)


def _part(value: Any) -> fmpq | Program:
    """A real part as a rational, or as a program for an irrational constant."""
    if isinstance(value, sp.Expr) and not (value.is_Rational or value.has(sp.Float)):
        if value.is_extended_real is False or value.has(sp.nan, sp.oo, -sp.oo, sp.zoo):
            raise InvalidParameterError(f"points must be finite numbers, got {value}")
        return compile_program([value], [])
    number = exact(value, "a point")
    return fmpq(number.p, number.q) if number.is_Rational else compile_program([number], [])


class _Builder:
    """Collects steps; equal subexpressions become one step."""

    def __init__(self, unknowns: Sequence[sp.Symbol]) -> None:
        self.tape = Tape()
        self.seen: dict[object, int] = {}
        for i, unknown in enumerate(unknowns):
            self.seen[unknown] = self.tape.add(Step("input", (), i))

    def position(self, expression: sp.Expr) -> int:
        """Position of the step that computes an expression."""
        if expression not in self.seen:
            self.seen[expression] = self._build(expression)
        return self.seen[expression]

    def _build(self, expression: sp.Expr) -> int:
        if expression.is_Rational:
            return self.tape.add(Step("constant", (), fmpq(int(expression.p), int(expression.q))))
        if expression in _NUMBERS:
            return self.tape.add(Step("number", (), _NUMBERS[expression]))
        if isinstance(expression, sp.CRootOf) and expression.is_real:
            return self.tape.add(Step("number", (), _real_root(expression)))
        excess = _excess(expression) if isinstance(expression, sp.log) else None
        if excess is not None:
            operands = (self.position(expression.args[0]), self.position(excess))
            return self.tape.add(Step("logarithm", operands))
        if expression.is_Add:
            return self._sum(expression)
        if expression.is_Mul:
            return self._product(expression)
        if expression.is_Pow:
            return self._power(expression)
        if isinstance(expression, PoleSum):
            argument, poles, order = expression.args
            terms = PoleStep(pole_table(poles), int(order))
            return self.tape.add(Step("poles", (self.position(argument),), terms))
        if isinstance(expression, sp.Function) and len(expression.args) == 1:
            function = Function(expression.func.__name__, _derivative(expression.func))
            return self.tape.add(Step("call", (self.position(expression.args[0]),), function))
        if isinstance(expression, GaussianTransform | ProductTransform):
            operand = self.position(expression.point)
            return self.tape.add(Step("call", (operand,), _transform(expression)))
        if not expression.free_symbols and expression.is_extended_real:
            return self.tape.add(Step("number", (), Evaluated(expression)))
        raise InvalidParameterError(
            f"{expression} cannot be evaluated as a number: it is no arithmetic expression or "
            "function of one variable"
        )

    def _sum(self, expression: sp.Add) -> int:
        signs = [has_minus(term) for term in expression.args]
        pairs = list(zip(expression.args, signs, strict=True))
        added = [term for term, minus in pairs if not minus] or [sp.S.Zero]
        subtracted = [-term for term, minus in pairs if minus]
        total = self._chain("add", [self.position(term) for term in added])
        for term in subtracted:
            total = self.tape.add(Step("subtract", (total, self.position(term))))
        return total

    def _product(self, expression: sp.Mul) -> int:
        shared = shared_power(expression)
        if shared is not None:
            raised = self.tape.raised(self.position(shared.base), shared.exponent)
            return self.tape.add(Step("multiply", (raised, self.position(shared.rest))))
        above, below = [], []
        for factor in expression.args:
            if factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
                below.append(factor.base ** (-factor.exp))
            elif factor.is_Rational and factor.q != 1 and longest_number(factor) < _LARGEST_BITS:
                below.append(sp.Integer(factor.q))
                if factor.p != 1:
                    above.append(sp.Integer(factor.p))
            else:
                above.append(factor)
        top = self._chain("multiply", [self.position(f) for f in above or [sp.S.One]])
        if not below:
            return top
        bottom = self._chain("multiply", [self.position(f) for f in below])
        return self.tape.add(Step("divide", (top, bottom)))

    def _power(self, expression: sp.Pow) -> int:
        base, exponent = expression.args
        if base == sp.E:
            function = Function("exp", _derivative(sp.exp))
            return self.tape.add(Step("call", (self.position(exponent),), function))
        if not exponent.is_Rational:
            return self.position(sp.exp(exponent * sp.log(base), evaluate=False))
        if exponent < 0:
            one, bottom = self.position(sp.S.One), self.position(base**-exponent)
            return self.tape.add(Step("divide", (one, bottom)))
        if exponent.q != 1:
            value = fmpq(int(exponent.p), int(exponent.q))
            return self.tape.add(Step("power", (self.position(base),), value))
        return self.tape.raised(self.position(base), int(exponent))

    def _chain(self, kind: str, positions: list[int]) -> int:
        total = positions[0]
        for position in positions[1:]:
            total = self.tape.add(Step(kind, (total, position)))
        return total


@lru_cache(maxsize=64)
def pole_table(poles: Poles) -> PoleTable:
    """The numeric table of some poles, with what it computes once."""
    return PoleTable(poles.places, poles.weights)


def _excess(logarithm: sp.log) -> sp.Expr | None:
    """(a - b)/b in the logarithm of a quotient a/b with a constant difference.

    Far from the spectrum a/b is near 1, where only a/b - 1 has the digits.
    """
    above, below = sp.fraction(logarithm.args[0])
    difference = above - below
    return difference / below if below != 1 and difference.is_number else None


@final
@dataclass(frozen=True)
class Evaluated(RealConstant):
    """A real constant that brings its own digits, such as a Gaussian mean."""

    expression: sp.Expr

    def ball(self) -> arb:
        """Rounded to more digits than are asked for."""
        return _evaluated(self.expression, ctx.prec)


@lru_cache(maxsize=1024)
def _evaluated(expression: sp.Expr, bits: int) -> arb:
    """The digits, asked for once at each precision: programs run at many points."""
    if isinstance(expression, EnclosedNumber):
        return expression.ball(bits)
    digits = int(bits * 0.302) + 5
    with ctx.workprec(bits + 16):
        value = arb(str(expression.evalf(digits)))
        return value + arb(0, (abs(value) + 1) * arb(10) ** (3 - digits))


def _transform(expression: GaussianTransform | ProductTransform) -> Function:
    """The transform as a function that brings its own values."""
    order, *rest = expression.args[1:]
    if isinstance(expression, GaussianTransform):
        image = ImageTransform(gaussian_map(*rest), int(order))
    else:
        image = ProductOracle(_product_map(*rest), int(order))
    return Function(image, _derivative(expression.at))


@final
@dataclass(frozen=True)
class LimitOf(Limit):
    """The limit, found when first asked for."""

    function: sp.Lambda
    end: sp.Expr
    side: str

    def bounds(self) -> tuple[arb, arb]:
        """Its least and largest value."""
        low, high = (_extended(value) for value in limits_of(self.function, self.end, self.side))
        return low, high


def _extended(value: sp.Expr) -> arb:
    """A real number or ±∞."""
    if value.is_infinite:
        return arb.pos_inf() if value.is_extended_positive else arb.neg_inf()
    return _evaluated(value, ctx.prec)


@lru_cache(maxsize=256)
def _product_map(size: sp.Integer, function: sp.Lambda, charts: sp.Tuple) -> ProductMap:
    x, *variables = (sp.Dummy("x", real=True) for _ in (0, *charts))
    axes = (
        Axis(kind.name, compile_program(numbers, []), compile_program([weight(x)], [x]))
        for kind, *numbers, weight, _ in (chart.args for chart in charts)
    )
    entries = compile_program(list(function(*variables)), variables)
    conditional = conditional_of(int(size), function, tuple(charts), compile_program)
    return ProductMap(entries, int(size), tuple(axes), conditional)


@lru_cache(maxsize=256)
def gaussian_map(function: sp.Lambda, low: sp.Expr, high: sp.Expr) -> GaussianMap:
    """A function of a real variable between two ends, compiled with two derivatives."""
    x = sp.Dummy("x", real=True)
    value = function(x)
    limits = (LimitOf(function, low, "+"), LimitOf(function, high, "-"))
    left, right = (
        limit if limit.end.is_infinite else compile_program([limit.end], []) for limit in limits
    )
    own, slope, bend = (
        compile_program([value.diff(x, order) if order else value], [x]) for order in range(3)
    )
    return GaussianMap(own, slope, bend, left, right, limits)


def _derivative(function: Callable[[sp.Expr], sp.Function]) -> Callable[[], Program]:
    """The derivative of a function of one variable, compiled when first needed."""
    x = sp.Dummy("x")
    return cache(lambda: compile_program([derivative_of(function(x))], [x]))
