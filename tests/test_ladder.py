"""What each memory technique is worth: the ladder, its CSV and its command."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import sys
from itertools import pairwise

import pytest
from real_models import SAMPLE, model_path

from mcu_convert.arena_map import arena_map, used_bytes
from mcu_convert.cli import main
from mcu_convert.convert import compile_model
from mcu_convert.csv_report import csv_report
from mcu_convert.errors import UnsupportedError
from mcu_convert.ladder import PATCHES, TECHNIQUES, ladder
from mcu_convert.options import Goal, Options, Patches
from mcu_convert.tf_micro_arena import tf_micro_arena
from mcu_convert.tflite.reader import load_model


def test_every_technique_makes_the_sample_smaller_or_leaves_it(rungs, program):
    sizes = [rung.arena_bytes for rung in rungs]
    assert [rung.technique for rung in rungs] == list(TECHNIQUES)
    assert all(before >= after for before, after in pairwise(sizes))
    assert len(set(sizes)) >= 5
    assert rungs[-1].program.plan == program.plan


def test_only_the_rungs_that_may_overlap_and_stream_do(rungs):
    by_name = {rung.technique.name: rung.program for rung in rungs}
    for name, program in by_name.items():
        assert bool(program.streams) == (name == "streaming")
    drawn = arena_map(by_name["apart"])
    assert used_bytes(drawn.rectangles) == sum(r.size for r in drawn.rectangles)
    for stage in range(len(by_name["fusion"].problem.stages)):
        live = arena_map(by_name["fusion"]).live(stage)
        assert used_bytes(live) == sum(r.size for r in live)


def test_room_for_speed_is_a_rung_of_its_own(plugins):
    options = Options(goal=Goal.SPEED)
    model, board = load_model(SAMPLE), plugins.board("stm32f746g-disco")
    rungs = ladder(model, board, options, plugins)
    assert [r.technique.name for r in rungs[-2:]] == ["streaming", "speed"]
    shipped = compile_model(model, board, options, plugins)
    assert rungs[-1].arena_bytes == shipped.plan.size >= rungs[-2].arena_bytes


def test_patches_are_a_rung_of_their_own(plugins, rungs):
    options = Options(patches=Patches(1, 2))
    patched = ladder(load_model(SAMPLE), plugins.board("host"), options, plugins)
    assert [r.arena_bytes for r in patched[:-1]] == [r.arena_bytes for r in rungs]
    assert patched[-1].technique is PATCHES
    assert patched[-1].program.recomputed_macs > 0


def test_the_csv_is_a_row_of_headings_and_one_of_figures(program, rungs):
    (row,) = csv.DictReader(io.StringIO(csv_report(program, rungs)))
    assert (row["model"], row["board"], row["macs"]) == ("digits", "host", "347264")
    assert int(row["arena_bytes"]) == int(row["arena_streaming_bytes"])
    first, _, last = row["peak_steps"].partition("..")
    assert 0 <= int(first) <= int(last or first) < int(row["steps"])


def test_the_csv_has_the_same_columns_for_fewer_rungs(program, rungs):
    (row,) = csv.DictReader(io.StringIO(csv_report(program, rungs[2:])))
    assert row["arena_apart_bytes"] == ""


def test_a_name_in_the_csv_is_no_formula(program, rungs):
    model = dataclasses.replace(program.model, name='=1+1,"\u00e9')
    text = csv_report(dataclasses.replace(program, model=model), rungs)
    assert text.isascii()
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["model"] == "'=1+1,\"\\xe9"


def test_the_ladder_leaves_the_plugins_as_they_were(plugins, rungs):
    assert plugins.passes
    assert "reduced" not in plugins.planners


def test_rungs_that_need_rewriting_to_convert_are_left_out(plugins, monkeypatch):
    def compile_if_rewritten(model, board, options, found):
        if not found.passes:
            raise UnsupportedError("only rewriting makes this convertible")
        return compile_model(model, board, options, found)

    monkeypatch.setattr("mcu_convert.ladder.compile_model", compile_if_rewritten)
    rungs = ladder(load_model(SAMPLE), plugins.board("host"), Options(), plugins)
    assert [r.technique.name for r in rungs] == [t.name for t in TECHNIQUES[2:]]


def test_the_planner_that_the_options_name_plans_every_rung(plugins, rungs):
    named = Options(planner=next(iter(plugins.planners)))
    again = ladder(load_model(SAMPLE), plugins.board("host"), named, plugins)
    assert [r.arena_bytes for r in again] == [r.arena_bytes for r in rungs]


def test_ablate_prints_the_ladder(monkeypatch, capsys, rungs):
    monkeypatch.setattr(sys, "argv", ["mcu-convert", "ablate", str(SAMPLE)])
    main()
    out = capsys.readouterr().out
    assert all(f"{rung.arena_bytes:,}" in out for rung in rungs)
    sys.argv.append("--json")
    main()
    interpreter, *shipped, by_rows = json.loads(capsys.readouterr().out)["techniques"]
    assert shipped == [
        {"technique": r.technique.name, "arena_bytes": r.arena_bytes} for r in rungs
    ]
    assert interpreter["technique"] == "interpreter"
    assert by_rows["technique"] == "streamed_input"
    assert by_rows["arena_bytes"] <= rungs[-1].arena_bytes


def test_ablate_begins_with_what_the_interpreter_takes(command):
    pytest.importorskip("tflite_micro")
    for path, size in ((SAMPLE, 16_096), (model_path("mcunet/vww"), 224_976)):
        assert tf_micro_arena(load_model(path), path.read_bytes()) == size
    code, out, _ = command("ablate", SAMPLE)
    assert code == 0
    assert re.search(r"interpreter .* 16,096 .* 100\.0 %", out)
    assert "as TF-Micro's wheel says" in out


def test_ablate_says_where_the_interpreter_cannot_be_asked(
    command, tmp_path, monkeypatch
):
    (tmp_path / "tflite_micro.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    code, out, _ = command("ablate", SAMPLE)
    assert code == 0
    assert re.search(r"apart .* 100\.0 %", out)
    assert "the package tflite-micro is missing: pip install mcu-convert" in out
    _, out, _ = command("ablate", SAMPLE, "--json")
    shown = json.loads(out)
    assert shown["techniques"][0] == {"technique": "interpreter", "arena_bytes": None}
    assert "interpreter: not measured" in shown["interpreter_missing"]
