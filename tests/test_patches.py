"""The first layers in patches: what the rewrite makes, and what it refuses."""

from __future__ import annotations

import dataclasses

import pytest
from graph_text import graph_text, parse_graph

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import Graph
from mcu_convert.options import Patches
from mcu_convert.patches import in_patches, splits

CHAIN = """
in x: int8[1,6,4,2] 0.5@0
const w: int8[2,3,3,2] 0.5@0 = seed 1
const v: int8[2,1,1,2] 0.5@0 = seed 2
a: int8[1,6,4,2] 0.5@0 = conv_2d(padding=1,1,1,1) of x, w
b: int8[1,3,2,2] 0.5@0 = max_pool_2d(window=2x2, stride=2x2) of a
c: int8[1,3,2,2] 0.5@0 = conv_2d of b, v
out c
"""
RESIDUAL = """
in x: int8[1,4,4,2] 0.5@0
const w: int8[1,3,3,2] 0.5@0 = seed 1
a: int8[1,4,4,2] 0.5@0 = relu of x
b: int8[1,4,4,2] 0.5@0 = depthwise_conv_2d(padding=1,1,1,1) of a, w
c: int8[1,4,4,2] 0.5@0 = add of a, b
out c
"""


def nodes(graph: Graph) -> str:
    """Return a graph's text less its constants."""
    lines = graph_text(graph).splitlines()
    return "\n".join(line for line in lines if not line.startswith("const"))


def patched(text: str, patches: str) -> str:
    graph = in_patches(parse_graph(text), Patches.parse(patches))
    graph.check()
    return nodes(graph).replace(" patch ", "_").replace(", 2", "_2")


def refusal(text: str, patches: str) -> str:
    with pytest.raises(UnsupportedError) as error:
        splits(parse_graph(text), Patches.parse(patches))
    return str(error.value)


def test_each_patch_is_computed_from_the_part_that_it_needs_and_pasted():
    """Three rows in two patches: of 1 row, from 3 rows of x, and of 2, from 5.

    Above and below, the padding is only what lies outside the image.
    """
    assert patched(CHAIN, "2x1@2") == CUT_ROWS.strip()


CUT_ROWS = """
in x: int8[1,6,4,2] 0.5@0
x_0: int8[1,3,4,2] 0.5@0 = crop(top=0, left=0, size=3x4) of x
a_0: int8[1,2,4,2] 0.5@0 = conv_2d(padding=1,0,1,1) of x_0, w
b_0: int8[1,1,2,2] 0.5@0 = max_pool_2d(window=2x2, stride=2x2) of a_0
b_0_2: int8[1,3,2,2] 0.5@0 = paste(top=0, left=0, size=3x2, first=True) of b_0
x_1: int8[1,5,4,2] 0.5@0 = crop(top=1, left=0, size=5x4) of x
a_1: int8[1,4,4,2] 0.5@0 = conv_2d(padding=0,1,1,1) of x_1, w
b_1: int8[1,2,2,2] 0.5@0 = max_pool_2d(window=2x2, stride=2x2) of a_1
b: int8[1,3,2,2] 0.5@0 = paste(top=1, left=0, size=3x2) of b_1, b_0_2
c: int8[1,3,2,2] 0.5@0 = conv_2d of b, v
out c
"""


def test_a_sum_reads_the_middle_of_what_the_window_beside_it_reads():
    text = patched(RESIDUAL, "1x2@3")
    assert "a_0: int8[1,4,3,2] 0.5@0 = relu of x_0" in text
    assert "b_0: int8[1,4,2,2] 0.5@0 = depthwise_conv_2d(padding=1,1,1,0) of" in text
    assert "a_0_2: int8[1,4,2,2] 0.5@0 = crop(top=0, left=0, size=4x2) of a_0" in text
    assert "c_0: int8[1,4,2,2] 0.5@0 = add of a_0_2, b_0" in text
    assert "a_1_2: int8[1,4,2,2] 0.5@0 = crop(top=0, left=1, size=4x2) of a_1" in text


def test_a_constant_image_is_cut_and_one_value_a_channel_is_not():
    text = """
    in x: int8[1,2,2,2] 0.5@0
    const image: int8[2,2,2] 0.5@0 = 1 2 3 4 5 6 7 8
    const each: int8[2] 0.5@0 = 1 2
    a: int8[1,2,2,2] 0.5@0 = add of x, image
    b: int8[1,2,2,2] 0.5@0 = mul of a, each
    out b
    """
    graph = in_patches(parse_graph(text), Patches(1, 2, layers=2))
    constants = [t for t in graph.tensors.values() if t.is_constant]
    values = {tuple(t.array.ravel().tolist()) for t in constants}
    assert values == {(1, 2, 5, 6), (3, 4, 7, 8), (1, 2)}


