"""Words, numbers, days and addresses as pages write them."""

import re
from datetime import UTC, date, datetime
from fractions import Fraction
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from registry.web import addresses, writing
from registry.web.assets import asset, read
from registry.web.rendering import environment
from registry.web.wording import LANGUAGES, said, words

HOLE = re.compile(r"\{(\w+)\}")


def _sources() -> list[str]:
    """The text of every template and module of the pages."""
    root = files("registry.web")
    found, left = [], [root]
    while left:
        for one in left.pop().iterdir():
            if one.is_dir():
                left.append(one)
            elif one.name.endswith((".html", ".xml", ".txt", ".py", ".js")):
                found.append(one.read_text())
    return found


def test_every_text_has_the_same_holes_in_both_languages() -> None:
    for key, texts in words().items():
        assert all(texts[language].strip() for language in LANGUAGES), key
        assert set(HOLE.findall(texts["vi"])) == set(HOLE.findall(texts["en"])), key


def test_no_text_is_kept_that_no_page_says() -> None:
    written = "\n".join(_sources())
    # A key may be put together from its beginning and a value of a vocabulary.
    begun = tuple(
        one for one in re.findall(r"""["']([a-z][a-z-]*(?:\.[a-z-]+)*\.)["'{]""", written) if one.count(".") > 0
    )
    unsaid = [
        key
        for key in words()
        if f'"{key}"' not in written and f"'{key}'" not in written and not key.startswith(begun)
    ]
    assert unsaid == []


def test_every_template_is_well_formed_in_both_languages() -> None:
    for language in LANGUAGES:
        made = environment(language)
        for name in made.list_templates():
            made.get_template(name)


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    made = environment("vi")
    for name in made.list_templates():
        assert made.loader is not None
        text = made.loader.get_source(made, name)[0]
        assert not re.search(r"<script(?![^>]*(src=|application/ld\+json))", text), name
        assert not re.search(r"\s(style|on[a-z]+)=", text), name
        assert "|safe" not in text.replace(" ", ""), name


def test_no_sheet_but_the_first_names_a_colour_or_another_host() -> None:
    for one in (files("registry.web") / "static").iterdir():
        text = one.read_text()
        if one.name.endswith(".css"):
            assert not re.search(r"url\(|@import|https?://", text), one.name
            if one.name != "style.css":
                assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", text.partition("@media print")[0]), (
                    one.name
                )


def test_an_unknown_word_is_an_error_and_not_an_empty_text() -> None:
    with pytest.raises(KeyError):
        said("vi", "no.such.word")


def test_what_is_put_into_a_text_is_escaped_beside_markup() -> None:
    text = said("vi", "pager.shown", first=Markup("<b>1</b>"), last="<i>", total=3)
    assert text == "<b>1</b>–&lt;i&gt; trong 3"


def test_numbers_are_written_in_the_manner_of_the_language() -> None:
    assert writing.number("vi", 1234567) == "1.234.567"
    assert writing.number("en", 1234567) == "1,234,567"
    assert writing.decimal("vi", 1234.5) == "1.234,50"
    assert writing.percent("vi", Fraction(531, 1000), 1) == "53,1\u202f%"
    assert writing.money("vi", 50000) == "50.000 đồng"
    assert writing.day("en", date(2025, 5, 31)) == "31/05/2025"
    assert writing.moment("vi", datetime(2025, 5, 31, 17, 5, tzinfo=UTC)) == "00:05 01/06/2025"


@given(st.fractions(min_value=0, max_value=10**6), st.integers(0, 4))
def test_rounding_is_half_up_and_never_further_than_half_a_step(value: Fraction, places: int) -> None:
    text = writing.decimal("en", value, places).replace(",", "")
    assert abs(Fraction(text) - value) <= Fraction(1, 2 * 10**places) + Fraction(1, 10**20)


def test_an_address_keeps_its_language_and_leaves_out_what_is_empty() -> None:
    assert addresses.link("vi", "/thu-tuc/1.001193", asOf=None) == "/thu-tuc/1.001193"
    assert addresses.link("en", "/", q="khai sinh", level=["commune", "province"]) == (
        "/?q=khai+sinh&level=commune&level=province&lang=en"
    )


def test_this_address_is_changed_one_parameter_at_a_time() -> None:
    given_ = (("q", "sổ đỏ"), ("level", "commune"), ("level", "province"), ("offset", "20"), ("lang", "en"))
    changed = addresses.here("en", "/", given_, level=["commune"], offset=None)
    assert changed == "/?q=s%E1%BB%95+%C4%91%E1%BB%8F&level=commune&lang=en"
    assert addresses.here("en", "/", given_[:1], lang=None) == "/?q=s%E1%BB%95+%C4%91%E1%BB%8F"


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_value_breaks_out_of_an_address(name: str, value: str) -> None:
    found = addresses.link("vi", "/", {name or "q": value})
    assert not set(found) & set("\"<>'\n\r ") - {"'"}


def test_an_asset_is_named_by_its_content() -> None:
    address = asset("style.css")
    found = read("style.css")
    assert found is not None
    assert address == f"/tep/{found.digest}/style.css"
    assert len(found.compressed) < 8000
    assert read("../style.css") is None
    with pytest.raises(KeyError):
        asset("none.css")


def _luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb`` (WCAG 2.2)."""
    digits = colour[1:] if len(colour) == 7 else "".join(one * 2 for one in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, two: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_colour_of_text_stands_out_from_what_it_stands_on(scheme: str) -> None:
    text = (files("registry.web") / "static" / "style.css").read_text()
    light, _, rest = text.partition("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", light))
    if scheme == "dark":
        colours |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});", rest.partition("@media")[0]))
    texts = [("ink", one) for one in ("paper", "paper-2", "paper-3", "mark", "ok-soft", "warn-soft", "bad-soft")]
    texts += [(one, ground) for one in ("ink-2", "link", "link-hover") for ground in ("paper", "paper-2")]
    texts += [(one, f"{one}-soft") for one in ("ok", "warn", "bad", "info")]
    texts += [("on-action", "action"), ("on-action", "action-hover"), ("on-brand", "brand"), ("paper", "bad")]
    low = {pair: _contrast(colours[pair[0]], colours[pair[1]]) for pair in texts}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}
    lines = [(one, "paper") for one in ("line-2", "focus", "c1", "c2", "c3", "c4", "c5", "c6")]
    assert {pair for pair in lines if _contrast(colours[pair[0]], colours[pair[1]]) < 3} == set()
