"""Train the sample model `digits.tflite`: an int8 network that reads digits.

Data: the 1797 handwritten digits that scikit-learn ships, 8x8 pixels of 0..16.
Writes `digits.tflite` (int8, with metadata and labels inside) and
`test_inputs.npz` (the test images, quantised as the model wants them), then
prints the accuracy of the float and of the int8 network on the test images.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Before TensorFlow is imported: oneDNN sums in an order that depends on the CPU.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import flatbuffers
    import keras
    import numpy as np
    import tensorflow as tf
    from keras import layers
    from numpy.typing import NDArray
    from sklearn.datasets import load_digits

    # Not `tflite_support`, whose import fails beside TensorFlow.
    from tensorflow_lite_support.metadata import metadata_schema_py_generated as schema
    from tensorflow_lite_support.metadata.python.metadata import MetadataPopulator
    from tflite_micro.python.tflite_micro import runtime
except ImportError as error:
    raise SystemExit(
        f"train.py: error: {error}; install the packages of requirements.txt"
    ) from None

HERE = Path(__file__).resolve().parent
SEED = 1
PIXEL_MAX = 16.0
"""Pixels are 0..16; the network sees pixel / PIXEL_MAX, so 0..1."""
TEST_START = 1415
"""Index of the first test image.

Every writer copied the same form, which opens with 0..9 three times, so the
labels show where a form begins. Cutting there keeps each form, and so its
writer's hand, on one side; a random cut would put every hand on both.
"""
FORM_OPENING = list(range(10)) * 3
BATCH_SIZE = 32
MOMENTUM = 0.95
"""Of batch normalisation; Keras' 0.99 suits longer trainings than this one."""
DESCRIPTION = (
    "Recognises one handwritten digit in an 8x8 grey image. Trained on Optical "
    "Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998, "
    "https://doi.org/10.24432/C50P49, CC BY 4.0)."
)
LICENSE = "CC BY 4.0, as the data it was trained on"


@dataclass(frozen=True)
class Split:
    """Images float32 (N, 8, 8, 1) in 0..1, and labels uint8 (N,) in 0..9."""

    images: NDArray[np.float32]
    labels: NDArray[np.uint8]


def load_splits() -> tuple[Split, Split]:
    """Return the training and the test images; no form is in both."""
    data = load_digits()
    images = (data.images / PIXEL_MAX).astype(np.float32)[..., np.newaxis]
    labels = data.target.astype(np.uint8)
    opening = labels[TEST_START : TEST_START + len(FORM_OPENING)]
    if opening.tolist() != FORM_OPENING:
        raise SystemExit(
            f"train.py: error: no form begins at image {TEST_START}; "
            "scikit-learn's digits are not in the expected order"
        )
    train_split = Split(images[:TEST_START], labels[:TEST_START])
    return train_split, Split(images[TEST_START:], labels[TEST_START:])


def convolve(x: Any, filters: int, kernel: int, activation: str | None) -> Any:
    """Convolution with batch normalisation, which the converter folds away."""
    x = layers.Conv2D(filters, kernel, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    return layers.Activation(activation)(x) if activation else x


def inverted_residual(x: Any, filters: int, expansion: int, stride: int) -> Any:
    """MobileNetV2's block: widen, filter each channel, narrow; add if it fits.

    (N, H, W, C) becomes (N, H / stride, W / stride, filters).
    """
    block_input = x
    x = convolve(x, expansion * x.shape[-1], kernel=1, activation="relu6")
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=MOMENTUM)(x)
    x = layers.Activation("relu6")(x)
    x = convolve(x, filters, kernel=1, activation=None)
    if x.shape == block_input.shape:
        x = layers.Add()([block_input, x])
    return x


def build_network() -> keras.Model:
    """Return the untrained network: (N, 8, 8, 1) to 10 probabilities."""
    image = keras.Input((8, 8, 1), name="image")
    x = convolve(image, 16, kernel=3, activation="relu6")
    x = inverted_residual(x, 16, expansion=3, stride=1)
    x = inverted_residual(x, 24, expansion=4, stride=2)
    x = inverted_residual(x, 24, expansion=4, stride=1)
    x = convolve(x, 64, kernel=1, activation="relu6")
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2, seed=SEED)(x)
    digit = layers.Dense(10, activation="softmax", name="probability")(x)
    return keras.Model(image, digit, name="digits")


