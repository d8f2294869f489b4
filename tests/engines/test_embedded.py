"""What only the embedded engine promises: its folder survives kills, damage and company."""

import asyncio
import multiprocessing
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tantivy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.contract import Answer, Batch, Document, IndexUnavailable, Question, combined_digest
from search.embedded import Embedded, writing
from search.embedded.profiles import FEW
from search.embedded.schema import FORMAT
from search.embedded.store import Store
from search.query import Alternative, Group, Preference, Query, plain

DAY = 740_000
Make = Callable[..., Document]


def ask(engine: Embedded, text: str = "") -> Answer:
    return asyncio.run(engine.search(Question(as_of=DAY, text=text)))


def apply(engine: Embedded, revision: int, *documents: Document) -> None:
    codes = [one.code for one in documents]
    asyncio.run(engine.apply(Batch(revision=revision, codes=codes, documents=list(documents))))


def generations(path: Path) -> list[Path]:
    return sorted(path.glob("generation-*"))


@pytest.fixture
def path(tmp_path: Path, document: Make) -> Path:
    """An index of one document at revision 1."""
    asyncio.run(Embedded(tmp_path / "index").rebuild([document("1.000001")], 1))
    return tmp_path / "index"


def many(document: Make, first: int, count: int) -> list[Batch]:
    """Changes of a document each."""
    return [
        Batch(revision=place, codes=[f"1.{place}"], documents=[document(f"1.{place}")])
        for place in range(first, first + count)
    ]


def killed_merging(path: Path, batches: list[Batch]) -> None:
    """In a process of its own: let changes be merged with what came before, and die after the last."""
    writing._GATHERED, writing._MERGED = 0, 1
    engine = Embedded(path)
    for batch in batches:
        asyncio.run(engine.apply(batch))
    assert engine._writing._held is not None
    os._exit(9)


def killed(path: Path, step: str, *batches: Batch) -> None:
    """In a process of its own: die without warning when ``step`` of the store is reached with the last change."""
    engine = Embedded(path)
    for batch in batches[:-1]:
        asyncio.run(engine.apply(batch))
    setattr(Store, step, lambda *_: os._exit(9))
    change = engine.apply(batches[-1]) if batches else engine.rebuild([], 2)
    asyncio.run(change)


def kill(*arguments: Any, by: Callable[..., None] = killed) -> None:
    process = multiprocessing.get_context("spawn").Process(target=by, args=arguments)
    process.start()
    process.join(30)
    assert process.exitcode == 9


def test_a_kill_between_commit_and_state_is_made_good_by_applying_again(path: Path, document: Make) -> None:
    batch = Batch(revision=2, codes=["1.000002"], documents=[document("1.000002")])
    kill(path, "write", batch)
    engine = Embedded(path, patience=5)
    assert asyncio.run(engine.state()).revision == 1
    for _ in range(2):
        asyncio.run(engine.apply(batch))
    state = asyncio.run(engine.state())
    assert (state.documents, state.revision) == (2, 2)


def test_a_kill_loses_nothing_of_the_change_that_was_written_again(path: Path, document: Make) -> None:
    first, second = (
        Batch(revision=place, codes=[f"1.{place}"], documents=[document(f"1.{place}")]) for place in (2, 3)
    )
    kill(path, "write", first, second)
    engine = Embedded(path, patience=5)
    assert asyncio.run(engine.state()).revision == 2
    assert sorted(hit.code for hit in ask(engine).hits) == ["1.000001", "1.2", "1.3"]
    asyncio.run(engine.apply(second))
    assert (ask(engine).total, ask(engine).revision) == (3, 3)


def test_a_kill_during_a_merge_loses_no_change_and_leaves_the_folder_to_others(path: Path, document: Make) -> None:
    kill(path, many(document, 2, 9), by=killed_merging)
    engine = Embedded(path, patience=5)
    state = asyncio.run(engine.state())
    assert (state.documents, state.revision) == (10, 10)
    apply(engine, 11, document("1.11"))
    assert (ask(engine).total, ask(engine).revision) == (11, 11)


@pytest.mark.parametrize("step", ["write", "sweep"])
def test_a_kill_during_a_rebuild_leaves_the_old_index_or_the_new(path: Path, step: str, document: Make) -> None:
    kill(path, step)
    engine = Embedded(path, patience=5)
    answer = ask(engine)
    assert (answer.revision, answer.total) == ((1, 1) if step == "write" else (2, 0))
    assert len(generations(path)) == 2
    asyncio.run(engine.rebuild([document("1.000003")], 3))
    assert len(generations(path)) == 1
    assert ask(engine).total == 1


