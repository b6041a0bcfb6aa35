"""The little language: what it reads, what it refuses, and that hostile text stays cheap."""

from __future__ import annotations

import inspect
import pickle
import re
import sys
import time
from contextlib import suppress

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import freeprob as fp
from freeprob.errors import FreeprobError, ParseError
from freeprob.language.parser import parse_law, parse_number, symbol
from freeprob.language.vocabulary import Word, words
from tests.laws.catalogue import LAWS as CATALOGUE
from tests.laws.catalogue import VALUES as CATALOGUE_VALUES

half = sp.Rational(1, 2)
x, N = sp.Symbol("x"), sp.Symbol("N", positive=True)
X, Y = fp.Ginibre("X", N, N), fp.GOE("Y", N)


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("Semicircle(1)", lambda: fp.Semicircle(1)),
        ("Semicircle()", lambda: fp.Semicircle()),
        ("MarchenkoPastur(1/2)", lambda: fp.MarchenkoPastur(half)),
        ("MarchenkoPastur(ratio=0.5, variance=2)", lambda: fp.MarchenkoPastur(half, 2)),
        ("Atomic({-1: 1/2, 1: 1/2})", lambda: fp.Atomic({-1: half, 1: half})),
        (
            "MarchenkoPastur(c) boxplus Semicircle(2*t) boxplus PointMass(-3)",
            lambda: fp.boxplus(
                fp.MarchenkoPastur(symbol("c")), fp.Semicircle(2 * symbol("t")), fp.PointMass(-3)
            ),
        ),
        (
            "Semicircle(1) ⊞ MarchenkoPastur(1)",
            lambda: fp.boxplus(fp.Semicircle(1), fp.MarchenkoPastur(1)),
        ),
        ("boxplus_power(Semicircle(1), 3)", lambda: fp.boxplus_power(fp.Semicircle(1), 3)),
        ("PointMass(1e-3)", lambda: fp.PointMass(sp.Rational(1, 1000))),
    ],
)
def test_text_is_read_as_the_law_it_names(text: str, law) -> None:
    assert parse_law(text) == law()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/2/2", sp.Rational(1, 4)),
        ("1 - 2 - 3", -4),
        ("-2^2", -4),
        ("2^-2", sp.Rational(1, 4)),
        ("2**3^2", 512),
        ("2 + 3*4", 14),
        ("--1", 1),
        ("sqrt(8)", 2 * sp.sqrt(2)),
        ("pi/4", sp.pi / 4),
        (".5", half),
        ("0.1", sp.Rational(1, 10)),
    ],
)
def test_numbers_are_exact_and_bind_as_written(text: str, value: object) -> None:
    assert parse_number(text) == sp.sympify(value)


