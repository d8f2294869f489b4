import tantivy

from search.embedded.vocabulary import Vocabulary


class Words:
    """Stands for a searcher: words and in how many documents they are."""

    def __init__(self, **counts: int) -> None:
        self._counts = counts

    def terms_with_prefix(self, field: str, prefix: str) -> list[tuple[str, int]]:
        return sorted((word, count) for word, count in self._counts.items() if word.startswith(prefix))


def vocabulary(**counts: int) -> Vocabulary:
    searcher: tantivy.Searcher = Words(**counts)  # type: ignore[assignment]  # all that is asked of one
    return Vocabulary(searcher)


def test_completions_are_longer_and_the_commonest_first() -> None:
    known = vocabulary(thu=9, thue=2, thuong=5, thuoc=5, tu=99)
    assert known.completions("thu", 10) == ["thuoc", "thuong", "thue"]
    assert known.completions("thu", 1) == ["thuoc"]
    assert known.completions("x", 10) == []


def test_corrections_are_one_edit_away_the_commonest_first() -> None:
    known = vocabulary(sinh=9, sin=1, minh=50, khai=5, si=3)
    assert known.corrections("sihn") == ["sinh", "sin"]
    assert known.corrections("sinnh") == ["sinh"]
    assert known.corrections("xinh") == ["minh", "sinh"]
    assert known.corrections("zzzz") == []


def test_long_words_are_forgiven_two_edits_when_one_is_not_enough() -> None:
    known = vocabulary(internet=1, electronics=1, electric=1)
    assert known.corrections("elctronic") == ["electronics"]
    assert known.corrections("intrnt") == []


def test_short_words_and_numbers_are_never_corrected() -> None:
    known = vocabulary(tu=9, tam=9)
    assert known.corrections("ta") == []
    known = vocabulary(**{"2024": 5})
    assert known.corrections("2025") == []
