"""A trained network as it runs on a board: its file, its C, its accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mcu_convert.boards import Board
from mcu_convert.convert import compile_model
from mcu_convert.ir import Tensor
from mcu_convert.options import Options
from mcu_convert.plugin_manager import Plugins
from mcu_convert.program import Program
from mcu_convert.tflite.reader import read_model
from mcu_convert.validate import Subject, Validation, validate_together
from nas_keras.data import Dataset, Split
from nas_keras.data.dataset import Images

if TYPE_CHECKING:
    import keras

CALIBRATION = 256
"""Training images that value ranges come from."""


@dataclass(frozen=True, eq=False)
class Deployed:
    """A network after quantization, and how often it is right."""

    file: bytes
    """The ``.tflite`` file's."""
    program: Program
    float_accuracy: float
    """Of the Keras model, on the test images."""
    int8_accuracy: float
    """Of the generated C, on the same images."""
    validation: Validation
    """How the C compares with TF-Micro on them."""


def deploy(
    model: keras.Model,
    data: Dataset,
    board: Board,
    run_on: Board,
    plugins: Plugins,
    options: Options,
    most_images: int | None = None,
) -> Deployed:
    """Quantize a model, convert it, and run its C on test images beside TF-Micro.

    Args:
        model: Trained, from images to scores.
        data: Its training images give the value ranges; its test images are classified.
        board: What it is converted for.
        run_on: Where the C runs: the host or an emulated board.
        plugins: The converter's.
        options: The converter's.
        most_images: Test images to take; ``None`` for all.
    """
    from nas_keras.networks.int8_file import int8_file

    test = Split(data.test.images[:most_images], data.test.labels[:most_images])
    file = int8_file(model, data.train.images[:CALIBRATION])
    decoded = read_model(file, data.name)
    program = compile_model(decoded, board, options, plugins)
    (source,) = (decoded.main.tensors[name] for name in decoded.main.inputs)
    runs = [[image[None]] for image in quantized(test.images, source)]
    subject = Subject(program, file, runs)
    (validation,) = validate_together([subject], run_on, plugins)
    found = np.array([int(scores.argmax()) for (scores,) in validation.outputs])
    return Deployed(
        file=file,
        program=program,
        float_accuracy=_float_accuracy(model, test),
        int8_accuracy=float((found == test.labels).mean()),
        validation=validation,
    )


def quantized(images: Images, tensor: Tensor) -> npt.NDArray[np.int8]:
    """Return images as an int8 tensor stores them."""
    steps = np.round(images / np.float32(tensor.scale)) + tensor.zero_point
    return steps.clip(-128, 127).astype(np.int8)


def _float_accuracy(model: keras.Model, split: Split) -> float:
    scores = [np.asarray(model(images)) for images, _ in split.batches(256)]
    return float((np.concatenate(scores).argmax(axis=1) == split.labels).mean())
