"""Find the plugins and collect what they offer."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Protocol, TypeVar

import pluggy

from mcu_convert import hookspecs
from mcu_convert.errors import PluginError, UnknownNameError

if TYPE_CHECKING:
    import jinja2

    from mcu_convert.boards import Board
    from mcu_convert.kernels import Kernel
    from mcu_convert.memory import Planner
    from mcu_convert.ops.decoding import Operator
    from mcu_convert.passes import Pass

BUILTIN_PLUGINS = (
    "op_fusion",
    "kernels",
    "inplace_depthwise",
    "custom_operators",
    "signal",
    "memory_scheduling",
    "boards",
)
"""Folders of ``mcu_convert_plugins``, in the order in which they register."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that is installed: its name, where it comes from, what it is for."""

    name: str
    origin: str
    summary: str
    hooks: tuple[str, ...]


class Plugins:
    """The plugins in use, and what they offer, each thing by its name."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        hook = manager.hook
        self.operators: tuple[Operator, ...] = tuple(
            _by_name("custom operator", _collect(hook.register_operators)).values()
        )
        self.passes: tuple[Pass, ...] = _collect(hook.register_passes)
        self.kernels: tuple[Kernel, ...] = _collect(hook.register_kernels)
        self.planners: Mapping[str, Planner] = _by_name(
            "planner", _collect(hook.register_planners)
        )
        self.boards: Mapping[str, Board] = _by_name(
            "board", _collect(hook.register_boards)
        )

    def board(self, name: str) -> Board:
        """Return a board by its name, or raise `UnknownNameError`."""
        board: Board = pick("board", name, self.boards)
        return board

    def planner(self, name: str | None) -> Planner | None:
        """Return a planner by its name; by default the first, if there is any."""
        if name is None:
            return next(iter(self.planners.values()), None)
        planner: Planner = pick("planner", name, self.planners)
        return planner

    @property
    def templates(self) -> Mapping[str, jinja2.BaseLoader]:
        """The template folders, by prefix."""
        loaders: dict[str, jinja2.BaseLoader] = {}
        for found in reversed(self._manager.hook.register_templates()):
            for prefix, loader in found.items():
                if prefix in loaders:
                    raise PluginError(f"two plugins have templates under {prefix!r}")
                loaders[prefix] = loader
        return loaders

    def listing(self) -> tuple[Plugin, ...]:
        """Describe each plugin in use, in the order in which they registered."""
        return tuple(
            Plugin(
                name=name,
                origin=getattr(module, "__name__", str(module)),
                summary=(getattr(module, "__doc__", "") or "").strip().split("\n")[0],
                hooks=tuple(
                    h.name for h in self._manager.get_hookcallers(module) or ()
                ),
            )
            for name, module in self._manager.list_name_plugin()
            if module is not None
        )


def load_plugins(without: Collection[str] = ()) -> Plugins:
    """Register the built-in plugins, then those installed, in order of name.

    Raises `UnknownNameError` for a name in ``without`` that no plugin has.
    """
    manager = pluggy.PluginManager("mcu_convert")
    manager.add_hookspecs(hookspecs)
    found = metadata.entry_points(group="mcu_convert")
    others = {point.name: point for point in sorted(found, key=lambda e: e.name)}
    names = (*BUILTIN_PLUGINS, *others)
    for name in without:
        pick("plugin", name, {known: known for known in names})
    for name in BUILTIN_PLUGINS:
        if name not in without:
            module = importlib.import_module(f"mcu_convert_plugins.{name}")
            manager.register(module, name=name)
    for name, point in others.items():
        if name not in without:
            manager.register(_load(point), name=name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise PluginError(str(error)) from None
    return Plugins(manager)


def _load(point: metadata.EntryPoint) -> object:
    try:
        return point.load()
    except Exception as error:  # whatever a third party's module may raise
        message = f"plugin {point.name!r} ({point.value}) does not load: {error}"
        raise PluginError(message) from error


class Named(Protocol):
    """Anything with a name."""

    @property
    def name(self) -> str: ...


_T = TypeVar("_T")
_N = TypeVar("_N", bound=Named)


def pick(kind: str, name: str, options: Mapping[str, _T]) -> _T:
    """Return one of several things by its name, or say which there are.

    >>> pick("board", "hots", {"host": 1})
    Traceback (most recent call last):
    mcu_convert.errors.UnknownNameError: no board named 'hots'; there are: host
    """
    if name not in options:
        names = ", ".join(sorted(options)) or "none"
        raise UnknownNameError(f"no {kind} named {name!r}; there are: {names}")
    return options[name]


def _collect(hook: pluggy.HookCaller) -> tuple[_T, ...]:
    # pluggy calls the last registered first; we want the built-in ones first.
    return tuple(chain.from_iterable(reversed(hook())))


def _by_name(kind: str, things: Iterable[_N]) -> Mapping[str, _N]:
    named: dict[str, _N] = {}
    for thing in things:
        if thing.name in named:
            raise PluginError(f"two plugins offer a {kind} named {thing.name!r}")
        named[thing.name] = thing
    return named
