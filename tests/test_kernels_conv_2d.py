"""CONV_2D in C gives the bytes of TF-Micro's reference kernel."""

import pytest
from host import assert_same_bytes, compiled, run_in_tf_micro
from windows import conv

PADDINGS = [(0, 0), (1, 2), (2, 1), (0, 0)]
CASES = {
    "3x3": conv(),
    "3x3 valid": conv(padding="VALID"),
    "stride 2": conv(stride=(2, 2)),
    "stride 2 of even size": conv(image=(1, 8, 8, 3), stride=(2, 2)),
    "strides 3 and 1, valid": conv(stride=(3, 1), padding="VALID"),
    "5x1": conv(kernel=(5, 1)),
    "1x4 even, same": conv(kernel=(1, 4)),
    "2x2 even, same": conv(kernel=(2, 2)),
    "larger than the image": conv(image=(1, 2, 3, 4), kernel=(5, 7)),
    "as large as the image, valid": conv(kernel=(7, 8), padding="VALID"),
    "as large as the image, same": conv(
        image=(1, 5, 5, 3), kernel=(5, 5), stride=(5, 5)
    ),
    "one pixel": conv(image=(1, 1, 1, 8), kernel=(3, 3)),
    "dilation 2": conv(dilation=(2, 2)),
    "dilation 3 and 1, valid": conv(dilation=(3, 1), padding="VALID"),
    "dilation 1 and 3": conv(dilation=(1, 3)),
    "dilation beyond the image": conv(
        image=(1, 3, 1, 2), kernel=(2, 2), dilation=(4, 2)
    ),
    "dilated with stride": conv(
        image=(1, 11, 9, 3), dilation=(2, 2), stride=(2, 2), padding="VALID"
    ),
    "1x1": conv(kernel=(1, 1)),
    "1x1 stride 2": conv(kernel=(1, 1), stride=(2, 2)),
    "1x1 batch 2": conv(image=(2, 3, 4, 5), kernel=(1, 1)),
    "1x1 per tensor": conv(kernel=(1, 1), per_channel=False),
    "1x1 one channel": conv(image=(1, 4, 4, 1), kernel=(1, 1), outputs=1),
    "batch 2": conv(image=(2, 5, 4, 3)),
    "padded": conv((1, 9, 9, 3), paddings=PADDINGS, padding="VALID"),
    "padded, and padding": conv((1, 9, 9, 3), paddings=PADDINGS, stride=(2, 2)),
    "padded without need": conv((1, 9, 9, 3), paddings=PADDINGS, stride=(4, 4)),
    "groups 2": conv(image=(1, 5, 6, 4), groups=2),
    "groups 2, 1x1": conv(image=(1, 5, 6, 4), kernel=(1, 1), groups=2),
    "a group for each channel": conv(image=(1, 5, 6, 6), groups=6),
    "groups 3, dilated, stride 2": conv(
        image=(2, 9, 8, 6), groups=3, dilation=(2, 2), stride=(2, 1)
    ),
    "per tensor": conv(per_channel=False),
    "no bias": conv(biased=False),
    "one channel in and out": conv(image=(1, 6, 6, 1), outputs=1),
    "relu": conv(activation="RELU"),
    "relu6": conv(activation="RELU6", zero_points=(3, -128)),
    "relu_n1_to_1": conv(activation="RELU_N1_TO_1"),
    "zero points at the ends": conv(zero_points=(127, -128)),
    "zero points at the other ends": conv(zero_points=(-128, 127)),
    "no zero points": conv(zero_points=(0, 0)),
}


@pytest.mark.parametrize("name", CASES)
def test_bytes_are_those_of_tf_micro(name, outputs):
    assert_same_bytes(outputs[name], run_in_tf_micro(CASES[name]))


@pytest.mark.parametrize(
    ("name", "kernel"),
    [
        ("1x1", "conv_2d_pointwise"),
        ("1x1 batch 2", "conv_2d_pointwise"),
        ("1x1 stride 2", "conv_2d"),
        ("groups 2, 1x1", "conv_2d"),
    ],
)
def test_pixels_alone_are_a_matrix_product(name, kernel):
    program, _ = compiled(CASES[name].model)
    assert [step.kernel.name for step in program.steps] == [kernel]
