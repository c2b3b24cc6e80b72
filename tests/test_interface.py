"""``--io int8``: the QUANTIZE and DEQUANTIZE at a model's ends are left out."""

from __future__ import annotations

import pytest
from graph_text import graph_text, parse_graph

from mcu_convert.errors import UnsupportedError
from mcu_convert.interface import with_interface
from mcu_convert.ir import DType, Graph, Node, Tensor
from mcu_convert.ops.view import View
from mcu_convert.options import Interface

USUAL = """
in x: float32[4]
q: int8[4] 0.5@3 = quantize of x
r: int8[4] 0.5@3 = relu of q
y: float32[4] = dequantize of r
out y
"""


def test_the_model_s_own_interface_is_left_alone() -> None:
    graph = parse_graph(USUAL)
    assert with_interface(graph, Interface.MODEL) is graph


def test_int8_starts_and_ends_inside() -> None:
    graph = with_interface(parse_graph(USUAL), Interface.INT8)
    graph.check()
    assert graph_text(graph) == (
        "in q: int8[4] 0.5@3\nr: int8[4] 0.5@3 = relu of q\nout r\n"
    )


def test_inputs_and_outputs_keep_their_order() -> None:
    graph = with_interface(
        parse_graph(
            """
            in a: float32[4]
            in b: int8[4] 0.5@3
            in c: float32[4]
            r: int8[4] 0.5@3 = quantize of c
            p: int8[4] 0.5@3 = quantize of a
            s: int8[4] 0.5@3 = add of p, b
            t: int8[4] 0.5@3 = add of s, r
            y: float32[4] = dequantize of t
            out s, y
            """
        ),
        Interface.INT8,
    )
    graph.check()
    assert graph.inputs == ("p", "b", "r")
    assert graph.outputs == ("s", "t")


def test_a_model_in_int8_stays_as_it_is() -> None:
    """QUANTIZE of integers changes numbers, so it belongs to the network."""
    graph = parse_graph(
        """
        in x: uint8[4] 0.5@128
        q: int8[4] 0.5@0 = quantize of x
        y: int8[4] 0.25@0 = quantize of q
        out y
        """
    )
    assert with_interface(graph, Interface.INT8) == graph


@pytest.mark.parametrize(
    ("graph", "name"),
    [
        pytest.param(
            "in x: float32[4]\ny: float32[4] = relu of x\nout y",
            "x",
            id="float network",
        ),
        pytest.param(
            USUAL.replace("out y", "z: float32[4] = relu of x\nout y, z"),
            "x",
            id="input read twice",
        ),
        pytest.param(USUAL.replace("out y", "out y, x"), "x", id="input is an output"),
        pytest.param(
            USUAL.replace("out y", "z: float32[4] = dequantize of r\nout y, z"),
            "z",
            id="two outputs of the same bytes",
        ),
        pytest.param(
            "in x: float32[4]\nq: int8[4] 0.5@0 = quantize of x\n"
            "y: float32[4] = dequantize of q\nout y",
            "y",
            id="nothing in between",
        ),
        pytest.param(
            "const c: int8[1] 0.5@0 = 1\ny: float32[1] = dequantize of c\nout y",
            "y",
            id="an output that is constant",
        ),
    ],
)
def test_a_float_end_that_must_stay_is_named(graph: str, name: str) -> None:
    with pytest.raises(UnsupportedError, match=f"{name!r} is float32 .* --io model"):
        with_interface(parse_graph(graph), Interface.INT8)


@pytest.mark.parametrize("dtype", ["float16", "complex64", "int4", "string"])
def test_ends_of_types_that_c_lacks_are_refused(dtype: str) -> None:
    tensors = {n: Tensor(n, DType(dtype), (4,)) for n in ("x", "y")}
    view = Node(View((4,)), ("x",), ("y",))
    graph = Graph("main", tensors, (view,), ("x",), ("y",))
    with pytest.raises(UnsupportedError, match=f"'x' is {dtype}, which C99 lacks"):
        with_interface(graph, Interface.MODEL)
