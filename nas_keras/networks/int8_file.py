"""From a Keras model to an int8 ``.tflite`` file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

CALIBRATION_IMAGES = 4
Images = npt.NDArray[np.float32]


def random_images(model: keras.Model, seed: int) -> Images:
    """Return a few images of noise, from -1 to 1, for a network with random weights."""
    generator = np.random.default_rng(seed)
    shape = CALIBRATION_IMAGES, *model.input_shape[1:]
    return generator.uniform(-1, 1, shape).astype(np.float32)


def int8_file(model: keras.Model, images: Images) -> bytes:
    """Return the bytes of a ``.tflite`` file with int8 weights, inputs and outputs.

    By TensorFlow's post-training quantization.  The same model and images give the same
    bytes with the same TensorFlow; call `use_one_order_of_sums` before anything runs.

    Args:
        model: From one image, (N, H, W, C), to one output.
        images: What it will see, (N, H, W, C), for the ranges of values.
    """
    import tensorflow as tf

    shape = (1, *model.input_shape[1:])

    def one_by_one() -> Iterator[list[Images]]:
        for image in images:
            yield [image[None]]

    with tempfile.TemporaryDirectory() as folder:
        # A batch of exactly 1 keeps shape arithmetic out of the graph.
        signature = tf.TensorSpec(shape, tf.float32, name="image")
        model.export(folder, input_signature=[signature], verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = one_by_one
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        return bytes(converter.convert())


def use_one_order_of_sums() -> None:
    """Keep TensorFlow from choosing an order of sums by the processor and its cores.

    Must be called before TensorFlow is imported.
    """
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
