"""A memory plan in the model's file: TF-Micro's interpreter keeps to it."""

from __future__ import annotations

import dataclasses
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from real_models import BENCHMARKS, SAMPLE, every_model, model_path
from test_streamed_networks import CASES
from tflite_builder import G, Op, S, T, build_model

from mcu_convert.errors import UnsupportedError
from mcu_convert.memory import PlaceApart
from mcu_convert.offline_plan import (
    METADATA,
    OfflinePlan,
    checked_plan,
    offline_plan,
    offline_problem,
    offsets_of,
    with_offline_plan,
)
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tf_micro_memory import Allocation, allocations, head_bytes
from mcu_convert.tflite.operands import Operands, read_operands
from mcu_convert.tflite.reader import read_model

PLANNER = load_plugins().planner(None)


@pytest.fixture
def interpreter(capfd):
    """Load a model in TF-Micro; return the interpreter and how long its head is."""
    wheel = pytest.importorskip("tflite_micro", reason="no TF-Micro installed")

    def load(data: bytes):
        found = wheel.runtime.Interpreter.from_bytes(data, arena_size=32 << 20)
        capfd.readouterr()
        found.print_allocations()
        (head,) = re.findall(r"allocation head (\d+) bytes", capfd.readouterr().err)
        return found, int(head)

    return load


def planned(data: bytes) -> OfflinePlan:
    return offline_plan(read_model(data, "net"), data, PLANNER)


def placed(data: bytes) -> OfflinePlan:
    """Place every tensor, even where TF-Micro does as well by itself."""
    model, operands = read_model(data, "net"), read_operands(data)
    problem = offline_problem(allocations(model.main, operands), len(operands))
    plan = checked_plan(problem, PLANNER)
    return dataclasses.replace(planned(data), offsets=offsets_of(plan))


def outputs(interpreter, golden, model) -> list[bytes]:
    """Return the outputs of each run on golden inputs."""
    found = []
    for run in range(sum(name.endswith("_0") and name[0] == "i" for name in golden)):
        for k in range(len(model.main.inputs)):
            interpreter.set_input(golden[f"in{run}_{k}"], k)
        interpreter.invoke()
        ends = range(len(model.main.outputs))
        found.append(b"".join(interpreter.get_output(k).tobytes() for k in ends))
    return found


@pytest.mark.parametrize("name", every_model())
def test_tf_micro_computes_the_same_in_no_larger_a_head(name, interpreter):
    path = model_path(name)
    data = path.read_bytes()
    model = read_model(data, name)
    if len(model.graphs) > 1:
        with pytest.raises(UnsupportedError, match=r"graphs; versions of TF-Micro"):
            planned(data)
        return
    plan = planned(data)
    original, before = interpreter(data)
    rewritten, after = interpreter(with_offline_plan(data, plan))
    everywhere, _ = interpreter(with_offline_plan(data, placed(data)))
    assert plan.head_bytes_before <= before
    assert plan.head_bytes <= after <= before
    assert after < before or plan.head_bytes == plan.head_bytes_before
    with np.load(path.with_suffix(".npz")) as golden:
        wanted = outputs(original, golden, model)
        assert outputs(rewritten, golden, model) == wanted
        assert outputs(everywhere, golden, model) == wanted


@pytest.mark.parametrize("name", every_model())
def test_all_else_in_the_file_is_as_it_was(name):
    data = model_path(name).read_bytes()
    before = read_model(data, name)
    if len(before.graphs) == 1:
        plan = placed(data)
        rewritten = with_offline_plan(data, plan)
        after = read_model(rewritten, name)
        metadata = {**before.metadata, METADATA: plan.content}
        assert after == dataclasses.replace(
            before, sha256=after.sha256, metadata=metadata
        )
        assert (len(rewritten) - len(data)) % 16 == 0


def test_vww_takes_what_its_largest_layer_takes(interpreter):
    data = model_path("mlperf_tiny/vww_96_int8").read_bytes()
    plan = planned(data)
    assert (plan.head_bytes_before, plan.head_bytes) == (73_728, 55_296)
    assert plan.lower_bound == 55_296
    assert interpreter(data)[1] == 73_728
    assert interpreter(with_offline_plan(data, plan))[1] == 55_296


@pytest.mark.parametrize("name", [*BENCHMARKS, *CASES])
def test_head_is_as_long_as_tf_micro_says(name, interpreter):
    case = CASES.get(name)
    data = case.model if case else model_path(name).read_bytes()
    plan = placed(data)
    assert plan.head_bytes_before == interpreter(data)[1]
    allocated = allocations(read_model(data, name).main, read_operands(data))
    head = interpreter(with_offline_plan(data, plan))[1]
    assert head_bytes(allocated, plan.offsets) == head


def test_tf_micro_does_not_refuse_tensors_that_clash(interpreter):
    """So it is for our check to see that none do."""
    data = SAMPLE.read_bytes()
    plan = placed(data)
    clash = dataclasses.replace(plan, offsets=dict.fromkeys(plan.offsets, 0))
    assert interpreter(with_offline_plan(data, clash))[1] < plan.lower_bound


