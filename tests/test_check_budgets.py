"""The checker of budgets finds what is too long, and where."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parent.parent / "tools" / "check_budgets.py"
SPEC = importlib.util.spec_from_file_location("check_budgets", TOOL)
check_budgets = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(check_budgets)


def function_of(lines: int) -> str:
    return "\n".join(["def long():", *["    x = 1"] * (lines - 1)])


@pytest.mark.parametrize(
    ("text", "complaints"),
    [
        (function_of(40), []),
        (function_of(41), ["a.py:1: long has 41 lines; at most 40 a function"]),
        (
            "class A:\n    async def f(self):\n" + "        x = 1\n" * 40,
            ["a.py:2: f has 41 lines; at most 40 a function"],
        ),
        ("x = 1\n" * 300, []),
        ("x = 1\n" * 301, ["a.py: 301 lines; at most 300 a file"]),
    ],
)
def test_a_budget_ends_where_it_says(text, complaints):
    assert list(check_budgets.over_budget(Path("a.py"), text)) == complaints


@pytest.mark.parametrize("folder", ["home", "root", "tmp", "work", "Users"])
def test_a_path_of_one_machine_is_found(folder):
    text = f"first line\nopen('/{folder}/x')"
    (complaint,) = check_budgets.machine_paths(Path("a.c"), text)
    assert complaint == f"a.c:2: /{folder} is a path of one machine"


@pytest.mark.parametrize(
    "text", ["https://example.org/home/x", "../work/x", "/usr/include", "/works"]
)
def test_other_paths_are_fine(text):
    assert list(check_budgets.machine_paths(Path("a.c"), text)) == []


def test_the_whole_tree_is_searched(tmp_path):
    for folder in ("mcu_convert/ir", "docs", ".venv"):
        (tmp_path / folder).mkdir(parents=True)
    home = "/" + "home"
    (tmp_path / "mcu_convert/ir/a.py").write_text("x = 1\n" * 301)
    (tmp_path / "docs/b.md").write_text(f"{home}/me/model.tflite")
    (tmp_path / ".venv/c.md").write_text(f"{home}/me/model.tflite")
    assert list(check_budgets.complaints(tmp_path)) == [
        "mcu_convert/ir/a.py: 301 lines; at most 300 a file",
        f"docs/b.md:1: {home} is a path of one machine",
    ]
