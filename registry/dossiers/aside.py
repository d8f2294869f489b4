"""Sound dossiers that wait for the catalogue: counted by reason, and taken in once it has what they name."""

from array import array
from tempfile import TemporaryDirectory

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import versions
from registry.dossiers.batch import Batch
from registry.dossiers.catalogued import Catalogued, learn, look
from registry.dossiers.counting import counted
from registry.dossiers.dossier import Delivered, Wrong
from registry.dossiers.examining import Absent, Examiner
from registry.dossiers.image import Image
from registry.dossiers.recording import TRIED, begin, fact, finish, note, write
from registry.engine import Database, Row

_MANY = 5_000
_decode = msgspec.json.Decoder(Delivered).decode


class Retried(msgspec.Struct, frozen=True, rename="camel"):
    """What came of a retry: how many were taken in, and how many still wait."""

    taken: int
    waiting: int


async def counts(database: Database) -> dict[str, int]:
    """How many dossiers are aside, by reason."""
    rows = await database.rows(
        QueryString("SELECT reason, COUNT(*) AS n FROM dossier_aside GROUP BY reason ORDER BY reason")
    )
    return {row["reason"]: int(row["n"]) for row in rows}


async def retry(database: Database, key: bytes, *, always: bool = False) -> Retried:
    """Take in what is aside and may be now; unless ``always``, only if the catalogue has changed since."""
    revision = await versions.revision(database)
    waiting = sum((await counts(database)).values())
    if not waiting or (not always and await fact(database, TRIED) == str(revision)):
        return Retried(0, waiting)
    view = Catalogued(database)
    examiner = Examiner(key, await look(view))
    delivery = await begin(database, "aside", "aside")
    taken = 0
    after = ""
    while rows := await database.rows(
        QueryString("SELECT id, reason, body FROM dossier_aside WHERE id > {} ORDER BY id LIMIT {}", after, _MANY)
    ):
        after = rows[-1]["id"]
        with TemporaryDirectory(prefix="danhmuc-") as folder:
            batch, ids, moved = await _examined(view, examiner, rows, folder)
            if ids:
                await write(database, batch, delivery, ids)
        await _tell(database, moved)
        taken += len(ids)
    await database.transact(lambda: note(database, TRIED, str(revision)))
    await finish(database, delivery)
    return Retried(taken, waiting - taken)


async def _examined(
    view: Catalogued, examiner: Examiner, rows: list[Row], folder: str
) -> tuple[Batch, list[str], list[tuple[str, str]]]:
    """What can be taken in, its ids, and the (reason, id) of what now waits for another reason."""
    dossiers = [_decode(row["body"]) for row in rows]
    examiner.told(await learn(view, examiner.wanted(dossiers)))
    records, ids, moved = [], [], []
    for row, dossier in zip(rows, dossiers, strict=True):
        try:
            records.append(examiner.examine(bytes.fromhex(dossier.number), dossier))
        except Absent as absent:
            if absent.reason != row["reason"]:
                moved.append((absent.reason.value, row["id"]))
        except Wrong:
            continue  # it was sound when it was put aside: the clock has been set back, and will come forward
        else:
            ids.append(row["id"])
    made = Image(folder)
    made.add(records)
    counting = counted(records)
    for tally, rows_of in counting.totals():
        made.tally(tally, rows_of)
    made.close()
    batch = Batch(
        examiner.now.revision,
        read=len(ids),
        count=len(records),
        records=made.path,
        lines=array("q", bytes(8 * len(records))),
        touched=counting.touched(),
    )
    return batch, ids, moved


async def _tell(database: Database, moved: list[tuple[str, str]]) -> None:
    if not moved:
        return
    mark = database.mark

    async def unit() -> None:
        await database.each(f"UPDATE dossier_aside SET reason = {mark(1)} WHERE id = {mark(2)}", moved)

    await database.transact(unit)
