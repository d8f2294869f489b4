"""Writing: index, settings, batches, tasks, swaps and keys, through the official client.

Everything here blocks, and is called in a thread. Every request and every wait for a task has a time limit.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import meilisearch
import msgspec
import requests
from meilisearch.errors import MeilisearchApiError, MeilisearchError, MeilisearchTimeoutError

from search.contract import Batch, Document, IndexBehind, IndexUnavailable, combined_digest
from search.meilisearch import documents, values
from search.meilisearch.connection import REMEDY, IndexMissing, refused, unreachable
from search.meilisearch.documents import State

# What is relied on came with this version: attributes filterable by pattern and feature, no facet search.
OLDEST = (1, 12)
_PRIMARY = "key"
_NDJSON = "application/x-ndjson"
# One request holds about so many bytes of documents.
_BATCH_BYTES = 16_000_000
_PAGE = 20_000
_CODES = 500
# Seconds between two looks at a task, at first and at most.
_PAUSES = (0.005, 0.25)
# What a program that keeps one index needs; managing keys and dumps is not among it.
_RIGHTS = (
    "search", "documents.*", "indexes.*", "settings.*", "tasks.get", "version",
)  # fmt: skip


class Pair(msgspec.Struct):
    """What proves a document: its id and digest."""

    key: str = ""
    id: str = ""
    digest: str = ""


class Administration:
    """One index of one server. ``request_seconds`` bounds a request, ``task_seconds`` the wait for a task."""

    def __init__(
        self, url: str, key: str, index: str, *, request_seconds: float = 30.0, task_seconds: float = 300.0
    ) -> None:
        self.url = url.rstrip("/")
        self.index = index
        self._task_seconds = task_seconds
        # The client writes its time limit into its configuration as it is; fractions are fine.
        self._client = meilisearch.Client(self.url, key or None, timeout=request_seconds)  # type: ignore[arg-type]  # see above

    # Reading

    def check(self) -> None:
        """Raise ``IndexUnavailable`` when the server is too old, or no Meilisearch."""
        with self._named():
            told = str(self._client.get_version().get("pkgVersion", ""))
        check_version(self.url, told)

    def state(self, index: str | None = None) -> State | None:
        """The state written in the index; ``None`` when there is no index or it was built otherwise."""
        uid = index or self.index
        try:
            with self._named():
                found = self._client.index(uid).get_documents({"filter": f"key = {documents.STATE}", "limit": 1})
        except IndexMissing:
            return None
        written = [state for one in found.results for state in one.state]
        return documents.read_state(written[0]) if written else None

    # Writing

    def apply(self, batch: Batch) -> bool:
        """Apply a change in one step; ``False`` when there is no index of this format to apply it to. Raises
        ``IndexBehind`` where the index does not hold what came before the change.

        What comes, what goes and the new revision are one task, which Meilisearch carries out whole or not at
        all: documents that go are first replaced by tombstones, and those are removed afterwards.
        """
        self.check()
        made = self._made()
        state = self.state()
        if state is not None and state.format != documents.index_format():
            state = None
        present = state.revision if state else 0
        if present < batch.since:
            raise IndexBehind(f"Meilisearch at {self.url} is at revision {present}, not yet at {batch.since}")
        if state is None:
            return False
        if batch.revision < state.revision:
            return True
        written = [documents.encode(one) for one in batch.documents]
        gone = self._keys_of(batch.codes) - {str(one["key"]) for one in written}
        written += [documents.tombstone(key) for key in sorted(gone)]
        fresh = documents.fresh_state(batch.revision)
        self._send(self.index, written, documents.state_document(fresh))
        if gone:
            tombstones = values.one_of("key", sorted(gone))
            index = self._client.index(self.index)
            self._wait(self._do(lambda: index.delete_documents(filter=tombstones)))
        if self._made() != made:
            self._disown(fresh)
            raise IndexBehind(f"Meilisearch at {self.url}: another index was swapped in during a change")
        return True

    def rebuild(self, some: Iterable[Document], revision: int) -> None:
        """Build an index beside the present one, prove it, swap it in and remove the old one.

        Whatever killed rebuilds have left goes first. Until the swap, which is one step, the old index answers.
        """
        self.check()
        self._sweep()
        fresh = f"{self._leftover}{uuid4().hex[:12]}"
        try:
            self._build(fresh, some, revision)
            self._swap(fresh)
        finally:
            # After a swap this is the old index. If the server is gone, the next rebuild removes it.
            self._remove([fresh])

    def issue_key(self) -> str:
        """A key that can do what this program does, and no more; the same each time.

        Needs the master key.
        """
        uid = str(uuid5(NAMESPACE_URL, f"danhmuc/{self.index}"))
        with self._named():
            try:
                return str(self._client.get_key(uid).key)
            except MeilisearchApiError as fault:
                if fault.code != "api_key_not_found":
                    raise
            options = {
                "uid": uid,
                "name": f"danhmuc {self.index}",
                "actions": list(_RIGHTS),
                # A key for one index may neither tell the version nor see that a swap is done.
                "indexes": ["*"],
                "expiresAt": None,
            }
            return str(self._client.create_key(options).key)

    def _disown(self, state: State) -> None:
        """Have the index built anew if it took a change that was meant for the one before."""
        if self.state() == state:
            self._send(self.index, (), documents.state_document(documents.fresh_state(0)))

    @property
    def _leftover(self) -> str:
        return f"{self.index}-next-"

    def _build(self, fresh: str, some: Iterable[Document], revision: int) -> None:
        self._wait(self._do(lambda: self._client.create_index(fresh, {"primaryKey": _PRIMARY})))
        self._wait(self._do(lambda: self._client.index(fresh).update_settings(documents.index_settings())))
        sent: list[tuple[str, str]] = []

        def encoded() -> Iterator[dict[str, object]]:
            for one in some:
                sent.append((one.id, one.digest))
                yield documents.encode(one)

        self._send(fresh, encoded(), documents.state_document(documents.fresh_state(revision)))
        held = [(one.id, one.digest) for one in self._pairs(fresh)]
        if (len(held), combined_digest(held)) != (len(sent), combined_digest(sent)):
            raise IndexUnavailable(
                f"Meilisearch at {self.url} holds {len(held)} of {len(sent)} documents after a rebuild, which was "
                f"therefore given up; is another rebuild under way? Otherwise {REMEDY}"
            )

    def _swap(self, fresh: str) -> None:
        if self._made() is None:
            self._wait(
                self._do(lambda: self._client.create_index(self.index, {"primaryKey": _PRIMARY})), exists=True
            )
        self._wait(self._do(lambda: self._client.swap_indexes([{"indexes": [self.index, fresh]}])))

    def _sweep(self) -> None:
        with self._named():
            indexes = self._client.get_indexes({"limit": 10_000})["results"]
        self._remove([one.uid for one in indexes if one.uid.startswith(self._leftover)])

    def _remove(self, indexes: list[str]) -> None:
        for uid in indexes:
            self._wait(self._do(self._client.index(uid).delete), missing=True)

    def _made(self) -> str | None:
        """When the index was made, which differs once another is swapped in; ``None`` when there is none."""
        with self._named():
            try:
                return str(self._client.get_raw_index(self.index)["createdAt"])
            except MeilisearchApiError as fault:
                if fault.code == "index_not_found":
                    return None
                raise

    def _keys_of(self, codes: list[str]) -> set[str]:
        """Keys of every document of these codes."""
        found: set[str] = set()
        for start in range(0, len(codes), _CODES):
            wanted = values.one_of("codeKey", map(values.encode, codes[start : start + _CODES]))
            found |= {one.key for one in self._pairs(self.index, wanted)}
        return found

    def _pairs(self, index: str, wanted: str = "codeKey EXISTS") -> Iterator[Pair]:
        offset = 0
        while True:
            page = {"filter": wanted, "fields": ["key", "id", "digest"], "limit": _PAGE, "offset": offset}
            with self._named():
                answer = self._client.http.post(f"indexes/{index}/documents/fetch", page)
            found = msgspec.convert(answer["results"], list[Pair])
            yield from found
            offset += len(found)
            if len(found) < _PAGE:
                return

    def _send(self, index: str, some: Iterable[dict[str, object]], last: dict[str, object]) -> None:
        """Send documents in batches, and with the end of them ``last``; wait until all of them are in."""
        tasks: list[int] = []
        lines: list[bytes] = []
        size = 0
        for one in some:
            if size > _BATCH_BYTES:
                tasks.append(self._post(index, lines))
                lines, size = [], 0
            lines.append(msgspec.json.encode(one))
            size += len(lines[-1])
        tasks.append(self._post(index, [*lines, msgspec.json.encode(last)]))
        for task in tasks:
            self._wait(task)

    def _post(self, index: str, lines: list[bytes]) -> int:
        body = b"\n".join(lines)
        return self._do(lambda: self._client.index(index).add_documents_raw(body, _PRIMARY, _NDJSON))

    def _do(self, call: Callable[[], Any]) -> int:
        """Start a task, and give its number."""
        with self._named():
            return int(call().task_uid)

    def _wait(self, task: int, *, exists: bool = False, missing: bool = False) -> None:
        """Wait for a task. Raises ``IndexUnavailable`` when it fails or takes too long.

        ``exists`` and ``missing`` say that what was to be made may be there, or to be removed may be gone.
        """
        allowed = {"index_already_exists"} if exists else {"index_not_found"} if missing else set()
        end = time.monotonic() + self._task_seconds
        pause, most = _PAUSES
        while True:
            with self._named():
                told = self._client.http.get(f"tasks/{task}")
            if told["status"] == "succeeded":
                return
            if told["status"] in ("failed", "canceled"):
                error = told.get("error") or {}
                if error.get("code") in allowed:
                    return
                raise IndexUnavailable(
                    f"Meilisearch at {self.url}: task {task} ({told['type']}) {told['status']}: "
                    f"{error.get('message', 'no reason given')}; {REMEDY}"
                )
            if time.monotonic() > end:
                raise IndexUnavailable(
                    f"Meilisearch at {self.url}: task {task} ({told['type']}) is not done after "
                    f"{self._task_seconds:g} s; it may still be, then nothing is lost; otherwise {REMEDY}"
                )
            time.sleep(pause)
            pause = min(most, pause * 1.3)

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Give what goes wrong with the server its name."""
        try:
            yield
        except MeilisearchApiError as fault:
            raise refused(self.url, fault.status_code, fault.code or "", fault.message) from fault
        except MeilisearchTimeoutError as fault:
            raise IndexUnavailable(
                f"Meilisearch at {self.url} did not answer in time ({fault.message})"
            ) from fault
        except MeilisearchError as fault:
            raise unreachable(self.url, fault.message) from fault
        except (requests.RequestException, ValueError, KeyError) as fault:
            raise IndexUnavailable(
                f"{self.url} answers, but not as Meilisearch does ({fault}); check DANHMUC_SEARCH_URL"
            ) from fault


def check_version(url: str, told: str) -> None:
    """Raise ``IndexUnavailable`` for a version that is too old, or none."""
    numbers = told.split("-")[0].split(".")
    if len(numbers) < 2 or not all(number.isdecimal() for number in numbers[:2]):
        raise IndexUnavailable(f"{url} tells no version of Meilisearch ({told!r}); check DANHMUC_SEARCH_URL")
    if (int(numbers[0]), int(numbers[1])) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise IndexUnavailable(
            f"Meilisearch at {url} is version {told}, at least {oldest} is needed; upgrade it, and {REMEDY}"
        )
