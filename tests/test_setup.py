"""The set-up installs what is missing, once, and says what it cannot install.

Each test runs ``tools/setup.sh`` on a machine of stand-ins: a ``PATH`` with a few
basic commands, and scripts that write down how they were called.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BASICS = ("cat", "cksum", "dirname", "env", "mkdir", "tr")
TOOLS = ("gcc", "g++", "cmake", "arm-none-eabi-gcc", "qemu-system-arm")
TOOLCHAIN = "gcc g++ libc6-dev cmake gcc-arm-none-eabi libnewlib-arm-none-eabi"
PYTHON = """
case $1 in
-c) exit 0 ;;
-VV) echo "Python of the tests" ;;
*)
    echo "python $*" >>"$CALLS"
    mkdir -p .venv/bin
    cat "$BIN/venv-python" >.venv/bin/python
    chmod +x .venv/bin/python ;;
esac
"""


@dataclass(frozen=True)
class Machine:
    project: Path
    bin: Path
    log: Path

    def add(self, *commands: str, script: str = "") -> None:
        for command in commands:
            path = self.bin / command
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    def setup(self) -> subprocess.CompletedProcess[str]:
        self.log.write_text("")
        return subprocess.run(
            ["/bin/sh", "tools/setup.sh"],
            cwd=self.project,
            env={"PATH": str(self.bin), "BIN": str(self.bin), "CALLS": str(self.log)},
            capture_output=True,
            text=True,
        )

    def calls(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def machine(tmp_path) -> Machine:
    """A machine with Python and basic commands, where one is not root."""
    made = Machine(tmp_path / "project", tmp_path / "bin", tmp_path / "calls")
    (made.project / "tools").mkdir(parents=True)
    made.bin.mkdir()
    for name in ("pyproject.toml", "tools/setup.sh"):
        shutil.copy(ROOT / name, made.project / name)
    for name in (*BASICS, "chmod"):
        (made.bin / name).symlink_to(shutil.which(name))
    made.add("id", script="echo 1000")
    made.add("python3", script=PYTHON)
    made.add("venv-python", script='echo "pip $*" >>"$CALLS"')
    return made


def add_apt_get(machine: Machine, then: str) -> None:
    machine.add("apt-get", script=f'echo "apt-get $*" >>"$CALLS"\n{then}')


INSTALL_ALL = f"""
if [ "$1" = install ]; then
    for tool in {" ".join(TOOLS)}; do
        cat "$BIN/id" >"$BIN/$tool"
        chmod +x "$BIN/$tool"
    done
fi
"""


def test_a_complete_machine_only_gets_a_virtual_environment(machine):
    machine.add(*TOOLS)
    add_apt_get(machine, "exit 1")
    done = machine.setup()
    assert (done.returncode, done.stdout) == (0, "setup: installing into .venv\n")
    made, installed = machine.calls()
    assert made == "python -m venv --clear .venv"
    assert installed.endswith("--editable .[dev]")


def test_a_second_run_does_nothing(machine):
    machine.add(*TOOLS)
    machine.setup()
    done = machine.setup()
    assert (done.returncode, done.stdout, machine.calls()) == (0, "", [])


def test_new_dependencies_are_added_to_the_virtual_environment(machine):
    machine.add(*TOOLS)
    machine.setup()
    with (machine.project / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    machine.setup()
    (call,) = machine.calls()
    assert call.startswith("pip -m pip install")


def test_a_virtual_environment_that_was_moved_is_made_again(machine, tmp_path):
    machine.add(*TOOLS)
    machine.setup()
    moved = Machine(tmp_path / "moved", machine.bin, machine.log)
    machine.project.rename(moved.project)
    moved.setup()
    assert moved.calls()[0] == "python -m venv --clear .venv"


def test_a_failed_installation_is_tried_again(machine):
    machine.add(*TOOLS)
    machine.add("venv-python", script="exit 3")
    assert machine.setup().returncode == 3
    machine.add("venv-python", script='echo "pip $*" >>"$CALLS"')
    assert machine.setup().returncode == 0
    assert len(machine.calls()) == 2


def test_the_newest_python_that_runs_is_taken(machine):
    machine.add(*TOOLS)
    machine.add("python3.13", script="exit 1")
    machine.add("python3.12", script=PYTHON.replace("python $*", "3.12 $*"))
    machine.setup()
    assert machine.calls()[0] == "3.12 -m venv --clear .venv"


def test_root_installs_what_is_missing_and_nothing_else(machine):
    machine.add("id", script="echo 0")
    machine.add("gcc", "g++", "cmake")
    add_apt_get(machine, INSTALL_ALL)
    done = machine.setup()
    packages = "gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"
    assert done.stdout.splitlines()[0] == f"setup: installing {packages}"
    update, install = machine.calls()[:2]
    assert update == "apt-get update"
    assert install.startswith("apt-get install --yes --no-install-recommends")
    assert install.endswith(packages)
    assert "not installed" not in done.stdout


def test_sudo_without_a_password_installs_too(machine):
    machine.add("sudo", script='echo "sudo $*" >>"$CALLS"\nshift\n"$@"')
    add_apt_get(machine, INSTALL_ALL)
    machine.setup()
    assert machine.calls()[:3] == [
        "sudo -n true",
        "sudo -n apt-get update",
        "apt-get update",
    ]


def expect_one_line(machine: Machine, why: str) -> None:
    done = machine.setup()
    missing = f"{TOOLCHAIN} qemu-system-arm"
    assert done.returncode == 0
    assert done.stderr == ""
    assert [line for line in done.stdout.splitlines() if "not installed" in line] == [
        f"setup: not installed: {missing} ({why}); going on with what works without"
    ]
    assert machine.calls()[-1].startswith("pip ")


def test_without_a_package_manager_one_line_says_what_is_missing(machine):
    expect_one_line(machine, "this machine has no apt-get")


def test_without_root_one_line_says_what_is_missing(machine):
    add_apt_get(machine, "exit 1")
    expect_one_line(machine, "neither root nor sudo without a password")
    assert not [call for call in machine.calls() if call.startswith("apt-get")]


def test_when_installing_fails_one_line_says_where_to_look(machine):
    machine.add("id", script="echo 0")
    add_apt_get(machine, "echo no network; exit 100")
    expect_one_line(machine, "apt-get failed, see out/apt.log")
    assert (machine.project / "out/apt.log").read_text() == "no network\n"


def test_without_python_nothing_works(machine):
    machine.add("python3", script="exit 1")
    done = machine.setup()
    (line,) = done.stdout.splitlines()
    assert done.returncode == 1
    assert line.startswith("setup: not installed: python3-venv gcc ")
    assert line.endswith(
        "nothing works without Python 3.10 or newer and its venv module"
    )
    assert not (machine.project / ".venv").exists()


def make(*arguments: str, path: str = os.environ["PATH"]) -> str:
    return subprocess.run(
        [shutil.which("make"), *arguments],
        cwd=ROOT,
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_help_lists_every_target():
    (phony,) = (
        line
        for line in (ROOT / "Makefile").read_text().splitlines()
        if ".PHONY" in line
    )
    assert [line.split()[1] for line in make().splitlines()] == phony.split()[1:]


def test_the_demo_goes_on_without_an_emulated_board(machine):
    commands = make("--dry-run", "demo", path=str(machine.bin))
    assert "validate samples/digits/digits.tflite --on host" in commands
    assert "mcu-convert bench" not in commands