def test_product_binds_tighter_than_sum() -> None:
    text = "Semicircle(1) boxplus MarchenkoPastur(1) boxtimes MarchenkoPastur(2)"
    product = fp.boxtimes(fp.MarchenkoPastur(1), fp.MarchenkoPastur(2))
    assert parse_law(text) == fp.boxplus(fp.Semicircle(1), product)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a law or a number"),
        ("Semicircle(1", "expected ',' or ')'"),
        ("Semicircle(1))", "unexpected ')'"),
        ("Semicirle(1)", "did you mean 'Semicircle'"),
        ("Semicircle", "needs its parameters: Semicircle(variance=1, mean=0)"),
        ("Semicircle(1, radius=2)", "unexpected keyword argument 'radius'"),
        ("Semicircle(variance=1, 2)", "without name after a named one"),
        ("Semicircle(variance=1, variance=2)", "given twice"),
        ("Semicircle(Semicircle(1))", "'variance' must be a number, got a law"),
        ("Semicircle({1: 1})", "'variance' must be a number, got a mapping"),
        ("Atomic(1)", "must be {key: weight, ...}, got a number"),
        ("Atomic({1: 1/2, 1: 1/2})", "given twice"),
        ("1 boxplus Semicircle(1)", "must be a law, got a number"),
        ("Semicircle(1) + Semicircle(1)", "for laws use boxplus"),
        ("Semicircle(1)^2", "for laws use boxplus_power"),
        ("1/2", "a number where a law is wanted"),
        ("PointMass(1/0)", "division by zero, at column 12"),
        ("PointMass(0^-1)", "division by zero"),
        ("PointMass(2^x)", "exponent must be a rational number"),
        ("PointMass(sqrt(-1))", "root of a negative number"),
        ("9^9^9^9", "too large for the command"),
        ("PointMass((((2^64)^64)^64)^64)", "more than 20000 bits"),
        ("PointMass((((x^64)^64)^64)^64)", "degree beyond 64"),
        ("PointMass((a+b+c+d+f+g)^40)", "more than 5000 terms"),
        ("PointMass(1e99999999999)", "power of ten"),
        ("PointMass(" + "9" * 61 + ")", "a number of more than 60 characters"),
        ("(" * 100, "nested more than 40 deep"),
        ("-" * 100 + "1", "nested more than 40 deep"),
        ("2^" * 100 + "1", "nested more than 40 deep"),
        ("a+" * 1500, "more than the 2000 allowed"),
        ("__import__('os').system('true')", "unexpected character '_'"),
        ("Semicircle(1).__class__", "unexpected character '_'"),
        ("Semicircle(1).func(2)", "no law or operation is called 'func'"),
        ("eval(1)", "no law or operation is called 'eval'"),
        ("Law(1)", "no law or operation is called 'Law'"),
        ("lambda: 0", "unexpected ':'"),
        ("Semicircle('1')", 'unexpected character "\'"'),
        ("Semicircle(1) \x00", r"unexpected character '\x00'"),
        ("Semicircle(１)", "unexpected character"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(fp.errors.ParseError, match=re.escape(message)):
        parse_law(text)


def test_a_refusal_shows_the_place() -> None:
    with pytest.raises(fp.errors.ParseError) as caught:
        parse_law("MarchenkoPastur(1/2) boxplus Semicirle(1)")
    line, window, caret = str(caught.value).splitlines()
    assert "column 30" in line
    assert window[caret.index("^") :].startswith("Semicirle")


def test_a_law_refusing_its_parameters_names_itself() -> None:
    with pytest.raises(fp.errors.InvalidParameterError, match="MarchenkoPastur: ratio = rows"):
        parse_law("Semicircle(1) boxplus MarchenkoPastur(-1)")


def test_every_public_law_and_operation_is_a_word() -> None:
    def is_word(value: object) -> bool:
        if inspect.isclass(value):
            return issubclass(value, fp.Law) and value is not fp.Law
        hint = getattr(value, "__annotations__", {}).get("return")
        home = getattr(value, "__module__", "")
        return inspect.isfunction(value) and home.startswith("freeprob.laws.") and hint == "Law"

    public = {name for name in fp.__all__ if is_word(getattr(fp, name))}
    assert public <= set(words())
    assert {"dilate", "shift"} <= set(words())


SIGNS = [*"(){},:=.+-*/^⊞⊠", "**", "boxplus", "boxtimes"]
ATOMS = [*"0129xé_'", "-1", "1/2", "0.25", "64", "1e300", "1e-300", "phi", "pi", "sqrt"]
PIECES = st.sampled_from([*words(), *SIGNS, *ATOMS, "9" * 60, " ", "\n"])


def refuses_or_reads(text: str) -> None:
    """Only the package's own errors, in little time."""
    start = time.process_time()
    with suppress(fp.errors.FreeprobError):
        law = parse_law(text)
        assert isinstance(law, fp.Law)
        assert law.func(*law.args) == law
    assert time.process_time() - start < 5


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    refuses_or_reads(text)


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_sequence_of_the_languages_own_pieces_is_read_or_refused(text: str) -> None:
    refuses_or_reads(text)


NUMBERS = st.recursive(
    st.sampled_from(["0", "1", "2", "3", "0.5", "1/3", "x", "y", "pi", "1e300", "9" * 60]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "^"]), inner).map(
            lambda parts: "(" + "".join(parts) + ")"
        ),
        inner.map(lambda text: f"sqrt({text})"),
        inner.map(lambda text: f"({text})^64"),
        inner.map(lambda text: f"-{text}"),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(NUMBERS)
def test_arithmetic_stays_bounded_whatever_is_nested(number: str) -> None:
    refuses_or_reads(f"PointMass({number})")


VALUES = st.sampled_from(["0", "1", "-1", "2", "1/2", "3", "0.25", "x", "sqrt(2)", "x - x", "1e9"])


