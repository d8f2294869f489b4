"""The national portal on 127.0.0.1, with the records that it is given: the list with its cursor, records by id,
and the older interface. It can be told to be slow, to fail in every way that was seen or feared, and to change.

By hand: ``python tests/portal/replica.py [ARCHIVE] [--port 0] [--delay 0.05]``.
"""

import argparse
import asyncio
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("DANHMUC_SHARED", ROOT.parent / "shared"))
ARCHIVE = SHARED / "data" / "portal-2026-07-17" / "raw_procedure.tar.xz"
LIST = "/submitting/formality/list-all-public-formality-by-citizen"
DETAIL = "/configuring/formality/get-formality-by-citizen"
OLDER = "/legacy"
HUGE = 2 * 2**30

LEVELS = {"isMinistry": "Cấp bộ", "isProvince": "Cấp tỉnh", "isWard": "Cấp xã", "isOtherAgency": "Cơ quan khác"}
CHANNELS = {"DIRECT": 1, "ONLINE": 2, "POSTAL": 3}
UNITS = {"WORKING_DAY": "Ngày làm việc", "DAY": "Ngày", "HOUR": "Giờ", "MONTH": "Tháng", "YEAR": "Năm"}


def archived(path: Path) -> Iterator[dict[str, Any]]:
    """Records of the data set, read in place."""
    with tarfile.open(path, "r|xz") as files:
        for member in files:
            if member.isfile() and member.name.endswith(".json"):
                content = files.extractfile(member)
                assert content is not None
                yield msgspec.json.decode(content.read())


def names(things: list[dict[str, Any] | None] | None) -> list[str]:
    return [thing["name"] for thing in things or [] if thing and thing.get("name")]


def line_of(detail: dict[str, Any]) -> dict[str, Any]:
    """A record as the list tells it."""
    return {
        "id": detail["id"],
        "name": detail["name"],
        "code": detail["code"],
        "codeNotation": detail["codeNotation"],
        "categories": names(detail["categoriesDetails"]),
        "categoryIds": detail.get("categoryIds") or [],
        "departments": names(detail["departmentsExecuting"]) or names(detail.get("unitGroupsExecuting")),
        "departmentPromulgate": detail.get("departmentPromulgateName"),
        "departmentPromulgateId": detail.get("departmentPromulgateId"),
        "formalityTargetType": names(detail["subjectTypesDetails"]),
        "state": detail.get("state"),
        "type": detail.get("type"),
    }


def older(detail: dict[str, Any]) -> dict[str, Any]:
    """A record as the older interface tells it."""
    return {
        "MATTHC": detail["code"],
        "TENTTHC": detail["name"],
        "LINHVUCTHUCHIEN": [
            {"MALINHVUC": one.get("code"), "TENLINHVUC": one.get("name")}
            for one in detail["categoriesDetails"]
            if one
        ],
        "CAPTHUCHIEN": [{"CAPTHUCHIEN": level} for flag, level in LEVELS.items() if detail.get(flag)],
        "TRINHTUTHUCHIEN": [
            {
                "TRUONGHOP": "",
                "TRINHTU": [{"TENTRINHTU": step.get("description")} for step in detail["executionSteps"] if step],
            }
        ],
        "CACHTHUCTHUCHIEN": [older_way(way) for way in detail["executionMethods"] if way],
        "THANHPHANHOSO": [
            {
                "TRUONGHOP": case.get("name"),
                "GIAYTO": [
                    {
                        "MAGIAYTO": paper.get("code"),
                        "TENGIAYTO": paper.get("name"),
                        "SOBANCHINH": paper.get("originalQty"),
                        "SOBANSAO": str(paper.get("copyQty") or 0),
                    }
                    for paper in case.get("profileComponents") or []
                    if paper
                ],
            }
            for case in detail["executionCases"]
            if case
        ],
        "DOITUONGTHUCHIEN": [{"TENDOITUONG": name} for name in names(detail["subjectTypesDetails"])],
        "COQUANTHUCHIEN": [
            {"MADONVI": one.get("code"), "TENDONVI": one["name"]}
            for one in detail["departmentsExecuting"]
            if one and one.get("name")
        ],
        "KETQUATHUCHIEN": [
            {"MAKETQUA": one.get("code"), "TENKETQUA": one.get("name")} for one in detail["resultsDetails"] if one
        ],
        "CANCUPHAPLY": [
            {"SOVANBAN": one.get("code"), "TENVANBAN": one.get("name")}
            for one in detail["legalBasisesDetails"]
            if one
        ],
    }