def test_another_reader_sees_changes_and_rebuilds(path: Path, document: Make) -> None:
    writer, reader = Embedded(path), Embedded(path)
    assert ask(reader).total == 1
    apply(writer, 2, document("1.000002"))
    assert (ask(reader).total, ask(reader).revision) == (2, 2)
    for revision in range(3, 8):
        asyncio.run(writer.rebuild([document(f"1.{revision:06}")], revision))
        assert [hit.code for hit in ask(reader).hits] == [f"1.{revision:06}"]
    apply(reader, 8, document("1.000008"))
    assert ask(writer).total == 2


def segments(path: Path) -> int:
    (generation,) = generations(path)
    return int(tantivy.Index.open(str(generation)).searcher().num_segments)


def test_changes_one_by_one_do_not_have_the_whole_index_written_again(path: Path, document: Make) -> None:
    engine = Embedded(path)
    (base,) = generations(path)[0].glob("*.store")
    for revision in range(2, 42):
        apply(engine, revision, document(f"1.{revision:06}"))
        assert base.exists()
    assert ask(engine).total == 41
    assert segments(path) == 3


def held(engine: Embedded) -> bool:
    return engine._writing._held is not None


def test_changes_go_on_while_segments_are_merged(
    path: Path, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_GATHERED", 0)
    monkeypatch.setattr(writing, "_LOOK", 60)
    engine = Embedded(path)
    kept = []
    for batch in many(document, 2, 20):
        asyncio.run(engine.apply(batch))
        kept.append(held(engine))
        assert (ask(engine).total, ask(engine).revision) == (batch.revision, batch.revision)
    assert kept[:6] == [False] * 6
    assert kept[6]  # the first that made tantivy merge
    asyncio.run(engine.close())
    assert segments(path) < 8


def test_the_writer_is_let_go_when_a_merge_has_ended_and_others_write(
    path: Path, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_GATHERED", 0)
    one, other = Embedded(path), Embedded(path, patience=10)
    *most, last = many(document, 2, 8)
    for batch in most:
        asyncio.run(one.apply(batch))
    asyncio.run(other.apply(last))
    assert not held(one)
    assert ask(one).total == ask(other).total == 9


def test_the_writer_is_let_go_after_a_while_though_a_merge_does_not_end(
    path: Path, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_MERGED", 1)  # as if one went on for ever
    monkeypatch.setattr(writing, "_LONGEST", 0.2)
    one, other = Embedded(path), Embedded(path, patience=10)
    first, second = many(document, 2, 2)
    asyncio.run(one.apply(first))
    assert held(one)
    asyncio.run(other.apply(second))
    assert ask(one).total == 3
    for engine in (one, other):
        asyncio.run(engine.close())


def full(*_: object) -> None:
    raise OSError("the disk is full")


@pytest.mark.parametrize("fault", ["document", "state"])
def test_what_fails_while_the_writer_is_kept_leaves_nothing_behind(
    path: Path, document: Make, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(writing, "_MERGED", 1)
    engine = Embedded(path)
    apply(engine, 2, document("1.000002"))
    assert held(engine)
    if fault == "document":
        some = [document(f"2.{place}") for place in range(writing._GATHERED + 1)]
        with pytest.raises(OverflowError):
            apply(engine, 3, *some, document("1.000004", valid_from=-1))
    else:
        with monkeypatch.context() as patch:
            patch.setattr(Store, "write", full)
            with pytest.raises(OSError, match="full"):
                apply(engine, 3, document("1.000003"))
    assert not held(engine)
    apply(engine, 4, document("1.000005"))
    assert ask(engine).total == (3 if fault == "document" else 4)
    asyncio.run(engine.close())


def test_a_rebuild_while_the_writer_is_kept_replaces_everything(
    path: Path, document: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_MERGED", 1)
    engine = Embedded(path)
    apply(engine, 2, document("1.000002"))
    asyncio.run(engine.rebuild([document("1.000003")], 3))
    assert not held(engine)
    apply(engine, 4, document("1.000004"))
    assert sorted(hit.code for hit in ask(engine).hits) == ["1.000003", "1.000004"]
    asyncio.run(engine.close())


def test_changes_without_documents_cost_the_index_nothing(path: Path, document: Make) -> None:
    engine = Embedded(path)
    apply(engine, 2, document("1.000002"), document("1.000003"))
    asyncio.run(engine.apply(Batch(revision=3, codes=["1.000002"], documents=[])))
    files = sorted(generations(path)[0].iterdir())
    asyncio.run(engine.apply(Batch(revision=4, codes=[], documents=[])))
    assert sorted(generations(path)[0].iterdir()) == files
    assert (ask(engine).total, ask(engine).revision) == (2, 4)
    apply(engine, 5, document("1.000004"))
    assert [hit.code for hit in ask(engine).hits] == ["1.000001", "1.000003", "1.000004"]


def test_what_another_writer_changed_is_not_written_again_as_it_was(path: Path, document: Make) -> None:
    one, other = Embedded(path), Embedded(path)
    apply(one, 2, document("1.000002", name="khai sinh"))
    apply(other, 3, document("1.000002", name="khai tử"))
    apply(one, 4, document("1.000003"))
    assert [hit.highlight for hit in ask(one).hits if hit.code == "1.000002"] == ["khai tử"]


def test_a_document_whose_code_does_not_go_leaves_the_others_of_its_code(path: Path, document: Make) -> None:
    engine = Embedded(path)
    added = document("1.000001", id="1.000001@2")
    asyncio.run(engine.apply(Batch(revision=2, codes=[], documents=[added])))
    apply(engine, 3, document("1.000002"))
    assert sorted(hit.id for hit in ask(engine).hits) == ["1.000001@1", "1.000001@2", "1.000002@1"]


CODES = st.integers(1, 3).map("1.{}".format)
CHANGE = st.tuples(st.integers(0, 1), st.dictionaries(CODES, st.integers(0, 2), max_size=4), st.booleans())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, min_size=3, max_size=9))
def test_whoever_writes_what_the_index_holds_it_in_the_end(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    document: Make,
    changes: list[tuple[int, dict[str, int], bool]],
) -> None:
    monkeypatch.setattr(writing, "_GATHERED", 5)
    path = tmp_path_factory.mktemp("changed")
    writers = Embedded(path), Embedded(path)
    held: dict[str, list[Document]] = {}
    for revision, (writer, counts, listed) in enumerate(changes, 1):
        # A document may come without its code being named: then the others of this code stay.
        codes = [code for code in counts if listed or code not in held]
        some = {
            code: [
                document(code, valid_from=DAY - place, id=f"{code}@{revision}-{place}") for place in range(count)
            ]
            for code, count in counts.items()
        }
        held.update({code: [] for code in codes})
        held.update({code: [*held[code], *new] for code, new in some.items()})
        every = [one for new in some.values() for one in new]
        asyncio.run(writers[writer].apply(Batch(revision=revision, codes=codes, documents=every)))
    state = asyncio.run(writers[0].state())
    expected = [(one.id, one.digest) for new in held.values() for one in new]
    assert (state.documents, state.digest) == (len(expected), combined_digest(expected))
    assert state.revision == len(changes)


def test_a_second_writer_waits_and_then_says_so(path: Path, document: Make) -> None:
    with Store(path, 0).writing(), pytest.raises(IndexUnavailable, match="locked by another writer"):
        apply(Embedded(path, patience=0.1), 2, document("1.000002"))
    apply(Embedded(path, patience=0.1), 2, document("1.000002"))
    assert ask(Embedded(path)).total == 2


def test_a_deleted_index_is_empty_and_can_be_rebuilt(path: Path, document: Make) -> None:
    engine = Embedded(path)
    assert ask(engine).total == 1
    shutil.rmtree(path)
    assert (ask(engine).total, ask(engine).revision) == (0, 0)
    asyncio.run(engine.rebuild([document("1.000002")], 2))
    assert [hit.code for hit in ask(engine).hits] == ["1.000002"]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": 0}'])
def test_a_damaged_state_is_named_and_a_rebuild_mends_it(path: Path, content: bytes, document: Make) -> None:
    (path / "state.json").write_bytes(content)
    engine = Embedded(path)
    for call in (lambda: ask(engine), lambda: asyncio.run(engine.state()), lambda: apply(engine, 2)):
        with pytest.raises(IndexUnavailable, match="danhmuc reindex"):
            call()
    asyncio.run(engine.rebuild([document("1.000002")], 2))
    assert ask(engine).total == 1


def test_an_index_of_an_earlier_format_counts_as_none_and_is_built_anew(path: Path, document: Make) -> None:
    state = path / "state.json"
    state.write_bytes(state.read_bytes().replace(f'"format":{FORMAT}'.encode(), b'"format":0'))
    engine = Embedded(path)
    assert (ask(engine).total, ask(engine).revision) == (0, 0)
    asyncio.run(engine.rebuild([document("1.000002")], 2))
    assert ask(engine).total == 1


def test_an_index_of_a_later_format_is_not_read(path: Path) -> None:
    state = path / "state.json"
    state.write_bytes(state.read_bytes().replace(b'"format":', b'"format":9'))
    with pytest.raises(IndexUnavailable, match="format 9"):
        ask(Embedded(path))


@pytest.mark.parametrize("damage", ["truncate", "remove", "meta", "folder"])
def test_damaged_files_are_named_and_a_rebuild_mends_them(path: Path, damage: str, document: Make) -> None:
    (generation,) = generations(path)
    if damage == "folder":
        shutil.rmtree(generation)
    elif damage == "meta":
        (generation / "meta.json").write_text("{}")
    else:
        for file in [*generation.glob("*.term"), *generation.glob("*.store"), *generation.glob("*.idx")]:
            file.unlink() if damage == "remove" else file.write_bytes(b"")
    engine = Embedded(path)
    with pytest.raises(IndexUnavailable, match="danhmuc reindex"):
        ask(engine)
    asyncio.run(engine.rebuild([document("1.000002")], 2))
    assert ask(engine).total == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, document: Make) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(IndexUnavailable, match="file"):
        asyncio.run(Embedded(tmp_path / "file").rebuild([document("1.000001")], 1))


def test_questions_are_understood_by_the_builder_that_is_given(path: Path) -> None:
    engine = Embedded(path, understand=lambda text: plain(text.replace("bìa đỏ", "giấy phép")))
    assert ask(engine, "bìa đỏ").total == 1
    assert ask(Embedded(path), "bìa đỏ").total == 0


def test_a_facet_that_a_builder_makes_up_is_its_fault_and_not_the_index_s(path: Path) -> None:
    engine = Embedded(path, understand=lambda _: Query(filters={"colour": ["red"]}))
    with pytest.raises(ValueError, match="colour"):
        ask(engine, "x")


def test_required_optional_and_preferred_parts_of_a_query(tmp_path: Path, document: Make) -> None:
    def group(*ways: str, **rest: Any) -> Group:
        return Group(alternatives=tuple(Alternative(tuple(way.split())) for way in ways), **rest)

    queries = {
        "required": Query(groups=(group("đất", required=True), group("cấp"))),
        "either": Query(groups=(group("bìa đỏ", "quyền sử dụng"),)),
        "optional": Query(groups=(group("nhà", optional=True),)),
        "preferred": Query(groups=(group("cấp"),), preferences=(Preference("level", "commune", 2.0),)),
        "demanded": Query(groups=(group("cấp"),), filters={"level": ["commune"]}),
        "code": Query(preferences=(Preference("code", "1.000003"),)),
    }
    engine = Embedded(tmp_path, understand=queries.__getitem__)
    documents = [
        document("1.000001", "Cấp quyền sử dụng đất"),
        document("1.000002", "Cấp phép xây nhà"),
        document("1.000003", "Cấp thẻ", facets={"level": ["commune"]}),
    ]
    asyncio.run(engine.rebuild(documents, 1))
    found = {kind: [hit.code for hit in ask(engine, kind).hits] for kind in queries}
    assert found["required"] == found["either"] == ["1.000001"]
    assert found["optional"][0] == "1.000002"
    assert len(found["optional"]) == len(found["code"]) == 3
    assert found["preferred"][0] == found["code"][0] == "1.000003"
    assert found["demanded"] == ["1.000003"]


def test_values_that_come_with_a_change_are_counted_with_the_old_ones(path: Path, document: Make) -> None:
    def levels() -> dict[str, int]:
        question = Question(as_of=DAY, text="khai", facets=("level", "fee"))
        answer = asyncio.run(engine.search(question))
        return {f"{name}={one.value}": one.count for name, some in answer.facets.items() for one in some}

    engine = Embedded(path)
    apply(engine, 2, document("1.000002", name="khai sinh", facets={"level": ["b"], "fee": ["free"]}))
    assert levels() == {"level=b": 1, "fee=free": 1}
    apply(engine, 3, document("1.000003", name="khai sinh", facets={"level": ["a", "b"]}))
    apply(engine, 4, document("1.000004", name="khai sinh", facets={"level": ["b"]}))
    assert levels() == {"level=b": 3, "level=a": 1, "fee=free": 1}


def test_more_values_than_a_term_has_room_for_are_counted_all_the_same(path: Path, document: Make) -> None:
    engine = Embedded(path)
    many = [f"{'x' * 60}{place:05}" for place in range(1200)]
    apply(engine, 2, document("1.000002", name="khai sinh", facets={"sector": many, "level": ["b"]}))
    answer = asyncio.run(engine.search(Question(as_of=DAY, text="khai", facets=("sector", "level"))))
    assert [one.value for one in answer.facets["sector"]] == many
    assert [(one.value, one.count) for one in answer.facets["level"]] == [("b", 1)]


def test_what_is_found_in_thousands_is_counted_like_what_is_found_in_hundreds(path: Path, document: Make) -> None:
    engine = Embedded(path)
    some = [
        document(f"1.{place:06}", name="khai sinh", facets={"level": ["a" if place % 3 else "b"]})
        for place in range(FEW + 1)
    ]
    asyncio.run(engine.rebuild(some, 2))
    answer = asyncio.run(engine.search(Question(as_of=DAY, text="khai", facets=("level",))))
    expected = [("a", sum(place % 3 > 0 for place in range(FEW + 1))), ("b", FEW // 3 + 1)]
    assert [(one.value, one.count) for one in answer.facets["level"]] == expected
