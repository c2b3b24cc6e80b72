"""The machine that converts, emulated boards and STM32 boards."""

from __future__ import annotations

from mcu_convert.boards import Board
from mcu_convert.hookspecs import hookimpl
from mcu_convert_plugins.boards.emulated import EMULATED
from mcu_convert_plugins.boards.host import HOST
from mcu_convert_plugins.boards.stm32 import STM32


@hookimpl
def register_boards() -> tuple[Board, ...]:
    return (HOST, *EMULATED, *STM32)
