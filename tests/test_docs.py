"""The documentation is true: code runs, output is current, links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest
from doc_pages import PAGES, ROOT, SAMPLE, blocks, hook_functions, read, regenerate
from firmware_boards import needs_arm

from mcu_convert.cli import commands

UPDATE = "MCU_CONVERT_UPDATE_DOCS"
STRICT = "-Wall -Wextra -Wpedantic -Wconversion -Werror".split()
COMMAND_LINE = Path("docs/command_line.md")
CONVERSION = "## Options of a conversion"

RUN_C = "writing_a_kernel", "writing_an_operator"

every_page = pytest.mark.parametrize("page", PAGES, ids=str)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty folder to work in, but for the sample model."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@every_page
def test_generated_parts_are_current(page, elsewhere, monkeypatch):
    # Whatever else is installed on this machine is not part of the project.
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: ())
    text = read(page)
    current = regenerate(text)
    if os.environ.get(UPDATE):
        (ROOT / page).write_text(current, "utf-8")
    else:
        hint = f"to write what is generated in {page} anew, set {UPDATE}=1"
        assert current == text, hint


def pages_with(keyword):
    return [p for p in PAGES if any(b.after(keyword) is not None for b in blocks(p))]


@pytest.fixture
def installed(elsewhere, monkeypatch):
    """Install a page's plugin, as far as an import and an entry point go."""

    def install(page, points):
        for block in blocks(page):
            if (name := block.after("file:")) is not None:
                path = elsewhere / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, "utf-8")
        for package in ROOT.glob("tests/third_party_*"):
            shutil.copytree(package, elsewhere, dirs_exist_ok=True)
        info = elsewhere / "example-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Name: example\nVersion: 1.0\n")
        lines = ["[mcu_convert]", *points.split(", ")]
        (info / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(str(elsewhere))

    before = set(sys.modules)
    yield install
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(elsewhere)):
            del sys.modules[name]


@pytest.mark.parametrize("page", pages_with("run:"), ids=str)
def test_the_example_plugins_work(page, installed):
    if page.stem in RUN_C and not shutil.which("gcc"):
        pytest.skip("no gcc")
    for block in blocks(page):
        if (points := block.after("run:")) is not None:
            installed(page, points)
            exec(compile(block.text, str(page), "exec"), {"__name__": "example"})


def programs():
    return [
        pytest.param(block, id=f"{page.stem}-{number}-{block.language}")
        for page in pages_with("compile:")
        for number, block in enumerate(blocks(page))
        if block.after("compile:") is not None
    ]


@pytest.mark.parametrize("block", programs())
def test_the_c_in_the_pages_compiles_and_runs(block, elsewhere):
    compiler = {"c": ["gcc", "-std=c99"], "cpp": ["g++", "-std=c++17"]}[block.language]
    if missing := [tool for tool in ("gcc", compiler[0]) if not shutil.which(tool)]:
        pytest.skip(f"no {missing[0]}")
    for options in block.after("compile:").split(","):
        words = options.split()
        models = [word for word in words if word.endswith(".tflite")]
        for name in models:  # each stands for a model of the reader's
            shutil.copy(SAMPLE, elsewhere / name)
        arguments = ["convert", *words, *([] if models else [str(SAMPLE)]), "-o", "."]
        commands.main(arguments, standalone_mode=False)
    main = elsewhere / f"main.{block.language}"
    main.write_text(block.text, "utf-8")
    models = [str(path) for path in elsewhere.glob("*.c") if path != main]
    subprocess.run(["gcc", "-std=c99", *STRICT, "-c", *models], check=True)
    objects = [str(path) for path in elsewhere.glob("*.o")]
    build = [*compiler, *STRICT, str(main), *objects, "-lm", "-o", "program"]
    subprocess.run(build, check=True)
    subprocess.run(["./program"], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("hook", hook_functions())
def test_every_hook_is_described_and_shown_at_work(hook):
    assert f"**`{hook}(" in read(Path("docs/architecture.md"))
    guides = [page for page in PAGES if page.stem.startswith("writing_a")]
    code = "".join(block.text for page in guides for block in blocks(page))
    assert f"@hookimpl\ndef {hook}(" in code


def section(heading):
    found = re.search(
        rf"^{re.escape(heading)}\n(.*?)(?=^## |\Z)", read(COMMAND_LINE), re.M | re.S
    )
    assert found, f"{COMMAND_LINE} lacks {heading!r}"
    return found[1]


@pytest.mark.parametrize("name", commands.commands)
def test_every_command_and_option_is_described(name):
    text = section(f"## {name}") + section(CONVERSION)
    for option in commands.commands[name].params:
        names = [o for o in option.opts if o.startswith("--")]
        assert all(re.search(rf"`[^`]*{o}\b", text) for o in names), option.name


@pytest.mark.parametrize(
    "command",
    [
        "convert MODEL",
        "analyze MODEL",
        "ablate MODEL",
        "validate MODEL --runs 1",
        pytest.param("bench MODEL", marks=needs_arm),
        "schedule MODEL -o planned.tflite",
        "boards",
        "ops",
        "plugins",
    ],
)
def test_every_key_of_the_json_is_described(command, elsewhere, capsys):
    name, *arguments = command.replace("MODEL", str(SAMPLE)).split()
    if name == "validate":
        pytest.importorskip("tflite_micro")
    commands.main([name, *arguments, "--json"], standalone_mode=False)
    text = section(f"## {name}") + section("## convert")
    for key in keys(json.loads(capsys.readouterr().out)):
        assert f"`{key}`" in text, key


def keys(value):
    if isinstance(value, list):
        return set(chain.from_iterable(map(keys, value)))
    if not isinstance(value, dict):
        return set()
    named_by_user = {"passes", "files"}
    return set(value).union(
        *(keys(v) for k, v in value.items() if k not in named_by_user)
    )


def shown_commands():
    for page in PAGES:
        for block in blocks(page):
            if block.language in ("console", "sh"):
                for line in block.text.replace("\\\n", " ").splitlines():
                    if found := re.match(r"(?:\$ )?(?:\S*/)?mcu-convert (\w.*)", line):
                        yield pytest.param(found[1], id=found[1])


@pytest.mark.parametrize("shown", list(shown_commands()))
def test_every_command_shown_is_one(shown):
    name, *arguments = shlex.split(shown, comments=True)
    commands.commands[name].make_context(name, arguments)


@every_page
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", read(page)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        path = (ROOT / page.parent / target) if target else ROOT / page
        assert path.exists(), f"{page} links to {target}"
        if anchor:
            assert anchor in anchors(path.read_text("utf-8")), f"{target}#{anchor}"


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@every_page
def test_pages_speak_of_the_project_only(page):
    """Neither of somebody's machine, nor of how it was written, nor of what is not."""
    places = r"(?<![\w.}/])/(?:home|root|tmp|work|Users)\b"
    words = r"(?<!CUBE-)\b(?:A[I]|[Aa]gents?|[Ss]essions?|TODO|FIXME|WIP)\b"
    assert not re.findall(f"{places}|{words}", read(page))


def test_every_decision_is_listed_and_numbered():
    decisions = sorted(page for page in PAGES if page.parent.name == "decisions")
    numbers = [int(page.name[:4]) for page in decisions]
    assert numbers == list(range(1, len(decisions) + 1))
    for page in decisions:
        headings = re.findall(r"^## (.*)$", read(page), re.MULTILINE)
        assert headings[:3] == ["Context", "Choice", "Consequences"], page
        assert f"decisions/{page.name}" in read(Path("docs/architecture.md"))
