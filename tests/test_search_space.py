"""Search spaces: how many architectures they have, and that samples stay in them."""

from random import Random

import pytest

from mcu_convert.convert import compile_model
from mcu_convert.options import Options
from nas_keras.networks.graph import planning_model
from nas_keras.space import (
    SPACES,
    Architecture,
    BlockChoice,
    crossover,
    mutation,
    sample,
    search_space,
)
from nas_keras.space.catalog import MCUNET, MCUNET_V2

every_space = pytest.mark.parametrize("space", SPACES, ids=lambda space: space.name)


def test_mcunets_space_has_as_many_networks_as_the_paper_says():
    # Appendix D: 2e19 networks in five stages, for each of 108 sub-spaces; here the
    # kernel and the expansion of the last block are searched too.
    assert MCUNET.sub_space(144, 0.5).size == (9**2 + 9**3 + 9**4) ** 5 * 9
    assert len(list(MCUNET.sub_spaces())) == 108
    assert MCUNET.size == 108 * MCUNET.sub_space(144, 0.5).size


@every_space
def test_samples_mutations_and_crossovers_are_architectures_of_the_space(space):
    random = Random(0)
    parents = [sample(space, random) for _ in range(20)]
    children = [mutation(parent, space, 0.3, random) for parent in parents]
    children += [crossover(*random.sample(parents, 2), random) for _ in range(20)]
    assert all(each in space for each in (*parents, *children))
    assert len({*parents, *children}) > 50


@every_space
def test_an_architecture_is_written_and_read(space):
    random = Random(1)
    for _ in range(20):
        architecture = sample(space, random)
        assert Architecture.parse(str(architecture)) == architecture


@pytest.mark.parametrize(
    "text", ["", "k3e4", "r96: k3e4", "r96 w0.5:", "r96 w0.5: k3", "r96 w0.5: k3e4 | "]
)
def test_what_is_no_architecture_is_refused(text):
    with pytest.raises(ValueError, match="is no"):
        Architecture.parse(text)


def test_what_lies_outside_a_space_is_not_in_it():
    inside = MCUNET.smallest
    assert inside in MCUNET
    for text in (
        str(inside).replace("r48", "r50"),
        str(inside).replace("w0.2", "w0.25"),
        str(inside).replace("k3e3 | ", "k3e3 k3e3 k3e3 k3e3 | ", 1),
        str(inside).replace("k3e3", "k9e3", 1),
        str(inside).replace("k3e3", "k3e3w0.5", 1),
        "r48 w0.2: k3e3 k3e3",
    ):
        assert Architecture.parse(text) not in MCUNET


def test_a_mutation_with_probability_0_changes_nothing_and_with_1_most():
    parent = MCUNET.largest
    assert mutation(parent, MCUNET, 0.0, Random(0)) == parent
    children = [mutation(parent, MCUNET, 1.0, Random(n)) for n in range(20)]
    assert len({child.resolution for child in children}) > 3
    assert len({len(child.stages[0]) for child in children}) == 3


def test_a_crossover_takes_every_choice_from_a_parent():
    a, b = MCUNET_V2.smallest, MCUNET_V2.largest
    for n in range(20):
        child = crossover(a, b, Random(n))
        assert child.resolution in (a.resolution, b.resolution)
        for stage in child.stages:
            assert all(c.kernel in (3, 7) and c.width in (0.5, 1) for c in stage)


def test_the_largest_network_has_proxylessnas_stages():
    found = MCUNET.network(MCUNET.largest, classes=1000)
    stages = [(b.channels, b.stride) for b in found.blocks if b.stride == 2]
    assert stages == [(24, 2), (40, 2), (80, 2), (192, 2)]
    assert (found.stem, len(found.blocks)) == (32, 1 + 5 * 4 + 1)


@every_space
def test_a_network_is_planned_without_tensorflow(space, plugins):
    described = space.network(sample(space, Random(2)), classes=10)
    model = planning_model(described)
    program = compile_model(model, plugins.board("host"), Options(), plugins)
    assert program.macs == described.macs
    assert program.arena_bytes > 0
    (image,) = (model.main.tensors[name] for name in model.main.inputs)
    assert image.shape[3] == space.image_channels


def test_wider_blocks_have_more_channels():
    narrow = Architecture.parse(str(MCUNET_V2.smallest))
    wide = Architecture(
        narrow.resolution,
        narrow.width,
        tuple(tuple(BlockChoice(3, 3) for _ in stage) for stage in narrow.stages),
    )
    counts = [MCUNET_V2.network(a, 2).parameters for a in (narrow, wide)]
    assert counts[0] < counts[1]


def test_an_unknown_space_is_told_with_those_there_are():
    with pytest.raises(Exception, match="there are: mcunet, mcunet_v2"):
        search_space("imagenet")
