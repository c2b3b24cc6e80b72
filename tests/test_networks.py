"""The networks are those that were published, and their int8 files convert exactly."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_models import ROOT, model_path

from mcu_convert.convert import compile_model
from mcu_convert.errors import UnknownNameError
from mcu_convert.ir import Graph, Op
from mcu_convert.ladder import ladder
from mcu_convert.ops.add import Add
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.options import Options
from mcu_convert.tflite.reader import load_model
from memory_page.chart import chart
from memory_page.figures import Figures, measure, row_by_row_bytes
from memory_page.figures import load as load_figures
from memory_page.page import page, write_page
from nas_keras.networks import NETWORKS, InvertedBottleneck, Network, network
from nas_keras.networks.graph import planning_model
from nas_keras.networks.network import scaled

DOCS = ROOT / "docs"
FIGURES = DOCS / "memory.json"
UPDATE = "MCU_CONVERT_UPDATE_DOCS"


@dataclass(frozen=True)
class Published:
    """In millions and in KiB, some rounded, some cut off."""

    macs: str
    parameters: str
    activations: str | None = None


PUBLISHED = {
    # https://github.com/mit-han-lab/tinyml, mcunet/README.md at commit e899b1b.
    "mobilenet_v2_w0.3_r80": Published("7.3", "0.63", "94"),
    "mobilenet_v2_w0.35_r144": Published("23.5", "0.75", "303"),
    "proxyless_w0.3_r176": Published("38.3", "0.75", "242"),
    "mcunet_in0": Published("6.4", "0.7", "45"),
    "mcunet_in1": Published("12.8", "0.6", "90"),
    "mcunet_in2": Published("67.3", "0.73", "325"),
    "mcunet_in3": Published("81.8", "0.74", "333"),
    "mcunet_in4": Published("125.9", "1.7", "413"),
    # https://github.com/mit-han-lab/mcunet, README.md.
    "mcunet_vww1": Published("11.6", "0.43"),
    "mcunet_vww2": Published("55.8", "0.64"),
    # torchvision's tables of models.
    "mobilenet_v2_w1_r224": Published("300.77", "3.504872"),
}


def agrees(value: float, published: str) -> bool:
    """Say whether a value is a published one but for its last digit's rounding."""
    return abs(value - float(published)) < 10.0 ** -len(published.partition(".")[2])


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_description_has_the_published_size(name):
    found, wanted = network(name), PUBLISHED[name]
    assert agrees(found.macs / 1e6, wanted.macs)
    assert agrees(found.parameters / 1e6, wanted.parameters)
    if wanted.activations is not None:
        assert agrees(found.peak_activation_bytes / 1024, wanted.activations)


def test_mnasnet_has_torchvisions_parameters():
    assert network("mnasnet_b1_w0.5_r128").parameters == 2_218_512


def test_the_networks_names_differ():
    assert len({each.name for each in NETWORKS}) == len(NETWORKS)


def test_an_unknown_name_is_told_the_known_ones():
    with pytest.raises(UnknownNameError, match=r"'mcunet_in9'.*mcunet_in0, mcunet_in1"):
        network("mcunet_in9")


def test_channels_scale_to_the_nearest_multiple_of_8_but_never_much_below():
    assert [scaled(c, 0.35) for c in (16, 24, 32, 64, 96)] == [8, 8, 16, 24, 32]


def test_the_peak_counts_what_waits_to_be_added():
    residual = InvertedBottleneck(channels=4, expansion=2)
    described = Network("example", 8, stem=4, blocks=(residual,), head=None, classes=1)
    filtered = 4 * 4 * 8
    assert described.peak_activation_bytes == 2 * filtered + 4 * 4 * 4


def test_vww1_has_the_windows_and_the_skips_of_the_published_file():
    graph = load_model(model_path("mcunet/vww")).main
    convolutions = [
        n for n in graph.nodes if isinstance(n.op, Conv2D | DepthwiseConv2D)
    ]
    found = [
        (
            graph.tensors[node.inputs[1]].shape[1],
            node.op.stride.height,
            graph.tensors[node.outputs[0]].shape[3],
        )
        for node in convolutions
    ]
    windows, skips = windows_and_skips(network("mcunet_vww1"))
    assert found == windows
    assert sum(isinstance(node.op, Add) for node in graph.nodes) == skips


