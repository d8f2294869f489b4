"""What templates put out is escaped, whatever it is and however often it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from registry.web.rendering import LONGEST_TEXT, Templates, environment, escaped


@given(st.one_of(st.text(), st.integers(), st.none(), st.booleans(), st.lists(st.text(max_size=3), max_size=2)))
def test_whatever_is_put_out_is_escaped_as_markupsafe_does_it(value: object) -> None:
    assert escaped(value) == escape(value)


@pytest.mark.parametrize("length", [1, LONGEST_TEXT, LONGEST_TEXT + 1])
def test_a_text_that_was_marked_as_html_once_is_escaped_where_it_was_not(length: int) -> None:
    text = "<" * length
    assert escaped(Markup(text)) == text
    assert escaped(text) == "&lt;" * length


def test_values_of_a_template_are_escaped_and_macros_are_not_escaped_twice() -> None:
    made = Templates(autoescape=True)
    source = "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ bold(name) }}{{ name }}{{ number }}"
    assert made.from_string(source).render(name="<i>&", number=3) == "<b>&lt;i&gt;&amp;</b>&lt;i&gt;&amp;3"


def test_our_own_functions_take_names_and_values_in_templates() -> None:
    source = '{{ link("/" ~ path, sector=one) }} {{ number(count) }} {{ link("/", {"q": one}, **more) }}'
    made = environment("vi").from_string(source)
    text = made.render(path="a b", one="Hộ tịch", count=12345, more={"limit": 5})
    assert text == "/a%20b?sector=H%E1%BB%99+t%E1%BB%8Bch 12.345 /?q=H%E1%BB%99+t%E1%BB%8Bch&amp;limit=5"
