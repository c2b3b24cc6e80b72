"""Custom operators: their options, and a plugin that adds one, installed and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pluggy
import pytest
from flatbuffers import flexbuffers
from hypothesis import given, settings
from hypothesis import strategies as st
from tflite_builder import Op, T, build_model

from mcu_convert import hookspecs
from mcu_convert.errors import ModelError, PluginError
from mcu_convert.ops.decoding import Decoded, Operator, RawOperator
from mcu_convert.ops.unsupported import Unsupported
from mcu_convert.plugin_manager import Plugins
from mcu_convert.tflite.flexbuffer import read_map
from mcu_convert.tflite.reader import read_model

THIRD_PARTY = Path(__file__).parent / "third_party_operator"
OPTIONS = {"shift": 3, "far": 1 << 40, "down": -300, "rate": 0.25, "on": True, "T": "x"}


def smoothing(custom, name="ACME_SMOOTH") -> bytes:
    pair = [T(n, "int8", (1, 4), scale=0.5) for n in ("x", "y")]
    return build_model(pair, [Op(name, ["x"], ["y"], custom=custom)], ["x"], ["y"])


def test_options_are_numbers_truth_values_and_texts():
    found = read_map(bytes(flexbuffers.Dumps(OPTIONS)))
    assert found == OPTIONS
    assert {key: type(value) for key, value in found.items()} == {
        key: type(value) for key, value in OPTIONS.items()
    }


def test_numbers_that_lie_elsewhere_are_followed():
    builder = flexbuffers.Builder()
    with builder.Map():
        builder.Key("i")
        builder.IndirectInt(-5)
        builder.Key("f")
        builder.IndirectFloat(1.5)
        builder.Key("nothing")
        builder.Null()
    assert read_map(bytes(builder.Finish())) == {"i": -5, "f": 1.5, "nothing": None}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no FlexBuffers map"),
        (bytes(flexbuffers.Dumps([1, 2])), "no FlexBuffers map"),
        (bytes(flexbuffers.Dumps({"a": [1, 2]})), "'a' is of FlexBuffers' kind"),
        (bytes(flexbuffers.Dumps({"a": {"b": 1}})), "'a' is of FlexBuffers' kind 9"),
        (bytes(flexbuffers.Dumps({"a": 1}))[4:], "are damaged: byte"),
        (bytes(flexbuffers.Dumps({f"a{n}": n for n in range(300)})), "at most 256"),
    ],
)
def test_other_options_are_refused(data, message):
    with pytest.raises(ModelError, match=message):
        read_map(data)


@settings(max_examples=500, deadline=None, derandomize=True)
@given(st.integers(0, 80), st.binary(min_size=1, max_size=4), st.booleans())
def test_damage_is_refused_or_read_but_never_fails(place, bytes_, cut):
    good = bytes(flexbuffers.Dumps(OPTIONS))
    bad = good[:place] + bytes_ + good[place + (0 if cut else len(bytes_)) :]
    try:
        found = read_map(bad)
    except ModelError:
        return
    assert all(isinstance(key, str) for key in found)


@pytest.mark.parametrize("value", [-1, 8, 2.5, "3", None])
def test_a_number_out_of_range_is_refused_by_name(value):
    raw = RawOperator("op", (), (), None, 0, bytes(flexbuffers.Dumps({"n": value})))
    with pytest.raises(
        ModelError, match=r"op: its option 'n' is .*; expected an integer"
    ):
        raw.integer("n", least=0, most=7)


def test_without_its_plugin_an_operator_is_unsupported():
    (node,) = read_model(smoothing({"shift": 1}), "m").main.nodes
    reason = "it is a custom operator that no plugin registers"
    assert node.op == Unsupported("ACME_SMOOTH", reason)


def test_a_plugins_operator_does_not_stand_for_one_of_tflites():
    """A custom operator may have any name, also RELU; the file tells them apart."""

    def decode(raw: RawOperator) -> Decoded:
        raise AssertionError(raw.title)

    (node,) = read_model(
        smoothing(b"", "RELU"), "m", [Operator("RELU", decode)]
    ).main.nodes
    assert str(node.op) == "relu"


def test_two_plugins_may_not_register_the_same_operator():
    class Plugin:
        @hookspecs.hookimpl
        def register_operators(self):
            return [Operator("ACME_SMOOTH", lambda raw: Decoded(Unsupported("X")))]

    manager = pluggy.PluginManager("mcu_convert")
    manager.add_hookspecs(hookspecs)
    manager.register(Plugin())
    manager.register(Plugin())
    message = "two plugins offer a custom operator named 'ACME_SMOOTH'"
    with pytest.raises(PluginError, match=message):
        Plugins(manager)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install a third party's operator into a folder of its own."""
    source = tmp_path_factory.mktemp("source") / "smooth"
    shutil.copytree(THIRD_PARTY, source)
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run(
        [*pip, "--no-build-isolation", "--target", target, source], check=True
    )
    return target


def mcu_convert(*arguments, installed=None):
    path = {"PYTHONPATH": str(installed)} if installed else {}
    return subprocess.run(
        [sys.executable, "-m", "mcu_convert", *map(str, arguments)],
        env=os.environ | path,
        capture_output=True,
        text=True,
    )


def test_a_model_with_a_third_partys_operator_is_converted(installed, tmp_path):
    model = tmp_path / "net.tflite"
    model.write_bytes(smoothing({"shift": 2}))
    refused = mcu_convert("convert", model, "-b", "host", "-o", tmp_path / "c")
    assert refused.returncode == 1
    assert "operator 0 (ACME_SMOOTH)" in refused.stderr

    done = mcu_convert(
        *("convert", model, "-b", "host", "-o", tmp_path / "c", "--json"),
        installed=installed,
    )
    assert json.loads(done.stdout)["state_bytes"] == 8
    c = tmp_path / "c"
    (c / "main.c").write_text(MAIN)
    strict = "-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Werror".split()
    sources = [path.name for path in c.glob("*.c")]
    subprocess.run(["gcc", *strict, *sources, "-o", "main"], cwd=c, check=True)
    found = subprocess.run(["./main"], cwd=c, capture_output=True, text=True).stdout
    assert found.split() == ["25", "43", "57"]


MAIN = """
#include <stdio.h>
#include <string.h>
#include "net.h"

int main(void)
{
    if (net_init() != 0) return 1;
    for (int run = 0; run < 3; ++run) {
        memset(net_input_x(), 100, 4);
        net_invoke();
        printf("%d ", net_output_y()[3]);
    }
    return 0;
}
"""
