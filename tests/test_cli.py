"""The command line: what it prints, the JSON, and the exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from real_models import SAMPLE

from mcu_convert.convert import compile_model
from mcu_convert.options import Goal, Options
from mcu_convert.tflite.reader import load_model


def test_convert_writes_the_files_and_says_what_they_need(command, tmp_path):
    code, out, _ = command("convert", SAMPLE, "-o", tmp_path / "c")
    assert code == 0
    assert "arena" in out
    names = {path.name for path in (tmp_path / "c").iterdir()}
    assert {"digits.h", "digits.c", "digits_kernels.c", "digits_weights.c"} <= names


def test_convert_for_a_board_adds_its_start_up_and_linker_script(command, tmp_path):
    code, _, _ = command("convert", SAMPLE, "-b", "stm32f746g-disco", "-o", tmp_path)
    assert code == 0
    board = {path.name for path in (tmp_path / "stm32f746g-disco").iterdir()}
    assert {"startup.c", "toolchain.cmake", "CMakeLists.txt", "main.c"} <= board


def test_convert_tells_a_program_what_it_wrote(command, tmp_path):
    code, out, _ = command("convert", SAMPLE, "-o", tmp_path, "--json")
    shown = json.loads(out)
    assert code == 0
    assert (shown["model"], shown["board"]) == ("digits", "host")
    assert shown["arena_lower_bound_bytes"] <= shown["arena_bytes"]
    assert "digits.c" in shown["files"]


def test_analyze_lists_layers_and_boards(command):
    code, out, _ = command("analyze", SAMPLE, "--json")
    shown = json.loads(out)
    assert code == 0
    assert sum(layer["macs"] for layer in shown["layers"]) == shown["macs"] == 347_264
    assert max(x["arena_bytes"] for x in shown["layers"]) == shown["arena_bytes"]
    assert {fit["board"]: fit["fits"] for fit in shown["boards"]}["stm32h743"]


def test_analyze_prints_a_table(command):
    code, out, _ = command("analyze", SAMPLE)
    assert code == 0
    assert "depthwise_conv_2d" in out
    assert "< peak" in out


def test_speed_takes_the_room_that_there_is(command):
    arenas = {}
    speed = "--optimize speed"
    for options in ("--optimize memory", speed, f"{speed} --ram 3700"):
        _, out, _ = command("analyze", SAMPLE, "--json", *options.split())
        shown = json.loads(out)
        arenas[options] = shown["arena_bytes"]
        assert shown["arena_lower_bound_bytes"] <= shown["arena_bytes"]
    small, fast, between = arenas.values()
    assert small < between <= 3700 < fast


def test_an_arena_is_printed_with_how_much_smaller_one_could_be(command, tmp_path):
    _, out, _ = command("analyze", SAMPLE, "--optimize", "memory", "--json")
    least = json.loads(out)["arena_lower_bound_bytes"]
    closer = f"(no plan is smaller than {least:,}; --optimize memory comes closest)"
    for options, said in (
        ("--optimize memory", "(no plan is smaller)"),
        ("--optimize speed", closer),
        ("--optimize speed --ram 3700", f"(no plan is smaller than {least:,})"),
    ):
        _, out, _ = command("analyze", SAMPLE, *options.split())
        assert f" bytes {said}\n" in out
        _, out, _ = command("convert", SAMPLE, "-o", tmp_path, *options.split())
        assert f" bytes {said}\n" in out
        assert f" bytes {said}\n" in (tmp_path / "digits.c").read_text()


def test_room_that_does_not_suffice_exits_with_3(command, tmp_path):
    code, _, err = command("convert", SAMPLE, "--ram", "1000", "-o", tmp_path / "out")
    assert code == 3
    assert "--ram allows 1000" in err


def test_memory_says_where_the_arena_goes(command, tmp_path, plugins):
    board, options = plugins.board("stm32h743"), Options(goal=Goal.MEMORY)
    program = compile_model(load_model(SAMPLE), board, options, plugins)
    convert = ("convert", SAMPLE, "-b", "stm32h743", "-o", tmp_path, "--json")
    convert += ("--optimize", "memory")
    for memory, regions in (
        ("ram", ["ram"]),
        ("dtcm=200,sram4", ["sram4"]),
        ("sram4=2000,dtcm=2000", ["dtcm", "sram4"]),
    ):
        code, out, _ = command(*convert, "--memory", memory)
        assert code == 0
        found = json.loads(out)["arena_parts"]
        assert [part["region"] for part in found] == regions
        sizes = [part["bytes"] for part in found]
        if len(sizes) == 1:
            assert sizes == [program.arena_bytes]
        else:
            assert all(0 < size <= 2000 for size in sizes)
            assert sum(sizes) >= program.arena_bytes


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        (
            "tcm",
            "no memory of stm32h743 named 'tcm'; there are: dtcm, flash, ram",
        ),
        ("dtcm=", "'dtcm=' is neither REGION nor REGION=BYTES"),
        ("dtcm=0", "'dtcm=0' is neither REGION nor REGION=BYTES"),
        ("dtcm=64k", "'dtcm=64k' is neither REGION nor REGION=BYTES"),
        ("dtcm,,ram", "'' is neither REGION nor REGION=BYTES"),
    ],
)
def test_a_memory_that_makes_no_sense_exits_with_2(command, memory, says):
    code, _, err = command("convert", SAMPLE, "-b", "stm32h743", "--memory", memory)
    assert code == 2
    assert says in err


@pytest.mark.parametrize("layerwise", [(), ("--layerwise",)])
def test_validate_proves_the_sample_on_the_host(command, layerwise):
    pytest.importorskip("tflite_micro")
    code, out, err = command("validate", SAMPLE, "--on", "host", "--json", *layerwise)
    assert (code, err) == (0, "")
    shown = json.loads(out)
    assert shown["mismatching_bytes"] == 0
    assert shown["compared_bytes"] >= 30


def test_validate_counts_right_classes_where_inputs_have_labels(command):
    pytest.importorskip("tflite_micro")
    inputs = SAMPLE.with_name("test_inputs.npz")
    code, out, _ = command("validate", SAMPLE, "--inputs", inputs, "--runs", "40")
    assert code == 0
    assert "right class in" in out


def test_validate_names_the_first_operator_that_differs(command, monkeypatch):
    pytest.importorskip("tflite_micro")
    from mcu_convert_plugins.kernels.portable import mean

    right = mean.mean_multiplier
    monkeypatch.setattr(
        mean, "mean_multiplier", lambda real, count: right(real * 1.1, count)
    )
    code, _, err = command("validate", SAMPLE, "--layerwise")
    assert code == 4
    assert "operator 13 (MEAN)" in err
    assert "is the first that differs" in err


def test_listings_name_what_is_installed(command):
    for what, name in (("boards", "mps2-an500"), ("plugins", "op_fusion")):
        code, out, _ = command(what)
        assert code == 0
        assert name in out
    code, out, _ = command("ops", "--json")
    assert code == 0
    assert "SOFTMAX" in {row["operator"] for row in json.loads(out)}


def test_a_plugin_can_be_switched_off(command):
    _, out, _ = command("plugins", "--json", "--without", "op_fusion")
    assert "op_fusion" not in {plugin["name"] for plugin in json.loads(out)}


def test_without_kernels_nothing_can_be_converted(command):
    code, _, err = command("analyze", SAMPLE, "--without", "kernels")
    assert code == 1
    assert "operator 0 (CONV_2D)" in err


@pytest.fixture
def damaged(tmp_path):
    """Files that are no models, by what is wrong with them."""
    data = SAMPLE.read_bytes()
    contents = {
        "truncated": data[: len(data) // 3],
        "flipped": data[:8] + bytes(b ^ 0xFF for b in data[8:40]) + data[40:],
        "empty": b"",
        "text": b"This is no model, but it is long enough to have a header.\n",
    }
    paths = {}
    for name, content in contents.items():
        paths[name] = tmp_path / f"{name}.tflite"
        paths[name].write_bytes(content)
    paths["directory"] = tmp_path
    paths["absent"] = tmp_path / "nowhere.tflite"
    return paths


@pytest.mark.parametrize(
    "kind", ["truncated", "flipped", "empty", "text", "directory", "absent"]
)
def test_a_file_that_is_no_model_gives_one_line_and_exit_code_1(
    command, damaged, kind, tmp_path
):
    code, out, err = command("convert", damaged[kind], "-o", tmp_path / "out")
    assert code == 1
    assert out == ""
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_unknown_names_exit_with_2_and_list_the_known(command, tmp_path):
    code, _, err = command("convert", SAMPLE, "-b", "hots", "-o", tmp_path / "out")
    assert code == 2
    assert "no board named 'hots'" in err
    assert "host" in err
    code, _, err = command("convert", SAMPLE, "--without", "op_fission")
    assert code == 2
    assert "op_fusion" in err


def test_a_model_that_does_not_fit_exits_with_3_and_the_numbers(
    command, tmp_path, monkeypatch
):
    import dataclasses

    from mcu_convert.boards import Memory
    from mcu_convert_plugins import boards

    tiny = [
        dataclasses.replace(board, name="tiny", ram=Memory(0, 1024))
        for board in boards.register_boards()
        if board.name == "stm32f412"
    ]
    from mcu_convert import plugin_manager

    found = plugin_manager.Plugins.board
    monkeypatch.setattr(
        plugin_manager.Plugins,
        "board",
        lambda self, name: tiny[0] if name == "tiny" else found(self, name),
    )
    code, _, err = command("convert", SAMPLE, "-b", "tiny", "-o", tmp_path / "out")
    assert code == 3
    assert "1024 bytes of RAM" in err
    assert "the peak is operator" in err
    assert not (tmp_path / "out").exists()


def test_a_missing_compiler_exits_with_5_and_names_the_package(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "mcu_convert", "validate", SAMPLE, "--on", "mps2-an500"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 5
    assert "gcc-arm-none-eabi" in done.stderr


def test_an_interrupt_leaves_what_was_there(command, tmp_path, monkeypatch):
    from mcu_convert import files

    (tmp_path / "digits.h").write_text("what was there")

    def interrupted(self, *arguments, **keywords):
        raise KeyboardInterrupt

    monkeypatch.setattr(files.Path, "write_bytes", interrupted)
    code, _, err = command("convert", SAMPLE, "-o", tmp_path)
    assert code == 130
    assert "interrupted" in err
    monkeypatch.undo()
    assert Path(tmp_path, "digits.h").read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["digits.h"]
