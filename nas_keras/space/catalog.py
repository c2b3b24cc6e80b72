"""The search spaces that come with it."""

from __future__ import annotations

from mcu_convert.errors import UnknownNameError
from nas_keras.space.search_space import SearchSpace, StageSpace

_MOBILE = (
    StageSpace(24, stride=2),
    StageSpace(40, stride=2),
    StageSpace(80, stride=2),
    StageSpace(96, stride=1),
    StageSpace(192, stride=2),
    StageSpace(320, stride=1, depths=(1,)),
)
"""ProxylessNAS's stages, with the last block's kernel and expansion elastic too."""

MCUNET = SearchSpace(
    name="mcunet",
    stem=32,
    first=16,
    stages=_MOBILE,
    resolutions=tuple(range(48, 225, 16)),
    widths=tuple(n / 10 for n in range(2, 11)),
)
"""MCUNet's: 12 resolutions by 9 widths, for photographs."""

MCUNET_V2 = SearchSpace(
    name="mcunet_v2",
    stem=32,
    first=16,
    stages=_MOBILE,
    resolutions=tuple(range(96, 257, 32)),
    widths=(1.0,),
    block_widths=(0.5, 0.75, 1.0),
)
"""MCUNetV2's joint space: the resolution and each block's width are searched too.

Source: J. Lin and others, "MCUNetV2: Memory-Efficient Patch-based Inference for Tiny
Deep Learning", NeurIPS 2021, https://arxiv.org/abs/2110.15352, appendix B.
"""

SMALL_IMAGES = SearchSpace(
    name="small_images",
    stem=32,
    first=16,
    stages=(
        StageSpace(24, stride=1),
        StageSpace(40, stride=2),
        StageSpace(80, stride=2),
        StageSpace(96, stride=1),
        StageSpace(192, stride=2),
        StageSpace(320, stride=1, depths=(1,)),
    ),
    resolutions=(24, 28, 32, 40, 48, 64),
    widths=tuple(n / 20 for n in range(2, 11)),
    image_channels=1,
    stem_stride=1,
)
"""For small grey images, such as digits."""

AUDIO = SearchSpace(
    name="audio",
    stem=32,
    first=16,
    stages=(
        StageSpace(24, stride=2),
        StageSpace(40, stride=2),
        StageSpace(80, stride=2),
        StageSpace(96, stride=1),
        StageSpace(192, stride=2),
        StageSpace(320, stride=1, depths=(1,)),
    ),
    resolutions=(24, 32, 40, 48, 64),
    widths=tuple(n / 20 for n in range(2, 11)),
    image_channels=1,
    stem_stride=1,
)
"""For log-mel spectrograms: one channel, as many frames as frequencies."""

SPACES = (MCUNET, MCUNET_V2, SMALL_IMAGES, AUDIO)


def search_space(name: str) -> SearchSpace:
    """Return the space of a name, or raise `UnknownNameError`."""
    for space in SPACES:
        if space.name == name:
            return space
    names = ", ".join(space.name for space in SPACES)
    raise UnknownNameError(f"no search space named {name!r}; there are: {names}")
