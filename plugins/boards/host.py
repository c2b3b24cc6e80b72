"""The machine that converts, for tests and for trying a model out."""

from __future__ import annotations

from mcu_convert.boards import Board, Memory

HOST = Board(
    name="host",
    title="the machine that converts",
    cpu="native",
    flash=Memory(0, 1 << 30),
    ram=Memory(0, 1 << 30),
    compiler="gcc",
    files={
        "host/main.c": "boards/host/main.c.j2",
        "host/CMakeLists.txt": "boards/host/CMakeLists.txt.j2",
    },
)
