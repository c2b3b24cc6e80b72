"""Where ``validate`` and ``bench`` run a board's code."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from mcu_convert.errors import ToolError

if TYPE_CHECKING:
    from mcu_convert.boards import Board
    from mcu_convert.plugin_manager import Plugins


def runnable(board: Board, plugins: Plugins) -> Board:
    """Return the board itself if it can run here, else its emulated twin.

    The twin takes the kernels that the board would.  Raises `ToolError` for a
    board with neither.
    """
    if board.emulator is not None or board.cpu == "native":
        return board
    if board.twin is None:
        raise ToolError(
            f"{board.name} has no emulated twin; its code can be built, not run here"
        )
    return dataclasses.replace(plugins.board(board.twin), libraries=board.libraries)
