"""What a hostile or unlucky person may write: values, structures, and real files with something broken in them."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
FILES = [path.read_text() for path in sorted(ROOT.glob("segments_yaml/*/*.yml"))]

# Texts that are values like any other, however they look.
VALUES = [
    *("'", "''", '"', '""', "`", "\\", "\\'", "\\\\'", "'; drop table profiles.profiles; --", "' or '1'='1"),
    *("/*", "*/", "/* */", "--", "-- x\n", "#", "$$", "$1", ":x", "?", "%s", "%(x)s", "@x", "&x", "*x", "!x", "\x1f"),
    *("{{", "}}", "{{ this }}", "{%", "{% endraw %}", "{% raw %}", "{#", "#}", "{{{", "{{'{{'}}", "{ {", "{%- x -%}"),
    *("{{ env_var('HOME') }}", "{% do run_query('drop table x') %}", "{{ ref('profiles') }}", "{", "{'||'{"),
    *(
        "\u202eevil",
        "\u2066x\u2069",
        "\ufeff",
        "\u200b",
        "é",
        "e\u0301",
        "🛒",
        "\U0010fffd",
        "\u2028",
        "\u2029",
        "\x85",
    ),
    *(
        "\t",
        " x ",
        "\n",
        "a\nb",
        "E'\\x27'",
        "N'x'",
        "r'x'",
        "U&'\\0027'",
        "chr(39)",
        "null",
        "~",
        "true",
        "1e999",
        "-0",
    ),
    *("0x41", "9" * 400, "x" * 1000, "(select 1)", "cast('1' as int)", "%", "_", "[", "(?i)x", "a{1,3}", "${HOME}"),
]
# Texts that cannot be stored faithfully in every warehouse.
UNSTORABLE = ["\0", "a\0b", "\r", "\r\n", "\ud800", "\udfff", "\ufffe", "\uffff"]
ANYTHING: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**15, 10**400, -(10**18), 1e308, [], {}, [[]], [None], {"a": None}, {"": ""}),
    *(
        [1, "x"],
        {"is": "x"},
        {"did": "order_placed"},
        ["a"] * 1001,
        "",
        " ",
        "3 days",
        "99999 years",
        "0 days",
        "1 DAY",
    ),
    *(
        "2026-02-30",
        "2026-1-1",
        "0000-01-01",
        "9999-12-31",
        "30%",
        "101%",
        "0%",
        "NaN",
        ".inf",
        "1_000",
        "0o7",
        "12:30",
    ),
]
BROKEN = [
    "a: &a [x]\nb: *a\n",
    "a: &a {b: *a}\n",
    "<<: {did: x}\n",
    "? {a: b}\n: c\n",
    "? |\n  x\n: y\n",
    "!!python/object/apply:os.system [id]\n",
    "%YAML 9.9\n---\na: b\n",
    "--- x\n--- y\n",
    "\ta: b\n",
    "a: b: c\n",
    "a: 'x\n",
    'a: "\\ud800"\n',
    'a: "\\U00110000"\n',
    "a: |9\n x\n",
    "[" * 200,
    "{a: " * 200,
    "- " * 500 + "x",
    "a:\n" + "".join(" " * n + "a:\n" for n in range(1, 300)),
    "x" * 70_000,
    "a: " + "9" * 5000 + "\n",
    "\n".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)),
    "\ufeffsegment: a\n",
    "...\n",
    "# only a comment\n",
    "\u2028segment: a\u2028who: x\n",
    "segment: a\x85title: b\x85who: [x]\n",
]
PIECES = [*VALUES, *UNSTORABLE, *BROKEN, *(str(one) for one in ANYTHING), ": ", "- ", "\n", "  ", "[", "]", "}", ","]


def quoted(value: str) -> str:
    """The value between double quotes, as a YAML writer would escape it."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in value) + '"'


def broken_file(seed: int) -> str:
    """A real file with one to three things done to it."""
    random = Random(seed)
    text = random.choice(FILES)
    for _ in range(random.randint(1, 3)):
        text = random.choice(MISHAPS)(text, random)
    return text


def _cut(text: str, random: Random) -> str:
    return text[: random.randint(0, len(text))]


def _insert(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + random.choice(PIECES) + text[at:]


def _take_out(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    return text[:at] + text[at + random.choice([1, 2, 5, 20]) :]


def _replace_value(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    at = random.randrange(len(lines)) if lines else 0
    if lines and ":" in lines[at]:
        value = random.choice([quoted(random.choice(VALUES)), str(random.choice(ANYTHING)), random.choice(PIECES)])
        lines[at] = lines[at].partition(":")[0] + ": " + value + "\n"
    return "".join(lines)


def _repeat_line(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines, *(random.sample(lines, 1) if lines else [])])


def _swap_lines(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    random.shuffle(lines)
    return "".join(lines)


def _indent(text: str, random: Random) -> str:
    lines = text.splitlines(keepends=True)
    if lines:
        at = random.randrange(len(lines))
        lines[at] = random.choice(["  ", " ", "\t", "      "]) + lines[at]
    return "".join(lines)


MISHAPS: list[Callable[[str, Random], str]] = [
    *(_cut, _insert, _insert, _take_out, _replace_value, _replace_value, _repeat_line, _swap_lines, _indent),
]
anything = st.recursive(
    st.sampled_from([*ANYTHING, *VALUES]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["did", "is", "of", "who"]), inner),
    max_leaves=5,
)
