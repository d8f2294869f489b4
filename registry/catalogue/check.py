"""Proves a catalogue sound, or says what is wrong with it."""

from collections import Counter
from enum import StrEnum
from hashlib import blake2b

import msgspec
from piccolo.querystring import QueryString

from registry.catalogue import timeline
from registry.catalogue.timeline import Span
from registry.engine import Database, Row
from registry.procedure import Procedure
from registry.sections import digest

_procedure = msgspec.json.Decoder(Procedure).decode
_counts = msgspec.json.Decoder(dict[str, int]).decode


class Area(StrEnum):
    """What a finding is about."""

    VERSIONS = "versions"
    CONTENT = "content"
    ANNOUNCEMENTS = "announcements"
    AGENCIES = "agencies"
    CHANGES = "changes"
    QUARANTINE = "quarantine"
    INDEX = "index"
    AUDIT = "audit"
    DOSSIERS = "dossiers"
    OBSERVATIONS = "observations"


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be, and the way out."""

    area: Area
    subject: str
    message: str


async def check(database: Database) -> list[Finding]:
    """Everything that is wrong in the catalogue; an empty list is the proof. Reads all of it once."""
    findings: list[Finding] = []
    async with database.snapshot():
        findings += await _overlaps(database, "version", Area.VERSIONS)
        findings += await _overlaps(database, "agency", Area.AGENCIES)
        findings += await _contents(database)
        findings += await _announcements(database)
        findings += await _changes(database)
        findings += await _quarantine(database)
    return findings


async def _overlaps(database: Database, table: str, area: Area) -> list[Finding]:
    rows = await database.rows(
        QueryString(f"SELECT code, valid_from, valid_to, seq FROM {table} WHERE recorded_to IS NULL")
    )
    spans: dict[str, list[Span[int]]] = {}
    findings = []
    for row in rows:
        start, end = row["valid_from"], row["valid_to"]
        if end is not None and end <= start:
            findings.append(Finding(area, row["code"], f"ends on {end}, before it begins on {start}"))
        spans.setdefault(row["code"], []).append(Span(start, end, row["seq"]))
    for code, found in spans.items():
        for left, right in timeline.overlaps(found):
            text = f"changes {left.value} and {right.value} are both in force from {right.start}"
            findings.append(Finding(area, code, text))
    return findings


async def _contents(database: Database) -> list[Finding]:
    """Contents must digest to their keys, and versions must have one."""
    findings = []
    after = ""
    while rows := await database.rows(
        QueryString("SELECT digest, body FROM content WHERE digest > {} ORDER BY digest LIMIT 500", after)
    ):
        after = rows[-1]["digest"]
        for row in rows:
            if digest(_procedure(row["body"])) != row["digest"]:
                findings.append(Finding(Area.CONTENT, row["digest"], "does not digest to its key: it was altered"))
    missing = await database.rows(
        QueryString(
            "SELECT v.code, v.seq FROM version v LEFT JOIN content c ON c.digest = v.content "
            "WHERE c.digest IS NULL"
        )
    )
    return findings + [
        Finding(Area.CONTENT, row["code"], f"the version of change {row['seq']} has no content") for row in missing
    ]


async def _announcements(database: Database) -> list[Finding]:
    rows: list[Row] = []
    for column in ("announcement", "ended_by"):
        rows += await database.rows(
            QueryString(
                f"SELECT DISTINCT v.{column} AS id FROM version v LEFT JOIN announcement a ON a.id = v.{column} "
                f"WHERE v.{column} IS NOT NULL AND a.id IS NULL"
            )
        )
    return [Finding(Area.ANNOUNCEMENTS, row["id"], "is named by a version, but is not recorded") for row in rows]


async def _changes(database: Database) -> list[Finding]:
    """Changes are numbered without gaps, and every row has its change."""
    rows = await database.rows(QueryString("SELECT COUNT(*) AS n, COALESCE(MAX(seq), 0) AS last FROM change"))
    findings = []
    if rows[0]["n"] != rows[0]["last"]:
        text = f"there are {rows[0]['n']} changes, but the last has the number {rows[0]['last']}"
        findings.append(Finding(Area.CHANGES, "change", text))
    for table in ("version", "announcement", "item", "succession", "agency", "sector"):
        lost = await database.rows(
            QueryString(
                f"SELECT t.seq FROM {table} t LEFT JOIN change c ON c.seq = t.seq WHERE c.seq IS NULL LIMIT 5"
            )
        )
        findings += [Finding(Area.CHANGES, table, f"row {row['seq']} has no change") for row in lost]
    return findings


async def _quarantine(database: Database) -> list[Finding]:
    """Every run's counts add up, and what it quarantined is there."""
    findings = []
    rows = await database.rows(QueryString("SELECT id, counts FROM run WHERE outcome = 'done' ORDER BY id"))
    held = await database.rows(QueryString("SELECT run, reason, data, id FROM quarantine"))
    by_run = Counter(row["run"] for row in held)
    for row in held:
        if not row["reason"] or row["data"] is None:
            findings.append(Finding(Area.QUARANTINE, row["id"], "has no reason or no raw bytes"))
    for row in rows:
        counts = _counts(row["counts"])
        told = sum(count for fate, count in counts.items() if fate not in ("read", "ended"))
        if told != counts.get("read"):
            text = f"run {row['id']} read {counts.get('read')} records, but tells the fate of {told}"
            findings.append(Finding(Area.QUARANTINE, str(row["id"]), text))
        said = counts.get("quarantined", 0)
        if by_run[row["id"]] > said:
            text = f"run {row['id']} counted {said} quarantined records, but {by_run[row['id']]} are kept"
            findings.append(Finding(Area.QUARANTINE, str(row["id"]), text))
    return findings


async def catalogue_digest(database: Database) -> str:
    """One digest over everything that is believed: what two equal registries have in common.

    It covers versions with their days, announcements with their items, agencies, sectors and successions; not
    when or in which order they were recorded.
    """
    total = 0
    for sql in (
        "SELECT code, valid_from, valid_to, announcement, ended_by, content FROM version "
        "WHERE recorded_to IS NULL",
        "SELECT id, body FROM announcement WHERE recorded_to IS NULL",
        "SELECT announcement, action, old, new FROM item",
        "SELECT code, name, kind, level, parent, valid_from, valid_to, decision FROM agency "
        "WHERE recorded_to IS NULL",
        "SELECT code, name FROM sector WHERE recorded_to IS NULL",
        "SELECT kind, old, new, day FROM succession",
    ):
        for row in await database.rows(QueryString(sql)):
            line = "\0".join("" if value is None else str(value) for value in row.values())
            total += int.from_bytes(blake2b(f"{sql}\0{line}".encode(), digest_size=16).digest(), "big")
    return f"{total % 2**128:032x}"
