"""Pictures and tables of the arena: the values, the SVG, the page."""

from __future__ import annotations

import dataclasses
import itertools
import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from real_models import SAMPLE

from mcu_convert.arena_labels import labels_of
from mcu_convert.arena_map import ArenaMap, Kind, Rectangle, arena_map, used_bytes
from mcu_convert.arena_scale import Scale
from mcu_convert.arena_svg import arena_svg, peak_caption
from mcu_convert.arena_thumbnail import HEIGHT, arena_thumbnail
from mcu_convert.boards import Memory, Region
from mcu_convert.convert import compile_model
from mcu_convert.html_report import html_report
from mcu_convert.memory import scratch_name
from mcu_convert.options import Options
from mcu_convert.plugin_manager import load_plugins
from mcu_convert.program import peak_step
from mcu_convert.regions import Part
from mcu_convert.report import fit
from mcu_convert.tflite.reader import load_model

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert('1')</script>\"' onload=\"x\x00\x1b\ud800&]]>\u00e9"


def in_ram(size: int) -> tuple[Part, ...]:
    return (Part(Region("ram", Memory(0, size)), 0, size),)


def small_map(label="x", **changes) -> ArenaMap:
    rectangles = (
        Rectangle(label, Kind.PORT, 0, 1, 0, 64),
        Rectangle("y", Kind.ACTIVATION, 0, 2, 64, 100),
        Rectangle("r", Kind.RING, 1, 2, 0, 48, rows=3),
    )
    drawn = ArenaMap("net", ((0, 0), (1, 4)), rectangles, in_ram(164), 164)
    return dataclasses.replace(drawn, **changes)


def test_the_map_has_every_buffer_where_the_plan_puts_it(program):
    drawn = arena_map(program)
    places = {(r.offset, r.size) for r in drawn.rectangles if not r.rows}
    for buffer in program.problem.buffers:
        assert (program.plan.offsets[buffer.name], buffer.size) in places
    assert max(r.end for r in drawn.rectangles) == drawn.size == program.plan.size


def test_the_map_shows_the_rings_of_streams_inside_their_scratch(program):
    assert program.streams
    rings = [r for r in arena_map(program).rectangles if r.kind is Kind.RING]
    assert len(rings) == sum(len(stream.rings) for stream in program.streams)
    assert {r.offset for r in rings} == {
        program.offset(name) for stream in program.streams for name in stream.rings
    }
    for r in rings:
        (stage,) = range(r.first, r.last)
        start = program.plan.offsets[scratch_name(stage)]
        size = program.problem.stages[stage].modes[program.plan.modes[stage]].scratch
        assert start <= r.offset < r.end <= start + size


def test_every_rectangle_lies_within_the_stages_and_the_arena(rungs):
    for rung in rungs:
        drawn = arena_map(rung.program)
        for r in drawn.rectangles:
            assert 0 <= r.first < r.last <= len(drawn.steps)
            assert 0 <= r.offset <= r.end <= drawn.size


def test_stages_name_all_steps_once(program):
    steps = [n for a, b in arena_map(program).steps for n in range(a, b + 1)]
    assert steps == [step.number for step in program.steps]


def test_the_peak_is_a_stage_that_needs_the_whole_arena(program):
    drawn = arena_map(program)
    live = drawn.live(drawn.peak)
    assert (
        max(r.end for r in live) == drawn.size == program.arena_at(peak_step(program))
    )
    # Of the stages up to the top, this one explains it: no byte is idle.
    assert used_bytes(live) == drawn.size


def test_bytes_that_two_share_count_once():
    at = [
        Rectangle("a", Kind.PORT, 0, 1, 0, 10),
        Rectangle("b", Kind.PORT, 0, 1, 6, 10),
    ]
    assert used_bytes(at) == 16


def test_the_caption_says_when_and_what():
    caption = peak_caption(small_map())
    assert caption == "peak: 164 bytes at step 0: y 100, x 64"
    crowded = small_map(
        rectangles=tuple(
            Rectangle(f"t{n}", Kind.PORT, 1, 2, 8 * n, 8) for n in range(6)
        )
    )
    assert "steps 1 to 4" in peak_caption(crowded)
    assert peak_caption(crowded).endswith("t3 8, 2 smaller")


def test_the_svg_has_one_rectangle_a_buffer_within_the_view_box(rungs):
    for rung in rungs:
        drawn = arena_map(rung.program)
        root = ElementTree.fromstring(arena_svg(drawn))
        _, _, width, height = map(float, root.get("viewBox").split())
        boxes = [
            r for r in root.iter(f"{SVG}rect") if r.find(f"{SVG}title") is not None
        ]
        assert len(boxes) == len(drawn.rectangles)
        for box in root.iter(f"{SVG}rect"):
            x, y = float(box.get("x", 0)), float(box.get("y", 0))
            assert 0 <= x <= x + float(box.get("width")) <= width
            assert 0 <= y <= y + float(box.get("height")) <= height


def test_names_do_not_lie_over_one_another(rungs):
    for rung in rungs:
        drawn = arena_map(rung.program)
        names = labels_of(drawn, Scale(40.0, len(drawn.steps), drawn.size))
        assert len(names) >= 2
        for a, b in itertools.combinations(names, 2):
            assert not a.meets(b), (a.text, b.text)


def test_a_name_stands_where_its_rectangle_is_alone_or_else_in_one_step():
    boxes = [Rectangle(f"t{n}", Kind.ACTIVATION, n, n + 2, 0, 99) for n in range(3)]
    drawn = small_map(rectangles=tuple(boxes), steps=((0, 0),) * 4)
    scale = Scale(50.0, 4, 100)
    found = {label.text: label.x for label in labels_of(drawn, scale)}
    assert found == {"t0": scale.x(0.5), "t1": scale.x(1.5), "t2": scale.x(3.5)}


