import asyncio
from typing import Any

import pytest

from search.contract import Batch, Document, IndexBehind, Question, combined_digest

DAY = 740_000


def test_an_index_that_was_never_built_is_empty_at_revision_0(bench: Any) -> None:
    answer = bench.ask("khai sinh", facets=("level",))
    assert (answer.hits, answer.total, answer.facets, answer.revision) == ([], 0, {"level": []}, 0)
    assert bench.suggest("khai") == []
    state = bench.state()
    assert (state.documents, state.revision, state.digest) == (0, 0, combined_digest([]))


def test_state_counts_and_proves_what_is_in_the_index(bench: Any, document: Any) -> None:
    some = [document(f"1.{place:06}", digest=f"d{place}") for place in range(20)]
    bench.rebuild(some, 5)
    bench.apply(6, [document("1.000003", digest="other"), document("2.000000")], gone=["1.000004"])
    expected = {one.id: one.digest for one in some if one.code != "1.000004"}
    expected |= {"1.000003@1": "other", "2.000000@1": "d"}
    state = bench.state()
    assert (state.documents, state.revision) == (20, 6)
    assert state.digest == combined_digest(expected.items())


def test_a_change_is_found_at_once(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001", "Cấp giấy phép")])
    bench.apply(2, [document("1.000001", "Thu hồi chứng chỉ")])
    assert bench.codes("thu hồi chứng chỉ") == ["1.000001"]
    assert bench.codes("giấy phép") == []
    assert bench.ask().revision == 2


def test_every_version_of_a_code_goes_with_it(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001", id=f"v{place}") for place in range(3)] + [document("1.000002")])
    bench.apply(2, gone=["1.000001"])
    assert bench.codes() == ["1.000002"]
    assert bench.state().documents == 1


def test_applying_again_changes_nothing(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001")])
    for _ in range(2):
        bench.apply(2, [document("1.000002"), document("1.000003")], gone=["1.000001"])
    once = bench.state()
    assert once.documents == 2
    assert bench.codes() == ["1.000002", "1.000003"]


def test_a_change_older_than_the_index_changes_nothing(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001", "Bản mới")], revision=9)
    bench.apply(8, [document("1.000001", "Bản cũ")])
    assert bench.state().revision == 9
    assert bench.codes("bản mới") == ["1.000001"]


@pytest.mark.parametrize("built", [True, False])
def test_a_change_that_supposes_more_than_the_index_holds_changes_nothing(
    bench: Any, document: Any, built: bool
) -> None:
    if built:
        bench.rebuild([document("1.000001")], revision=3)
    change = Batch(revision=6, codes=["1.000001"], documents=[document("1.000002")], since=5)
    with pytest.raises(IndexBehind):
        bench.run(bench.engine.apply(change))
    answer = bench.ask()
    assert ([hit.code for hit in answer.hits], answer.revision) == ((["1.000001"], 3) if built else ([], 0))
    bench.rebuild([document("1.000001")], revision=5)
    bench.run(bench.engine.apply(change))
    assert (bench.codes(), bench.state().revision) == (["1.000002"], 6)


def test_changes_build_an_index_from_nothing(bench: Any, document: Any) -> None:
    bench.apply(1, [document("1.000001")])
    bench.apply(2, [document("1.000002")])
    assert bench.codes() == ["1.000001", "1.000002"]


def test_an_empty_change_moves_the_revision(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001")])
    before = bench.state()
    bench.apply(2)
    assert (bench.state().revision, bench.state().digest) == (2, before.digest)


def test_a_rebuild_replaces_everything(bench: Any, document: Any) -> None:
    bench.rebuild([document("1.000001")], revision=3)
    bench.rebuild([document("1.000002")], revision=4)
    assert bench.codes() == ["1.000002"]
    bench.rebuild([], revision=5)
    assert bench.ask().total == 0
    assert bench.state().revision == 5


def test_a_rebuild_that_fails_leaves_the_index_as_it_was(bench: Any, document: Any) -> None:
    def broken() -> Any:
        yield document("1.000002")
        raise RuntimeError("the database went away")

    bench.rebuild([document("1.000001")], revision=3)
    with pytest.raises(RuntimeError, match="went away"):
        bench.rebuild(broken(), revision=4)
    assert bench.codes() == ["1.000001"]
    assert bench.state().revision == 3
    bench.apply(4, [document("1.000002")])
    assert bench.ask().total == 2


def test_searching_goes_on_while_the_index_is_rebuilt(bench: Any, document: Any) -> None:
    def of(revision: int) -> list[Document]:
        return [document(f"1.{place:06}", f"Cấp giấy phép {revision}") for place in range(50 * revision)]

    bench.rebuild(of(1), revision=1)

    async def watch() -> list[tuple[int, int]]:
        seen: list[tuple[int, int]] = []
        building = asyncio.ensure_future(rebuilds())
        while not building.done():
            answer = await bench.engine.search(question)
            seen.append((answer.revision, answer.total))
            await asyncio.sleep(0)
        await building
        return seen

    async def rebuilds() -> None:
        for revision in (2, 3, 4, 5):
            await bench.engine.rebuild(of(revision), revision)

    question = Question(as_of=DAY, text="giấy phép")
    seen = bench.run(watch())
    assert all(total == 50 * revision for revision, total in seen)
    assert bench.ask("giấy phép").total == 250


def test_changes_made_at_once_are_all_made(bench: Any, document: Any) -> None:
    async def all_at_once() -> None:
        await asyncio.gather(
            *(
                bench.engine.apply(Batch(revision=1, codes=[code], documents=[document(code)]))
                for code in [f"1.{place:06}" for place in range(6)]
            )
        )

    bench.run(all_at_once())
    assert bench.state().documents == 6


def test_a_huge_name_is_taken_and_shown_whole(bench: Any, document: Any) -> None:
    name = "Cấp giấy phép " + "rất dài " * 20_000
    bench.rebuild([document("1.000001", name, body="x" * 200_000)])
    (hit,) = bench.ask("giấy phép").hits
    assert hit.highlight.startswith("Cấp <mark>giấy phép</mark>")
    assert len(hit.highlight) > len(name)
