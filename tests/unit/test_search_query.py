from hypothesis import given
from hypothesis import strategies as st

from search.codes import Code
from search.query import MAX_TOKENS, Query, plain


def words(query: Query) -> list[str]:
    return [group.alternatives[0].tokens[0] for group in query.groups]


def test_each_word_is_a_group_and_the_last_one_is_open() -> None:
    query = plain("Đăng  ký tạm")
    assert words(query) == ["đăng", "ký", "tạm"]
    assert [group.partial for group in query.groups] == [False, False, True]


def test_a_space_or_a_mark_at_the_end_closes_the_last_word() -> None:
    for text in ("khai sinh ", "khai sinh?", "khai sinh\n"):
        assert not any(group.partial for group in plain(text).groups)


def test_codes_are_set_apart() -> None:
    assert plain("khai sinh mã 1.001193") == Query(groups=plain("khai sinh ").groups, codes=(Code("1.001193"),))


def test_nothing_but_punctuation_asks_for_nothing() -> None:
    assert plain("?!… ()").empty
    assert plain("").empty
    assert not plain("a").empty
    assert not plain("1.001193").empty


@given(st.text(max_size=3000))
def test_a_query_has_a_bounded_number_of_bounded_words(text: str) -> None:
    found = words(plain(text * 3))
    assert len(found) <= MAX_TOKENS
    assert all(len(word) <= 40 for word in found)
