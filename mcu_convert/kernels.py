"""Kernels: C functions that compute one operator, specialised for one layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcu_convert.errors import UnsupportedError
from mcu_convert.ir import DType, Graph, Node, Op, Tensor
from mcu_convert.memory.streams import Rows
from mcu_convert.ops.view import View
from mcu_convert.quantize import Rounding
from mcu_convert.unsupported_layers import unsupported_layers

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class KernelTechnique:
    """Something that makes kernels faster, and that they can do without."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Layer:
    """What a kernel knows of its place: one node and the tensors it touches."""

    node: Node
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    rounding: Rounding = Rounding.DOUBLE
    rings: tuple[int, ...] | None = None
    """``None`` to run the whole layer.

    Else the function does run number ``y``, which mostly makes row y of the output, and
    each activation is a ring of so many rows: row r of it is at ``r % ring``.
    """
    states: tuple[Tensor, ...] = ()
    """The variables that the node updates; they are not among the inputs."""
    without: frozenset[str] = frozenset()
    """Names of techniques that are left out, to see what they are worth."""

    @property
    def op(self) -> Op:
        return self.node.op

    @property
    def activations(self) -> tuple[Tensor, ...]:
        """The inputs that are computed at run time, in order, each once.

        Without the one that the output continues.
        """
        computed = (
            tensor
            for number, tensor in enumerate(self.inputs)
            if not tensor.is_constant and number != self.op.continues
        )
        return tuple(dict.fromkeys(computed))

    @property
    def output(self) -> Tensor:
        return self.outputs[0]

    @property
    def written(self) -> tuple[Tensor, ...]:
        """The outputs, and the variables that are updated."""
        return *self.outputs, *self.states

    def uses(self, technique: KernelTechnique) -> bool:
        """Say whether kernels may use a technique."""
        return technique.name not in self.without


@dataclass(frozen=True, slots=True)
class LoopCost:
    """About how many instructions one call of plain loops takes.

    The defaults are what loops in portable C take on a Cortex-M, good enough for a
    kernel that says nothing better of itself.
    """

    mac: float = 5
    output: float = 30
    """For each element of the output: to begin its sum, to scale and to store it."""
    input: float = 0
    """For each element of the activations, where they are gone through beforehand."""

    def __call__(self, layer: Layer) -> int:
        """Return the cost for a layer, or for one row of it if it has rings."""
        calls = 1 if layer.rings is None else layer.output.rows
        instructions = (
            self.mac * layer.op.macs(layer.inputs, layer.outputs)
            + self.output * sum(tensor.size for tensor in layer.outputs)
            + self.input * sum(tensor.size for tensor in layer.activations)
        )
        return round(instructions / calls)


Limit = Callable[[Layer], bool]
"""What must hold for a kernel; its docstring says it, in errors and in the docs."""


@dataclass(frozen=True, slots=True)
class Constant:
    """An array that a kernel reads: weights laid out anew, multipliers, tables."""

    name: str
    """What the kernel's template calls it."""
    dtype: DType
    data: bytes
    row: int = 0
    """Elements that belong together, for the reader of the C; 0 for no rows."""

    @classmethod
    def of(cls, name: str, array: npt.NDArray[np.generic], row: int = 0) -> Constant:
        """Take an array's type and its bytes, in C order."""
        return cls(name, DType(array.dtype.name), array.tobytes(), row)


@dataclass(frozen=True, slots=True)
class OverInput:
    """A permission for an output to lie over one of the layer's activations.

    ``distance`` and ``exact`` are those of `mcu_convert.memory.Overlap`.  For a kernel
    that runs row by row the distance holds also between a row and the row that it is
    made of.
    """

    activation: int = 0
    distance: int = 0
    exact: bool = False
    output: int = 0
    """Of a layer with several, the number of the one that may lie there.

    Each of them may: what one is given permission for, no other still reads.
    """


@dataclass(frozen=True, slots=True)
class Helper:
    """A C function that kernels' bodies call, printed once for the same values."""

    template: str
    values: tuple[tuple[str, Any], ...] = ()
    """What the template may print, by name."""


