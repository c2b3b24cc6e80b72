"""Stage 1: studies that go on where they ended, and the sub-space that fits best."""

import dataclasses
from functools import partial
from random import Random

import pytest
from nas_examples import SPACE

from nas_keras.search import Cost, InfeasibleError, Limits
from nas_keras.space import Architecture
from nas_keras.stage1 import (
    Criterion,
    PlannerCosts,
    Sample,
    Study,
    StudyError,
    costs,
    selected,
)

BOARD = "stm32f746g-disco"
GRID = dataclasses.replace(SPACE, resolutions=(8, 12, 16), widths=(0.5, 1.0, 2.0))
STUDY = Study(GRID, classes=3, board=BOARD)
SAMPLES = 4
ORACLE = PlannerCosts(GRID, 3, BOARD)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "whole.jsonl"
    list(STUDY.run(path, SAMPLES, partial(costs, oracle=ORACLE, jobs=1)))
    return path


@pytest.fixture(scope="module")
def samples(file):
    return list(STUDY.run(file, SAMPLES, nothing))


def nothing(architectures):
    """Say no costs, since none are missing."""
    assert not architectures
    return []


def test_an_interrupted_study_goes_on_to_the_same_file(file, tmp_path):
    torn = tmp_path / "torn.jsonl"
    whole = file.read_bytes()
    torn.write_bytes(whole[: whole.rindex(b"\n", 0, -1) - 20])
    list(STUDY.run(torn, SAMPLES, partial(costs, oracle=ORACLE, jobs=2)))
    assert torn.read_bytes() == whole


def test_more_samples_extend_a_study(file, tmp_path, samples):
    known = {sample.architecture: sample.cost for sample in samples}
    fewer = tmp_path / "fewer.jsonl"
    list(STUDY.run(fewer, SAMPLES - 1, lambda asked: [known[a] for a in asked]))
    assert file.read_bytes().startswith(fewer.read_bytes())
    list(STUDY.run(fewer, SAMPLES, lambda asked: [known[a] for a in asked]))
    assert fewer.read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(STUDY, seed=1),
        dataclasses.replace(STUDY, classes=4),
        dataclasses.replace(STUDY, space=dataclasses.replace(GRID, stem=24)),
    ],
)
def test_the_file_of_another_study_is_left_alone(other, file):
    before = file.read_bytes()
    with pytest.raises(StudyError, match="is no study of tiny"):
        list(other.run(file, SAMPLES, nothing))
    assert file.read_bytes() == before


@pytest.mark.parametrize("text", [b"kept", b"kept\n", b"\xff\n"])
def test_a_file_that_is_no_study_is_left_alone(text, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(text)
    with pytest.raises(StudyError, match="is no study"):
        list(STUDY.run(path, 1, nothing))
    assert path.read_bytes() == text


@pytest.mark.parametrize("line", [b"{}", b"[]", b"x", b'{"architecture": "r8"}'])
def test_a_damaged_sample_is_named(line, file, tmp_path):
    path = tmp_path / "damaged.jsonl"
    path.write_bytes(file.read_bytes() + line + b"\n")
    with pytest.raises(StudyError, match="no sample"):
        list(STUDY.run(path, SAMPLES, nothing))


@pytest.mark.parametrize("criterion", Criterion)
def test_all_the_ram_is_worth_more_than_the_least(criterion, samples):
    """In between a mean may fall: a network that now fits may have few MACs."""
    rams = [sample.cost.ram for sample in samples]
    least, most = (
        selected(samples, Limits(ram=ram), criterion)[0].figure(criterion)
        for ram in (min(rams), max(rams))
    )
    assert most > 2 * least


def test_more_ram_never_leaves_fewer_networks(samples):
    before: dict[str, int] = {}
    for most in sorted({sample.cost.ram for sample in samples}):
        ranked = selected(samples, Limits(ram=most), fraction=0)
        now = {each.name: len(each.macs) for each in ranked}
        assert all(now.get(name, 0) >= count for name, count in before.items())
        before = now


def test_more_ram_allows_a_larger_image_and_more_flash_a_wider_network(samples):
    def best(**limits):
        return selected(samples, Limits(**limits))[0]

    rams = sorted(sample.cost.ram for sample in samples)
    flashes = sorted(sample.cost.constants for sample in samples)
    flash = flashes[len(flashes) // 2]
    assert (
        best(ram=rams[4], constants=flash).resolution
        < best(ram=rams[-1], constants=flash).resolution
    )
    assert best(constants=flashes[4]).width < best(constants=flashes[-1]).width


def test_the_order_of_samples_does_not_matter(samples):
    limits = Limits(ram=sorted(s.cost.ram for s in samples)[len(samples) // 2])
    expected = selected(samples, limits)
    mixed = list(samples)
    for _ in range(5):
        Random(0).shuffle(mixed)
        assert selected(mixed, limits) == expected


def sampled(resolution, macs, rams=None):
    architecture = Architecture.parse(f"r{resolution} w1: k3e3")
    return [
        Sample(architecture, Cost(ram, 1, m, m))
        for m, ram in zip(macs, rams or [1] * len(macs), strict=True)
    ]


def test_criteria_differ_and_ties_go_by_name():
    steady, steep = sampled(8, [60] * 5), sampled(16, [10, 10, 10, 90, 90])
    again = sampled(4, [60] * 5)
    by_mean = selected(steady + steep + again, Limits(), Criterion.MEAN)
    by_p80 = selected(steady + steep + again, Limits(), Criterion.P80)
    assert [each.name for each in by_mean] == ["r4 w1", "r8 w1", "r16 w1"]
    assert [each.name for each in by_p80] == ["r16 w1", "r4 w1", "r8 w1"]


def test_one_lucky_network_of_many_is_not_enough():
    lucky = sampled(16, [900] * 20, [1] + [9] * 19)
    ranked = selected(lucky + sampled(8, [5] * 20), Limits(ram=1))
    assert [each.name for each in ranked] == ["r8 w1"]
    assert selected(lucky, Limits(ram=1), fraction=0.05)[0].fraction == 0.05


def test_limits_that_nothing_keeps_name_the_one_that_fails_most(samples):
    with pytest.raises(InfeasibleError, match="what fails most is ram: 1 allowed"):
        selected(samples, Limits(ram=1))