def calls(word: Word, laws: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Calls of a word whose arguments have the right kinds, whatever their values."""
    weights = st.lists(st.tuples(st.one_of(VALUES, laws), VALUES), min_size=1, max_size=3)
    mappings = weights.map(lambda pairs: "{" + ", ".join(map(": ".join, pairs)) + "}")
    kinds = {"Law": laws, "Number": VALUES}
    arguments = []
    for name, parameter in word.signature.parameters.items():
        kind = "Law" if name == "self" else str(parameter.annotation)
        one = kinds.get(kind, mappings)
        if parameter.kind is parameter.VAR_POSITIONAL:
            one = st.lists(one, min_size=1, max_size=3).map(", ".join)
        arguments.append(one)
    return st.tuples(*arguments).map(lambda texts: f"{word.name}({', '.join(texts)})")


LAWS = st.recursive(
    st.sampled_from(["Semicircle(1)", "PointMass(2)", "Atomic({0: 1/3, 1: 2/3})", "Cauchy()"]),
    lambda laws: st.one_of(*(calls(word, laws) for word in words().values())),
    max_leaves=6,
)


@settings(max_examples=1000)
@given(LAWS)
def test_calls_with_arguments_of_the_right_kinds_are_read_or_refused(text: str) -> None:
    refuses_or_reads(text)


@settings(max_examples=300)
@given(LAWS)
def test_laws_are_printed_as_they_are_read(text: str) -> None:
    with suppress(FreeprobError):
        law = parse_law(text)
        assert read_again(law) == law


@pytest.mark.parametrize("law", [law for law in CATALOGUE if "TransformLaw" not in str(law)])
def test_the_catalogue_is_printed_as_it_is_read(law: fp.Law) -> None:
    given = {parameter: symbol(parameter.name) for parameter in law.parameters}
    assert read_again(law.xreplace(given)) == law.xreplace(given)
    assert read_again(law.subs(CATALOGUE_VALUES)) == law.subs(CATALOGUE_VALUES)


def read_again(law: fp.Law) -> fp.Law:
    """The law that the language reads where this one is printed; refusals are faults."""
    try:
        return parse_law(str(law))
    except FreeprobError as error:
        raise AssertionError(f"{law} is not read") from error


@pytest.mark.parametrize(
    ("law", "why"),
    [
        # data: printed by their number and range, never one by one
        (fp.Empirical([1, 2, 3]), "Empirical"),
        # the kind of the transform is a text, and the language has none
        (fp.TransformLaw("R", 2 / (1 - x), x), "unexpected character"),
        # a variable bound to a law: the language's mappings have numbers and laws as keys
        (fp.image(x**2 + 1 / (x - 7), {x: fp.Uniform()}), "'image'"),
        (fp.image(sp.exp(x), {x: fp.Normal()}), "'exp'"),
        # a letter looks like the name of a number
        (fp.LawSymbol("H"), "a law is wanted"),
        (fp.boxplus(fp.LawSymbol("H"), fp.Semicircle(1)), "must be a law, got a number"),
        # the language of matrices reads the expression, with its letters
        (fp.law(X * Y * X.T / N + Y), "expected '('"),
        (fp.law(fp.Spike("P", [3], N) + Y), "'law'"),
    ],
    ids=str,
)
def test_what_the_language_cannot_read_is_refused(law: fp.Law, why: str) -> None:
    with pytest.raises(ParseError, match=re.escape(why)):
        parse_law(str(law))


@pytest.mark.parametrize(
    ("law", "printed"),
    [
        (
            fp.boxplus(fp.Semicircle(1), fp.MarchenkoPastur(half)),
            "boxplus(MarchenkoPastur(1/2), Semicircle(1))",
        ),
        (fp.boxplus_power(fp.MarchenkoPastur(2, 3), 2), "boxplus_power(MarchenkoPastur(2, 3), 2)"),
        (fp.MarchenkoPastur(2).square().dilate(2), "MarchenkoPastur(2).square().dilate(2)"),
        (
            fp.mixture({fp.MarchenkoPastur(2): half, fp.Semicircle(1, 2): half}),
            "mixture({MarchenkoPastur(2): 1/2, Semicircle(1, 2): 1/2})",
        ),
        (fp.information_plus_noise(fp.Uniform(), 1), "information_plus_noise(Uniform(0, 1), 1)"),
    ],
)
def test_laws_are_printed_as_users_type_them(law: fp.Law, printed: str) -> None:
    assert str(law) == repr(law) == printed
    assert pickle.loads(pickle.dumps(law)) == law


def test_reading_calls_no_evaluator(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*arguments: object, **keywords: object) -> object:
        raise AssertionError("text reached an evaluator")

    for name in ("eval", "exec", "compile"):
        monkeypatch.setattr(f"builtins.{name}", forbidden)
    for module, name in (
        ("sympy.parsing.sympy_parser", "parse_expr"),
        ("sympy.parsing.sympy_parser", "eval_expr"),
        ("sympy.utilities.lambdify", "lambdify"),
    ):
        monkeypatch.setattr(sys.modules[module], name, forbidden)
    assert parse_law("MarchenkoPastur(phi) boxplus Semicircle(2*epsilon + 1.5)").parameters