@dataclass(frozen=True, slots=True)
class Lowering:
    """A kernel specialised for one layer: all that its template may print."""

    values: Mapping[str, Any]
    """The template's variables, every number already computed."""
    constants: tuple[Constant, ...] = ()
    scratch: int = 0
    """Bytes that the function needs while it runs, aligned to 4."""
    overlaps: tuple[OverInput, ...] = ()
    rows: tuple[Rows, ...] = ()
    """For each activation the rows that each run needs, where one makes a row.

    Empty for a kernel that cannot run row by row.
    """
    runs_a_row: int = 1
    """How many runs it takes to make a row; only the last of them writes it."""
    kept: int = 0
    """Bytes that a stream leaves to the function from run to run, aligned to 4."""
    helpers: tuple[str | Helper, ...] = ()
    """C functions that the body calls, each after those that it calls itself.

    A template's name, or a `Helper` where the template has something to print.
    """


@dataclass(frozen=True, slots=True)
class Kernel:
    """A C function that computes one operator, and how to specialise it.

    The template prints the body of a function whose parameters are, in this
    order: the layer's activations (``input``, or ``input_1``, ``input_2`` …),
    its constants by name, the variables that it updates (``state``, or ``state_1``
    …), ``scratch`` where there is any, ``output`` (or ``output_1`` …).  Where it runs
    row by row, ``kept`` comes before ``output`` if there is any, and ``y``, the number
    of the run, at the end.
    """

    name: str
    library: str
    op: type[Op]
    template: str
    """Nothing for what has no function: the caller's part, and brackets."""
    lower: Callable[[Layer], Lowering]
    limits: tuple[Limit, ...] = ()
    cost: Callable[[Layer], int] = LoopCost()
    """About how many instructions one call takes: a whole layer, or one row.

    Planners weigh these against bytes, so costs of all libraries compare.
    """
    techniques: tuple[KernelTechnique, ...] = ()
    """What it can do without, in the order in which a ladder adds it."""
    code: int = 250
    """About how many bytes of code a layer adds, beside functions that it shares."""
    shared_code: int = 0
    """About how many bytes these have, once for all layers that it runs."""
    small: bool = False
    """Whether it is for little flash at any price, and offered for nothing else."""

    def refusal(self, layer: Layer) -> str | None:
        """Return what the layer lacks for this kernel, or ``None`` if nothing."""
        for limit in self.limits:
            if not limit(layer):
                return limit_text(limit)
        return None


def limit_text(limit: Limit) -> str:
    """Return what a limit asks for: the first line of its docstring."""
    return (limit.__doc__ or limit.__name__).strip().splitlines()[0]


@dataclass(frozen=True, slots=True)
class Choice:
    """The kernels that can run one layer, the fastest first, each specialised."""

    layer: Layer
    kernels: tuple[Kernel, ...]
    lowerings: tuple[Lowering, ...]


def choose_kernels(
    graph: Graph,
    kernels: Sequence[Kernel],
    libraries: Sequence[str],
    rounding: Rounding,
    without: frozenset[str] = frozenset(),
) -> tuple[Choice, ...]:
    """Find the kernels for each node, from the first library that has any.

    They leave out the techniques with the names in ``without``.

    Raises `UnsupportedError` that names every node without a kernel, and why.
    """
    usual = [kernel for kernel in kernels if not kernel.small]
    choices, without_kernel = [], []
    for node in graph.nodes:
        if isinstance(node.op, View):
            continue
        layer = Layer(
            node,
            graph.inputs_of(node),
            graph.outputs_of(node),
            rounding,
            states=graph.states_of(node),
            without=without,
        )
        if found := _fitting(layer, usual, libraries):
            lowerings = tuple(kernel.lower(layer) for kernel in found)
            choices.append(Choice(layer, found, lowerings))
        else:
            without_kernel.append(layer)
    if without_kernel:
        raise UnsupportedError(unsupported_layers(without_kernel, kernels, libraries))
    return tuple(choices)


def _fitting(
    layer: Layer, kernels: Iterable[Kernel], libraries: Sequence[str]
) -> tuple[Kernel, ...]:
    able = [k for k in kernels if type(layer.op) is k.op and k.refusal(layer) is None]
    for library in libraries:
        if of_library := [kernel for kernel in able if kernel.library == library]:
            return tuple(sorted(of_library, key=lambda kernel: kernel.cost(layer)))
    return ()