def windows_and_skips(described: Network) -> tuple[list[tuple[int, int, int]], int]:
    """Return kernel, stride and channels of each convolution; count the additions."""
    windows, skips, channels = [(3, 2, described.stem)], 0, described.stem
    for block in described.blocks:
        hidden = block.hidden(channels)
        windows += [(1, 1, hidden)] if block.expansion > 1 else []
        windows += [(block.kernel, block.stride, hidden), (1, 1, block.channels)]
        skips += block.is_residual(channels)
        channels = block.channels
    return windows, skips


SMALL = ("mcunet_in0", "mobilenet_v2_w0.3_r64")


def export(names: tuple[str, ...], folder: Path) -> None:
    """Write files in a process of its own: TensorFlow is set up once a process."""
    command = [sys.executable, "-m", "nas_keras.networks", *names, "-o", str(folder)]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """A folder with the int8 files of the smallest networks."""
    if importlib.util.find_spec("tensorflow") is None:
        pytest.skip("no tensorflow: pip install -e '.[nas]'")
    folder = tmp_path_factory.mktemp("networks")
    export(SMALL, folder)
    return folder


@pytest.mark.parametrize("name", SMALL)
def test_the_planning_model_is_the_file_but_for_its_numbers(name, files, plugins):
    """Once padding is fused: TensorFlow fuses that of images of odd sizes itself."""
    models = load_model(files / f"{name}.tflite"), planning_model(network(name))
    found, wanted = (
        compile_model(model, plugins.board("host"), Options(), plugins).graph
        for model in models
    )
    assert operators(found) == operators(wanted)


def operators(graph: Graph) -> list[tuple[Op, list[tuple[int, ...]]]]:
    """Return each operator, with the shapes of all that it reads and writes."""
    return [
        (node.op, [t.shape for t in (*graph.inputs_of(node), *graph.outputs_of(node))])
        for node in graph.nodes
    ]


def test_the_same_seed_gives_the_same_file(files, tmp_path):
    name = SMALL[1]
    export((name,), tmp_path)
    again = (tmp_path / f"{name}.tflite").read_bytes()
    assert again == (files / f"{name}.tflite").read_bytes()


@pytest.mark.parametrize("name", SMALL)
def test_the_figures_are_the_files(name, files):
    pytest.importorskip("tflite_micro")
    assert measure(files / f"{name}.tflite") == kept(name)


def kept(name: str) -> Figures:
    (found,) = (each for each in load_figures(FIGURES) if each.network == name)
    return found


@pytest.mark.parametrize("name", [each.name for each in NETWORKS])
def test_the_figures_are_those_of_the_plan(name, plugins):
    """Without TensorFlow, and so for all of them."""
    model, host, figures = (
        planning_model(network(name)),
        plugins.board("host"),
        kept(name),
    )
    program = compile_model(model, host, Options(), plugins)
    hint = "plans have changed: make networks"
    assert program.macs == network(name).macs == figures.macs
    assert program.plan.size == figures.arena_bytes, hint
    assert program.plan.lower_bound == figures.lower_bound_bytes, hint
    assert row_by_row_bytes(model, host, plugins) == figures.row_by_row_bytes, hint


@pytest.mark.parametrize("name", SMALL)
def test_without_overlaps_the_arena_is_the_largest_layers_activations(name, plugins):
    model = planning_model(network(name))
    rungs = ladder(model, plugins.board("host"), Options(), plugins)
    (fusion,) = (rung for rung in rungs if rung.technique.name == "fusion")
    assert fusion.arena_bytes == network(name).peak_activation_bytes


def test_the_page_and_the_picture_are_as_the_figures():
    figures = load_figures(FIGURES)
    if os.environ.get(UPDATE):
        write_page(DOCS, figures)
    hint = f"to write the page and the picture anew, set {UPDATE}=1"
    text = (DOCS / "memory.md").read_text("utf-8")
    assert page(text, figures) == text, hint
    assert (DOCS / "memory.svg").read_text("utf-8") == chart(figures), hint
    assert [each.network for each in figures] == [each.name for each in NETWORKS]
