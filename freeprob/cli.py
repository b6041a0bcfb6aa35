"""The command ``freeprob``: a law given as text, read as equation, number, matrix and picture."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TextIO

import sympy as sp

import freeprob
from freeprob.commands import completion, data, network
from freeprob.commands.answers import answers, as_csv, as_json
from freeprob.ensembles.comparison import Verdict
from freeprob.errors import FreeprobError, InvalidParameterError, ParseError
from freeprob.language.matrices import parse_letter, parse_matrix
from freeprob.language.parser import parse_law, parse_number, symbol
from freeprob.language.vocabulary import closest, find, words
from freeprob.law_symbols import admissible

if TYPE_CHECKING:
    from freeprob.ensembles.comparison import Comparison
    from freeprob.laws.base import Law
    from freeprob.models.letters.letters import RandomMatrix

EXAMPLE = (
    'freeprob derive "MarchenkoPastur(c) boxplus Semicircle(1)" --latex --set c=1/2 --density 1'
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command: 0 on success, 1 if simulated matrices disagree, 2 for what is refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal without Greek letters shows escapes
            stream.reconfigure(errors="backslashreplace")
    options = _arguments().parse_args(arguments)
    try:
        code = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (FreeprobError, ModuleNotFoundError) as error:
        return _refused(_in_options(str(error)))
    except OSError as error:
        return _refused(_of_file(error))
    except KeyboardInterrupt:
        return _refused("interrupted; smaller laws and fewer --dps take less time")
    except Exception as error:  # noqa: BLE001 - the process ends here
        return _refused(
            f"this is a fault of freeprob, not of yours ({type(error).__name__}: {error}); "
            "please report the command you typed"
        )


def _refused(message: str) -> int:
    """Say why on the error stream."""
    print(f"freeprob: {message}", file=sys.stderr)
    return 2


def _of_file(error: OSError) -> str:
    """What is wrong with a file, without the system's number for it."""
    file = Path(str(error.filename or "the file"))
    if isinstance(error, FileNotFoundError) and not file.parent.exists():
        return f"there is no folder '{file.parent}' for '{file.name}'"
    if isinstance(error, FileNotFoundError):
        return f"there is no file '{file}'"
    if isinstance(error, IsADirectoryError):
        return f"'{file}' is a folder, and a file is wanted"
    return f"'{file}': {(error.strerror or str(error)).lower()}"


# advice that the library gives in Python, and the same in options
_OPTIONS = (
    (re.compile(r"(in |with |by |use )law\.subs(\(\{.*?\}\))?( first)?"), r"\1--set NAME=VALUE"),
    (re.compile(r"the numeric reading"), "the numeric reading (--density, --cdf, --quantile)"),
    (re.compile(r"raise the budget, "), ""),
    (re.compile(r"^weight_variance is"), "--weights is"),
    (re.compile(r"^bias_variance is"), "--bias is"),
    (re.compile(r"a smaller weight_variance"), "smaller --weights"),
    (re.compile(r"pass length=.*"), "give a --bias, or other --weights, so that one is settled"),
)


