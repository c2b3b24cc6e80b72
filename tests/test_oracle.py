"""What a search is told of costs is what the deployed network costs."""

from random import Random

import numpy as np
import pytest
from nas_examples import SPACE, task

from mcu_convert.options import Goal, Options
from nas_keras.search.oracle import PlannerOracle
from nas_keras.space import sample

BOARD = "stm32f746g-disco"


@pytest.mark.parametrize("goal", [Goal.BALANCED, Goal.SPEED])
def test_a_larger_network_costs_more(plugins, goal):
    oracle = PlannerOracle(SPACE, 3, plugins.board(BOARD), plugins, Options(goal=goal))
    small, large = oracle(SPACE.smallest), oracle(SPACE.largest)
    assert small.ram <= large.ram
    assert small.constants < large.constants
    assert small.macs < large.macs
    assert small.instructions < large.instructions


def test_costs_are_those_of_the_file_that_is_deployed(plugins):
    pytest.importorskip("tensorflow", reason="the extra `nas` is missing")
    pytest.importorskip("tflite_micro", reason="the extra `validate` is missing")
    from nas_keras.deployment.deployed import deploy
    from nas_keras.super_network.calibration import calibrate
    from nas_keras.super_network.extraction import extract
    from nas_keras.super_network.super_network import Mode, SuperNetwork

    board, data = plugins.board(BOARD), task()
    oracle = PlannerOracle(SPACE, 3, board, plugins)
    network = SuperNetwork(SPACE, 3, Mode.SLICES)
    random = Random(0)
    for architecture in (SPACE.smallest, SPACE.largest, sample(SPACE, random)):
        calibrate(network, network.coded(architecture), [data.train.images[:64]])
        model = extract(network, architecture)
        found = deploy(
            model, data, board, plugins.board("host"), plugins, Options(), 20
        )
        cost, program = oracle(architecture), found.program
        assert (cost.ram, cost.macs) == (program.arena_bytes, program.macs)
        # Multipliers and shifts of channels that come out equal lie in flash once.
        assert cost.constants == pytest.approx(program.constant_bytes, rel=0.01)
        assert found.validation.mismatching_bytes == 0
        assert np.isclose(found.float_accuracy, found.int8_accuracy, atol=0.3)
