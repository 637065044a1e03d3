"""Reads a pickle without running it: its opcodes make plain values, and inert records of what they would have called.

Everything is bounded: opcodes, bytes, and the memory that text may take. Values are numbers, texts, `None`, lists,
tuples and dictionaries with keys of text or small numbers (entries with other keys are dropped), `Global`,
`PickledCall`, and `OPAQUE` for what cannot matter here. The values may refer to themselves: who walks them has to
count.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from convlint.typed import Any, NamedTuple, Protocol
from convlint.weight_files.tensors import WeightsError


class PickleLimits(NamedTuple):
    """What one pickle may cost: opcodes, bytes that are passed, and bytes of text that are kept."""

    steps: int = 2_000_000
    bytes: int = 256 * 1024 * 1024
    text: int = 32 * 1024 * 1024


class Stream(Protocol):
    """Where the bytes of a pickle come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes."""

    def readline(self, size: int, /) -> bytes:
        """A line of at most so many bytes."""


class Global:
    """A name that the pickle would have imported."""

    __slots__ = ("module", "name")

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name


class PickledCall:
    """What the pickle would have made by calling something: `state`, `items` and `elements` were given to it later."""

    __slots__ = ("arguments", "elements", "function", "items", "state")

    def __init__(self, function: Any, arguments: Any) -> None:
        self.function = function
        self.arguments = arguments
        self.state: object = None
        self.items: dict[object, object] = {}
        self.elements: list[object] = []


class _Opaque:
    __slots__ = ()


OPAQUE = _Opaque()
"""A value that is of no use here: long data, buffers, extensions."""
PERSISTENT = Global("", "persistent_load")
"""The function of a `PickledCall` that stands for data outside the pickle; its arguments are what names the data."""

_LONGEST_KEPT = 65_536
_LONGEST_LINE = 4_096
_LONGEST_INTEGER = 64
_LARGEST_KEY = 2**59
_CHUNK = 65_536
_PAIR = 128
"""How many bytes a pair counts that a dictionary is made of anew."""
_TOO_LARGE = "holds a pickle that is larger than any network's"
_MARK: object = object()
_DICTIONARIES = frozenset((("collections", "OrderedDict"), ("builtins", "dict"), ("__builtin__", "dict")))
_SET = Global("builtins", "set")


def _outside(identity: object) -> object:
    return PickledCall(PERSISTENT, identity)


def load(
    stream: Stream, persistent: Callable[[object], object] = _outside, limits: PickleLimits = PickleLimits()
) -> Any:
    """The value of the pickle that begins here; nothing behind it is read. Raises WeightsError.

    `persistent` gives what a reference to data outside the pickle stands for.
    """
    try:
        return _Machine(stream, persistent, limits).run()
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, EOFError, struct.error) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError("is damaged: its pickle breaks off or makes no sense") from None


class _Machine:
    """The stack, the marks and the memo of one pickle."""

    def __init__(self, stream: Stream, persistent: Callable[[object], object], limits: PickleLimits) -> None:
        self._persistent = persistent
        self._read = stream.read
        self._readline = stream.readline
        self._limits = limits
        self._passed = 0
        self._kept = 0
        self._stack: list[object] = []
        self._memo: dict[int, object] = {}

    def run(self) -> object:
        """Follows the opcodes up to STOP."""
        read, most, handlers = self._read, self._limits.steps, _HANDLERS
        for _ in range(most):
            code = read(1)
            if code == b".":
                return self._stack[-1]
            handlers[code[0]](self)
        raise WeightsError(_TOO_LARGE)

    # --- bytes

    def _pass(self, size: int) -> None:
        self._passed += size
        if self._passed > self._limits.bytes:
            raise WeightsError(_TOO_LARGE)

    def _bytes(self, size: int) -> bytes:
        """Exactly so many bytes; no more than a chunk."""
        self._pass(size)
        data = self._read(size)
        if len(data) != size:
            raise EOFError
        return data

    def _number(self, layout: str) -> int:
        number: int = struct.unpack(layout, self._bytes(struct.calcsize(layout)))[0]
        return number

    def _double(self) -> float:
        double: float = struct.unpack(">d", self._bytes(8))[0]
        return double

    def _line(self) -> bytes:
        line = self._readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise EOFError
        self._pass(len(line))
        return line[:-1]

    def _data(self, size: int) -> object:
        """So many bytes; OPAQUE where they are too long to be a name."""
        if size < 0:
            raise ValueError
        if size <= _LONGEST_KEPT:
            self._kept += size
            if self._kept > self._limits.text:
                raise WeightsError(_TOO_LARGE)
            return self._bytes(size)
        for begin in range(0, size, _CHUNK):
            self._bytes(min(_CHUNK, size - begin))
        return OPAQUE

    def _text(self, size: int) -> object:
        data = self._data(size)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else data

    def _integer(self, size: int) -> object:
        if not 0 <= size <= _LONGEST_INTEGER:
            return self._data(size) and OPAQUE
        return int.from_bytes(self._bytes(size), "little", signed=True)

    # --- the stack

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _marked(self) -> list[object]:
        """What stands above the last mark; both are taken off."""
        stack = self._stack
        position = len(stack) - 1
        while stack[position] is not _MARK:
            if not position:
                raise IndexError
            position -= 1
        values = stack[position + 1 :]
        del stack[position:]
        return values

    def _fill(self, pairs: list[object]) -> None:
        """Gives key and value pairs to what stands on top."""
        target = self._stack[-1]
        if isinstance(target, PickledCall):
            target = target.items
        if isinstance(target, dict):
            target.update(_entries(pairs))

    def _extend(self, values: list[object]) -> None:
        target = self._stack[-1]
        if isinstance(target, PickledCall):
            target = target.elements
        if isinstance(target, list):
            target.extend(values)

    def _call(self, function: object, arguments: object) -> None:
        is_dictionary = isinstance(function, Global) and (function.module, function.name) in _DICTIONARIES
        self._push(self._dictionary(arguments) if is_dictionary else PickledCall(function, arguments))

    def _dictionary(self, arguments: object) -> dict[object, object]:
        """A dictionary of the arguments of its class: none, or a list of pairs, or another, which is not copied."""
        pairs = arguments[0] if isinstance(arguments, tuple) and arguments else ()
        if isinstance(pairs, dict):
            return pairs
        found: dict[object, object] = {}
        for pair in pairs if isinstance(pairs, (list, tuple)) else ():
            self._pass(_PAIR)  # the same list may be asked for again and again
            if isinstance(pair, (list, tuple)) and len(pair) == 2 and _is_key(pair[0]):
                found[pair[0]] = pair[1]
        return found

    def _find(self, module: object, name: object) -> None:
        self._push(Global(module, name) if isinstance(module, str) and isinstance(name, str) else OPAQUE)

    def _remember(self, key: int) -> None:
        self._memo[key] = self._stack[-1]

    def _build(self) -> None:
        state = self._stack.pop()
        target = self._stack[-1]
        if isinstance(target, PickledCall):
            target.state = state

    def _reduce(self) -> None:
        arguments = self._stack.pop()
        self._call(self._stack.pop(), arguments)

    def _new(self, values: int) -> None:
        """NEWOBJ and NEWOBJ_EX: a class, positional arguments, and for the latter named ones."""
        taken = self._stack[-values:]
        del self._stack[-values:]
        self._call(taken[0], taken[1])

    def _instance(self, module: bytes, name: bytes) -> None:
        self._call(Global(_ascii(module), _ascii(name)), tuple(self._marked()))

    def _object(self) -> None:
        values = self._marked()
        self._call(values[0], tuple(values[1:]))

    def _add_item(self) -> None:
        pair = self._stack[-2:]
        del self._stack[-2:]
        self._fill(pair)

    def _tuple(self, size: int) -> None:
        values = tuple(self._stack[-size:])
        if len(values) != size:
            raise IndexError
        del self._stack[-size:]
        self._push(values)

    def _pop(self) -> None:
        self._stack.pop()

    def _skip_extension(self, size: int) -> None:
        self._bytes(size)
        self._push(OPAQUE)


def _entries(values: list[object]) -> list[tuple[object, object]]:
    """The pairs whose keys can be looked up without a danger of many that collide."""
    return [(values[i], values[i + 1]) for i in range(0, len(values) - 1, 2) if _is_key(values[i])]


def _is_key(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and -_LARGEST_KEY < value < _LARGEST_KEY)


def _ascii(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _quoted(line: bytes) -> str:
    """The text of a protocol 0 STRING; escapes stay as they are, for no name of a tensor has any."""
    return _ascii(line.strip()[1:-1])


def _written_integer(line: bytes) -> object:
    if line in (b"00", b"01"):
        return line == b"01"
    return int(line.rstrip(b"L")) if len(line) <= _LONGEST_INTEGER else OPAQUE


def _written_float(line: bytes) -> float:
    return float(line) if len(line) <= _LONGEST_INTEGER else 0.0


_Handler = Callable[[_Machine], object]
_HANDLERS: dict[int, _Handler] = {
    ord("("): lambda m: m._push(_MARK),
    ord("0"): lambda m: m._pop(),
    ord("1"): lambda m: m._marked(),
    ord("2"): lambda m: m._push(m._stack[-1]),
    ord("F"): lambda m: m._push(_written_float(m._line())),
    ord("I"): lambda m: m._push(_written_integer(m._line())),
    ord("J"): lambda m: m._push(m._number("<i")),
    ord("K"): lambda m: m._push(m._number("<B")),
    ord("L"): lambda m: m._push(_written_integer(m._line())),
    ord("M"): lambda m: m._push(m._number("<H")),
    ord("N"): lambda m: m._push(None),
    ord("P"): lambda m: m._push(m._persistent(_ascii(m._line()))),
    ord("Q"): lambda m: m._push(m._persistent(m._stack.pop())),
    ord("R"): lambda m: m._reduce(),
    ord("S"): lambda m: m._push(_quoted(m._line())),
    ord("T"): lambda m: m._push(m._text(m._number("<i"))),
    ord("U"): lambda m: m._push(m._text(m._number("<B"))),
    ord("V"): lambda m: m._push(_ascii(m._line())),
    ord("X"): lambda m: m._push(m._text(m._number("<I"))),
    ord("a"): lambda m: m._extend([m._stack.pop()]),
    ord("b"): lambda m: m._build(),
    ord("c"): lambda m: m._find(_ascii(m._line()), _ascii(m._line())),
    ord("d"): lambda m: m._push(dict(_entries(m._marked()))),
    ord("e"): lambda m: m._extend(m._marked()),
    ord("g"): lambda m: m._push(m._memo[int(m._line())]),
    ord("h"): lambda m: m._push(m._memo[m._number("<B")]),
    ord("i"): lambda m: m._instance(m._line(), m._line()),
    ord("j"): lambda m: m._push(m._memo[m._number("<I")]),
    ord("l"): lambda m: m._push(m._marked()),
    ord("o"): lambda m: m._object(),
    ord("p"): lambda m: m._remember(int(m._line())),
    ord("q"): lambda m: m._remember(m._number("<B")),
    ord("r"): lambda m: m._remember(m._number("<I")),
    ord("s"): lambda m: m._add_item(),
    ord("t"): lambda m: m._push(tuple(m._marked())),
    ord("u"): lambda m: m._fill(m._marked()),
    ord("}"): lambda m: m._push({}),
    ord("]"): lambda m: m._push([]),
    ord(")"): lambda m: m._push(()),
    ord("G"): lambda m: m._push(m._double()),
    ord("B"): lambda m: m._push(m._data(m._number("<I"))),
    ord("C"): lambda m: m._push(m._data(m._number("<B"))),
    0x80: lambda m: m._bytes(1),
    0x81: lambda m: m._new(2),
    0x82: lambda m: m._skip_extension(1),
    0x83: lambda m: m._skip_extension(2),
    0x84: lambda m: m._skip_extension(4),
    0x85: lambda m: m._tuple(1),
    0x86: lambda m: m._tuple(2),
    0x87: lambda m: m._tuple(3),
    0x88: lambda m: m._push(True),
    0x89: lambda m: m._push(False),
    0x8A: lambda m: m._push(m._integer(m._number("<B"))),
    0x8B: lambda m: m._push(m._integer(m._number("<i"))),
    0x8C: lambda m: m._push(m._text(m._number("<B"))),
    0x8D: lambda m: m._push(m._text(m._number("<Q"))),
    0x8E: lambda m: m._push(m._data(m._number("<Q"))),
    0x8F: lambda m: m._push(PickledCall(_SET, ())),
    0x90: lambda m: m._extend(m._marked()),
    0x91: lambda m: m._push(PickledCall(_SET, (m._marked(),))),
    0x92: lambda m: m._new(3),
    0x93: lambda m: m._find(*_last_two(m._stack)),
    0x94: lambda m: m._remember(len(m._memo)),
    0x95: lambda m: m._bytes(8),
    0x96: lambda m: m._push(m._data(m._number("<Q"))),
    0x97: lambda m: m._push(OPAQUE),
    0x98: lambda m: None,
}
"""What each opcode does, by its byte; see the table of the module `pickletools`."""


def _last_two(stack: list[object]) -> tuple[object, object]:
    second = stack.pop()
    return stack.pop(), second