def test_the_svg_draws_bytes_to_scale():
    root = ElementTree.fromstring(arena_svg(small_map()))
    heights = {
        box.find(f"{SVG}title").text.split()[0]: float(box.get("height"))
        for box in root.iter(f"{SVG}rect")
        if box.find(f"{SVG}title") is not None
    }
    assert heights["y"] / heights["x"] == pytest.approx(100 / 64, rel=1e-3)


def test_a_tooltip_has_name_bytes_and_steps():
    titles = [t.text for t in ElementTree.fromstring(arena_svg(small_map())).iter()
              if t.tag == f"{SVG}title"]  # fmt: skip
    assert "3 rows of r (rows of a stream): 48 bytes from 0, steps 1 to 4" in titles


def test_each_technique_says_what_it_saves_and_what_the_peak_is(page, rungs):
    text = _Page(page).text
    for before, after in pairwise(rungs):
        a, b = before.arena_bytes, after.arena_bytes
        assert ("no smaller" if a == b else f"{100 * (b - a) / a:+.1f} %") in text
    for rung in rungs:
        arena = arena_map(rung.program)
        first, last = arena.steps[arena.peak]
        names = [s.layer.op.name for s in rung.program.steps[first : last + 1]]
        assert f"{', '.join(names)}; {peak_caption(arena)}" in text


def test_a_small_drawing_is_on_the_scale_that_it_is_told():
    """Beside an arena of four times its size it fills a quarter of the height."""
    arena = small_map()
    svg = ElementTree.fromstring(arena_thumbnail(arena, 4 * arena.size))
    boxes = [r for r in svg if "box" in r.get("class", "")]
    assert len(boxes) == len([r for r in arena.rectangles if r.size])
    assert min(float(box.get("y")) for box in boxes) == pytest.approx(
        0.75 * HEIGHT, 0.01
    )
    (level,) = [shape for shape in svg if shape.get("class") == "level"]
    assert float(level.get("y1")) == pytest.approx(0.75 * HEIGHT, 0.01)


@pytest.mark.parametrize(
    "changes", [{"rectangles": ()}, {"steps": (), "parts": in_ram(0)}]
)
def test_an_empty_arena_can_be_drawn_small(changes):
    ElementTree.fromstring(arena_thumbnail(small_map(**changes), 0))


def test_hostile_names_stay_text_in_the_svg():
    text = arena_svg(small_map(HOSTILE, model=HOSTILE))
    root = ElementTree.fromstring(text)
    assert text.isascii()
    assert "<script" not in text
    assert {e.tag for e in root.iter()} == {
        f"{SVG}{tag}" for tag in ("svg", "title", "style", "rect", "line", "text")
    }
    assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": (), "rectangles": (), "parts": in_ram(0), "lower_bound": 0},
        {"parts": in_ram(1)},
    ],
)
def test_an_empty_or_tiny_arena_can_be_drawn(changes):
    ElementTree.fromstring(arena_svg(small_map(**changes)))


def test_an_arena_in_two_rams_has_two_lanes_each_counted_from_0():
    dtcm = Part(Region("dtcm", Memory(0, 64)), 0, 64)
    ram = Part(Region("ram", Memory(0, 256)), 64, 100)
    drawn = small_map(parts=(dtcm, ram))

    assert drawn.bytes == drawn.size == 164
    assert drawn.peak == 0  # 64 and 100 bytes; 48 and 100 after
    svg = arena_svg(drawn)
    assert "net: 164 bytes of arena: 64 in dtcm, 100 in ram" in svg
    texts = [e.text for e in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert {"dtcm", "ram"} <= set(texts)
    assert texts.count("0") == 3  # of two lanes, and step 0
    assert "y (activation): 100 bytes from 0 of ram" in svg


def test_the_same_model_gives_the_same_picture(plugins, program):
    again = compile_model(
        load_model(SAMPLE), plugins.board("host"), Options(), load_plugins()
    )
    assert arena_svg(arena_map(again)) == arena_svg(arena_map(program))


class _Page(HTMLParser):
    """Collects a page's tags and attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(program, plugins, rungs):
    fits = [
        fit(program, board, plugins.planner(None)) for board in plugins.boards.values()
    ]
    return html_report(program, SAMPLE.read_bytes(), rungs, fits)


def test_the_page_needs_nothing_from_elsewhere(page):
    found = _Page(page)
    assert not {"script", "link", "img", "iframe", "object"} & set(found.tags)
    assert not {"src", "href", "srcset", "data"} & {
        name for name, _ in found.attributes
    }
    assert not re.search(r"url\(|@import", page)
    assert set(re.findall(r"https?://[^\"\s]*", page)) == {"http://www.w3.org/2000/svg"}


def test_the_page_has_pictures_layers_and_boards(page, program, rungs, plugins):
    found = _Page(page)
    assert found.tags.count("svg") == 1 + 2 * len(rungs)
    assert "SHA-256" in found.text
    for rung in rungs:
        assert rung.technique.title in found.text
        assert f"{rung.arena_bytes:,}" in found.text
    for name in plugins.boards:
        assert name in found.text
    assert all(str(step.layer.op) in found.text for step in program.steps)


def test_hostile_names_stay_text_in_the_page(program, rungs):
    model = dataclasses.replace(program.model, name=HOSTILE)
    text = html_report(dataclasses.replace(program, model=model), b"", rungs, [])
    assert text.isascii()
    assert "script" not in _Page(text).tags
    assert "<script" not in text
    assert not any(name.startswith("on") for name, _ in _Page(text).attributes)
