"""A model in C, written by hand with the functions that generated models have."""

from __future__ import annotations

from mcu_convert.boards import Board, Memory, Region
from mcu_convert.c_arena import CArena, init_arguments
from mcu_convert.c_program import Port
from mcu_convert.emit import Network, make_environment
from mcu_convert.ir import DType, Tensor

ELEMENTS = 64
ARENA = CArena(
    region=Region("ram", Memory(0, 256)),
    bytes=256,
    array="tiny_arena",
    pointer="arena",
    macro="TINY_ARENA",
    section=".bss",
    attribute="",
    guard_bytes=64,
    parameter="memory",
    size="bytes",
)
WEIGHTS = [7 * i % 23 - 11 for i in range(ELEMENTS)]

HEADER = """\
#ifndef TINY_H
#define TINY_H
#include <stddef.h>
#include <stdint.h>
#define TINY_ARENA_BYTES 256
#define TINY_INPUT_A_ELEMENTS 64
#define TINY_INPUT_B_ELEMENTS 64
#define TINY_OUTPUT_TOTAL_ELEMENTS 1
#define TINY_OUTPUT_SUM_ELEMENTS 64
extern uint8_t tiny_arena[TINY_ARENA_BYTES];
int tiny_init(void);
void tiny_invoke(void);
int8_t *tiny_input_a(void);
int8_t *tiny_input_b(void);
const int32_t *tiny_output_total(void);
const int8_t *tiny_output_sum(void);
#endif
"""

MAIN = """\
#include "tiny.h"
#include "tiny_kernels.h"

#ifndef TINY_ARENA_ATTRIBUTE
#define TINY_ARENA_ATTRIBUTE
#endif
__attribute__((aligned(16))) TINY_ARENA_ATTRIBUTE
uint8_t tiny_arena[TINY_ARENA_BYTES];

int tiny_init(void) { return 0; }
int8_t *tiny_input_a(void) { return (int8_t *)(void *)tiny_arena; }
int8_t *tiny_input_b(void) { return (int8_t *)(void *)(tiny_arena + 64); }
const int32_t *tiny_output_total(void) { return (int32_t *)(void *)(tiny_arena + 128); }
const int8_t *tiny_output_sum(void) { return (int8_t *)(void *)(tiny_arena + 192); }
"""

INVOKE = """\
void tiny_invoke(void)
{
    tiny_add(tiny_input_a(), tiny_input_b(), (int8_t *)(void *)(tiny_arena + 192),
             (int32_t *)(void *)(tiny_arena + 128));
}
"""

KERNELS = """\
#include "tiny_kernels.h"
#include "tiny_weights.h"

void tiny_add(const int8_t *a, const int8_t *b, int8_t *sum, int32_t *total)
{
    int32_t all = 0;
    for (int i = 0; i < 64; i++) {
        int32_t value = a[i] + b[i] * tiny_w[i] / 16;
        sum[i] = (int8_t)(value > 127 ? 127 : value < -128 ? -128 : value);
        all += sum[i];
    }
    *total = all;
}
"""


def port(kind: str, name: str, dtype: DType, elements: int) -> Port:
    accessor = f"tiny_{kind}_{name}"
    tensor = Tensor(name, dtype, (elements,))
    return Port(name, accessor.upper(), accessor, tensor, address="")


def model_files(invoke: str = INVOKE) -> dict[str, str]:
    """Return the files that `emit` would generate for the model."""
    weights = ", ".join(map(str, WEIGHTS))
    return {
        "tiny.h": HEADER,
        "tiny.c": MAIN + invoke,
        "tiny_kernels.h": "#include <stdint.h>\nvoid tiny_add(const int8_t *a,"
        " const int8_t *b, int8_t *sum, int32_t *total);\n",
        "tiny_kernels.c": KERNELS,
        "tiny_weights.h": "#include <stdint.h>\nextern const int8_t tiny_w[64];\n",
        "tiny_weights.c": '#include "tiny_weights.h"\n'
        f"const int8_t tiny_w[64] = {{{weights}}};\n",
    }


def with_caller_arena(files: dict[str, str]) -> dict[str, str]:
    """Change the model's files to what ``--arena caller`` would generate."""
    start = files["tiny.c"].index("#ifndef TINY_ARENA_ATTRIBUTE")
    end = files["tiny.c"].index("int8_t *tiny_input_a")
    init = """\
static uint8_t *arena;

int tiny_init(void *memory, size_t bytes)
{
    arena = (uint8_t *)memory;
    return bytes < TINY_ARENA_BYTES ? -1 : 0;
}
"""
    header = files["tiny.h"].replace(
        "extern uint8_t tiny_arena[TINY_ARENA_BYTES];\n", ""
    )
    rest = files["tiny.c"][end:].replace("tiny_arena", "arena")
    return files | {
        "tiny.c": files["tiny.c"][:start] + init + rest,
        "tiny.h": header.replace(
            "tiny_init(void)", "tiny_init(void *memory, size_t bytes)"
        ),
    }


def files_for(
    board: Board, invoke: str = INVOKE, caller_arena: bool = False
) -> dict[str, str]:
    """Return the model's files and the board's."""
    model = model_files(invoke)
    environment = make_environment({})
    inputs = [port("input", name, DType.INT8, ELEMENTS) for name in "ab"]
    outputs = [
        port("output", "total", DType.INT32, 1),
        port("output", "sum", DType.INT8, ELEMENTS),
    ]
    context = {
        "model": "tiny",
        "MODEL": "TINY",
        "board": board,
        "project": "tiny",
        "compiler_flag": "-O2",
        "networks": [Network("tiny", tuple(inputs), tuple(outputs))],
        "caller_arena": caller_arena,
        "arenas": [ARENA],
        "init_arguments": init_arguments([ARENA]) if caller_arena else "",
        "sources": ["tiny.c", "tiny_weights.c", "tiny_kernels.c"],
    }
    return (with_caller_arena(model) if caller_arena else model) | {
        name: environment.get_template(template).render(context)
        for name, template in board.files.items()
    }


def expected(a: bytes, b: bytes) -> tuple[bytes, bytes]:
    """Compute the model's two outputs, in Python."""
    sums = []
    for x, y, w in zip(_signed(a), _signed(b), WEIGHTS, strict=True):
        quotient = abs(y * w) // 16 * (1 if y * w >= 0 else -1)  # C's division
        sums.append(max(-128, min(127, x + quotient)))
    total = sum(sums).to_bytes(4, "little", signed=True)
    return total, bytes(value & 0xFF for value in sums)


def _signed(data: bytes) -> list[int]:
    return [value - 256 if value > 127 else value for value in data]
