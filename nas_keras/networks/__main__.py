"""``python -m nas_keras.networks NAMES -o FOLDER``: write networks as int8 files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from mcu_convert.errors import McuConvertError, ToolError
from nas_keras.networks import NETWORKS, Network, network


@click.command()
@click.argument("names", nargs=-1, required=True)
@click.option(
    "-o",
    "--output-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=".",
    help="Where to write NAME.tflite [here].",
)
@click.option("--seed", default=0, show_default=True, help="Of weights and images.")
def command(names: tuple[str, ...], output_dir: Path, seed: int) -> None:
    """Write networks with random weights as int8 .tflite files."""
    chosen = [network(name) for name in names]
    output_dir.mkdir(parents=True, exist_ok=True)
    for each in chosen:
        path = output_dir / f"{each.name}.tflite"
        path.write_bytes(_built(each, seed))
        print(f"wrote {path}")


def _built(described: Network, seed: int) -> bytes:
    from nas_keras.networks.int8_file import (
        int8_file,
        random_images,
        use_one_order_of_sums,
    )
    from nas_keras.networks.keras_model import keras_model

    try:
        use_one_order_of_sums()
        import keras
    except ImportError:
        raise ToolError("TensorFlow is missing: pip install mcu-convert[nas]") from None
    # Keras numbers the names of layers on from one network to the next.
    keras.utils.clear_session()
    model = keras_model(described, seed)
    return int8_file(model, random_images(model, seed))


def main() -> None:
    """Run the command; every foreseen error is one message and its exit code."""
    try:
        command.main(standalone_mode=False)
    except McuConvertError as error:
        sys.exit(f"error: {error}")
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


command.epilog = f"The networks: {', '.join(n.name for n in NETWORKS)}."

if __name__ == "__main__":
    main()