def _in_options(message: str) -> str:
    """A message of the library whose advice names the command's options."""
    for pattern, option in _OPTIONS:
        message = pattern.sub(option, message)
    return message


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="freeprob",
        description="Exact equations, digits and simulated matrices in free probability.",
        epilog=f"example: {EXAMPLE}",
    )
    parser.add_argument("--version", action="version", version=f"freeprob {freeprob.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    vocabulary = commands.add_parser("words", help="list every law and operation with parameters")
    vocabulary.set_defaults(run=_words)
    vocabulary.add_argument("name", nargs="*", help="only these, with their full description")
    derive = commands.add_parser(
        "derive",
        help="derive a law's equation and read it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Derive a law's equation. Names that are no words are symbolic parameters.",
        epilog=f"'freeprob words' lists the laws and operations.\nexample: {EXAMPLE}",
    )
    derive.set_defaults(run=_derive)
    _describe_derive(derive)
    data.describe(commands)
    network.describe(commands)
    completion.describe(commands, _arguments)
    return parser


def _describe_derive(derive: argparse.ArgumentParser) -> None:
    """The law, and what is read off it."""
    derive.add_argument(
        "law",
        help="such as 'MarchenkoPastur(1/2) boxplus Semicircle(1)', or with --let a matrix",
    )
    derive.add_argument(
        "--let",
        action="append",
        default=[],
        metavar="NAME=KIND(...)",
        help="a random matrix, as in --let 'X=Ginibre(N, N/c)' for 'X*X.T*c/N'; repeatable",
    )
    derive.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="value of a symbolic parameter for what follows the equation; repeatable",
    )
    derive.add_argument(
        "--latex",
        action="store_true",
        help="the derivation as LaTeX (Markdown if nothing is asked)",
    )
    derive.add_argument(
        "--moments", type=_count, metavar="N", help="the first N moments, with symbolic parameters"
    )
    _describe_values(derive)
    derive.add_argument("--check", action="store_true", help="compare with simulated matrices")
    derive.add_argument(
        "--plot", metavar="FILE", help="theory over a simulated histogram (PNG, PDF)"
    )
    derive.add_argument("--size", type=_count, default=1000, metavar="N", help="matrix size")
    derive.add_argument("--draws", type=_count, default=8, help="matrices drawn by --check")
    derive.add_argument("--seed", type=int, default=0, help="seed of the simulated matrices")


def _describe_values(derive: argparse.ArgumentParser) -> None:
    """Numbers, and the form they come in."""
    derive.add_argument("--support", action="store_true", help="the cuts, edges and atoms")
    for name in ("density", "cdf", "quantile"):
        derive.add_argument(
            f"--{name}",
            action="append",
            default=[],
            metavar="X",
            help=f"the {name} at X, or from X to Y in steps, as in 0:4:0.01; repeatable; write "
            f"--{name}=-1/2 for what begins with a minus",
        )
    derive.add_argument(
        "--dps",
        type=_count,
        metavar="DIGITS",
        help="default: 15; a range without it is computed in float64",
    )
    form = derive.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="values as a table, for files")
    form.add_argument("--json", action="store_true", help="all answers as one JSON object")


def _count(text: str) -> int:
    """A positive integer, for argparse."""
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"must be a positive integer, got {text!r}")
    return int(text)


def _words(options: argparse.Namespace) -> int:
    for name in options.name:
        word = find(name)
        if word is None:
            raise ParseError(f"no law or operation is called '{name}' ({closest(name)})")
        print(f"{word.usage}\n\n{inspect.getdoc(word.build)}\n")
    if not options.name:
        for word in words().values():
            print(f"{word.usage}\n    {word.summary}")
    return 0


def _derive(options: argparse.Namespace) -> int:
    law = _law(options)
    values = dict(_setting(text, law) for text in options.set)
    asked = [options.moments, options.support, options.density, options.cdf, options.quantile]
    if options.latex or not any([*asked, options.check, options.plot, options.csv, options.json]):
        derivation = law.derive(*_letters(law))
        print(derivation.latex() if options.latex else derivation.markdown())
    exact = law.moments(options.moments) if options.moments else []
    symbolic, law = law, law.subs(values) if values else law
    _require_values(law, options)
    found = answers(law, options)
    if options.csv and not (exact or found):
        raise InvalidParameterError(
            "--csv is a table of numbers: ask for some, as by --density 0:4:0.1 or --moments 4"
        )
    if options.json:
        print(as_json(symbolic, values, exact, found))
    elif options.csv:
        print(as_csv(exact, found))
    else:
        for order, moment in enumerate(exact, 1):
            print(f"moment {order}: {sp.factor(moment)}")
        if values:
            print(", ".join(f"{name} = {value}" for name, value in values.items()))
        for answer in found:
            print(answer.line())
    comparison = _simulate(law, options) if options.check else None
    if options.plot:
        print(f"picture: {_picture(law, options)}", file=_beside(options))
    if comparison is not None and comparison.verdict is Verdict.TOO_SMALL:
        raise InvalidParameterError(
            f"--check: matrices of size {options.size} are {comparison.verdict.value}; "
            "try --size 300"
        )
    return 0 if comparison is None or comparison.passed else 1


