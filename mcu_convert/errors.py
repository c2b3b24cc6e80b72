"""The errors a person may meet, each with the exit code of its kind."""

from __future__ import annotations


class McuConvertError(Exception):
    """Something is wrong in a way that a message can explain.

    The message names the thing, what was expected, and what would work.
    """

    exit_code = 1


class ModelError(McuConvertError):
    """The file is no valid ``.tflite`` model, or breaks a rule of TFLite."""


class UnsupportedError(McuConvertError):
    """The model is valid, but something in it cannot be converted."""


class UnknownNameError(McuConvertError):
    """Nothing of that name is installed; the message lists what is."""

    exit_code = 2


class NameClashError(McuConvertError):
    """Two things that are generated together would have the same name."""

    exit_code = 2


class DoesNotFitError(McuConvertError):
    """The model needs more memory than the board has."""

    exit_code = 3


class MismatchError(McuConvertError):
    """The generated code and TF-Micro computed different bytes."""

    exit_code = 4


class ToolError(McuConvertError):
    """A compiler, an emulator or an optional package is missing or failed."""

    exit_code = 5


class PluginError(McuConvertError):
    """A plugin returned something that breaks a rule of its hook."""

    exit_code = 6


class SlowerError(McuConvertError):
    """The generated code takes more instructions than it did, by too much."""

    exit_code = 7
