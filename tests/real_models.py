"""Where the tests find real models: they are not part of the project.

``MCU_CONVERT_MODELS`` names the folder; without it, ``../shared/models`` beside the
checkout is tried.  Tests that need it skip where it is absent.
"""

import csv
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "samples/digits/digits.tflite"
FOLDER = Path(os.environ.get("MCU_CONVERT_MODELS", ROOT.parent / "shared/models"))
BENCHMARKS = (
    "mlperf_tiny/ad01_int8",
    "mlperf_tiny/kws_ref_model",
    "mlperf_tiny/pretrainedResnet_quant",
    "mlperf_tiny/str_ww_ref_model",
    "mlperf_tiny/vww_96_int8",
    "mcunet/vww",
    "mcunet/detection",
    "mcunet/mcunetv2_large",
    "tf_micro/person_detect",
    "tf_micro/hello_world_int8",
    "tf_micro/hello_world_float",
)
INDEX = FOLDER / "index.csv"
SMALL = BENCHMARKS[:2] + BENCHMARKS[3:4] + BENCHMARKS[9:]


def model_path(name: str) -> Path:
    """Return a real model's path, or skip the test."""
    path = FOLDER / f"{name}.tflite"
    if not path.exists():
        pytest.skip(f"{path} is absent; set MCU_CONVERT_MODELS to the models' folder")
    return path


def every_model() -> dict[str, int]:
    """Return all real models and the multiply-accumulates of each.

    A benchmark's where there are none, so that a test can say what it misses.
    """
    if not INDEX.exists():
        return {BENCHMARKS[0]: 0}
    with INDEX.open(encoding="utf-8", newline="") as file:
        return {row["name"]: int(row["macs"]) for row in csv.DictReader(file)}