def _law(options: argparse.Namespace) -> Law:
    """The law of the text, or with letters that of the matrix."""
    if not options.let:
        return parse_law(options.law)
    letters: dict[str, RandomMatrix] = {}
    for text in options.let:
        name, letter = parse_letter(text)
        if name in letters:
            raise ParseError(f"--let gives '{name}' twice")
        letters[name] = letter
    matrix = parse_matrix(options.law, letters)
    # a letter that --let forgot is a number to the parser, which only a person can notice
    numbers = ", ".join(sorted(map(str, matrix.atoms(sp.Symbol)))) or "none"
    print(f"freeprob: matrices: {', '.join(letters)}; numbers: {numbers}", file=sys.stderr)
    return freeprob.law(matrix)


def _setting(text: str, law: Law) -> tuple[sp.Symbol, sp.Expr]:
    """A parameter of the law and its value, from NAME=VALUE."""
    name, equals, value = text.partition("=")
    parameter = symbol(name.strip())
    if not equals or parameter not in law.parameters:
        known = ", ".join(map(str, law.parameters)) or "none"
        raise ParseError(
            f"--set takes NAME=VALUE with a parameter of the law, got {text[:60]!r}; "
            f"its parameters: {known}"
        )
    return parameter, parse_number(value)


def _require_values(law: Law, options: argparse.Namespace) -> None:
    """Ask for the parameters that numbers, matrices and pictures need, in the command's words."""
    wanted = ("support", "density", "cdf", "quantile", "check", "plot")
    asked = [f"--{name}" for name in wanted if getattr(options, name)]
    if asked and law.parameters:
        names = ", ".join(map(str, law.parameters))
        example = admissible(law, Random(0), first=sp.S.One)
        settings = " ".join(f"--set {name}={value}" for name, value in example.items())
        raise InvalidParameterError(
            f"{' and '.join(asked)}: no number is given for {names}; give it, as in {settings}"
        )


def _letters(law: Law) -> tuple[sp.Symbol, sp.Symbol]:
    """The letters G and z, which the law's parameters must leave free."""
    letters = sp.Symbol("G"), sp.Symbol("z")
    taken = {str(letter) for letter in letters} & {str(name) for name in law.parameters}
    if taken:
        raise ParseError(
            f"{' and '.join(sorted(taken))} stands for the Cauchy transform G(z) itself; "
            "give the parameter another name"
        )
    return letters


def _simulate(law: Law, options: argparse.Namespace) -> Comparison:
    comparison = law.check(n=options.size, draws=options.draws, rng=options.seed)
    print(comparison.summary(), file=_beside(options))
    return comparison


def _beside(options: argparse.Namespace) -> TextIO:
    """Where words go: beside a table or an object, which programs read, they are no part of it."""
    return sys.stderr if options.csv or options.json else sys.stdout


def _picture(law: Law, options: argparse.Namespace) -> Path:
    """Save the density over a histogram of one simulated matrix; the file is a PNG by default."""
    from freeprob import plotting

    file = Path(options.plot)
    file = file if file.suffix else file.with_suffix(".png")
    figure = plotting.figure()
    axes = figure.subplots()
    plotting.plot_density(law, ax=axes, sample=law.sample(options.size, rng=options.seed))
    axes.set_title(f"${sp.latex(law)}$, and one matrix of size {options.size}")
    axes.legend()
    try:
        figure.savefig(file, dpi=150)
    except ValueError as error:
        raise InvalidParameterError(f"--plot {file}: {error}") from error
    return file
