"""The command: what it prints, what it returns, and how it refuses."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

import freeprob as fp
from freeprob import nets
from freeprob.cli import main
from freeprob.ensembles import Verdict
from freeprob.errors import BudgetExceededError, ParseError
from freeprob.language.matrices import parse_matrix
from freeprob.language.vocabulary import words
from freeprob.laws.base import Law

HESSIAN = "MarchenkoPastur(phi) boxplus Semicircle(2*epsilon)"
VALUES = ["--set", "phi=1/2", "--set", "epsilon=1/10"]


class Output(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: str) -> Output:
        code = main(arguments)
        captured = capsys.readouterr()
        return Output(code, captured.out, captured.err)

    return run


def hessian_density(x: int, digits: int) -> mpmath.mpf:
    """Density at x from the cubic of Pennington-Bahri 2017 at φ = 1/2, ε = 1/10."""
    own = mpmath.MPContext()
    own.dps = digits + 20
    phi, epsilon = own.mpf(1) / 2, own.mpf(1) / 10
    cubic = [2 * epsilon * phi, -(2 * epsilon + phi * x), x + phi - 1, own.mpf(-1)]
    a, b, c, d = cubic
    root = own.findroot(lambda g: ((a * g + b) * g + c) * g + d, own.mpc(0.3, -1))
    assert root.imag < 0
    return -root.imag / own.pi


def test_the_derivation_is_printed_as_latex(run) -> None:
    output = run("derive", HESSIAN, "--latex")
    assert output.code == 0
    assert r"\phi" in output.out
    assert r"\epsilon" in output.out
    assert "Dummy" not in output.out
    assert output.err == ""


def test_without_a_question_the_derivation_is_markdown(run) -> None:
    output = run("derive", "Semicircle(t)")
    assert output.code == 0
    assert "G" in output.out


def test_a_law_without_polynomial_equation_shows_its_own_equations(run) -> None:
    output = run("derive", "Uniform(0, 1)")
    assert output.code == 0
    assert r"G = \log" in output.out


def test_fifty_digits_of_the_density(run) -> None:
    output = run("derive", HESSIAN, *VALUES, "--density", "1", "--dps", "50")
    (printed,) = re.findall(r"density\(1\) = (\S+)", output.out)
    assert printed == mpmath.nstr(hessian_density(1, 50), 50, strip_zeros=False)
    assert output.code == 0


def test_support_moments_cdf_and_quantile(run) -> None:
    output = run(
        *("derive", "MarchenkoPastur(2)", "--support", "--moments", "3"),
        *("--cdf", "0", "--quantile", "0.75", "--density=-1/2"),
    )
    assert output.code == 0
    assert "moment 3: 11" in output.out
    assert "atom: mass 1/2 at 0" in output.out
    assert "density(-1/2) = 0.0" in output.out
    assert "cdf(0) = 0.5" in output.out
    low, high = (3 - 2 * mpmath.sqrt(2), 3 + 2 * mpmath.sqrt(2))
    assert f"[{mpmath.nstr(low, 13)}" in output.out.replace("cut: ", "")[:200] or str(high)


def test_moments_keep_symbols(run) -> None:
    output = run("derive", "MarchenkoPastur(c)", "--moments", "2")
    assert output.out.splitlines() == ["moment 1: 1", "moment 2: c + 1"]


def test_check_and_picture(run, tmp_path: Path) -> None:
    picture = tmp_path / "hessian.png"
    output = run(
        *("derive", HESSIAN, *VALUES, "--check", "--size", "200", "--draws", "4"),
        *("--plot", str(picture)),
    )
    assert output.code == 0
    assert "agree" in output.out
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_disagreement_with_simulation_is_the_exit_code(run, monkeypatch) -> None:
    class Disagreement:
        verdict = Verdict.DISAGREE
        passed = False

        def summary(self) -> str:
            return "disagree"

    monkeypatch.setattr(Law, "check", lambda self, **options: Disagreement())
    output = run("derive", "Semicircle(1)", "--check")
    assert (output.code, output.out) == (1, "disagree\n")


def test_matrices_too_small_to_tell_are_neither_agreement_nor_disagreement(run) -> None:
    output = run("derive", "MarchenkoPastur(1/2)", "--check", "--size", "3", "--draws", "1")
    assert output.code == 2
    assert output.out.startswith("too small to tell: 1 matrix of size 3")
    assert "--size 300" in output.err
    assert run("derive", "MarchenkoPastur(1/2)", "--check", "--size", "300").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Semicirle(1)"], "did you mean 'Semicircle'"),
        (["MarchenkoPastur(-1)"], "must be positive, got -1"),
        ([HESSIAN, "--density", "1"], "epsilon"),
        ([HESSIAN, "--set", "phi"], "--set takes NAME=VALUE"),
        ([HESSIAN, "--set", "psi=1"], "its parameters: epsilon, phi"),
        ([HESSIAN, "--set", "phi=Semicircle(1)"], "this is no number"),
        ([HESSIAN, "--set", "phi=-1", "--set", "epsilon=1", "--support"], "must be positive"),
        (["Semicircle(z)"], "z stands for"),
        (["Semicircle(1)", "--density", "Semicircle(1)"], "this is no number"),
        (["MP(phi)", "--set", "phi=1", "--density", "abc"], "a number is wanted, and 'abc' has"),
        (["MP(1)", "--quantile", "0:x:1"], "has the name x in it"),
        (["Semicircle(1)", "--plot", "picture.unknown"], "--plot picture.unknown"),
        (["Semicircle(1)", "--plot", "/nowhere/at/all.png"], "no folder '/nowhere/at' for 'all"),
        (
            ["X*X.T", "--let", "X=Ginibre(N)"],
            "Ginibre(rows, columns, variance=1, complex=False): mis",
        ),
        (["Semicircle(1)", "--csv"], "--csv is a table of numbers"),
        (["Atomic(1, 1/2)"], "Atomic({key: weight, ...}): too many"),
        (["X", "--let", "X=Deterministic(1, N)"], "X needs the law of its eigenvalues"),
    ],
)
def test_a_refusal_is_one_message_and_exit_code_2(run, arguments, message) -> None:
    output = run("derive", *arguments)
    assert output.code == 2
    assert output.err.startswith("freeprob: ")
    assert message in output.err
    assert "Traceback" not in output.err + output.out


@pytest.mark.parametrize("value", ["0", "-3", "1.5", "many", "9" * 30, "٣"])
def test_counts_are_positive_integers(value: str, capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["derive", "Semicircle(1)", f"--dps={value}"])
    assert caught.value.code == 2
    assert "positive integer" in capsys.readouterr().err


def test_the_words_are_listed_with_parameters_and_meaning(run) -> None:
    output = run("words")
    lines = output.out.splitlines()
    assert len(lines) == 2 * len(words())
    assert "MarchenkoPastur(ratio, variance=1)" in lines
    assert all(line.strip() for line in lines)


def test_the_module_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "freeprob"]
    version = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"freeprob \d+\.\d+\.\d+\n", version.stdout)
    refused = subprocess.run(
        [*command, "derive", "Semicirle(1)"], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


@given(st.text(max_size=80))
def test_hostile_settings_are_refused_with_a_message(text: str) -> None:
    assert main(["derive", "Semicircle(1)", f"--set={text}", "--support"]) == 2


GREEK = "MP(φ) ⊞ SC(2*ε)"


def test_laws_are_read_as_they_are_printed(run) -> None:
    settings = ("--set", "φ=1/2", "--set", "ε=1/10", "--density", "1")
    greek = run("derive", GREEK, *settings)
    assert greek.code == 0, greek.err
    spelled = run(
        *("derive", "MarchenkoPastur(phi) boxplus Semicircle(2*epsilon)"),
        *("--set", "phi=1/2", "--set", "epsilon=1/10", "--density", "1"),
    )
    assert greek.out == spelled.out
    assert "phi = 1/2, epsilon = 1/10" in greek.out
    for text in (
        "MP(√2⋅ϕ)⊠KM(3)",
        "FC(2) ⊞ MP(sqrt(2)·c)",
        sp.pretty(fp.boxplus(fp.MarchenkoPastur(2), fp.Semicircle(1)), use_unicode=True),
    ):
        assert run("derive", text, "--moments", "2").code == 0


def test_characters_are_shown_and_not_escaped(run) -> None:
    for text, shown in (("MP(φ) ¿ 1", "'¿'"), ("MP(½)", "'½'"), ("ПМ(1)", "'ПМ'")):
        output = run("derive", text)
        assert output.code == 2
        assert shown in output.err
        assert "\\x" not in output.err
        assert "\\u" not in output.err
    assert "'ψ=1'" in run("derive", GREEK, "--set", "ψ=1").err


def test_a_terminal_without_greek_letters_shows_escapes() -> None:
    command = [sys.executable, "-m", "freeprob", "derive", "Semicircle(é)", "--moments", "2"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "moment 2: \\xe9" in done.stdout


@pytest.mark.parametrize(
    "law", ["MP(c)", GREEK, "Wachter(a, b)", "Raney(p, r)", "compress(SC(1), t)", "Uniform(a, b)"]
)
@pytest.mark.parametrize(
    "asked",
    [["--density", "1"], ["--support"], ["--cdf", "1/2"], ["--quantile", "1/2"], ["--check"]],
    ids=lambda asked: asked[0],
)
def test_missing_values_are_asked_for_by_the_command_s_own_options(run, law, asked) -> None:
    refused = run("derive", law, *asked)
    assert refused.code == 2
    assert "subs" not in refused.err
    advice = re.findall(r"--set \S+", refused.err)
    assert advice
    if asked != ["--check"]:
        followed = run("derive", law, *asked, *" ".join(advice).split())
        assert followed.code == 0, followed.err


def test_advice_of_the_library_names_the_command_s_options(run, monkeypatch) -> None:
    def derive(self, *letters):
        raise BudgetExceededError(
            "elimination is past the budget; raise the budget, give values to parameters, or use "
            "the numeric reading, which never eliminates"
        )

    monkeypatch.setattr(Law, "derive", derive)
    output = run("derive", "Semicircle(1)")
    assert output.code == 2
    assert "--density" in output.err
    assert "raise the budget" not in output.err
    followed = run("derive", "Semicircle(1)", "--density", "0", "--cdf", "0", "--quantile", "1/2")
    assert followed.code == 0


@pytest.mark.parametrize(
    "error", [ValueError("inside"), RecursionError(), ZeroDivisionError("0"), KeyboardInterrupt()]
)
def test_every_exception_is_one_line_and_exit_code_2(run, monkeypatch, error) -> None:
    def moments(self, n):
        raise error

    monkeypatch.setattr(Law, "moments", moments)
    output = run("derive", "Semicircle(1)", "--moments", "2")
    assert output.code == 2
    assert output.err.startswith("freeprob: ")
    assert output.err.count("\n") == 1
    assert "Traceback" not in output.err


def test_one_word_is_explained(run) -> None:
    for name in ("MarchenkoPastur", "MP"):
        output = run("words", name)
        assert output.code == 0
        assert output.out.startswith("MarchenkoPastur(ratio, variance=1)\n")
        assert "c = rows/columns of X" in output.out
    refused = run("words", "MarchenkoPaster")
    assert refused.code == 2
    assert "did you mean 'MarchenkoPastur'?" in refused.err


def test_floats_of_a_user_are_values(run) -> None:
    output = run(
        *("derive", "MarchenkoPastur(phi) boxplus Semicircle(1)"),
        *("--set", "phi=0.3333333333333333", "--density", "1"),
    )
    assert output.code == 0
    assert "density(1) = 0.2776072099240" in output.out


def test_a_range_is_a_table_of_floats(run) -> None:
    output = run("derive", "MP(1/2)", "--density", "1:2:0.25", "--cdf", "1", "--csv")
    head, *rows = output.out.splitlines()
    assert (output.code, head) == (0, "question,at,value")
    table = [row.split(",") for row in rows]
    assert [row[1] for row in table] == ["1.0", "1.25", "1.5", "1.75", "2.0", "1"]
    law = fp.MarchenkoPastur("1/2")
    for question, place, value in table:
        assert float(value) == pytest.approx(getattr(law, question)(float(place)), rel=1e-12)


def test_a_range_with_digits_has_them_all(run) -> None:
    output = run("derive", "SC(1)", "--density", "0:1:1/2", "--dps", "30")
    values = re.findall(r"density\((\S+)\) = (\S+)", output.out)
    assert [place for place, _ in values] == ["0.0", "0.5", "1.0"]
    for place, value in values:
        with mpmath.workdps(40):
            x = mpmath.mpf(place)
            assert abs(mpmath.mpf(value) - mpmath.sqrt(4 - x**2) / (2 * mpmath.pi)) < 1e-29


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1:0:0.1", "no step"),
        ("0:1:0", "no step"),
        ("0:1", "FIRST:LAST:STEP"),
        ("0:1:c", "FIRST:LAST:STEP"),
        ("0:1:1e-9", "more than 100000"),
        ("0::1", "expected"),
    ],
)
def test_a_wrong_range_says_so(run, text, said) -> None:
    output = run("derive", "MP(1/2)", "--density", text)
    assert output.code == 2
    assert said in output.err


def test_json_holds_all_answers_with_all_digits(run) -> None:
    output = run(
        *("derive", "MP(c)", "--set", "c=2", "--moments", "2", "--support"),
        *("--density", "1", "--dps", "40", "--json"),
    )
    found = json.loads(output.out)
    assert found["law"] == "MarchenkoPastur(c)"
    assert found["values"] == {"c": "2"}
    assert found["moments"] == ["1", "c + 1"]
    assert found["atom"] == [["0", "1/2"]]
    ((place, value),) = found["density"]
    assert place == "1"
    exact = fp.MarchenkoPastur(2).density(1, dps=40)
    assert value == mpmath.nstr(exact, 40, strip_zeros=False)


def test_what_was_read_as_a_matrix_and_what_as_a_number_is_told(run) -> None:
    let = ("--let", "X=Ginibre(N, N/c)", "--let", "H=GOE(N)")
    told = run("derive", "X*X.T*c/N + t*H", *let, "--moments", "1", "--json")
    assert told.err == "freeprob: matrices: X, H; numbers: N, c, t\n"
    assert json.loads(told.out)["moments"] == ["1"]
    # Y has no --let
    assert "numbers: N, Y" in run("derive", "Y*Z + Z*Y", "--let", "Z=GOE(N)", "--moments", "2").err


def completed(line: str, script: Path) -> set[str]:
    """What bash offers after a line, with the printed script read."""
    words = line.split(" ")
    simulate = (
        f'source "{script}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        '_shtab_freeprob freeprob "${COMP_WORDS[$COMP_CWORD]}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    shell = subprocess.run(
        ["bash", "-c", simulate, "bash", *words], capture_output=True, text=True, check=True
    )
    return set(shell.stdout.split())


def test_the_shell_completes_commands_options_and_names(run, tmp_path) -> None:
    script = tmp_path / "completion.sh"
    script.write_text(run("completion", "bash").out, encoding="utf-8")
    assert {"words", "derive", "check", "network"} <= completed("freeprob ", script)
    assert completed("freeprob network re", script) == {"relu"}
    assert completed("freeprob words Marchenko", script) == {"MarchenkoPastur"}
    assert {"--density", "--dps", "--draws"} == completed("freeprob derive --d", script)


@pytest.mark.parametrize("shell", ["zsh", "fish", "tcsh", "powershell"])
def test_other_shells_have_a_script_too(run, shell: str) -> None:
    assert "MarchenkoPastur" in run("completion", shell).out


def test_without_shtab_the_way_to_it_is_told(run, monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    told = run("completion", "bash")
    assert told.code == 2
    assert "pip install 'freeprob[completion]'" in told.err


def test_a_matrix_is_read_with_its_letters(run) -> None:
    let = ("--let", "X=Ginibre(N, N/c)", "--let", "H=GOE(N)")
    written = run("derive", "X*X.T*c/N + H", *let, "--set", "c=1/2", "--density", "1")
    known = run("derive", "MP(c) boxplus SC(1)", "--set", "c=1/2", "--density", "1")
    assert (written.code, written.out) == (0, known.out)
    word = run("derive", "x*y*x + y", "--let", "x=GOE(N)", "--let", "y=GOE(N)", "--moments", "4")
    N = sp.Symbol("N", positive=True)
    x, y = fp.GOE("x", N), fp.GOE("y", N)
    moments = [f"moment {k}: {m}" for k, m in enumerate(fp.law(x * y * x + y).moments(4), 1)]
    assert word.out.splitlines() == moments


@pytest.mark.parametrize(
    ("matrix", "letters", "said"),
    [
        ("X + 1", ["X=GOE(N)"], "number*Identity(N)"),
        ("X/X", ["X=GOE(N)"], ".inverse()"),
        ("X.foo", ["X=GOE(N)"], ".T and .inverse()"),
        ("X^1000", ["X=GOE(N)"], "up to 64"),
        ("X + Y", ["X=GOE(N)", "Y=GOE(M)"], "shape mismatch|sizes do not fit"),
        ("X", ["X=GOE(N)", "X=GOE(N)"], "twice"),
        ("X", ["X=Foo(N)"], "Foo"),
        ("X", ["X=MP(1)"], "the kinds are"),
        ("X", ["X"], "NAME=KIND"),
        ("X", ["X=__import__('os')"], "unexpected"),
        ("X.__class__", ["X=GOE(N)"], "unexpected"),
        ("(" * 60 + "X" + ")" * 60, ["X=GOE(N)"], "nested"),
        ("2", ["X=GOE(N)"], "no matrix"),
    ],
)
def test_a_wrong_matrix_says_so(run, matrix, letters, said) -> None:
    output = run("derive", matrix, *(part for one in letters for part in ("--let", one)))
    assert output.code == 2
    assert any(part in output.err for part in said.split("|"))
    assert "fault of freeprob" not in output.err + output.out
    assert output.out == ""


def test_towers_of_powers_are_read_in_no_time() -> None:
    with pytest.raises(ParseError, match="no matrix"):
        parse_matrix("2" + "^(1" * 15 + ")" * 15, {})


def test_data_are_compared_and_fitted(run, tmp_path: Path) -> None:
    eigenvalues = fp.MarchenkoPastur("1/2").sample(300, rng=0)
    file = tmp_path / "data.txt"
    file.write_text(", ".join(map(str, eigenvalues)))
    assert run("check", str(file), "MP(1/2)").code == 0
    assert run("check", str(file), "MP(3/5)").code == 1
    fitted = run("check", str(file), "MarchenkoPastur(c)", "--fit", "c")
    assert fitted.code == 0
    assert abs(float(fitted.out.split()[1]) - 0.5) < 0.02
    np.save(tmp_path / "data.npy", eigenvalues)
    assert run("check", str(tmp_path / "data.npy"), "MP(c)", "--set", "c=1/2").code == 0


@pytest.mark.parametrize(
    ("content", "arguments", "said"),
    [
        ("1\n2 x3", ["MP(1)"], "line 2: 'x3' is no finite number"),
        ("1 nan 2", ["MP(1)"], "line 1: 'nan' is no finite number"),
        (" \n", ["MP(1)"], "holds no number"),
        ("1 2", ["MP(c)"], "--fit c"),
        ("1 2", ["MP(c)", "--fit", "d"], "got 'd'; its parameters: c"),
        ("1 2", ["MP(1)", "--fit", "c"], "its parameters: none"),
        ("1 2", ["MP(c)", "--set", "d=1"], "NAME=VALUE"),
        ("1 2 3 4", ["MP(1)"], "4 eigenvalues are too small to tell"),
        (None, ["MP(1)"], "there is no file '"),
    ],
)
def test_wrong_data_say_so(run, tmp_path: Path, monkeypatch, content, arguments, said) -> None:
    file = tmp_path / "data.txt"
    if content is not None:
        file.write_text(content)
        monkeypatch.setattr("sys.stdin", io.StringIO(content))
        assert said in run("check", "-", *arguments).err
    refused = run("check", str(file), *arguments)
    assert (refused.code, said in refused.err) == (2, True), refused.err


@pytest.mark.parametrize(
    ("array", "said"),
    [([1.0, np.inf], "entry 1 is inf"), (["a"], "no array of real numbers"), ([], "no number")],
)
def test_wrong_arrays_say_so(run, tmp_path: Path, array, said) -> None:
    np.save(tmp_path / "data.npy", array)
    refused = run("check", str(tmp_path / "data.npy"), "MP(1)")
    assert (refused.code, said in refused.err) == (2, True), refused.err


def test_a_folder_is_no_file(run, tmp_path: Path) -> None:
    refused = run("check", str(tmp_path), "MP(1)")
    assert refused.code == 2
    assert "Errno" not in refused.err
    assert refused.err.count(str(tmp_path)) == 1


def test_tables_and_objects_stand_alone(run, tmp_path: Path) -> None:
    beside = ["--check", "--size", "100", "--plot", str(tmp_path / "picture")]
    output = run("derive", "MP(1/2)", "--moments", "2", "--csv", *beside)
    assert output.out.splitlines() == ["question,at,value", "moment,1,1", "moment,2,3/2"]
    assert "Kolmogorov" in output.err
    assert f"picture: {tmp_path / 'picture.png'}\n" in output.err
    assert (tmp_path / "picture.png").exists()
    assert json.loads(run("derive", "MP(1/2)", "--moments", "1", "--json", *beside).out)


def test_a_network_is_described(run) -> None:
    output = run("network", "tanh", "--depth", "3", "--weights", "1.76", "--bias", "0.05")
    assert output.code == 0
    field = nets.MeanField(nets.tanh, "1.76", "0.05")
    assert mpmath.nstr(field.fixed_point(15), 15) in output.out
    assert mpmath.nstr(field.chi_1(15), 15) in output.out
    assert "order" in output.out
    assert output.out.count("correlation after layer") == 4
    assert "chaos" in run("network", "tanh", "--weights", "4", "--bias", "0.05").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tanhh"], "did you mean 'tanh'?"),
        (["relu", "--depth", "-1"], "whole number"),
        (["relu", "--weights", "x"], "x"),
        (["relu", "--weights", "3", "--bias", "1"], "fixed"),
        (["relu", "--weights", "-1"], "weight"),
        (["relu", "--weights", "2"], "give a --bias, or other --weights"),
    ],
)
def test_a_wrong_network_says_so(run, arguments, said) -> None:
    output = run("network", *arguments)
    assert output.code == 2
    assert said in output.err
    assert "fault of freeprob" not in output.err + output.out
    assert output.out == ""
