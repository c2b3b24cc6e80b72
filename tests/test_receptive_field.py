"""How much of the image a layer sees, on networks whose figures are published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graph_text import parse_graph

from mcu_convert.ir import Graph
from mcu_convert.options import Patches
from mcu_convert.patches import in_patches
from mcu_convert.receptive_field import receptive_fields


def sees(graph: Graph, name: str) -> tuple[str, str] | None:
    field = receptive_fields(graph)[name]
    return field and (field.size_text, field.stride_text)


def chain(size: int, windows: Sequence[tuple[int, int]]) -> Graph:
    """Return depthwise convolutions, each of a kernel's size and a stride."""
    lines = [f"in t0: int8[1,{size},{size},1] 0.5@0"]
    for number, (kernel, stride) in enumerate(windows):
        size = (size - kernel) // stride + 1
        lines += [
            f"const w{number}: int8[1,{kernel},{kernel},1] 0.5@0 = seed 1",
            f"t{number + 1}: int8[1,{size},{size},1] 0.5@0 ="
            f" depthwise_conv_2d(stride={stride}x{stride}) of t{number}, w{number}",
        ]
    return parse_graph("\n".join([*lines, f"out t{len(windows)}"]))


def mobilenet_v2() -> Iterator[tuple[int, int]]:
    """Yield the windows that are more than a pixel: of the first layer and 17 blocks.

    Table 2 of Sandler et al. (2018): repeats and strides.
    """
    yield 3, 2
    for repeats, stride in ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1)):
        yield from ((3, stride if n == 0 else 1) for n in range(repeats))


def test_two_convolutions_of_3_see_what_one_of_5_sees():
    """As VGG has it (Simonyan and Zisserman, 2015): three see 7x7."""
    graph = chain(32, [(3, 1)] * 3)
    seen = [sees(graph, f"t{n}") for n in range(4)]
    assert seen == [(f"{n}x{n}", "1x1") for n in (1, 3, 5, 7)]


def test_vgg_16_sees_212_before_its_last_pooling():
    """Blocks of two or three convolutions with a pooling of 2 after each."""
    blocks = [[(3, 1)] * n + [(2, 2)] for n in (2, 2, 3, 3, 3)]
    graph = chain(400, [window for block in blocks for window in block])
    assert sees(graph, "t17") == ("196x196", "16x16")
    assert sees(graph, "t18") == ("212x212", "32x32")


def test_mobilenet_v2_sees_491():
    """The figure of Araujo, Norris and Sim (2019) for its last layer, every 32."""
    graph = chain(1200, list(mobilenet_v2()))
    assert sees(graph, "t18") == ("491x491", "32x32")


def test_the_patches_of_mobilenet_v2_are_75_pixels_wide():
    """MCUNetV2's figure, for 4x4 patches of the first image of 28x28 pixels."""
    graph = chain(1200, list(mobilenet_v2()))
    field = receptive_fields(graph)["t5"]
    assert field is not None
    assert field.down.extent + (28 // 4 - 1) * field.down.stride == 75


def test_a_sum_sees_what_its_wider_operand_sees():
    graph = parse_graph(
        """
        in x: int8[1,6,6,1] 0.5@0
        const w: int8[1,3,1,1] 0.5@0 = 1 2 3
        a: int8[1,6,6,1] 0.5@0 = conv_2d(padding=1,1,0,0) of x, w
        b: int8[1,6,6,1] 0.5@0 = add of x, a
        out b
        """
    )
    assert sees(graph, "b") == ("3x1", "1x1")


def test_dilation_widens_and_a_mean_sees_all():
    graph = parse_graph(
        """
        in x: int8[1,9,9,1] 0.5@0
        const w: int8[1,3,3,1] 0.5@0 = seed 1
        a: int8[1,5,5,1] 0.5@0 = conv_2d(dilation=2x2) of x, w
        b: int8[1,1] 0.5@0 = mean(axes=(1 2)) of a
        c: int8[1,1] 0.5@0 = relu of b
        out c
        """
    )
    assert sees(graph, "a") == ("5x5", "1x1")
    assert sees(graph, "b") is sees(graph, "c") is None


def test_an_image_that_is_enlarged_looks_at_the_input_more_often():
    graph = parse_graph(
        """
        in x: int8[1,8,8,1] 0.5@0
        a: int8[1,4,4,1] 0.5@0 = max_pool_2d(window=2x2, stride=2x2) of x
        b: int8[1,8,12,1] 0.5@0 = resize_nearest_neighbor(size=8x12) of a
        out b
        """
    )
    assert sees(graph, "b") == ("2x2", "1x2/3")


def test_patches_see_what_the_whole_sees():
    graph = chain(24, [(3, 2), (3, 1), (3, 1)])
    cut = in_patches(graph, Patches(2, 2, layers=2))
    assert sees(cut, "t3") == sees(graph, "t3") == ("11x11", "2x2")
