"""``analyze`` writes the files that it is asked for, or none."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from real_models import SAMPLE


def test_analyze_writes_the_files_that_it_is_asked_for(command, tmp_path):
    paths = [tmp_path / "new" / f"arena.{kind}" for kind in ("svg", "html", "csv")]
    options = [x for path in paths for x in (f"--{path.suffix[1:]}", path)]
    code, out, _ = command("analyze", SAMPLE, *options)
    assert code == 0
    assert all(f"wrote {path}" in out for path in paths)
    assert sorted((tmp_path / "new").iterdir()) == sorted(paths)
    ElementTree.parse(paths[0])


def test_with_json_files_are_written_and_only_json_is_printed(command, tmp_path):
    code, out, _ = command("analyze", SAMPLE, "--json", "--svg", tmp_path / "a.svg")
    assert code == 0
    assert json.loads(out)["model"] == "digits"
    assert (tmp_path / "a.svg").exists()


@pytest.mark.parametrize("kind", ["svg", "html", "csv"])
def test_a_file_that_cannot_be_written_exits_with_5(command, tmp_path, kind):
    (tmp_path / "file").write_text("what was there")
    code, out, err = command("analyze", SAMPLE, f"--{kind}", tmp_path / "file" / "x")
    assert (code, out) == (5, "")
    assert err.startswith("error: cannot write to")
    assert (tmp_path / "file").read_text() == "what was there"


def test_a_folder_or_the_same_file_twice_is_wrong_usage(command, tmp_path):
    assert command("analyze", SAMPLE, "--svg", tmp_path)[0] == 2
    twice = tmp_path / "x"
    assert command("analyze", SAMPLE, "--svg", twice, "--csv", twice)[0] == 2
    assert list(tmp_path.iterdir()) == []
