"""What gets installed, under which names, and what importing it costs."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"][
    "setuptools"
]
HOMES = {
    "mcu_convert": "mcu_convert",
    "nas_keras": "nas_keras",
    **SETUPTOOLS["package-dir"],
}
"""The folder in the repository of each top-level package."""


def test_every_package_is_listed_in_pyproject():
    found = {
        ".".join((package, *init.parent.relative_to(ROOT / home).parts))
        for package, home in HOMES.items()
        for init in (ROOT / home).rglob("__init__.py")
    }
    assert found == set(SETUPTOOLS["packages"])


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from a copy, because a build leaves its traces in the tree."""
    copy = tmp_path_factory.mktemp("wheel")
    caches = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for home in HOMES.values():
        shutil.copytree(ROOT / home, copy / home, ignore=caches)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", copy]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, copy], check=True)
    (built,) = copy.glob("*.whl")
    return built


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_file_of_the_tree(wheel):
    in_tree = {
        f"{package}/{path.relative_to(ROOT / home).as_posix()}"
        for package, home in HOMES.items()
        for path in (ROOT / home).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packaged = {name for name in names_in(wheel) if ".dist-info/" not in name}
    assert packaged == in_tree


def test_the_wheel_adds_no_top_level_name_but_ours(wheel):
    top_level = {name.split("/")[0] for name in names_in(wheel)}
    packages = {name for name in top_level if not name.endswith(".dist-info")}
    assert packages == set(HOMES)


def test_the_wheel_has_the_licence(wheel):
    (licence,) = (name for name in names_in(wheel) if name.endswith("/LICENSE"))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()


def test_the_command_line_starts_without_heavy_imports():
    heavy = {"jinja2", "numpy", "rich", "tensorflow", "tflite", "tflite_micro"}
    program = "import sys, mcu_convert.cli; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert heavy.isdisjoint(done.stdout.split())


def banned(code: str, where: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", where, "-"],
        input=f'"""Example."""\n\n{code}\n',
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    return done.stdout


@pytest.mark.parametrize("where", ["mcu_convert/x.py", "mcu_convert/ir/x.py"])
def test_lint_forbids_the_core_to_import_a_plugin(where):
    code = "from mcu_convert_plugins.op_fusion import hooks"
    assert "TID251" in banned(code, where)


def test_a_plugin_may_import_its_own_package():
    code = "from mcu_convert_plugins.op_fusion import hooks"
    assert "TID251" not in banned(code, "plugins/op_fusion/x.py")


def test_nobody_imports_tflite_support():
    """It pins protobuf below 4, which breaks TensorFlow beside it."""
    imports = re.compile(r"^\s*(import|from)\s+tflite_support\b", re.MULTILINE)
    folders = (*HOMES.values(), "samples", "tests", "tools")
    sources = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    assert [p.name for p in sources if imports.search(p.read_text("utf-8"))] == []
