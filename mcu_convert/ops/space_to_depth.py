"""SPACE_TO_DEPTH and DEPTH_TO_SPACE: squares of pixels become channels, and back."""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import Shape, ShapeError
from mcu_convert.ops.decoding import Decoded, RawOperator
from mcu_convert.ops.index_map import Axis, IndexMap
from mcu_convert.ops.movement import Movement, expect_rank


@dataclass(frozen=True, slots=True)
class SpaceToDepth(Movement):
    """Put squares of `block` times `block` pixels into one pixel's channels; NHWC."""

    block: int

    def index_map(self, source: Shape) -> IndexMap:
        expect_rank(source, 4)
        batch, height, width, channels = source
        block = self.block
        if block < 1 or height % block or width % block:
            raise ShapeError(f"{source} is not made of blocks of {block} pixels")
        row, pixel = width * channels, channels
        axes = (
            Axis(batch, height * row),
            Axis(height // block, block * row),
            Axis(width // block, block * pixel),
            Axis(block, row),
            Axis(block, pixel),
            Axis(channels, 1),
        )
        shape = (batch, height // block, width // block, block * block * channels)
        return IndexMap(shape, axes)


@dataclass(frozen=True, slots=True)
class DepthToSpace(Movement):
    """Make squares of `block` times `block` pixels of one pixel's channels; NHWC."""

    block: int

    def index_map(self, source: Shape) -> IndexMap:
        expect_rank(source, 4)
        batch, height, width, channels = source
        block = self.block
        if block < 1 or channels % (block * block):
            raise ShapeError(f"{channels} channels make no blocks of {block} pixels")
        row, depth = width * channels, channels // (block * block)
        axes = (
            Axis(batch, height * row),
            Axis(height, row),
            Axis(block, block * depth),
            Axis(width, channels),
            Axis(block, depth),
            Axis(depth, 1),
        )
        return IndexMap((batch, height * block, width * block, depth), axes)


def decode_space_to_depth(raw: RawOperator) -> Decoded:
    """Read ``SpaceToDepthOptions``."""
    raw.expect(1)
    return Decoded(SpaceToDepth(raw.options(tflite.SpaceToDepthOptions).BlockSize()))


def decode_depth_to_space(raw: RawOperator) -> Decoded:
    """Read ``DepthToSpaceOptions``."""
    raw.expect(1)
    return Decoded(DepthToSpace(raw.options(tflite.DepthToSpaceOptions).BlockSize()))
