"""Real models, converted in many ways, and their plans in the simulators."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import memory_simulator
import stream_simulator
from real_models import model_path
from stream_simulator import Home, Layer, Network, Shared, Window

from mcu_convert.convert import compile_model
from mcu_convert.errors import UnsupportedError
from mcu_convert.ladder import TECHNIQUES
from mcu_convert.memory import Plan, Planner, Problem
from mcu_convert.ops.conv_2d import Conv2D
from mcu_convert.ops.depthwise_conv_2d import DepthwiseConv2D
from mcu_convert.options import Goal, Options
from mcu_convert.plugin_manager import Plugins, load_plugins
from mcu_convert.program import Program, Step, Stream
from mcu_convert.tflite.reader import load_model

REDUCE = {technique.name: technique.reduce for technique in TECHNIQUES}


def streams_only(problem: Problem) -> Problem:
    """Let no output lie over an input, neither a layer's nor a stream's."""
    groups = tuple(
        dataclasses.replace(group, mode=dataclasses.replace(group.mode, overlaps=()))
        for group in problem.groups
    )
    return dataclasses.replace(REDUCE["fusion"](problem), groups=groups)


@dataclass(frozen=True)
class Way:
    """A way to convert a model."""

    reduce: Callable[[Problem], Problem] = lambda problem: problem
    without: tuple[str, ...] = ()
    options: Mapping[str, object] = dataclasses.field(default_factory=dict)


WAYS = {
    "everything": Way(),
    "no overlaps": Way(REDUCE["fusion"]),
    "in place only": Way(REDUCE["in_place"]),
    "overlaps only": Way(REDUCE["overlap"]),
    "streams only": Way(streams_only),
    "for speed": Way(options={"goal": Goal.SPEED}),
    "inputs kept": Way(options={"keep_input": True}),
    "without op_fusion": Way(without=("op_fusion",)),
    "without inplace_depthwise": Way(without=("inplace_depthwise",)),
    "without memory_scheduling": Way(without=("memory_scheduling",)),
}


@dataclass(frozen=True)
class _Restricted:
    """A planner that is shown less than there is."""

    planner: Planner
    reduce: Callable[[Problem], Problem]
    name: str = "restricted"

    def plan(self, problem: Problem) -> Plan:
        return self.planner.plan(self.reduce(problem))


def plugins_for(way: Way) -> Plugins:
    plugins = copy.copy(load_plugins(way.without))
    planners = plugins.planners.values()
    restricted = (_Restricted(planner, way.reduce) for planner in planners)
    plugins.planners = {planner.name: planner for planner in restricted}
    return plugins


def convertible(
    way: Way, names: Sequence[str], board: str = "host"
) -> dict[str, tuple[Program, Plugins]]:
    """Convert those real models that can be, each under a C name of its own."""
    plugins = plugins_for(way)
    found = {}
    for number, name in enumerate(names):
        options = Options(name=f"m{number}", **way.options)
        model = load_model(model_path(name), plugins.operators)
        try:
            program = compile_model(model, plugins.board(board), options, plugins)
        except UnsupportedError:
            continue
        found[name] = program, plugins
    return found


def simulate(program: Program) -> int:
    """Run a program's plan and its streams byte by byte.

    Return how many outputs of streams lie over a source.
    """
    inputs = [program.storages[name] for name in program.graph.inputs]
    memory_simulator.simulate(program.problem, program.plan, inputs)
    over = 0
    for stream in program.streams:
        network = _network(stream)
        _simulate_stream(network, stream, None)
        for output, source in itertools.product(network.outputs, network.sources):
            distance = program.offset(source) - program.offset(output)
            sizes = [program.tensor(name).nbytes for name in (source, output)]
            if -sizes[0] < distance < sizes[1]:
                _simulate_stream(network, stream, Shared(output, source, distance))
                over += 1
    return over


def _simulate_stream(network: Network, stream: Stream, shared: Shared | None) -> None:
    """Run a stream, in units of as many bytes as all its numbers have in common."""
    places = stream.places
    own = [number for layer in network.layers for number in (layer.kept, layer.scratch)]
    distances = [read.distance or 0 for layer in network.layers for read in layer.reads]
    starts = [*places.rings.values(), *places.kept.values(), *places.scratch.values()]
    shift = shared.distance if shared else 0
    unit = math.gcd(*network.row_bytes.values(), *own, *distances, *starts, shift)
    coarse = dataclasses.replace(
        network,
        row_bytes={name: size // unit for name, size in network.row_bytes.items()},
        layers=tuple(_in_units(layer, unit) for layer in network.layers),
    )
    home = Home(
        *(
            {name: start // unit for name, start in part.items()}
            for part in (places.rings, places.kept, places.scratch)
        )
    )
    if shared:
        shared = dataclasses.replace(shared, distance=shift // unit)
    stream_simulator.simulate(coarse, stream.rings, shared, home)


def _in_units(layer: Layer, unit: int) -> Layer:
    reads = tuple(
        read
        if read.distance is None
        else dataclasses.replace(read, distance=read.distance // unit)
        for read in layer.reads
    )
    kept, scratch = layer.kept // unit, layer.scratch // unit
    return dataclasses.replace(layer, reads=reads, kept=kept, scratch=scratch)


def _network(stream: Stream) -> Network:
    tensors = {
        tensor.name: tensor
        for step in stream.steps
        for tensor in (*step.layer.activations, step.layer.output)
    }
    made = [step.layer.output.name for step in stream.steps]
    return Network(
        heights={name: tensor.rows for name, tensor in tensors.items()},
        row_bytes={name: tensor.row_bytes for name, tensor in tensors.items()},
        layers=tuple(
            Layer(
                step.layer.output.name,
                tuple(_reads(step)),
                step.lowering.runs_a_row,
                kept=step.lowering.kept,
                scratch=step.lowering.scratch,
            )
            for step in stream.steps
        ),
        outputs=tuple(name for name in made if name not in stream.rings),
    )


def _reads(step: Step) -> Iterator[Window]:
    """Say which rows a layer reads, from its operator where that has a window."""
    op, output = step.layer.op, step.layer.output
    distances = {
        over.activation: over.distance
        for over in step.lowering.overlaps
        if not over.exact
    }
    for number, tensor in enumerate(step.layer.activations):
        distance = distances.get(number)
        if isinstance(op, Conv2D | DepthwiseConv2D):
            reach = (step.layer.inputs[1].shape[1] - 1) * op.dilation.height + 1
            moves = reach, op.stride.height, op.padding.top
            yield Window(tensor.name, *moves, distance=distance)
        elif tensor.rows == output.rows > 1 and not hasattr(op, "window"):
            yield Window(tensor.name, distance=distance)
        else:
            rows = ((a, b + 1) for a, b in step.lowering.rows[number])
            yield Window(tensor.name, distance=distance, table=tuple(rows))
