"""Small models whose graphs run others."""

from __future__ import annotations

from typing import Any

from tflite_builder import build_model
from tflite_parts import G, Op, T


def values(name: str, *shape: int, **more: Any) -> T:
    return T(name, "int8", shape or (1, 4), scale=0.5, zero_point=-3, **more)


def flag(name: str, **more: Any) -> T:
    return T(name, "bool", (1,), **more)


def handle(name: str) -> T:
    return T(name, "resource", (1,))


RELU = {"fused_activation_function": "RELU"}


def doubling(name: str) -> G:
    ops = [Op("ADD", ["a", "a"], ["b"])]
    return G([values("a"), values("b")], ops, ["a"], ["b"], name)


def rising(name: str) -> G:
    one = values("one", 1, data=[5])
    ops = [Op("ADD", ["a", "one"], ["b"], RELU)]
    return G([values("a"), one, values("b")], ops, ["a"], ["b"], name)


def either(then: int = 1, otherwise: int = 2, inputs=("c", "x")) -> Op:
    options = {"then_subgraph_index": then, "else_subgraph_index": otherwise}
    return Op("IF", inputs, ["y"], options)


def branching() -> bytes:
    return build_model(
        [flag("c"), values("x"), values("y")],
        [either()],
        ["c", "x"],
        ["y"],
        subgraphs=[doubling("then"), rising("else")],
    )


def returning_inputs() -> bytes:
    """One branch returns what it got, the other a constant; both are read after."""
    same = G([values("a")], [], ["a"], ["a"], "same")
    constant = values("k", data=[1, 2, 3, 4])
    known = G([values("a"), constant], [], ["a"], ["k"], "known")
    return build_model(
        [flag("c"), values("x"), values("y"), values("z")],
        [either(), Op("ADD", ["x", "y"], ["z"])],
        ["c", "x"],
        ["z"],
        subgraphs=[same, known],
    )


FLAGS = ["c0", "c1", "c2"]


def turning() -> bytes:
    """A loop that runs as often as flags in a row are true; its body moves them up.

    Of the values one doubles, the other is what the first was a turn before.
    """
    inner = [*map(flag, FLAGS), values("p"), values("q")]
    condition = G(inner, [], [*FLAGS, "p", "q"], ["c0"], "condition")
    body = G(
        [*inner, flag("no", data=[False]), values("r")],
        [Op("ADD", ["p", "p"], ["r"], RELU)],
        [*FLAGS, "p", "q"],
        ["c1", "c2", "no", "r", "p"],
        "body",
    )
    ends = ["e0", "e1", "e2"]
    outer = [*map(flag, [*FLAGS, *ends]), *map(values, ["x", "z", "u", "v", "y"])]
    options = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    return build_model(
        outer,
        [
            Op("WHILE", [*FLAGS, "x", "z"], [*ends, "u", "v"], options),
            Op("ADD", ["u", "x"], ["y"]),
        ],
        [*FLAGS, "x", "z"],
        ["y", "v"],
        subgraphs=[condition, body],
    )


def nesting() -> bytes:
    """A loop whose body chooses between two graphs, which the main graph uses too."""
    inner = [*map(flag, FLAGS), values("p")]
    condition = G(inner, [], [*FLAGS, "p"], ["c0"], "condition")
    body = G(
        [*inner, flag("no", data=[False]), values("y")],
        [either(3, 4, ["c1", "p"])],
        [*FLAGS, "p"],
        ["c1", "c2", "no", "y"],
        "body",
    )
    ends = ["e0", "e1", "e2"]
    outer = [*map(flag, [*FLAGS, *ends]), *map(values, ["x", "u", "y"])]
    options = {"cond_subgraph_index": 1, "body_subgraph_index": 2}
    return build_model(
        outer,
        [
            Op("WHILE", [*FLAGS, "x"], [*ends, "u"], options),
            either(3, 4, ["c2", "u"]),
        ],
        [*FLAGS, "x"],
        ["y"],
        subgraphs=[condition, body, doubling("then"), rising("else")],
    )


def variable(name: str, into: str) -> Op:
    return Op("VAR_HANDLE", [], [into], {"container": "", "shared_name": name})


def remembering() -> bytes:
    """A sum of all inputs, begun by a graph that runs once; a branch looks at it."""
    first = values("k", data=[10, 20, 30, 40])
    begin = G(
        [handle("h"), first],
        [variable("sum", "h"), Op("ASSIGN_VARIABLE", ["h", "k"], [])],
        [],
        [],
        "begin",
    )
    look = G(
        [values("a"), handle("h"), values("r"), values("s")],
        [
            variable("sum", "h"),
            Op("READ_VARIABLE", ["h"], ["r"]),
            Op("ADD", ["r", "a"], ["s"]),
        ],
        ["a"],
        ["s"],
        "look",
    )
    names = ["x", "r", "s", "y"]
    return build_model(
        [flag("c"), handle("h"), handle("other"), *map(values, names)],
        [
            Op("CALL_ONCE", [], [], {"init_subgraph_index": 1}),
            variable("sum", "h"),
            variable("unused", "other"),
            Op("READ_VARIABLE", ["h"], ["r"]),
            Op("ADD", ["r", "x"], ["s"], RELU),
            Op("ASSIGN_VARIABLE", ["h", "s"], []),
            either(2, 3),
        ],
        ["c", "x"],
        ["y"],
        subgraphs=[begin, look, rising("else")],
    )


def sliding() -> bytes:
    """Keep the last two inputs of all, as streaming layers of wake words do."""

    def numbers(name: str, *values: int) -> T:
        return T(name, "int32", (4,), data=values)

    first = values("k", 1, 2, 1, 3, data=[7, 8, 9, -7, -8, -9])
    begin = G(
        [handle("h"), first],
        [variable("last", "h"), Op("ASSIGN_VARIABLE", ["h", "k"], [])],
        [],
        [],
        "begin",
    )
    shapes = {"x": 1, "r": 2, "all": 3, "newest": 2, "y": 3}
    tensors = [values(name, 1, rows, 1, 3) for name, rows in shapes.items()]
    cuts = [numbers("from", 0, 1, 0, 0), numbers("to", 0, 3, 0, 0)]
    steps = numbers("by", 1, 1, 1, 1)
    slice_names = ["all", *(tensor.name for tensor in (*cuts, steps))]
    return build_model(
        [handle("h"), *tensors, *cuts, steps],
        [
            Op("CALL_ONCE", [], [], {"init_subgraph_index": 1}),
            variable("last", "h"),
            Op("READ_VARIABLE", ["h"], ["r"]),
            Op("CONCATENATION", ["r", "x"], ["all"], {"axis": 1}),
            Op(
                "STRIDED_SLICE",
                slice_names,
                ["newest"],
                {"begin_mask": 13, "end_mask": 13},
            ),
            Op("ASSIGN_VARIABLE", ["h", "newest"], []),
            Op("ADD", ["all", "all"], ["y"], RELU),
        ],
        ["x"],
        ["y"],
        subgraphs=[begin],
    )
