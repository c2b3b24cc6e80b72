"""The exact planner's arenas are as small as an independent solver's."""

from __future__ import annotations

import pytest
from cp_sat import optimum
from hypothesis import given, settings
from memory_groups import problems, segmentations, with_groups
from memory_networks import Limits, Network, networks
from real_models import SAMPLE, model_path
from real_programs import REDUCE

from mcu_convert.convert import compile_model
from mcu_convert.memory import Problem
from mcu_convert.options import Goal, Options
from mcu_convert.tflite.reader import load_model
from mcu_convert_plugins.memory_scheduling.exact import Exact

MODELS = (
    "digits",
    "mlperf_tiny/kws_ref_model",
    "mlperf_tiny/pretrainedResnet_quant",
    "mlperf_tiny/str_ww_ref_model",
    "mlperf_tiny/vww_96_int8",
    "mcunet/vww",
    "tf_micro/person_detect",
)
BRANCHED = Limits(steps=6, bytes=60)
ROOMY = Limits(steps=9, bytes=400, alignments=(1, 4, 16), modes=2, most_scratch=99)


@pytest.mark.parametrize("limits", [BRANCHED, ROOMY], ids=["branched", "roomy"])
def test_random_problems(limits):
    @settings(max_examples=100, deadline=None, derandomize=True)
    @given(network=networks(limits))
    def check(network: Network):
        plan = Exact().plan(network.problem)
        assert plan.lower_bound <= plan.size == optimum(network.problem)

    check()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(problem=problems())
def test_random_problems_with_groups_to_choose(problem: Problem):
    smallest = min(
        optimum(with_groups(problem, numbers)) for numbers in segmentations(problem)
    )
    assert Exact().plan(problem).size == smallest


@pytest.mark.parametrize("name", MODELS)
def test_real_models(name, plugins):
    path = SAMPLE if name == "digits" else model_path(name)
    options = Options(goal=Goal.MEMORY)
    program = compile_model(
        load_model(path), plugins.board("mps2-an500"), options, plugins
    )
    assert program.plan.size == optimum(program.problem)
    in_place = REDUCE["in_place"](program.problem)
    assert Exact().plan(in_place).size == optimum(in_place)
