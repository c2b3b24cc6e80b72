"""Fixtures that several test files share."""

import sys

import pytest
from host import BARE, DSP, PORTABLE, VECTORS, run_in_c
from real_models import SAMPLE

from mcu_convert.cli import main
from mcu_convert.convert import compile_model
from mcu_convert.ladder import ladder
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.tflite.reader import load_model


@pytest.fixture(
    scope="module",
    params=[((), PORTABLE), (BARE, PORTABLE), ((), DSP), ((), VECTORS)],
    ids=["all plugins", "bare", "armv7e_m", "armv81m_mve"],
)
def outputs(request, tmp_path_factory):
    """What the C of all of a test file's `CASES` gives, by the case's name.

    With all plugins, and again without those that a model can do without, and again
    with the kernels for Cortex-M4 and M7, and with those for M55.
    """
    folder = tmp_path_factory.mktemp("models")
    without, libraries = request.param
    return run_in_c(request.module.CASES, folder, without, libraries=libraries)


@pytest.fixture(scope="module")
def portable_outputs(request, tmp_path_factory):
    """What the portable C of all of a test file's `CASES` gives, with all plugins."""
    return run_in_c(request.module.CASES, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def plugins():
    return load_plugins()


@pytest.fixture(scope="session")
def program(plugins):
    return compile_model(load_model(SAMPLE), plugins.board("host"), Options(), plugins)


@pytest.fixture(scope="session")
def rungs(plugins):
    return ladder(load_model(SAMPLE), plugins.board("host"), Options(), plugins)


@pytest.fixture
def command(monkeypatch, capsys):
    """Run ``mcu-convert`` in this process; return exit code, output and errors."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["mcu-convert", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as exit_request:
            code = int(exit_request.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
