"""A whole ``.tflite`` file, decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mcu_convert.ir.graph import Graph


@dataclass(frozen=True, slots=True)
class Signature:
    """A named entry point: what its author calls the inputs and outputs."""

    key: str
    graph: int
    inputs: Mapping[str, str]
    """From the author's name to the tensor's."""
    outputs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Model:
    """A decoded model; the first graph is the one that an invoke runs."""

    name: str
    sha256: str
    """Of the file's bytes, in hexadecimal."""
    description: str
    graphs: tuple[Graph, ...]
    signatures: tuple[Signature, ...]
    metadata: Mapping[str, bytes]

    @property
    def main(self) -> Graph:
        return self.graphs[0]

    @property
    def public_names(self) -> Mapping[str, str]:
        """What to call each input and output tensor of the main graph.

        The author's name in a signature where there is one, else the tensor's.
        """
        names = {name: name for name in (*self.main.inputs, *self.main.outputs)}
        for signature in self.signatures:
            if signature.graph == 0:
                for author, tensor in (
                    *signature.inputs.items(),
                    *signature.outputs.items(),
                ):
                    names[tensor] = author
        return names
