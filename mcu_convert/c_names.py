"""Names in the generated C: legal, unique, and taken from the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

_RESERVED = frozenset(
    "alignas alignof and asm auto bitand bitor bool break case catch char class compl"
    " const constexpr continue decltype default delete do double else enum explicit"
    " export extern false float for friend goto if inline int int8_t int16_t int32_t"
    " int64_t long main mutable namespace new noexcept not nullptr operator or private"
    " protected public register restrict return short signed sizeof static struct"
    " switch template this throw true try typedef typeid typename uint8_t uint16_t"
    " uint32_t uint64_t union unsigned using virtual void volatile while xor".split()
)
_LONGEST = 60


def identifier(text: str) -> str:
    """Turn any text into an identifier of C and of C++, in lower case.

    >>> identifier("model/conv2d_1/Relu;model/conv2d_1/BiasAdd:0")
    'model_conv2d_1_relu'
    >>> identifier("2nd input"), identifier("int"), identifier("*/")
    ('n2nd_input', 'n_int', 'n')
    """
    name = re.sub(r"[^0-9a-z]+", "_", label(text).lower()).strip("_")
    while len(name) > _LONGEST:
        name = name[1:] if "_" not in name else name.partition("_")[2]
    if name in _RESERVED:
        return f"n_{name}"
    return f"n{name}" if not name or name[0].isdigit() else name


def label(text: str) -> str:
    """Return the part of a tensor's name that tells it from others.

    TensorFlow joins names of fused operators and puts words around an author's.

    >>> label("model/conv/Relu;model/conv/BiasAdd"), label("serving_default_image:0")
    ('model/conv/Relu', 'image')
    """
    return text.split(";")[0].removeprefix("serving_default_").removesuffix(":0")


def labels(texts: Iterable[str]) -> dict[str, str]:
    """Return labels that differ, less the first folder where all are in the same.

    >>> labels(["net/a/Relu", "net/b/Relu", "image"])
    {'net/a/Relu': 'a/Relu', 'net/b/Relu': 'b/Relu', 'image': 'image'}
    >>> labels(["a;x", "a;y"])
    {'a;x': 'a', 'a;y': 'a 2'}
    """
    short = {text: label(text) for text in texts}
    folders = {name.split("/")[0] for name in short.values() if "/" in name}
    folder = f"{folders.pop()}/" if len(folders) == 1 else ""
    used: Counter[str] = Counter()
    named = {}
    for text, name in short.items():
        name = name.removeprefix(folder)
        used[name] += 1
        named[text] = name if used[name] == 1 else f"{name} {used[name]}"
    return named


def identifiers(texts: Iterable[str], taken: Collection[str] = ()) -> dict[str, str]:
    """Give each text an identifier of its own, other than those taken.

    >>> identifiers(["a/b", "a:b", "c"], taken=["c"])
    {'a/b': 'a_b', 'a:b': 'a_b_2', 'c': 'c_2'}
    """
    names: dict[str, str] = {}
    used = set(taken)
    for text in dict.fromkeys(texts):
        base = name = identifier(text)
        number = 2
        while name in used:
            name, number = f"{base}_{number}", number + 1
        used.add(name)
        names[text] = name
    return names


def comment(text: str, longest: int = 60) -> str:
    """Make any text safe inside a C comment, and short.

    >>> comment("a */ b"), comment("line\\nbreak"), comment("x" * 99, longest=8)
    ('a * / b', 'line break', 'xxxxx...')
    """
    plain = re.sub(r"[^\x20-\x7e]+", " ", text).replace("*/", "* /")
    # A backslash at the end of a line, or ??/ in old C, would join lines.
    plain = plain.replace("\\", "/").replace("/*", "/ *").replace("??", "? ?")
    return plain if len(plain) <= longest else plain[: longest - 3] + "..."
