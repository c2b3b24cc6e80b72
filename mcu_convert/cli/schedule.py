"""``mcu-convert schedule``: a memory plan for those who stay with TF-Micro."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcu_convert.cli.common import (
    json_option,
    load,
    model_argument,
    planner_option,
    print_json,
    without_option,
)

if TYPE_CHECKING:
    from mcu_convert.offline_plan import OfflinePlan


@click.command()
@model_argument
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The .tflite file to write.",
)
@json_option
@planner_option
@without_option
def schedule(
    model: Path,
    output: Path,
    as_json: bool,
    planner: str | None,
    without: tuple[str, ...],
) -> None:
    """Write MODEL with a memory plan that TF-Micro's interpreter keeps to."""
    from mcu_convert.files import write_files
    from mcu_convert.memory import PlaceApart
    from mcu_convert.offline_plan import offline_plan, with_offline_plan
    from mcu_convert.plugin_manager import load_plugins

    decoded, data = load(model)
    chosen = load_plugins(without).planner(planner) or PlaceApart()
    plan = offline_plan(decoded, data, chosen)
    written = with_offline_plan(data, plan)
    write_files(output.parent, {output.name: written})
    if as_json:
        print_json(
            {
                "model": decoded.name,
                "head_bytes_before": plan.head_bytes_before,
                "head_bytes": plan.head_bytes,
                "head_lower_bound_bytes": plan.lower_bound,
                "tensors": plan.tensors,
                "placed_tensors": len(plan.offsets),
                "scratch_operators": plan.scratch,
                "file": str(output),
                "file_bytes": len(written),
            }
        )
    else:
        _print(decoded.name, plan)
        print(f"wrote {output} ({len(written):,} bytes)")


def _print(name: str, plan: OfflinePlan) -> None:
    bound = f"no plan is smaller than {plan.lower_bound:,}"
    print(f"{name} in TF-Micro's interpreter, scratch buffers aside")
    print(f"  head before  {plan.head_bytes_before:>12,} bytes")
    print(f"  head after   {plan.head_bytes:>12,} bytes ({bound})")
    print(f"  placed       {len(plan.offsets):>12,} tensors{_why_none(plan)}")


def _why_none(plan: OfflinePlan) -> str:
    if plan.offsets:
        return ""
    if plan.scratch:
        names = ", ".join(plan.scratch)
        return f"; {names} may need scratch buffers of unknown size"
    return "; the interpreter's own plan is as small"