def test_the_macs_say_what_is_computed_again():
    """One row of 4 pixels, 18 products for each of 2 channels, is made twice."""
    graph = parse_graph(CHAIN)
    assert in_patches(graph, Patches(2, 1, layers=2)).macs == graph.macs
    text = CHAIN.replace("max_pool_2d(window=2x2, stride=2x2)", SLIDING)
    graph = parse_graph(text.replace("int8[1,3,2,2]", "int8[1,5,3,2]"))
    again = in_patches(graph, Patches(2, 1, layers=2)).macs - graph.macs
    assert again == 4 * 18 * 2


SLIDING = "max_pool_2d(window=2x2)"


@pytest.mark.parametrize("asked", ["2x2", "1x2", "3x1"])
def test_without_a_number_every_split_is_offered(asked):
    offered = splits(parse_graph(CHAIN), Patches.parse(asked))
    assert [str(split) for split in offered] == [f"{asked}@{n}" for n in (1, 2, 3)]


def test_of_a_residual_no_part_can_be_cut_off():
    assert refusal(RESIDUAL, "2x2@2") == (
        "the model cannot run in patches 2x2@2: 'a' and 'b' are both needed after"
        " operator (DEPTHWISE_CONV_2D); possible are @1, @3"
    )


def test_what_needs_the_whole_image_ends_the_patches():
    text = CHAIN.replace("out c", "d: int8[1,2] 0.5@0 = mean(axes=(1 2)) of c\nout d")
    assert refusal(text, "2x2@4") == (
        "the model cannot run in patches 2x2@4: operator (MEAN) does not work on part"
        " of an image; possible are @1, @2, @3"
    )


def test_more_patches_than_pixels():
    assert "operator (CONV_2D) is an image of 3x2; possible are @1" in (
        refusal(CHAIN, "2x3@3")
    )


def test_more_layers_than_there_are():
    assert "there are 3 layers; possible are @1, @2, @3" in refusal(CHAIN, "2x2@9")


def test_several_images_at_once():
    text = CHAIN.replace("int8[1,", "int8[2,")
    assert refusal(text, "2x2").endswith(
        "operator (CONV_2D) does not work on part of an image; no other number of"
        " layers will do"
    )


def test_pixels_that_see_padding_only():
    text = """
    in x: int8[1,2,2,1] 0.5@0
    const w: int8[1,1,1,1] 0.5@0 = 1
    a: int8[1,4,2,1] 0.5@0 = conv_2d(padding=2,0,0,0) of x, w
    out a
    """
    assert "operator (CONV_2D) see padding only" in refusal(text, "4x1@1")
    assert splits(parse_graph(text), Patches(1, 2, layers=1))


def test_an_output_of_the_model_among_the_layers():
    text = CHAIN.replace("out c", "out a, c")
    assert "'a' and 'b' are both needed" in refusal(text, "2x2@2")


def test_a_tensor_that_is_called_like_a_patch_keeps_its_name():
    graph = parse_graph(CHAIN)
    taken = dataclasses.replace(graph.tensors["b"], name="a patch 0")
    _, pool, last = graph.nodes
    renamed = {
        pool: dataclasses.replace(pool, outputs=("a patch 0",)),
        last: dataclasses.replace(last, inputs=("a patch 0", "v")),
    }
    cut = in_patches(graph.substitute(renamed, [taken]), Patches(2, 1, layers=2))
    cut.check()
    assert cut.tensors["a patch 0"] == taken
    assert cut.tensors["a patch 0, 2"].shape == (1, 2, 4, 2)


class TestOption:
    @pytest.mark.parametrize("text", ["2x2", "1x4@12", "8x8", "16x4@1"])
    def test_is_read_and_written_alike(self, text):
        assert str(Patches.parse(text)) == text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2",
            "2x",
            "x2",
            "0x4",
            "1x1",
            "9x8",
            "2x2@",
            "2x2@0",
            "2x2@1\n",
            "\u0662x2",
        ],
    )
    def test_says_what_it_takes(self, text):
        with pytest.raises(ValueError, match=r"ROWSxCOLUMNS|2 to 64 patches|one layer"):
            Patches.parse(text)
