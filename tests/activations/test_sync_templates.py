"""Templates in a sandbox: nothing missing goes unnoticed, nothing unsafe gets through."""

from pathlib import Path

import pytest

from activations.plain_text import plain_text
from activations.templates import MissingVariable, Templates
from heddle.errors import RejectRecord, SyncError

SHIPPED = Path(__file__).parents[2] / "activations" / "templates"


def test_expressions_keep_their_type(templates: Templates) -> None:
    assert templates.text("{{ value | round(2) }}")({"value": 1.239}) == 1.24
    assert templates.text("{{ a }} and {{ b }}")({"a": 1, "b": None}) == "1 and None"
    assert templates.text_variables("{{ a.b }} {{ c | default(1) }}") == {"a", "c"}


@pytest.mark.parametrize("text", ["{{ nobody }}", "{{ row.nobody }}", "x {{ nobody }}", "{{ nobody.at.all }}"])
def test_a_missing_name_is_an_error(templates: Templates, text: str) -> None:
    with pytest.raises(MissingVariable, match="nobody"):
        templates.text(text)({"row": {}})


def test_a_value_of_the_wrong_kind_rejects_the_row_only(templates: Templates) -> None:
    with pytest.raises(RejectRecord):
        templates.text("{{ value | round(2) }}")({"value": None})


@pytest.mark.parametrize("text", ["{{ ''.__class__.__mro__ }}", "{{ x.__init__.__globals__ }}"])
def test_the_sandbox_holds(templates: Templates, text: str) -> None:
    with pytest.raises(SyncError):
        templates.text(text)({"x": object()})


def test_html_is_escaped(templates: Templates, tmp_path: Path) -> None:
    (tmp_path / "templates/a.html.j2").write_text("<p>{{ name }}</p>")
    assert templates.file("a.html.j2")({"name": "<b>"}) == "<p>&lt;b&gt;</p>"
    assert templates.text("Hi {{ name }}")({"name": "<b>"}) == "Hi <b>"


def test_variables_of_parents_count(templates: Templates, tmp_path: Path) -> None:
    (tmp_path / "templates/base.html.j2").write_text("{{ outer }}{% block b %}{% endblock %}")
    (tmp_path / "templates/a.html.j2").write_text("{% extends 'base.html.j2' %}{% block b %}{{ inner }}{% endblock %}")
    assert templates.file_variables("a.html.j2") == {"outer", "inner"}
    before = templates.file_source("a.html.j2")
    (tmp_path / "templates/base.html.j2").write_text("{{ outer }}!{% block b %}{% endblock %}")
    assert templates.file_source("a.html.j2") != before


def test_a_broken_file_names_its_line(templates: Templates, tmp_path: Path) -> None:
    (tmp_path / "templates/a.html.j2").write_text("ok\n{% if %}")
    with pytest.raises(SyncError) as caught:
        templates.file("a.html.j2")
    assert "templates/a.html.j2:2" in str(caught.value)


def test_the_shipped_cart_mail() -> None:
    html = Templates(SHIPPED).file("abandoned_cart.html.j2")(
        {
            "first_name": "Zoë",
            "cart_items": '[{"product_id": "x", "name": "Wooden train <1>", "quantity": 2, "price": 49.9}]',
            "cart_total": 99.8,
            "cart_left_on": "2026-06-15",
            "member_key": "c/1",
            "unsubscribe_url": "https://shop.example/u/1",
        }
    )
    text = plain_text(str(html))
    assert "Wooden train &lt;1&gt;" in str(html) and "cart/c/1" in str(html)
    for words in ("Zoë, your cart is still here", "Wooden train <1> 2 x 49.90 PLN", "15.06.2026", "99.80 PLN"):
        assert words in text
    assert "Unsubscribe (https://shop.example/u/1)" in text and "<p" not in text and "\n\n\n" not in text
