"""Equations as LaTeX lines of a page's width."""

from __future__ import annotations

import re

import sympy as sp
from sympy.printing.latex import LatexPrinter

# letters in a line of 38 em, which a page of article and a page of the site hold: half an em each
_WIDTH = 76


class _Printer(LatexPrinter):
    """SymPy's printer, but a sum never begins with a minus sign if it need not."""

    def _print_Add(self, expr: sp.Add, order: str | None = None) -> str:
        terms = self._as_ordered_terms(expr, order=order)
        return _joined(_leading([_signed(self._term(term)) for term in terms]))

    def _term(self, term: sp.Expr) -> str:
        text = self._print(term)
        return self._add_parens(text) if self._needs_add_brackets(term) else text


def formula(expression: sp.Basic) -> str:
    r"""LaTeX of an expression, 1 - φG rather than -Gφ + 1.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.typesetting import formula
    >>> c, w = sp.symbols("c w")
    >>> formula(1 / (1 - c * w))
    '\\frac{1}{1 - c w}'
    """
    return _Printer().doprint(expression)


def equation_latex(equation: sp.Basic, variable: sp.Expr) -> str:
    """LaTeX of an equation; polynomials in descending powers of a variable, long ones in lines."""
    if not isinstance(equation, sp.Equality):
        return formula(equation)
    left, right = equation.lhs, equation.rhs
    if right == 0:
        pure = all(_is_power(term, variable) for term in sp.Add.make_args(left))
        whole = _polynomial_terms(left, variable) if pure else _scaled_signs("+", left)
        return _lines(whole, " = 0")
    terms = _leading([_signed(formula(term)) for term in sp.Add.make_args(right)])
    start = f"{formula(left)} = "
    line = start + _joined(terms)
    return line if _length(line) <= _WIDTH else _lines(terms, "", start)


class Equality(sp.Equality):
    r"""SymPy's equality, equal to it, which a notebook shows in lines by powers of an unknown.

    Whatever is made of it is SymPy's own again; the name is SymPy's, which hashes and ``srepr``
    go by.

    Examples
    --------
    >>> import sympy as sp
    >>> from freeprob.typesetting import Equality
    >>> c, G = sp.symbols("c G")
    >>> equation = Equality.of(c * G - G**2 - 1, 0, G)
    >>> equation == sp.Eq(c * G - G**2 - 1, 0), equation.func is sp.Eq
    (True, True)
    >>> equation._repr_latex_()
    '$\\displaystyle - G^{2} + c G - 1 = 0$'
    """

    __slots__ = ("unknown",)
    unknown: sp.Expr

    @classmethod
    def of(cls, left: sp.Basic, right: object, unknown: sp.Expr) -> Equality:
        """Unevaluated, by powers of the unknown."""
        found = cls(left, right, evaluate=False)
        found.unknown = unknown
        return found

    @property
    def func(self) -> type[sp.Equality]:
        """SymPy's class, of which every change makes one."""
        return sp.Equality

    def __eq__(self, other: object) -> bool:
        """As between two of SymPy's."""
        return isinstance(other, sp.Equality) and self.args == getattr(other, "args", ())

    __hash__ = sp.Equality.__hash__

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        return Equality.of, (*self.args, self.unknown)

    def _repr_latex_(self) -> str:
        text = equation_latex(self, self.unknown)
        return f"$$\n{text}\n$$" if "\n" in text else rf"$\displaystyle {text}$"


def document(body: str, bibliography: str = "") -> str:
    """A fragment as a document that compiles, with the works of a ``.bib`` of this name."""
    lines = [
        r"\documentclass{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[utf8]{inputenc}",
        r"\usepackage[margin=2cm]{geometry}",
        r"\usepackage{amsmath}",
        r"\usepackage{amssymb}",
        r"\begin{document}",
        body,
    ]
    if bibliography:
        lines += [r"\bibliographystyle{plain}", rf"\bibliography{{{bibliography}}}"]
    return "\n".join([*lines, r"\end{document}", ""])


def plain_text(text: str) -> str:
    """Text safe in LaTeX: formulas in dollars stay."""
    return text.replace("&", r"\&").replace("%", r"\%")


