"""Control flow that cannot be converted: one clear line."""

from __future__ import annotations

import pytest
from control_flow_models import either, flag, handle, values, variable
from host import compiled
from tflite_builder import build_model
from tflite_parts import G, Op, T

from mcu_convert.errors import ModelError, UnsupportedError


def graph(*tensors: T, name: str = "g", returns: str = "a") -> G:
    return G(tensors, [], ["a"], [returns], name)


CONDITION, EITHER = flag("c"), either()


def if_model(*graphs: G, condition: T = CONDITION, operator: Op = EITHER) -> bytes:
    tensors = [condition, values("x"), values("y")]
    inputs = ["x"] if condition.data is not None else ["c", "x"]
    return build_model(tensors, [operator], inputs, ["y"], subgraphs=graphs)


SAME = graph(values("a"))
WIDE = graph(values("a", 1, 5))
INNER = [flag("a"), values("x"), values("y")]
ITSELF = G(INNER, [either(2, 2, ["a", "x"])], ["a", "x"], ["y"], "again")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (if_model(SAME), "operator 0 (IF) runs graph 2; there are 2"),
        (
            if_model(SAME, ITSELF),
            "the graph 'again' runs itself; only loops can repeat",
        ),
        (if_model(SAME, WIDE), "operator 0 (IF) copies int8[1,4] to int8[1,5]"),
        (
            if_model(SAME, SAME, operator=either(inputs=["c"])),
            "'g' 0 values; it takes 1",
        ),
        (
            if_model(SAME, SAME, condition=values("c", 1)),
            "operator 0 (IF): its condition is int8[1], not one bool",
        ),
        (
            if_model(SAME, SAME, condition=flag("c", data=[True])),
            "operator 0 (IF): its condition is constant",
        ),
    ],
)
def test_what_cannot_run_is_refused(data, message):
    with pytest.raises((ModelError, UnsupportedError)) as caught:
        compiled(data)
    assert message in str(caught.value)


def chain(length: int) -> bytes:
    """Return a model each of whose graphs runs the next one twice."""

    def link(number: int) -> G:
        operator = either(number + 1, number + 1, ["c", "c", "x"])
        tensors = [flag("c"), values("x"), values("y")]
        return G(tensors, [operator], ["c", "x"], ["y"], f"link {number}")

    main, *links = map(link, range(length))
    last = G([flag("c"), values("x")], [], ["c", "x"], ["x"], "last")
    ends = main.inputs, main.outputs
    return build_model(main.tensors, main.operators, *ends, subgraphs=[*links, last])


def test_graphs_that_multiply_without_end_are_refused():
    with pytest.raises(UnsupportedError, match="takes more than 10000 steps"):
        compiled(chain(30))


def test_graphs_that_run_one_another_too_deep_are_refused():
    with pytest.raises(UnsupportedError, match="deeper than 32 times"):
        compiled(chain(2000))


def uses(*operators: Op, into: str = "r") -> bytes:
    tensors = [handle("h"), values("x"), values("r"), values("s", 1, 5)]
    return build_model(tensors, operators, ["x"], [into])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            uses(variable("v", "h"), Op("READ_VARIABLE", ["h"], ["r"])),
            "operator 1 (READ_VARIABLE): nothing assigns 'v'",
        ),
        (
            uses(
                variable("v", "h"),
                Op("ASSIGN_VARIABLE", ["h", "x"], []),
                Op("READ_VARIABLE", ["h"], ["s"]),
                into="s",
            ),
            "'v' is int8[1,4], not int8[1,5], which would change its size",
        ),
        (
            build_model(
                [handle("h"), values("x")],
                [Op("READ_VARIABLE", ["h"], ["x"])],
                ["h"],
                ["x"],
            ),
            "its handle must come from a VAR_HANDLE in the same graph",
        ),
        (
            uses(variable("v" * 2000, "h"), Op("ASSIGN_VARIABLE", ["h", "x"], [])),
            "operator 0 (VAR_HANDLE) has a name of 2000 bytes; at most 1024 make sense",
        ),
    ],
)
def test_variables_that_contradict_are_refused(data, message):
    with pytest.raises((ModelError, UnsupportedError)) as caught:
        compiled(data)
    assert message in str(caught.value)
