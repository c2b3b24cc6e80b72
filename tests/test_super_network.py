"""The super-network: each of its networks is what it would be by itself."""

import dataclasses
from random import Random

import numpy as np
import pytest

from nas_keras.space import sample, search_space

tensorflow = pytest.importorskip("tensorflow", reason="the extra `nas` is missing")
keras = pytest.importorskip("keras")

from nas_keras.super_network.calibration import calibrate  # noqa: E402
from nas_keras.super_network.code import BlockCode  # noqa: E402
from nas_keras.super_network.extraction import extract  # noqa: E402
from nas_keras.super_network.sorting import sort_channels  # noqa: E402
from nas_keras.super_network.statistics import Statistics  # noqa: E402
from nas_keras.super_network.super_network import Mode, SuperNetwork  # noqa: E402

SPACE = search_space("small_images").sub_space(24, 0.15)
JOINT = dataclasses.replace(SPACE, block_widths=(0.5, 1.0))
"""With blocks of several widths, as in MCUNetV2's space."""
IMAGES = np.random.default_rng(0).normal(size=(8, 24, 24, 1)).astype(np.float32)
SCORES = 5


def shaken(space, mode):
    """A super-network whose scales, offsets and statistics are not the first ones."""
    network = SuperNetwork(space, SCORES, mode)
    random = np.random.default_rng(1)
    for layer in network.normalizations:
        for variable in (layer.gamma, layer.beta, layer.mean):
            variable.assign(variable + random.normal(size=variable.shape) / 5)
        layer.variance.assign(random.uniform(0.5, 2, layer.variance.shape))
    return network


@pytest.fixture(scope="module", params=[SPACE, JOINT], ids=["one width", "many"])
def networks(request):
    sliced = shaken(request.param, Mode.SLICES)
    masked = shaken(request.param, Mode.MASKS)
    masked.set_weights(sliced.get_weights())
    return sliced, masked


def architectures(space, count):
    random = Random(0)
    samples = [sample(space, random) for _ in range(count)]
    return [space.smallest, space.largest, *samples]


def scores(network, architecture, statistics):
    code = tensorflow.constant(network.coded(architecture))
    return np.asarray(network(IMAGES, code=code, statistics=statistics))


def apart(a, b):
    return np.abs(a - b).max() / np.abs(b).max()


@pytest.mark.parametrize(
    ("statistics", "tolerance"),
    # To divide by a batch's deviation makes more of what rounding has left.
    [(Statistics.BATCH, 1e-4), (Statistics.STORED, 1e-5)],
)
def test_slices_and_masks_compute_the_same(networks, statistics, tolerance):
    sliced, masked = networks
    for architecture in architectures(sliced.space, 2):
        a = scores(sliced, architecture, statistics)
        assert apart(scores(masked, architecture, statistics), a) < tolerance


def test_a_network_by_itself_computes_what_the_super_network_does(networks):
    sliced, _ = networks
    for architecture in architectures(sliced.space, 3):
        alone = np.asarray(extract(sliced, architecture)(IMAGES, training=False))
        whole = scores(sliced, architecture, Statistics.STORED)
        assert apart(alone, whole) < 1e-5


def test_training_a_network_leaves_the_weights_of_others_alone(networks):
    sliced, _ = networks
    smallest = sliced.space.smallest
    code = tensorflow.constant(sliced.coded(smallest))
    with tensorflow.GradientTape() as tape:
        loss = tensorflow.reduce_sum(sliced(IMAGES, code=code) ** 2)
    runs, skipped = sliced.blocks[1], sliced.blocks[3]
    weights = [runs.expand, runs.filters, runs.project, skipped.filters]
    expand, filters, project, unused = (
        np.asarray(gradient)
        for gradient in tape.gradient(
            loss,
            [weight.value for weight in weights],
            unconnected_gradients=tensorflow.UnconnectedGradients.ZERO,
        )
    )
    block = BlockCode(*sliced.coded(smallest)[1].tolist())
    hidden, cut = block.hidden, (filters.shape[0] - block.kernel) // 2
    assert np.any(expand[..., :hidden])
    assert not np.any(expand[..., hidden:])
    assert np.any(filters[cut:-cut, cut:-cut, :hidden])
    assert not np.any(filters[:cut])
    assert not np.any(filters[:, :, hidden:])
    assert not np.any(project[:, :, hidden:])
    assert not np.any(unused)


def test_sorting_channels_leaves_the_largest_network_as_it_is():
    network = shaken(SPACE, Mode.SLICES)
    before = scores(network, SPACE.largest, Statistics.STORED)
    smaller = scores(network, SPACE.smallest, Statistics.STORED)
    sort_channels(network)
    assert apart(scores(network, SPACE.largest, Statistics.STORED), before) < 1e-5
    assert apart(scores(network, SPACE.smallest, Statistics.STORED), smaller) > 1e-3
    for block in network.blocks:
        importance = np.abs(np.asarray(block.project)).sum(axis=(0, 1, 3))
        assert np.all(np.diff(importance) <= 1e-6)
    weights = network.get_weights()
    sort_channels(network)
    assert all(map(np.array_equal, network.get_weights(), weights))


@pytest.mark.parametrize("mode", Mode)
def test_calibration_stores_what_a_plain_model_would_gather(mode):
    network = shaken(SPACE, mode)
    architecture = sample(SPACE, Random(3))
    code = network.coded(architecture)
    calibrate(network, code, [IMAGES])
    # On the images that it was calibrated on, stored statistics are the batch's.
    batch = scores(network, architecture, Statistics.BATCH)
    assert apart(scores(network, architecture, Statistics.STORED), batch) < 1e-4
    alone = np.asarray(extract(network, architecture)(IMAGES, training=True))
    assert apart(alone, batch) < 1e-4


def test_the_same_seed_gives_the_same_weights():
    a, b, c = (SuperNetwork(SPACE, SCORES, Mode.MASKS, seed) for seed in (0, 0, 1))
    assert all(map(np.array_equal, a.get_weights(), b.get_weights()))
    assert not all(map(np.array_equal, a.get_weights(), c.get_weights()))