def _is_power(term: sp.Expr, variable: sp.Expr) -> bool:
    """Whether a term is a power of the variable, the zeroth too, times what does not hold it."""
    power = term.as_independent(variable, as_Add=False)[1]
    base, exponent = power.as_base_exp()
    return not power.has(variable) or (base == variable and exponent.is_Integer and exponent > 0)


def _polynomial_terms(expression: sp.Expr, variable: sp.Expr) -> list[tuple[str, str]]:
    """Signs and terms, highest power first, coefficients before the power."""
    found: dict[int, sp.Expr] = {}
    for term in sp.Add.make_args(expression):
        rest, power = term.as_independent(variable, as_Add=False)
        degree = sp.degree(power, variable) if power.has(variable) else 0
        found[degree] = sp.Add(found.get(degree, sp.S.Zero), rest)
    terms = []
    for degree in sorted(found, reverse=True):
        power = formula(variable**degree) if degree else ""
        rest = found[degree]
        sign, rest = ("-", -rest) if rest.could_extract_minus_sign() else ("+", rest)
        if rest == sp.S.One and power:
            terms.append((sign, power))
        elif degree == 0 and rest.is_Add:
            terms += _scaled_signs(sign, rest)
        else:
            terms += _scaled(sign, rest, power)
    return terms


def _scaled(sign: str, coefficient: sp.Expr, power: str) -> list[tuple[str, str]]:
    """A coefficient before a power: one term, or where a sum in it is long several."""
    body = formula(coefficient)
    sums = [factor for factor in sp.Mul.make_args(coefficient) if factor.is_Add]
    if not sums or _length(body) <= _WIDTH // 2:
        body = rf"\left({body}\right)" if coefficient.is_Add else body
        return [(sign, f"{body} {power}".strip())]
    longest = max(sums, key=lambda factor: len(factor.args))
    outside = coefficient / longest
    inner = _leading(_scaled_signs("+", longest))
    (first, head), (final, tail) = inner[0], inner[-1]
    bracket = r"\bigl(" if outside == 1 else rf"{formula(outside)} \bigl("
    head = f"{bracket}- {head}" if first == "-" else f"{bracket}{head}"
    return [(sign, head), *inner[1:-1], (final, rf"{tail}\bigr) {power}".strip())]


def _scaled_signs(sign: str, sum_: sp.Expr) -> list[tuple[str, str]]:
    """The terms of a bare sum."""
    whole = sum_ if sign == "+" else -sum_
    return [_signed(formula(term)) for term in whole.as_ordered_terms()]


def _signed(text: str) -> tuple[str, str]:
    """A leading minus apart."""
    return ("-", text[1:].strip()) if text.startswith("-") else ("+", text)


def _leading(terms: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The terms, those with a minus that stand first put last if there is one with a plus."""
    first = next((i for i, (sign, _) in enumerate(terms) if sign == "+"), 0)
    return [*terms[first:], *terms[:first]]


def _joined(terms: list[tuple[str, str]]) -> str:
    (first, head), *rest = terms
    text = f"- {head}" if first == "-" else head
    return text + "".join(f" {sign} {term}" for sign, term in rest)


def _length(text: str) -> int:
    """Printed width in letters, roughly: commands count as one, braces as none, signs as three."""
    letters = re.sub(
        r"\\[a-zA-Z]+", "x", re.sub(r"\\(left|right|bigl|bigr|operatorname)", "", text)
    )
    return len(re.sub(r"[-+=]", "xxx", re.sub(r"[{}^_ ]", "", letters)))


def _lines(terms: list[tuple[str, str]], end: str, start: str = "") -> str:
    """One line, or an ``aligned`` block of lines of a page's width."""
    single = start + _joined(terms) + end
    if _length(single) <= _WIDTH:
        return single
    rows, row = [], []
    for sign, term in terms:
        if row and _length(_joined([*row, (sign, term)])) > _WIDTH:
            rows.append(row)
            row = []
        row.append((sign, term))
    rows.append(row)
    texts = [start + "& " + _joined(rows[0])]
    texts += [r"& \quad " + " ".join(f"{sign} {term}" for sign, term in row) for row in rows[1:]]
    body = " \\\\\n".join(texts)
    return f"\\begin{{aligned}}\n{body}{end}\n\\end{{aligned}}"