def older_way(way: dict[str, Any]) -> dict[str, Any]:
    fees = [
        {"SOTIEN": fee.get("value"), "DONVI": fee.get("currencyName"), "MOTA": fee.get("description")}
        for fee in way.get("fees") or []
        if fee
    ]
    return {
        "KENH": CHANNELS[way["submissionMethod"]],
        "THOIGIAN": way.get("processingTime"),
        "DONVITINH": UNITS.get(way.get("processingTimeUnit"), ""),
        "MOTA": way.get("description"),
        "PHILEPHI": fees,
    }


@dataclass
class Fault:
    """Something that goes wrong ``times`` times at ``where`` (list, detail, older, any), for one id if given.

    ``kind`` is a status (with ``value`` as Retry-After), or one of: html, garbled, cut, drop, hang, huge,
    endless-huge, redirect (to ``value``), refused (a code that is not OK), null, other (the record ``value``),
    odd (``value`` itself).
    """

    where: str
    kind: str
    times: float = 1
    value: str = ""
    id: str = ""


@dataclass
class Replica:
    """State of the replica. ``cursor`` is keyset, offset, endless, looping or standing."""

    page_repeats: int = 0
    delay: float = 0.0
    cursor: str = "keyset"
    faults: list[Fault] = field(default_factory=list)
    details: dict[str, bytes] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    issuers: dict[str, str] = field(default_factory=dict)
    extra_lines: list[Any] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    on_list: Callable[[int], None] = lambda _: None
    on_detail: Callable[[str], None] = lambda _: None
    url: str = ""
    busy: int = 0
    busiest: int = 0

    def put(self, record: dict[str, Any]) -> None:
        """Add a record, or change it; ``record`` is a file of the data set, or its ``detail``."""
        detail = record.get("detail", record)
        self.details[detail["id"]] = msgspec.json.encode(detail)
        self.lines[detail["id"]] = line_of(detail)
        self.issuers[detail["id"]] = detail.get("departmentPromulgateCode") or ""

    def fill(self, records: Iterable[dict[str, Any]]) -> "Replica":
        for record in records:
            self.put(record)
        return self

    def change(self, key: str, *, unseen: bool = False, **values: Any) -> None:
        """Change a record; ``unseen`` leaves its line in the list as it was."""
        detail = msgspec.json.decode(self.details[key])
        detail.update(values, updatedAt=detail["updatedAt"] + 1000)
        before = self.lines[key]
        self.put(detail)
        if unseen:
            self.lines[key] = before

    def remove(self, *keys: str) -> None:
        for key in keys:
            del self.details[key], self.lines[key]

    def count(self, where: str) -> int:
        return sum(1 for path, _ in self.asked if path == where)

    def ids(self, where: str = "detail") -> list[str]:
        return [asked for path, asked in self.asked if path == where]

    def reset(self) -> None:
        self.asked.clear()
        self.busiest = 0

    # -- answering ----------------------------------------------------------------------------------------

    def answer(self, path: str, body: bytes) -> tuple[str, str, bytes]:
        """Where a request went, what it asked for, and the answer."""
        if path.endswith(LIST):
            asked = json.loads(body)
            self.on_list(self.count("list"))
            return "list", asked["lastId"], self._list(asked)
        if path.endswith(DETAIL):
            key = json.loads(body)["id"]
            self.on_detail(key)
            return "detail", key, self._detail(key)
        if path.endswith("/replica"):
            return "replica", "", self._told(json.loads(body))
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if form.get("service") == "LayDanhSachTTHC":
            found = [{"MATTHC": one["code"], "TENTTHC": one["name"]} for one in self._ordered("")]
            return "older", "", msgspec.json.encode({"error_code": "0", "result": found})
        code = form.get("MATTHC", "")
        wanted = [key for key, line in self.lines.items() if line["code"] == code]
        found = [older(msgspec.json.decode(self.details[key])) for key in wanted[:1]]
        return "older", code, msgspec.json.encode({"error_code": "0", "result": found})

    def _detail(self, key: str) -> bytes:
        return b'{"code":"OK","data":' + self.details.get(key, b"null") + b"}"

    def _ordered(self, department: str) -> list[dict[str, Any]]:
        keys = sorted(self.lines, reverse=True)
        return [self.lines[key] for key in keys if self.issuers[key].split(".")[0].startswith(department)]

    def _list(self, asked: dict[str, Any]) -> bytes:
        lines: list[Any] = self._ordered(asked["departmentCode"])
        limit, last = asked["limit"], asked["lastId"]
        if self.cursor == "keyset":
            rest = [line for line in lines if not last or line["id"] < last]
            page = rest[:limit]
            following = page[-1]["id"] if page else None
        else:
            start = int(last or 0)
            page = lines[start : start + limit]
            following = str(start + limit) if page else None
            if not page and self.cursor == "endless":
                page, following = lines[-limit:], str(start + limit)
            elif not page and self.cursor == "looping":
                page, following = lines[:limit], str(limit)
            elif page and start and self.cursor == "standing":
                following = last
        if self.page_repeats and last:
            page = [*lines[: self.page_repeats], *page] if page else page
        if not last:
            page = [*self.extra_lines, *page]
        return msgspec.json.encode({"code": "OK", "data": {"items": page, "lastId": following}})

    def _told(self, asked: dict[str, Any]) -> bytes:
        """What another process asks for: so many records changed, in sight of the list or not, or removed."""
        keys = sorted(self.lines)[: asked.get("change", 0)]
        for key in keys:
            detail = msgspec.json.decode(self.details[key])
            self.change(key, name=f"{detail['name']} {asked['word']}")
        for key in sorted(self.lines, reverse=True)[: asked.get("unseen", 0)]:
            self.change(key, unseen=True, note=asked["word"])
        self.remove(*sorted(self.lines)[-asked["remove"] :] if asked.get("remove") else [])
        return msgspec.json.encode({"asked": len(self.asked), "details": self.count("detail")})

    def fault(self, where: str, key: str) -> Fault | None:
        """The fault that is due, if any."""
        for one in self.faults:
            if one.where in (where, "any") and one.id in ("", key) and one.times > 0:
                one.times -= 1
                return one
        return None

    # -- serving ------------------------------------------------------------------------------------------

    async def serve(self, port: int = 0) -> asyncio.Server:
        server = await asyncio.start_server(self._connected, "127.0.0.1", port, limit=2**20)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v1"
        return server

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client went away, which is its right, or the replica ends
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        length = next(int(one[15:]) for one in head if one.lower().startswith("content-length:"))
        body = await reader.readexactly(length)
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            where, key, answer = self.answer(path, body)
            if where != "replica":
                self.asked.append((where, key))
            if self.delay:
                await asyncio.sleep(self.delay)
            fault = self.fault(where, key)
            if fault is not None:
                return await self._fail(fault, answer, writer)
            writer.write(_head(200, len(answer)) + answer)
            await writer.drain()
            return True
        finally:
            self.busy -= 1

    async def _fail(self, fault: Fault, answer: bytes, writer: asyncio.StreamWriter) -> bool:
        kind = fault.kind
        bodies = {
            "html": b"<html><title>Request Rejected</title></html>",
            "garbled": answer[: len(answer) // 2],
            "refused": b'{"code":"INTERNAL_ERROR","message":"try later","data":null}',
            "null": b'{"code":"OK","data":null}',
            "other": self._detail(fault.value),
            "odd": fault.value.encode(),
        }
        if kind.isdecimal():
            extra = f"Retry-After: {fault.value}\r\n" if fault.value else ""
            writer.write(_head(int(kind), 0, extra))
        elif kind == "redirect":
            writer.write(_head(302, 0, f"Location: {fault.value}\r\n"))
        elif kind in bodies:
            writer.write(_head(200, len(bodies[kind])) + bodies[kind])
        elif kind == "cut":
            writer.write(_head(200, len(answer)) + answer[: len(answer) // 2])
            return False
        elif kind == "hang":
            await asyncio.sleep(30)
            return False
        elif kind == "huge":
            writer.write(_head(200, HUGE))
            return False
        elif kind == "endless-huge":
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(HUGE // 2**16):
                writer.write(b"10000\r\n" + b" " * 2**16 + b"\r\n")
                await writer.drain()
            return False
        else:
            assert kind == "drop", kind
            return False
        await writer.drain()
        return True


def _head(status: int, length: int, extra: str = "") -> bytes:
    kind = "Content-Type: application/json\r\n"
    return f"HTTP/1.1 {status} OK\r\n{kind}{extra}Content-Length: {length}\r\n\r\n".encode()


@contextmanager
def running(replica: Replica) -> Iterator[Replica]:
    """The replica in a thread of its own, so that other processes and other loops can ask it."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    servers: list[asyncio.Server] = []

    async def start() -> None:
        servers.append(await replica.serve())

    def live() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(start())
        loop.call_soon(started.set)
        loop.run_forever()
        for task in asyncio.all_tasks(loop):
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield replica
    finally:
        loop.call_soon_threadsafe(servers[0].close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


async def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", nargs="?", type=Path, default=ARCHIVE)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    options = parser.parse_args()
    replica = Replica(delay=options.delay).fill(archived(options.archive))
    server = await replica.serve(options.port)
    print(replica.url, flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