def test_the_largest_goes_first_and_into_the_lowest_gap():
    """Three tensors in a row, as TF-Micro places them, and with one place given."""
    row = [
        Allocation(0, 32, first=0, last=1),
        Allocation(1, 64, first=1, last=2),
        Allocation(2, 48, first=2, last=3),
    ]
    assert head_bytes(row) == 112
    assert head_bytes(row, {0: 64, 1: 0}) == 112
    assert head_bytes(row, {1: 40}) == 152
    assert head_bytes([]) == 0


def test_scopes_are_those_of_tf_micro():
    data = build_model(
        [int8("x"), int8("y"), int8("z"), int8("unused"), T("v", "int8", (1, 4))],
        [Op("RELU", ["x"], ["y"]), Op("RELU", ["y"], ["z"])],
        inputs=["x"],
        outputs=["y", "z"],
    )
    assert allocations(read_model(data, "m").main, read_operands(data)) == (
        Allocation(0, 16, 0, 1),
        Allocation(1, 16, 1, 2),
        Allocation(2, 16, 2, 2),
        Allocation(3, 16, -1, -1),
        Allocation(4, 16, -1, -1),
    )


def int8(name: str, elements: int = 4) -> T:
    return T(name, "int8", (1, elements), scale=0.5)


def chain(**details) -> bytes:
    """Build ``x -> y -> z``, of 16, 32 and 16 bytes of the head, and what else."""
    tensors = [int8("x"), T("shape", "int32", (2,), [1, 20]), int8("y", 4), int8("z")]
    operators = [Op("RELU", ["x"], ["y"]), Op("RELU", ["y"], ["z"])]
    return build_model(tensors, operators, ["x"], ["z"], **details)


def content(*offsets: int) -> bytes:
    return struct.pack(f"<{3 + len(offsets)}i", 1, 1, len(offsets), *offsets)


def test_operands_are_listed_with_constants():
    tensors = [int8("x"), T("axes", "int32", (1,), [1]), int8("y", 1)]
    mean = Op("MEAN", ["x", "axes"], ["y"], {"keep_dims": True})
    data = build_model(tensors, [mean], ["x"], ["y"])
    assert read_model(data, "m").main.nodes[0].inputs == ("x",)
    assert read_operands(data) == (Operands((0, 1), (2,)),)


def test_another_plan_is_replaced_and_other_metadata_stays():
    signature = S("serve", {"image": "x"}, {"scores": "z"})
    metadata = {"a": b"one", METADATA: content(0, -1, 160, 320), "b": b"two"}
    data = chain(metadata=metadata, signatures=[signature], description="small")
    plan = planned(data)
    assert (plan.head_bytes_before, plan.head_bytes) == (336, 32)
    model = read_model(with_offline_plan(data, plan), "m")
    assert model.metadata == {"a": b"one", "b": b"two", METADATA: plan.content}
    assert model.signatures[0].inputs == {"image": "x"}
    assert model.description == "small"


def test_metadata_of_a_wrong_length_counts_for_nothing():
    assert planned(chain(metadata={METADATA: content(0, 16)})).head_bytes_before == 32


def test_a_plan_that_lays_live_tensors_over_one_another_is_refused():
    data = chain(metadata={METADATA: content(0, -1, 0, 16)})
    with pytest.raises(UnsupportedError, match="tensor 2 over tensor 0 while both"):
        planned(data)


def test_a_planner_that_does_worse_changes_nothing():
    data = chain()
    plan = offline_plan(read_model(data, "m"), data, PlaceApart())
    assert plan.offsets == {}
    assert plan.head_bytes == plan.head_bytes_before == 32
    assert plan.content == content(-1, -1, -1, -1)


def test_several_graphs_are_refused():
    other = G([int8("x"), int8("y")], [Op("RELU", ["x"], ["y"])], ["x"], ["y"])
    with pytest.raises(UnsupportedError, match="net has 2 graphs"):
        planned(chain(subgraphs=[other]))


def test_command_writes_the_file_and_says_what_it_saves(command, tmp_path: Path):
    model = model_path("mlperf_tiny/vww_96_int8")
    target = tmp_path / "new" / "vww.tflite"
    code, text, errors = command("schedule", model, "-o", target)
    assert (code, errors) == (0, "")
    assert "head before        73,728 bytes" in text
    assert "head after         55,296 bytes (no plan is smaller than 55,296)" in text
    data = model.read_bytes()
    assert target.read_bytes() == with_offline_plan(data, planned(data))
    assert list(target.parent.iterdir()) == [target]


def test_command_may_write_over_its_model(command, tmp_path: Path):
    target = tmp_path / "digits.tflite"
    target.write_bytes(SAMPLE.read_bytes())
    assert command("schedule", target, "-o", target)[0] == 0
    assert METADATA in read_model(target.read_bytes(), "digits").metadata


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["-o", "out.tflite", "--planner", "none"], 2, "no planner named 'none'"),
        ([], 2, "Missing option '-o'"),
        (["-o", "full/out.tflite"], 5, "cannot write to"),
    ],
    ids=["planner", "nowhere", "unwritable"],
)
def test_command_fails_with_one_message(
    command, tmp_path: Path, monkeypatch, arguments, code, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").write_text("no folder")
    found, text, errors = command("schedule", SAMPLE, *arguments)
    assert (found, text) == (code, "")
    assert message in errors
    assert [path.name for path in tmp_path.iterdir()] == ["full"]
