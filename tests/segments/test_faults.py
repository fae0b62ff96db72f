"""What a person is told when a file is wrong: every fault at once, at its line and column, never a stack trace."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import catalog, rule

from heddle.segments.advice import advise
from heddle.segments.compiler import DIALECTS
from heddle.segments.document import SIZE_LIMIT
from heddle.segments.experiments import check_salts
from heddle.segments.freshness import check_freshness
from heddle.segments.nesting import check_nesting
from heddle.segments.parse import parse_segment
from heddle.segments.segment import Segment
from heddle.segments.vocabulary import check_words

MANY = """segment: Abandoned
title: "{{ x }}"
whoo: 3
who:
  - did: x
    last_tme: {older_than: 1 hour}
    last_time: {older_than: 3, newer: 24 hours}
    where: {a: {iz: 3}, b: {}}
    count: {at_least: 0}
  - dod: x
  - did: x
    has: y
  - {}
  - trait: z
refresh: monthly
volume_guard: {min: 5, max: 3}
"""


def told(text: str) -> list[str]:
    """Faults of the text alone, else of its words."""
    parsed = parse_segment(text, "f.yml")
    if parsed.segment is None:
        return [str(fault) for fault in parsed.faults]
    return [str(parsed.document.locate(finding)) for finding in check_words(parsed.segment, catalog())]


def only(text: str) -> str:
    faults = told(text)
    assert len(faults) == 1, faults
    return faults[0]


def segment(text: str) -> Segment:
    parsed = parse_segment(text, "f.yml")
    assert parsed.segment is not None, parsed.faults
    return parsed.segment


def test_all_faults_at_once_with_line_and_column() -> None:
    assert told(MANY) == [
        "f.yml:1:10: a name has small letters, digits and _, and starts with a letter",
        "f.yml:2:8: template marks such as {{ are not allowed here; write plain words",
        "f.yml:3:1: unknown word 'whoo' (did you mean who?)",
        "f.yml:6:5: unknown word 'last_tme' (did you mean last_time or last_where?)",
        "f.yml:7:29: a duration is written like 3 days, 1 hour or 2 years",
        "f.yml:7:32: unknown word 'newer' (did you mean newer_than?)",
        "f.yml:8:17: unknown word 'iz' (did you mean size?)",
        "f.yml:8:28: a condition is missing, such as `is`, `above` or `is_set`",
        "f.yml:10:5: 'dod' is not a verb (did you mean did?)",
        "f.yml:11:5: one verb per rule, not did and has (start a new `-` line for each)",
        "f.yml:13:5: a rule is `verb: word` and its keys, never empty (such as `- did: order_placed`)",
        "f.yml:14:5: a condition is missing, such as `is`, `above` or `is_set`",
        "f.yml:15:10: refresh is `every 15 minutes`, `hourly`, `daily` or `daily at 06:00`",
        "f.yml:16:15: `min` is above `max`: every run would be blocked",
    ]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("{did: order_plced}", "4:11: unknown event 'order_plced' (did you mean order_placed?)"),
        ("{trait: town, is: x}", "4:13: unknown trait 'town' (did you mean city?)"),
        ("{has: kid}", "4:11: unknown relation 'kid' (known: child)"),
        ("{can_receive: pigeon}", "4:19: unknown channel 'pigeon' (known: email, sms)"),
        (
            "{did: order_placed, where: {chanel: web}}",
            "4:33: order_placed has no field 'chanel' (did you mean channel?)",
        ),
        ("{did: order_placed, since: cart_update}", "4:32: unknown event 'cart_update' (did you mean cart_updated?)"),
    ],
)
def test_s11_an_unknown_word_says_what_was_meant(who: str, expected: str) -> None:
    assert only(rule(who)) == f"f.yml:{expected}"


@pytest.mark.parametrize("who", ["{}", "did", "[]", "null", "{did: order_placed, has: child}", "{any_of: []}"])
def test_s11_an_empty_or_unparsable_rule_is_an_error(who: str) -> None:
    assert told(rule(who))


@pytest.mark.parametrize(
    "text", ["", "who: []", "segment: a\ntitle: b\nwho: []\n", "segment: a\ntitle: b\n", "- a", "a"]
)
def test_s11_an_empty_segment_is_an_error(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    ("who", "part"),
    [
        ("{trait: city, above: 5}", "`above` does not fit `city`, which is text"),
        ("{trait: city, is: 5}", "`city` is text and wants a text, not 5"),
        ("{trait: lifetime_value, is: many}", "wants a number"),
        ("{trait: lifetime_value, above: many}", "a number is expected"),
        ("{trait: renews_on, is: soon}", "wants a day"),
        ("{trait: renews_on, in_last: 3 hours}", "too fine"),
        ("{trait: city, matches: '(?=x)'}", "not portable"),
        ("{trait: city, matches: '['}", "not a regular expression"),
        ("{trait: lifetime_value, between: [9, 1]}", "[lowest, highest]"),
        ("{did: order_placed, sum: {of: channel, above: 1}}", "which is text and not a number"),
        ("{did: order_placed, sum: {of: order_total}}", "a comparison is missing"),
        ("{did: order_placed, within_last: 1 day, ever: yes}", "one window per rule"),
        ("{did: order_placed, last_time: {older_than: 2 days, newer_than: 1 day}}", "nothing can match"),
        ("{did: order_placed, favourite: {of: channel}}", "either `is` or `one_of`"),
        ("{did: order_placed, favourite: {of: chanel, is: web}}", "no field 'chanel'"),
        ("{did: order_placed, favourite: {of: channel, is: 5}}", "wants a text, not 5"),
        ("{did: order_placed, favourite: {of: channel, iz: web}}", "unknown word 'iz' (known: is, of, one_of)"),
        ("{did: order_placed, last_where: {chanel: web}}", "no field 'chanel'"),
        ("{did: order_placed, regularly: {every: week, at_least: 3}}", "written like 3 of 4"),
        ("{did: order_placed, regularly: {every: week, at_least: 5 of 4}}", "at most all of the periods"),
        ("{did: order_placed, regularly: {every: hour, at_least: 3 of 4}}", "'day', 'week', 'month' or 'year'"),
        (
            "{did: order_placed, within_last: 1 day, regularly: {every: day, at_least: 1 of 2}}",
            "leave out `within_last`",
        ),
        ("{trait: city, is: x, for_at_least: 3 days}", "no history of `city` is kept (traits with a history: plan, "),
        ("{near: {city: Krakuw, within_km: 5}}", "unknown city 'Krakuw' (did you mean krakow"),
        ("{near: {city: Cordoba, within_km: 5}}", "more than one Cordoba (add `country:`, one of AR, ES)"),
        ("{near: {city: Kraków, country: DE, within_km: 5}}", "no Kraków is known in DE (known in: PL)"),
        ("{near: {city: Kraków}}", "`within_km` is missing"),
        ("{near: {city: Kraków, within_km: 0}}", "above 0"),
        ("{near: {lat: 50, within_km: 5}}", "either `city`, or `lat` and `lon`"),
        ("{near: {lat: 95, lon: 9, within_km: 5}}", "between -90 and 90"),
        ("{near: {town: x, within_km: 5}}", "unknown word 'town'"),
        ("{in_list: fair_guest}", "unknown list 'fair_guest' (did you mean fair_guests?)"),
        ("{in_list: headless}", "no column identifier_type and no column identifier"),
        ("{sequence: []}", "2 to 10 steps"),
        ("{sequence: [{did: order_placed}]}", "2 to 10 steps"),
        ("{sequence: [{then: order_placed}, {then: order_placed}]}", "starts with `did: <event>`"),
        ("{sequence: [{did: order_placed}, {did: order_placed}]}", "step 2 is `then` or `then_not`"),
        ("{sequence: [{did: order_placed}, {than: order_placed}]}", "unknown word 'than' (did you mean then"),
        ("{sequence: [{did: order_placed}, {then: order_plced}]}", "did you mean order_placed"),
        ("{sequence: [{did: order_placed}, {then: cart_updated, where: {x: 1}}]}", "cart_updated has no field 'x'"),
        ("{sequence: [{did: order_placed}, {then: ticket_opened}], same: cart_id}", "ticket_opened has no field"),
    ],
)
def test_s12_a_condition_that_does_not_fit_is_an_error(who: str, part: str) -> None:
    assert part in only(rule(who))


def test_per_needs_a_rule_that_carries_the_key() -> None:
    assert "unknown member key 'cart' " in only(rule("{did: cart_updated}", per="cart"))
    assert "carries `cart_id`" in only(rule("{did: ticket_opened}", per="cart_id"))
    assert "carries `cart_id`" in only(rule("{did: ticket_opened}\n{did_not: cart_updated}", per="cart_id"))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("a: 1\na: 2\n", "written twice"),
        ("a: !!python/object:os.system x", "tags"),
        ("a: " + "[" * 1000, "nested too deep"),
        ("---\na: 1\n---\nb: 1\n", "second YAML document"),
        ("a: [", "not valid YAML"),
        ("a: '\0'", "not valid YAML"),
        ('a: "\\0"', "cannot be stored"),
        ("a: b\n" * SIZE_LIMIT, "larger than 64 kB"),
        ("? [a]\n: b\n", "a key must be a word"),
    ],
)
def test_hostile_yaml_is_refused(text: str, part: str) -> None:
    assert any(part in fault for fault in told(text)), told(text)


def test_plain_words_keep_their_spelling() -> None:
    found = segment(rule("{trait: country, one_of: [NO, yes, 007, 1e3, '12']}")).rules[0]
    assert found.one_of == ("NO", "yes", "007", "1e3", "12")


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_segment_or_has_faults(text: str) -> None:
    parsed = parse_segment(text, "f.yml")
    assert parsed.segment is not None or parsed.faults


WORDS = st.sampled_from(["did", "order_placed", "{{", "'", "3 days", "~"])
KEYS = st.sampled_from(["who", "did", "where", "count", "any_of", "trait", "is"])


@given(st.recursive(WORDS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=12))
@settings(max_examples=150, deadline=None)
def test_any_structure_is_a_segment_or_has_faults(data: object) -> None:
    text = f"segment: a\ntitle: b\nwho: {data!r}\n"
    assert told(text) or segment(text)


def test_s10_a_cycle_is_named() -> None:
    segments = {name: nested(name, to) for name, to in {"a": "b", "b": "c", "c": "a"}.items()}
    assert check_nesting(segments, segments)["a"][0].what == "a cycle: a -> b -> c -> a"
    assert check_nesting({"a": nested("a", "a")}, ["a"])["a"][0].what == "a cycle: a -> a"


def test_s10_a_chain_over_three_is_too_deep() -> None:
    chain = {name: nested(name, to) for name, to in zip("abcd", "bcde", strict=True)} | {
        "e": segment(rule("{did: order_placed}"))
    }
    found = check_nesting(chain, chain)
    assert found["a"][0].what == "nested 4 deep, at most 3: a -> b -> c -> d -> e"
    assert found["b"] == []


def test_an_unknown_segment_says_what_was_meant() -> None:
    finding = check_nesting({"a": nested("a", "vips")}, ["a", "vip"])["a"][0]
    assert (finding.what, finding.hint) == ("unknown segment 'vips'", "did you mean vip?")


def nested(name: str, to: str) -> Segment:
    return segment(f"segment: {name}\ntitle: x\nwho:\n  - did: order_placed\nexclude: [{to}]\n")


def advice(text: str) -> list[str]:
    return [finding.what for finding in advise(segment(text), catalog())]


def test_s04_the_linter_says_that_a_lone_did_not_is_everybody() -> None:
    assert "runs over every known profile" in advice(rule("{did_not: order_placed}"))[0]
    assert advice(rule("{did: cart_updated}\n{did_not: order_placed}")) == []


def test_s12_a_window_longer_than_the_retention_is_a_warning() -> None:
    who = "{did: order_placed}\n{did_not: product_viewed, within_last: %s}"
    assert "kept for 90 days only" in advice(rule(who % "91 days"))[0]
    assert advice(rule(who % "90 days")) == []
    often = "{did: order_placed}\n{did_not: product_viewed, regularly: {every: week, at_least: 2 of 20}}"
    assert "asks for 20 weeks" in advice(rule(often))[0]


def test_s12_last_time_without_an_end_in_a_trigger_is_a_warning() -> None:
    who = "{did: cart_updated, last_time: {older_than: 1 hour}}"
    assert "without `newer_than`" in advice(rule(who, refresh="hourly"))[0]
    assert advice(rule(who, refresh="daily")) == []


def test_s12_a_refresh_slower_than_the_trigger_that_reads_it_is_a_warning() -> None:
    slow = segment(rule("{did: order_placed}", refresh="daily"))
    fast = segment(rule("{did: order_placed}\n{in_segment: slow}", refresh="every 15 minutes"))
    (found,) = check_freshness({"slow": slow, "fast": fast})["fast"]
    assert (found.path, found.severity) == (("who", 1, "in_segment"), "warning")
    assert found.what == "`slow` is refreshed daily, slower than this segment (every 15 minutes)"
    assert check_freshness({"slow": slow, "fast": slow}) == {"slow": [], "fast": []}


def test_s12_a_salt_used_twice_is_told() -> None:
    one = segment(rule("{did: order_placed}", sample="{percent: 5, salt: s}", holdout="{percent: 5, salt: s}"))
    found = check_salts({"a": one, "b": one})["a"]
    assert [finding.severity for finding in found] == ["error", "warning", "warning"]


def test_s08_a_split_needs_a_salt() -> None:
    assert "`salt` is missing" in only(rule("{did: order_placed}", sample="{percent: 5}"))


def test_the_six_dialects() -> None:
    assert set(DIALECTS) == {"duckdb", "postgres", "spark", "snowflake", "bigquery", "databricks"}


def test_personal_data_is_no_member_key() -> None:
    events = catalog().events
    cart_id = replace(events["cart_updated"].fields["cart_id"], pii=True)
    personal = replace(events["cart_updated"], fields={**events["cart_updated"].fields, "cart_id": cart_id})
    marked = replace(catalog(), events={**events, "cart_updated": personal})
    carts = segment("segment: a\ntitle: A\nper: cart_id\nwho: [{did: cart_updated}]\n")
    assert check_words(carts, catalog()) == []
    assert [finding.what for finding in check_words(carts, marked)] == [
        "'cart_id' is personal data, which is not stored as a member key"
    ]


def test_a_word_like_no_other_says_where_words_come_from() -> None:
    events = catalog().events
    many = replace(catalog(), events={**events, **{f"thing_{n}_done": events["order_placed"] for n in range(13)}})
    lost = segment("segment: a\ntitle: A\nwho: [{did: qqqq}]\n")
    assert [finding.hint for finding in check_words(lost, many)] == [
        "`heddle segments catalog` shows those there are; to add one: docs/add_a_source.md, New words"
    ]
