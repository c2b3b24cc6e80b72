"""Super-networks are trained, measured, and go on where they were stopped."""

import dataclasses
import itertools
from random import Random

import numpy as np
import pytest
from nas_examples import SPACE, task

from mcu_convert.errors import ModelError
from nas_keras.space import sample

tensorflow = pytest.importorskip("tensorflow", reason="the extra `nas` is missing")

from nas_keras.super_network.super_network import Mode, SuperNetwork  # noqa: E402
from nas_keras.training.accuracy import AccuracyOf  # noqa: E402
from nas_keras.training.checkpoint import Checkpoint  # noqa: E402
from nas_keras.training.settings import TrainingSettings  # noqa: E402
from nas_keras.training.super_training import (  # noqa: E402
    largest_network,
    random_networks,
    super_gradients,
)
from nas_keras.training.training import Training  # noqa: E402

SETTINGS = TrainingSettings(epochs=4, batch=64, rate=0.4, networks=2, distillation=0.5)


def training(mode=Mode.SLICES, seed=0):
    network = SuperNetwork(SPACE, 3, mode, seed)
    draw = random_networks(network, SETTINGS.networks, seed)
    return network, drawn(network, draw, seed)


def drawn(network, draw, seed):
    gradients_of = super_gradients(network, SETTINGS, draw)
    return Training(network, task(), SETTINGS, gradients_of, seed)


@pytest.fixture(scope="module")
def trained():
    """A super-network after its largest network and then random ones were trained."""
    network, together = training()
    alone = drawn(network, largest_network(network), 1)
    return network, [loss for each in (alone, together) for _, loss in each.run()]


def test_networks_that_were_never_trained_alone_are_right_most_often(trained):
    network, losses = trained
    assert np.mean(losses[:4]) > 1.3 * np.mean(losses[24:32])
    data = task()
    accuracy = AccuracyOf(network, data, data.search)
    random = Random(5)
    found = accuracy([SPACE.smallest, SPACE.largest, sample(SPACE, random)])
    assert min(found) > 0.6


def test_a_training_that_was_stopped_ends_as_one_that_was_not(tmp_path):
    path = tmp_path / "state.npz"
    network, whole = training()
    losses = list(whole.run())
    _, first = training()
    stopped = list(itertools.islice(first.run(path, every=5), 12))
    resumed_network, second = training()
    resumed = list(second.run(path))
    assert resumed[0][0] == 10
    assert stopped[:10] + resumed == losses
    assert all(
        map(np.array_equal, resumed_network.get_weights(), network.get_weights())
    )
    assert list(training()[1].run(path)) == []


def test_masks_are_trained_as_slices_are():
    sliced, first = training(Mode.SLICES)
    masked, second = training(Mode.MASKS)
    masked.set_weights(sliced.get_weights())
    a, b = (dict(itertools.islice(each.run(), 3)) for each in (first, second))
    assert a == pytest.approx(b, rel=1e-4)


def test_what_is_no_state_is_refused(tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(b"nothing")
    with pytest.raises(ModelError, match="holds no state of a training"):
        Checkpoint.read(path)


def test_accuracy_is_the_share_that_is_right(trained):
    network, _ = trained
    data = task()
    (right,) = AccuracyOf(network, data, data.search)([SPACE.largest])
    twisted = dataclasses.replace(data.search, labels=(data.search.labels + 1) % 3)
    (wrong,) = AccuracyOf(network, data, twisted)([SPACE.largest])
    assert right + wrong <= 1
    assert wrong < 0.4
