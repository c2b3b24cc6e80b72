"""Turn a ``.tflite`` model into specialised C for microcontrollers."""

from mcu_convert.hookspecs import hookimpl

__all__ = ["hookimpl"]
__version__ = "0.1.0"
