"""Suites: a folder of models, validated in parallel, and what is made of it."""

import json
import shutil
from xml.etree import ElementTree

import numpy as np
import pytest
from operator_examples import X, Y, example
from real_models import SAMPLE
from tflite_builder import Op, build_model

from mcu_convert.comparison import compare
from mcu_convert.inputs import load_inputs
from mcu_convert.suite import Outcome, Verdict
from mcu_convert.suite_report import junit, matrix
from mcu_convert.suite_results import append_outcome, read_outcomes
from mcu_convert.tf_micro import run_tf_micro
from mcu_convert.tflite.reader import load_model


@pytest.fixture
def suite(tmp_path):
    """A folder with a good model, an unsupported and a damaged one."""
    folder = tmp_path / "suite"
    (folder / "bad").mkdir(parents=True)
    shutil.copy(SAMPLE, folder)
    unsupported = build_model([X, Y], [Op("NUMERIC_VERIFY", ["x"], ["y"])], "x", "y")
    (folder / "bad/unsupported.tflite").write_bytes(unsupported)
    (folder / "bad/damaged.tflite").write_bytes(b"TFL3")
    return folder


def verdicts(out):
    return {x["model"]: x["verdict"] for x in json.loads(out)["outcomes"]}


def test_each_model_has_an_outcome_and_the_worst_is_the_exit_code(command, suite):
    pytest.importorskip("tflite_micro")
    code, out, err = command("validate", "--suite", suite, "--json", "--jobs", "2")
    assert code == 1
    assert "2 of 3 refused" in err
    assert verdicts(out) == {
        "bad/damaged.tflite": "refused",
        "bad/unsupported.tflite": "refused",
        "digits.tflite": "passed",
    }
    rows = {row["operator"]: row for row in json.loads(out)["matrix"]}
    assert (rows["CONV_2D"]["passed"], rows["CONV_2D"]["models"]) == ([1], [1])
    assert (rows["NUMERIC_VERIFY"]["passed"], rows["NUMERIC_VERIFY"]["type"]) == (
        [0],
        "int8",
    )


def test_golden_outputs_beside_a_model_are_what_counts(command, tmp_path):
    pytest.importorskip("tflite_micro")
    model = tmp_path / "add.tflite"
    model.write_bytes(example("RELU"))
    image = np.arange(-16, 16, dtype=np.int8).reshape(1, 4, 4, 2)
    decoded = load_model(model)
    output = decoded.main.tensors["y"].index
    (found,) = run_tf_micro(decoded, model.read_bytes(), [[image]], [output])
    right = found[output]
    for wrong, code in ((0, 0), (1, 4)):
        np.savez(tmp_path / "add.npz", in0_0=image, out0_0=right + np.int8(wrong))
        found_code, out, _ = command("validate", "--suite", tmp_path, "--json")
        assert found_code == code
        (outcome,) = json.loads(out)["outcomes"]
        assert (outcome["runs"], outcome["mismatching_bytes"]) == (1, 32 * wrong)


def test_what_is_known_is_not_run_again(command, suite, tmp_path):
    results = tmp_path / "results.jsonl"
    shutil.rmtree(suite / "bad")
    np.savez(suite / "digits.npz", in0_0=np.zeros((1, 8, 8, 1), np.int8))
    assert load_inputs(suite / "digits.npz", load_model(SAMPLE).main)
    pytest.importorskip("tflite_micro")
    arguments = ("validate", "--suite", suite, "--results", results, "--json")
    command(*arguments)
    (line,) = results.read_text().splitlines()
    doctored = {**json.loads(line), "detail": "as it was", "verdict": "differs"}
    results.write_text(json.dumps(doctored) + "\n" + line[:20])
    code, out, _ = command(*arguments)
    assert (code, json.loads(out)["outcomes"]) == (4, [doctored])
    command(*arguments, "--rounding", "single")
    assert len(read_outcomes(results)) == 2


def test_outcomes_survive_a_file(tmp_path):
    path = tmp_path / "results.jsonl"
    outcome = Outcome("k", "m", "host", Verdict.FAILED, "why", (("ADD", "int8"),))
    append_outcome(path, outcome)
    assert read_outcomes(path) == {"k": outcome}


def test_a_file_of_something_else_is_refused(command, suite, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("buy milk")
    code, _, err = command("validate", "--suite", suite, "--results", path)
    assert code == 1
    assert "notes.txt holds something else than outcomes" in err
    assert path.read_text() == "buy milk"


OUTCOMES = [
    Outcome("1", "a/x.tflite", "host", Verdict.PASSED, "", (("ADD", "int8"),)),
    Outcome("2", "a/y.tflite", "host", Verdict.DIFFERS, "a < b", (("ADD", "int8"),)),
    Outcome("3", "x.tflite", "m7", Verdict.REFUSED, "no", (("MUL", "int8"),)),
    Outcome("4", "x.tflite", "m7", Verdict.FAILED, "no gcc"),
]


def test_a_matrix_counts_models_by_operator_type_and_board():
    rows = [(r.operator, r.type, r.passed, r.models) for r in matrix(OUTCOMES)]
    assert rows == [("ADD", "int8", (1, 0), (2, 0)), ("MUL", "int8", (0, 0), (0, 1))]


def test_junit_tells_failures_errors_and_what_was_skipped():
    host, m7 = ElementTree.fromstring(junit(OUTCOMES))
    assert (host.get("name"), host.get("tests"), host.get("failures")) == (
        "host",
        "2",
        "1",
    )
    assert (m7.get("errors"), m7.get("skipped")) == ("1", "1")
    failed = host[1]
    assert (failed.get("classname"), failed.get("name")) == ("a", "y")
    assert failed[0].get("message") == "a < b"


@pytest.mark.parametrize(
    ("found", "expected", "wrong"),
    [
        ([1, 2], [1, 2], None),
        ([1, 2 + 1e-6], [1, 2], None),
        ([1, 2 + 1e-3], [1, 2], 1),
        ([np.nan, 2], [np.nan, 2], None),
        ([np.nan, 2], [1, 2], 0),
        ([np.inf, 2], [np.inf, 2], None),
        ([np.inf, 2], [-np.inf, 2], 0),
        ([-0.0, 2], [0.0, 2], None),
        ([1e-9, 1], [0, 1], None),
    ],
)
def test_floats_are_right_when_they_are_near(found, expected, wrong):
    assert compare(np.float32(found), np.float32(expected)).wrong == wrong


@pytest.mark.parametrize(
    "arguments",
    [(), ("--suite", ".", "x.tflite"), ("x.tflite", "--jobs", "2"), ("--suite", "?")],
)
def test_models_and_suites_do_not_mix(command, arguments):
    assert command("validate", *arguments)[0] == 2
