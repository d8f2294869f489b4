import time
from typing import Any

import pytest

from search.contract import FACETS, FOREVER, FacetCount

DAY = 740_000


def test_an_empty_question_finds_everything_in_the_order_of_codes(filled: Any) -> None:
    answer = filled.ask()
    assert answer.total == 8
    assert [hit.code for hit in answer.hits] == sorted(hit.code for hit in answer.hits)
    assert answer.revision == 7
    assert answer.engine == filled.engine.name


def test_weight_lifts_a_procedure_when_nothing_is_asked(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001", "a"), document("1.000002", "b", weight=2.0)])
    assert bench.codes() == ["1.000002", "1.000001"]


def test_the_shortest_name_with_all_the_words_comes_first(filled: Any) -> None:
    assert filled.codes("đăng ký khai sinh")[:2] == ["1.001193", "2.000528"]


def test_diacritics_may_be_left_out(filled: Any) -> None:
    assert filled.codes("dang ky tam tru")[0] == "1.004194"
    assert filled.codes("DANG KY THUONG TRU")[0] == "1.004222"


def test_an_exact_form_stands_above_its_folded_twin(filled: Any) -> None:
    assert filled.codes("đường thủy")[:2] == ["3.000001", "3.000002"]
    assert filled.codes("dương thủy")[:2] == ["3.000002", "3.000001"]


def test_both_places_of_a_tone_mark_are_the_same_word(filled: Any) -> None:
    assert filled.codes("duong thuỷ")[:1] == filled.codes("duong thủy")[:1]


@pytest.mark.parametrize("typed", ["đăng ký tạm t", "đăng ký tạm tr", "dang ky ta", "đăng ký tạm tru"])
def test_the_last_word_may_be_unfinished(filled: Any, typed: str) -> None:
    assert filled.codes(typed)[0] == "1.004194"


@pytest.mark.parametrize(
    "typed", ["dăng ký khia sinh", "dang ky khai sihn", "đăng kí khai sinnh", "dng ky khai sinh"]
)
def test_typos_are_forgiven(filled: Any, typed: str) -> None:
    assert "1.001193" in filled.codes(typed)[:2]


def test_short_and_numeric_words_are_not_guessed_at(filled: Any) -> None:
    assert filled.codes("zq") == []
    assert filled.codes("99999") == []


@pytest.mark.parametrize(
    "typed",
    [
        "1.001193",
        "1001193",
        "1.001193.000.00.00.H55",
        "1-001193",
        "1,001193",
        " 1 . 001193",
        "mã 1.001193",
        "TTHC 1.001193",
        "1.0011",
    ],
)
def test_a_code_is_found_in_every_notation(filled: Any, typed: str) -> None:
    answer = filled.ask(typed)
    assert [hit.code for hit in answer.hits] == ["1.001193"]
    assert answer.total == 1


def test_a_code_that_nothing_has_finds_nothing(filled: Any) -> None:
    assert filled.ask("9.999999", facets=FACETS).total == 0


def test_a_code_beside_words_comes_first(filled: Any) -> None:
    assert filled.codes("đăng ký tạm trú 2.000528")[0] == "2.000528"


def test_words_that_no_document_has_do_not_hide_the_others(filled: Any) -> None:
    assert filled.codes("khai sinh blockchain")[0] in {"1.001193", "2.000528", "3.000004"}


def test_sectors_agencies_and_outputs_are_searched_too(filled: Any) -> None:
    assert filled.codes("hộ tịch ủy ban")[0] == "1.001193"


def test_filters_are_or_inside_a_facet_and_and_across(filled: Any) -> None:
    either = filled.ask(filters={"level": ["commune", "province"], "sector": ["ho-tich"]})
    assert {hit.code for hit in either.hits} == {"1.001193", "2.000528"}
    both = filled.ask(filters={"level": ["commune"], "channel": ["postal"]})
    assert [hit.code for hit in both.hits] == ["1.004222"]


def test_a_value_that_nothing_has_finds_nothing(filled: Any) -> None:
    answer = filled.ask(filters={"sector": ["khong-co"]}, facets=("level", "sector"))
    assert (answer.total, answer.hits, answer.facets["level"]) == (0, [], [])
    assert answer.facets["sector"][0] == FacetCount("cu-tru", 2)


def test_a_filter_without_values_filters_nothing(filled: Any) -> None:
    assert filled.ask(filters={"sector": []}).total == 8


def test_facets_are_counted_by_count_and_then_value(filled: Any) -> None:
    answer = filled.ask(facets=("channel", "sector", "province"))
    assert answer.facets == {
        "channel": [FacetCount("online", 3), FacetCount("direct", 2), FacetCount("postal", 1)],
        "sector": [FacetCount("cu-tru", 2), FacetCount("ho-tich", 2)],
        "province": [],
    }


def test_a_filtered_facet_is_counted_as_if_its_filter_were_absent(filled: Any) -> None:
    answer = filled.ask(
        filters={"sector": ["cu-tru"], "level": ["commune"]}, facets=("sector", "level", "channel")
    )
    assert answer.facets["sector"] == [FacetCount("cu-tru", 2), FacetCount("ho-tich", 1)]
    assert answer.facets["level"] == [FacetCount("commune", 2)]
    assert answer.facets["channel"] == [FacetCount("online", 2), FacetCount("postal", 1)]


def test_a_count_is_what_its_filter_finds(filled: Any) -> None:
    for text in ("", "khai sinh", "đăng ký", "giấy"):
        for name, counts in filled.ask(text, facets=("level", "sector", "internal")).facets.items():
            for one in counts:
                assert filled.ask(text, filters={name: [one.value]}).total == one.count


def test_only_what_is_in_force_on_the_day_is_found(bench: Any, document: Any) -> None:
    bench.rebuild(
        [
            document("1.000001", "Cấp phép cũ", id="old", valid_from=DAY, valid_to=DAY + 10),
            document("1.000001", "Cấp phép mới", id="new", valid_from=DAY + 10),
        ]
    )

    def found(day: int, text: str = "cấp phép") -> list[str]:
        return [hit.id for hit in bench.ask(text, as_of=day).hits]

    assert found(DAY - 1) == []
    assert found(DAY) == found(DAY + 9) == found(DAY + 9, "1.000001") == ["old"]
    assert found(DAY + 10) == found(FOREVER - 1) == ["new"]
    assert bench.ask(as_of=DAY - 1, facets=("level",)).total == 0


def test_names_sort_by_the_vietnamese_alphabet(bench: Any, document: Any) -> None:
    names = ["Ba", "Đo", "Dũng", "Ân", "Ăn", "An", "Ơn", "Ôn"]
    bench.rebuild([document(f"1.{place:06}", name) for place, name in enumerate(names)])
    ordered = [names[int(code[2:])] for code in bench.codes(sort="name")]
    assert ordered == ["An", "Ăn", "Ân", "Ba", "Dũng", "Đo", "Ôn", "Ơn"]


def test_updated_sorts_the_latest_in_force_first_and_then_by_code(bench: Any, document: Any) -> None:
    bench.rebuild(
        [
            document("1.000002", "a", valid_from=DAY - 5),
            document("1.000001", "a", valid_from=DAY - 5),
            document("1.000003", "a", valid_from=DAY),
        ]
    )
    assert bench.codes(sort="-updated") == ["1.000003", "1.000001", "1.000002"]
    assert bench.codes("a", sort="code") == ["1.000001", "1.000002", "1.000003"]


@pytest.mark.parametrize("sort", ["relevance", "name", "code", "-updated"])
@pytest.mark.parametrize("text", ["", "giấy phép"])
def test_pages_join_up_without_gap_or_repeat(bench: Any, sort: str, text: str, document: Any) -> None:
    names = ["Cấp giấy phép", "Cấp lại giấy phép", "Giấy phép xây dựng"]
    bench.rebuild([document(f"1.{place:06}", names[place % 3]) for place in reversed(range(100))])
    pages = [bench.codes(text, sort=sort, limit=7, offset=offset) for offset in range(0, 105, 7)]
    whole = bench.codes(text, sort=sort, limit=200)
    assert [code for page in pages for code in page] == whole
    assert len(set(whole)) == 100


def test_equal_scores_are_in_the_order_of_codes(bench: Any, document: Any) -> None:
    bench.rebuild([document(f"1.{place:06}", "Cấp giấy phép") for place in reversed(range(60))])
    bench.apply(2, [document("1.000030", "Cấp giấy phép")])
    assert bench.codes("cấp giấy phép", limit=60) == [f"1.{place:06}" for place in range(60)]


def test_a_page_beyond_the_end_is_empty_and_keeps_the_total(filled: Any) -> None:
    for text in ("", "đăng ký"):
        beyond = filled.ask(text, offset=10_000)
        assert beyond.hits == []
        assert beyond.total == filled.ask(text).total > 0


def test_more_may_be_asked_for_than_there_is(filled: Any) -> None:
    for text in ("", "đăng ký"):
        assert len(filled.codes(text, limit=10**12)) == filled.ask(text).total
        assert filled.codes(text, limit=10**12, offset=10**15) == []
    assert filled.suggest("đăng ký", limit=10**12)
    assert filled.ask(as_of=-(10**30)).total == filled.ask(as_of=10**30).total == 0


def test_no_hits_may_be_asked_for(filled: Any) -> None:
    answer = filled.ask("khai sinh", limit=0, facets=("level",))
    assert (answer.hits, answer.total) == ([], filled.ask("khai sinh").total)
    assert answer.facets["level"]


def test_what_matched_is_marked_and_the_rest_escaped(filled: Any) -> None:
    assert filled.ask("dang ky khai sinh").hits[0].highlight == "Thủ tục <mark>đăng ký khai sinh</mark>"
    marked = filled.ask("xác nhận về đất").hits[0].highlight
    assert marked == "<mark>Xác nhận về</mark> &lt;b&gt;<mark>đất</mark>&lt;/b&gt; &amp; nhà"


def test_typos_and_unfinished_words_are_marked_too(filled: Any) -> None:
    assert filled.ask("đăng ký thừong tr").hits[0].highlight == "<mark>Đăng ký thường trú</mark>"
    assert filled.ask("dang ky thuogn tru").hits[0].highlight == "<mark>Đăng ký thường trú</mark>"


def test_a_payload_comes_back_as_it_went_in(filled: Any) -> None:
    assert filled.ask("1.001193").hits[0].payload == b'{"a":1}'


@pytest.mark.parametrize(
    "text",
    [
        'name:"khai sinh" OR code:*',
        "khai sinh\" AND internal = true OR level = 'x",
        "+khai -sinh ~2 ^9 [a TO b] {x} /.*/ \\",
        "(((((((((((((",
        "*",
        "?!.,;:-_/\\|'\"`~@#$%^&*()[]{}<>",
        "\x00\x01\x1b[31m\ufeff\u202e",
        "日本語 العربية कखग 🎉🎉 ½ ﬁ İ ẞ",
        "a\u0301" * 300,
        "khai sinh " * 1000,
        "x" * 10_000,
        " ".join(f"w{place}" for place in range(2000)),
        "1." * 5000,
        "-" * 10_000,
        "1 " * 5000,
        "mã " * 3000 + "1.001193",
        "\ud800",
        "",
        " ",
    ],
)
def test_no_text_breaks_the_engine_or_takes_long(filled: Any, text: str) -> None:
    start = time.perf_counter()
    answer = filled.ask(text, facets=FACETS)
    filled.suggest(text)
    assert time.perf_counter() - start < 1.0
    assert 0 <= answer.total <= 8


def test_filter_values_are_values_and_not_syntax(filled: Any) -> None:
    for value in ["commune OR province", "commune' OR level = 'province", "*", "", "a=b", "\x00", "x" * 70_000]:
        assert filled.ask(filters={"level": [value]}).total == 0


def test_unknown_facets_and_sorts_are_refused_by_name(filled: Any) -> None:
    with pytest.raises(ValueError, match="colour"):
        filled.ask(facets=("colour",))
    with pytest.raises(ValueError, match="colour"):
        filled.ask(filters={"colour": ["red"]})
    with pytest.raises(ValueError, match="price"):
        filled.ask(sort="price")
    with pytest.raises(ValueError, match="negative"):
        filled.ask(limit=-1)


def test_suggestions_complete_what_is_typed(filled: Any) -> None:
    assert filled.suggest("dang ky t")[0].code in {"1.004194", "1.004222"}
    assert [hit.code for hit in filled.suggest("đăng ký khai", limit=2)] == ["1.001193", "2.000528"]
    assert filled.suggest("tạm")[0].highlight == "Đăng ký <mark>tạm</mark> trú"


def test_suggestions_leave_out_what_is_between_agencies_or_not_in_force(filled: Any) -> None:
    assert "3.000004" not in {hit.code for hit in filled.suggest("rà soát giữa")}
    assert filled.suggest("đăng ký", as_of=DAY - 1000) == []
    assert filled.suggest("") == filled.suggest("đăng", limit=0) == []


def test_a_name_is_suggested_once(bench: Any, document: Any) -> None:
    bench.rebuild([document(f"1.{place:06}", "Tách thửa đất") for place in range(9)])
    assert [hit.code for hit in bench.suggest("tách")] == ["1.000000"]