def train(network: keras.Model, split: Split, epochs: int) -> None:
    """Fit `network` to slightly shifted, turned and zoomed copies of `split`."""
    shift = layers.RandomTranslation(0.08, 0.08, "constant", seed=SEED)
    turn = layers.RandomRotation(0.03, "constant", seed=SEED)
    zoom = layers.RandomZoom(0.1, fill_mode="constant", seed=SEED)
    augmented = keras.Sequential([shift, turn, zoom, network])
    steps = epochs * -(-len(split.images) // BATCH_SIZE)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, decay_steps=steps)
    augmented.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    augmented.fit(
        split.images, split.labels, batch_size=BATCH_SIZE, epochs=epochs, verbose=2
    )


def convert_to_int8(network: keras.Model, images: NDArray[np.float32]) -> bytes:
    """Return an int8 `.tflite`; `images`, (N, 8, 8, 1), set its value ranges."""
    # A batch of exactly 1 keeps shape arithmetic out of the graph.
    signature = tf.TensorSpec((1, 8, 8, 1), tf.float32, name="image")
    with tempfile.TemporaryDirectory() as folder:
        network.export(folder, input_signature=[signature], verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([image[None]] for image in images)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
        return bytes(converter.convert())


def quantize(model: bytes, images: NDArray[np.float32]) -> NDArray[np.int8]:
    """Return `images`, reals of 0..1, as `model` stores its input image."""
    details = runtime.Interpreter.from_bytes(model).get_input_details(0)
    parameters = details["quantization_parameters"]
    steps = np.round(images / parameters["scales"][0]) + parameters["zero_points"][0]
    stored: NDArray[np.int8] = np.clip(steps, -128, 127).astype(np.int8)
    return stored


def describe_tensor(name: str, description: str, content: int) -> Any:
    """Return the metadata of a tensor whose real values are 0..1."""
    tensor = schema.TensorMetadataT()
    tensor.name, tensor.description = name, description
    tensor.content = schema.ContentT()
    tensor.content.contentPropertiesType = content
    tensor.stats = schema.StatsT()
    tensor.stats.min, tensor.stats.max = [0.0], [1.0]
    return tensor


def describe_input() -> Any:
    """Return the metadata of the image, with its normalisation."""
    text = (
        "Grey image of one digit, (1, 8, 8, 1): pixels of 0 (paper) to 16 (ink), / 16."
    )
    image = schema.ContentProperties.ImageProperties
    tensor = describe_tensor("image", text, image)
    properties = schema.ImagePropertiesT()
    properties.colorSpace = schema.ColorSpaceType.GRAYSCALE
    tensor.content.contentProperties = properties
    normalization = schema.ProcessUnitT()
    normalization.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    normalization.options = schema.NormalizationOptionsT()
    normalization.options.mean, normalization.options.std = [0.0], [PIXEL_MAX]
    tensor.processUnits = [normalization]
    return tensor


def describe_output() -> Any:
    """Return the metadata of the probabilities, with the name of the labels file."""
    text = "Probability of each digit, (1, 10)."
    features = schema.ContentProperties.FeatureProperties
    tensor = describe_tensor("probability", text, features)
    tensor.content.contentProperties = schema.FeaturePropertiesT()
    labels = schema.AssociatedFileT()
    labels.name, labels.description = "labels.txt", "The digit of each output."
    labels.type = schema.AssociatedFileType.TENSOR_AXIS_LABELS
    tensor.associatedFiles = [labels]
    return tensor


def add_metadata(model: bytes) -> bytes:
    """Return `model` with its description and `labels.txt` packed inside."""
    subgraph = schema.SubGraphMetadataT()
    subgraph.inputTensorMetadata = [describe_input()]
    subgraph.outputTensorMetadata = [describe_output()]
    about = schema.ModelMetadataT()
    about.name, about.version = "digits", "1"
    about.description, about.license = DESCRIPTION, LICENSE
    about.subgraphMetadata = [subgraph]
    builder = flatbuffers.Builder(0)
    root = about.Pack(builder)
    builder.Finish(root, MetadataPopulator.METADATA_FILE_IDENTIFIER)
    labels = "".join(f"{digit}\n" for digit in range(10)).encode()
    populator = MetadataPopulator.with_model_buffer(model)
    populator.load_metadata_buffer(bytes(builder.Output()))
    populator.load_associated_file_buffers({"labels.txt": labels})
    populator.populate()
    return without_dates(bytes(populator.get_model_buffer()))


def without_dates(packed: bytes) -> bytes:
    """Rewrite the zip archive at the end of `packed` with zip's earliest date.

    The library stamps the present time, which would change the bytes each run.
    """
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        entries = archive.infolist()
        files = {entry.filename: archive.read(entry) for entry in entries}
    stream = io.BytesIO(packed[: min(entry.header_offset for entry in entries)])
    with zipfile.ZipFile(stream, "a") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return stream.getvalue()


def count_correct(
    model: bytes, images: NDArray[np.int8], labels: NDArray[np.uint8]
) -> int:
    """Return how many of `images`, (N, 8, 8, 1), TFLite Micro reads as `labels`."""
    interpreter = runtime.Interpreter.from_bytes(model)
    digits = []
    for image in images:
        interpreter.set_input(image[np.newaxis], 0)
        interpreter.invoke()
        digits.append(interpreter.get_output(0).argmax())
    return int((np.array(digits) == labels).sum())


def parse_arguments() -> argparse.Namespace:
    """Read and check the command line."""
    parser = argparse.ArgumentParser(description="Train the sample model digits.tflite")
    parser.add_argument("--epochs", type=int, default=60, help="default: %(default)s")
    parser.add_argument("--output-dir", type=Path, default=HERE, help="default: here")
    arguments = parser.parse_args()
    if arguments.epochs < 1:
        parser.error(f"--epochs must be at least 1, not {arguments.epochs}")
    if not os.access(arguments.output_dir / ".", os.W_OK):
        parser.error(f"--output-dir: not a writable folder: {arguments.output_dir}")
    return arguments


def main() -> None:
    """Train, convert, write the two files, and print the accuracies."""
    arguments = parse_arguments()
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    # One thread, so that sums do not depend on the number of cores.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    train_split, test_split = load_splits()
    print(f"{len(train_split.labels)} training images, {len(test_split.labels)} test")
    network = build_network()
    train(network, train_split, arguments.epochs)
    model = add_metadata(convert_to_int8(network, train_split.images))
    images = quantize(model, test_split.images)
    labels = test_split.labels
    (arguments.output_dir / "digits.tflite").write_bytes(model)
    inputs = arguments.output_dir / "test_inputs.npz"
    np.savez_compressed(inputs, images=images, labels=labels)
    digits = network.predict(test_split.images, verbose=0).argmax(axis=1)
    print(f"digits.tflite: {len(model)} bytes")
    print(f"correct of {len(labels)}, float32 (Keras): {(digits == labels).sum()}")
    int8_correct = count_correct(model, images, labels)
    print(f"correct of {len(labels)}, int8 (TFLite Micro): {int8_correct}")


if __name__ == "__main__":
    main()
