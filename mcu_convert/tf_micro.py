"""TF-Micro's reference kernels, the truth that generated code is compared with.

They come in the wheel ``tflite-micro``.  It runs in a process of its own: it may
end the process where an arena is too small, and it prints.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_convert.errors import ToolError
from mcu_convert.ir import Model

_ABORT = 15
"""``kTfLiteAbort``: an operator waits for more inputs, so the rest did not run."""
Array = npt.NDArray[np.generic]


def run_tf_micro(
    model: Model,
    data: bytes,
    runs: Sequence[Sequence[Array]],
    tensors: Sequence[int],
) -> list[Mapping[int, Array]]:
    """Invoke a model once for each run, from a fresh state.

    Args:
        model: The decoded model, for the size of its tensors.
        data: The file's bytes.
        runs: For each run the inputs, in the model's order.
        tensors: Numbers of the main graph's tensors to read after each run.

    Returns:
        For each run the tensors that were asked for, by number; none where the
        network waits for more inputs.

    Raises:
        ToolError: The wheel is missing, or TF-Micro refuses the model.
    """
    arrays: dict[str, Array] = {
        "model": np.frombuffer(data, np.uint8),
        "tensors": np.array(tensors, np.int64),
        "shape": np.array([len(runs), len(model.main.inputs), ample_arena(model)]),
    }
    for number, run in enumerate(runs):
        arrays |= {f"in{number}_{k}": x for k, x in enumerate(run)}
    found = _ask(model.name, arrays)
    return [
        {t: found[f"{run}_{t}"] for t in tensors if f"{run}_{t}" in found}
        for run in range(len(runs))
    ]


def _ask(name: str, arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Send a request to a process of its own; return the answer."""
    with tempfile.TemporaryDirectory() as folder:
        request, response = Path(folder, "request.npz"), Path(folder, "response.npz")
        np.savez(request, **arrays)  # type: ignore[arg-type]
        done = subprocess.run(
            [sys.executable, "-m", "mcu_convert.tf_micro", str(request), str(response)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode or not response.exists():
            lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
            raise ToolError(f"TF-Micro did not run {name}: {lines[-1]}")
        with np.load(response) as answer:
            return {key: answer[key] for key in answer.files}


def ample_arena(model: Model) -> int:
    """Return more than TF-Micro needs when it preserves every tensor.

    A multiple of the alignment, so that nothing is lost at the arena's end.
    """
    tensors = [tensor for graph in model.graphs for tensor in graph.tensors.values()]
    activations = sum(tensor.nbytes for tensor in tensors if not tensor.is_constant)
    wanted = 4 * activations + 4096 * len(tensors) + (1 << 20)
    return -(-wanted // 16) * 16


def runtime_of_the_wheel() -> Any:
    """Import TF-Micro, in a process of its own; end the process without the wheel."""
    try:
        from tflite_micro.python.tflite_micro import runtime
    except ImportError:
        sys.exit(
            "the package tflite-micro is missing: pip install mcu-convert[validate]"
        )
    return runtime


def serve(request: str, response: str) -> None:
    """Answer one request; this is the other process."""
    runtime = runtime_of_the_wheel()
    asked = np.load(request)
    run_count, input_count, arena = (int(n) for n in asked["shape"])
    interpreter = runtime.Interpreter.from_bytes(
        asked["model"].tobytes(),
        arena_size=arena,
        intrepreter_config=runtime.InterpreterConfig.kPreserveAllTensors,
    )
    tensors = {}
    for run in range(run_count):
        for number in range(input_count):
            interpreter.set_input(asked[f"in{run}_{number}"], number)
        if interpreter.invoke() == _ABORT:
            continue
        for index in asked["tensors"].tolist():
            found = interpreter.GetTensor(index, 0)["tensor_data"]
            tensors[f"{run}_{index}"] = np.array(found)
    np.savez(response, **tensors)  # type: ignore[arg-type]


if __name__ == "__main__":
    serve(*sys.argv[1:])
