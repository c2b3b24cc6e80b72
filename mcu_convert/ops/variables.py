"""VAR_HANDLE, READ_VARIABLE and ASSIGN_VARIABLE: variables that graphs share by name.

The first is there in files only: `mcu_convert.resources` finds out which variable the
other two mean, and makes it their state.
"""

from __future__ import annotations

from dataclasses import dataclass

import tflite

from mcu_convert.ir import Op
from mcu_convert.ops.decoding import Decoded, RawOperator


@dataclass(frozen=True, slots=True)
class VarHandle(Op):
    """Say which variable its output stands for."""

    container: str
    shared_name: str


@dataclass(frozen=True, slots=True)
class ReadVariable(Op):
    """Copy a variable to the output."""


@dataclass(frozen=True, slots=True)
class AssignVariable(Op):
    """Copy the input to a variable."""


def decode_handle(raw: RawOperator) -> Decoded:
    """Read ``VarHandleOptions``."""
    raw.expect(0)
    raw.options(tflite.VarHandleOptions)
    return Decoded(VarHandle(container=raw.text(0), shared_name=raw.text(1)))


def decode_read(raw: RawOperator) -> Decoded:
    raw.expect(1)
    return Decoded(ReadVariable())


def decode_assign(raw: RawOperator) -> Decoded:
    raw.expect(2, outputs=0)
    return Decoded(AssignVariable())
