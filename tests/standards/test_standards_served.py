"""Open standards over HTTP: what a client prefers it gets, whole, page by page, and never twice."""

import csv
import gzip
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest
import rdflib
from litestar.exceptions import TooManyRequestsException

from registry.api.prepared import MOST_FILES, MOST_WAITING, Prepared

pytestmark = pytest.mark.anyio
ONE = "/api/procedures/1.000001"
SERVICE = rdflib.URIRef("http://purl.org/vocab/cpsv#PublicService")
JSON, JSONLD, TURTLE = "application/json", "application/ld+json", "text/turtle"


async def get(client: httpx.AsyncClient, path: str, accept: str | None = None, **headers: str) -> httpx.Response:
    return await client.get(path, headers={"accept": accept, **headers} if accept is not None else headers)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/ld+json", JSONLD),
        ("text/turtle", TURTLE),
        ("text/*", TURTLE),
        ("text/turtle;q=0.9, application/json;q=0.5", TURTLE),
        ("text/turtle;q=0.2, application/ld+json;q=0.7, */*;q=0.1", JSONLD),
        ("application/json;q=0, */*", JSONLD),
        ("text/html, application/xhtml+xml, */*;q=0.8", JSON),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', JSONLD),
        ("text/turtle;q=much, application/json;q=0.1", JSON),
    ],
)
async def test_the_form_is_what_the_client_prefers(client: httpx.AsyncClient, accept: str, media: str) -> None:
    answer = await get(client, ONE, accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media
    assert "accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["text/html", "image/*", "application/json;q=0", "text/turtle;q=0"])
async def test_a_form_that_there_is_not_is_a_problem(client: httpx.AsyncClient, accept: str) -> None:
    answer = await get(client, ONE, accept)
    assert answer.status_code == 406
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["accepted"] == [JSON, JSONLD, TURTLE]


async def test_each_form_has_its_own_etag_and_is_not_sent_twice(client: httpx.AsyncClient) -> None:
    answers = [await get(client, ONE, media) for media in (JSON, JSONLD, TURTLE)]
    etags = [answer.headers["etag"] for answer in answers]
    assert len(set(etags)) == 3
    for media, etag in zip((JSON, JSONLD, TURTLE), etags, strict=True):
        again = await client.get(ONE, headers={"accept": media, "if-none-match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert "accept" in again.headers["vary"]


async def test_a_procedure_that_is_not_there_is_a_problem_in_every_form(client: httpx.AsyncClient) -> None:
    for media in (JSON, JSONLD, TURTLE):
        answer = await get(client, "/api/procedures/1.000004", media)
        assert answer.status_code == 404
        assert answer.json()["successors"] == ["1.000005"]


async def test_a_day_and_a_moment_hold_in_every_form(client: httpx.AsyncClient) -> None:
    answer = await get(client, "/api/procedures/1.000004?asOf=2025-03-01", TURTLE)
    graph = rdflib.Graph().parse(data=answer.text, format="turtle")
    service = next(graph.subjects(rdflib.RDF.type, SERVICE))
    assert str(service) == "https://tthc.example.vn/api/procedures/1.000004#service"
    early = await get(client, f"{ONE}?knownAt=2020-01-01T00:00:00Z", TURTLE)
    assert early.status_code == 404


async def services(client: httpx.AsyncClient, path: str) -> tuple[list[str], httpx.Response]:
    answer = await client.get(path)
    answer.raise_for_status()
    kind = "json-ld" if "ld+json" in answer.headers["content-type"] else "turtle"
    graph = rdflib.Graph().parse(data=answer.text, format=kind)
    return sorted(
        str(graph.value(one, rdflib.DCTERMS.identifier)) for one in graph.subjects(None, SERVICE)
    ), answer


ALL = ["1.000001", "1.000002", "1.000003", "1.000005"]


@pytest.mark.parametrize("name", ["jsonld", "ttl"])
async def test_the_whole_catalogue_of_a_day_is_one_document(client: httpx.AsyncClient, name: str) -> None:
    found, answer = await services(client, f"/api/catalogue.{name}?asOf=2025-08-01")
    assert found == ALL
    assert f'filename="danhmuc-2025-08-01.{name}"' in answer.headers["content-disposition"]
    again = await client.get(
        f"/api/catalogue.{name}?asOf=2025-08-01", headers={"if-none-match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize("name", ["jsonld", "ttl"])
async def test_pages_lead_through_the_same_catalogue(client: httpx.AsyncClient, name: str) -> None:
    path, seen = f"/api/catalogue.{name}?limit=3&asOf=2025-08-01", []
    while path:
        found, answer = await services(client, path)
        seen += found
        link = answer.headers.get("link", "")
        assert link.startswith("<https://tthc.example.vn/api/catalogue") or not link
        assert ("hydra:next" in answer.text) == bool(link)
        path = link.partition(">")[0].removeprefix("<https://tthc.example.vn")
    assert seen == ALL


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA", "WzEsMiwzXQ", "Wzk5OTk5OSwiMjAyNS0wOC0wMSIsIiJd", "é", "[" * 50]
)
async def test_a_cursor_that_was_never_given_is_a_problem(client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/api/catalogue.jsonld", params={"cursor": cursor})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "cursor"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/api/catalogue.csv?table=x", "table"),
        ("/api/catalogue.csv?bom=yes", "bom"),
        ("/api/catalogue.csv?versions=some", "versions"),
        ("/api/catalogue.csv?versions=all&asOf=2025-01-01", "versions"),
        ("/api/catalogue.xlsx?headings=fr", "headings"),
        ("/api/catalogue.xlsx?table=fees", "table"),
        ("/api/catalogue.ttl?cursor=WzFd&asOf=2025-01-01", "cursor"),
        ("/api/catalogue.ndjson?asOf=someday", "asOf"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_named(
    client: httpx.AsyncClient, path: str, parameter: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter


async def test_a_table_comes_compressed_to_who_takes_it_so(client: httpx.AsyncClient) -> None:
    path = "/api/catalogue.csv?asOf=2025-08-01&headings=vi"
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    packed = await client.get(path, headers={"accept-encoding": "gzip"})
    assert plain.headers["content-type"] == "text/csv; charset=utf-8"
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert next(csv.reader(io.StringIO(plain.text)))[:2] == ["Mã thủ tục", "Tên thủ tục"]


async def test_the_export_of_everything_ends_with_its_closing_line(client: httpx.AsyncClient) -> None:
    lines = (await client.get("/api/catalogue.ndjson")).text.splitlines()
    assert '"digest"' in lines[0]
    assert msgspec.json.decode(lines[-1]) == {"kind": "end", "events": len(lines) - 2}


async def test_a_head_tells_the_headers_alone(client: httpx.AsyncClient) -> None:
    answer = await client.head("/api/catalogue.csv")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]


@pytest.mark.parametrize(("path", "first"), [("/api/dataset", JSONLD), ("/api/profile", TURTLE)])
async def test_dataset_and_profile_come_in_both_forms(client: httpx.AsyncClient, path: str, first: str) -> None:
    assert (await client.get(path)).headers["content-type"].partition(";")[0] == first
    graphs = [
        rdflib.Graph().parse(data=(await get(client, path, media)).text, format=kind)
        for media, kind in ((JSONLD, "json-ld"), (TURTLE, "turtle"))
    ]
    assert len(graphs[0]) == len(graphs[1]) > 50


async def test_every_distribution_of_the_dataset_can_be_fetched(client: httpx.AsyncClient) -> None:
    graph = rdflib.Graph().parse(data=(await get(client, "/api/dataset", TURTLE)).text, format="turtle")
    links = [
        str(one).removeprefix("https://tthc.example.vn") for one in graph.objects(None, rdflib.DCAT.downloadURL)
    ]
    assert len(links) == 5
    for link in links:
        assert (await client.get(link)).status_code == 200, link


async def test_the_dictionary_is_served(client: httpx.AsyncClient) -> None:
    columns = (await client.get("/api/dictionary")).json()["columns"]
    state = next(one for one in columns if one["name"] == "lineState")
    assert [value["value"] for value in state["values"]] == ["free", "amount", "schedule", "unknown"]


# -- files that are kept ---------------------------------------------------------------------------------------


def kept(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def pieces() -> AsyncIterator[bytes]:
    yield b"one "
    yield b"two"


async def test_a_file_is_written_once_and_compressed_once(tmp_path: Path) -> None:
    written = 0

    async def count() -> AsyncIterator[bytes]:
        nonlocal written
        written += 1
        async for piece in pieces():
            yield piece

    prepared = Prepared(tmp_path)
    for compressed in (False, True, False, True):
        with await prepared.open("a.csv", count, compressed=compressed) as file:  # type: ignore[arg-type]  # plain functions do
            data = file.read()
            assert (gzip.decompress(data) if compressed else data) == b"one two"
    assert written == 1


async def test_a_file_that_could_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    async def fail() -> AsyncIterator[bytes]:
        yield b"one"
        raise OSError("the disk is full")

    prepared = Prepared(tmp_path)
    with pytest.raises(OSError, match="full"):
        await prepared.open("a.csv", fail, compressed=False)  # type: ignore[arg-type]  # plain functions do
    assert kept(tmp_path) == 0


async def test_only_so_many_files_are_kept(tmp_path: Path) -> None:
    prepared = Prepared(tmp_path)
    for number in range(MOST_FILES + 3):
        (await prepared.open(f"{number}.csv", pieces, compressed=False)).close()  # type: ignore[arg-type]  # plain functions do
    assert kept(tmp_path) == MOST_FILES


async def test_who_comes_when_too_many_wait_is_told_to_come_again(tmp_path: Path) -> None:
    prepared = Prepared(tmp_path)
    prepared._waiting = MOST_WAITING
    with pytest.raises(TooManyRequestsException):
        await prepared.open("a.csv", pieces, compressed=False)  # type: ignore[arg-type]  # plain functions do


# -- annexes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
async def test_an_annex_is_served_as_a_file(client: httpx.AsyncClient, kind: str) -> None:
    answer = await client.get(f"/api/annex.{kind}", params={"number": "30/qđ-btp"})
    assert answer.status_code == 200
    assert answer.content.startswith(b"PK")
    assert answer.headers["content-disposition"].endswith(f".{kind}")


@pytest.mark.parametrize(
    ("params", "status"),
    [({}, 400), ({"number": "x"}, 404), ({"number": "30/QĐ-BTP", "decided": "2020-01-01"}, 404)],
)
async def test_an_annex_of_nothing_is_a_problem(
    client: httpx.AsyncClient, params: dict[str, str], status: int
) -> None:
    answer = await client.get("/api/annex.docx", params=params)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
