"""Import by upload: a file is looked at first; what it would do is shown, then taken in exactly so, or not."""

import asyncio
from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, QueryParameter

from registry import clock
from registry.access.actors import AccessError, known_agency
from registry.api.access import database_of
from registry.api.parameters import Limit, Offset
from registry.api.problems import ParameterInvalid
from registry.intake import compare, foresight, uploads
from registry.intake.compare import Fate
from registry.intake.record import Cover
from registry.intake.uploads import State, Upload
from registry.intake.working import Workers
from registry.procedure import Procedure
from registry.sections import differences
from registry.settings import Settings
from registry.web.addresses import link
from registry.web.desk import reasons
from registry.web.desk.beside import compared
from registry.web.desk.entry import Instead, page, proven, signed_in, unbound
from registry.web.desk.receiving import FileTooLarge, receive
from registry.web.desk.twice import identity
from registry.web.forms import TOKEN, done, read, text
from registry.web.pages import language

ADDRESS = "/bien-tap/nhap"
REFRESH = 3  # seconds after which a page that waits loads again, by itself and without scripts
LOOKABLE = (State.SHOWN, State.MOVED, State.FAILED, State.UNREADABLE)
TOLD = tuple(fate for fate in Fate if fate is not Fate.UNCHANGED)
OfFate = Annotated[str | None, QueryParameter(name="loai")]


class ImportPages(Controller):
    path = ADDRESS
    guards = (signed_in("announce"),)

    @get()
    async def entries(
        self, request: Request[Any, Any, Any], limit: Limit = 20, offset: Offset = 0
    ) -> Response[Any]:
        """The form, and what was uploaded before."""
        await unbound(request)
        return await _form(request, {}, [], limit=limit, offset=offset)

    @post(opt={"streamed": True}, request_max_body_size=None)
    async def upload(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a file, and begin to look at it."""
        actor, settings = await unbound(request), settings_of(request)
        asked: dict[str, str] = {}

        async def ready(fields: dict[str, str]) -> None:
            asked.update(fields)
            await proven(request, fields.get(TOKEN, ""))
            if faults := await _faults(request, fields):
                raise Instead(await _form(request, fields, faults, status=422))

        try:
            got = await receive(request, settings.data / "uploads", settings.most_upload, ready)
        except FileTooLarge as error:
            return await _form(request, asked, [("tep", "large")], status=413, most=error.most)
        if got.path is None:
            await ready(got.fields)  # no file came, before which it would have been called
            return await _form(request, got.fields, [("tep", "none")], status=422)
        key = identity(got.fields, actor, 12)
        database, fields = database_of(request), got.fields
        before = await _known(request, key)
        if before is None:
            place = uploads.folder(settings, key)
            place.mkdir(parents=True, exist_ok=True)
            await asyncio.to_thread(got.path.replace, place / uploads.safe_name(got.name))
            cover, day = Cover(fields["cover"]), _day(fields.get("ngay", "")) or clock.today()
            agency = fields.get("agency", "") if cover is Cover.AGENCY else ""
            made = await uploads.create(
                database, actor, key, uploads.safe_name(got.name), got.size, cover, agency, day
            )
            workers_of(request).start(made)
        else:
            got.path.unlink(missing_ok=True)
        await uploads.sweep(database, settings, actor)
        return done(request, f"{ADDRESS}/{key}")

    @get("/{key:str}")
    async def show(
        self,
        request: Request[Any, Any, Any],
        key: FromPath[str],
        fate: OfFate = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Response[Any]:
        """Where an upload stands: how far work on it is, or what it would do."""
        await unbound(request)
        database = database_of(request)
        upload = await _find(request, key)
        if fate and fate not in set(TOLD):
            raise ParameterInvalid("loai", f"loai: {fate[:40]!r} is none", [one.value for one in TOLD])
        rows, total = await uploads.fates(database, key, fate or None, limit, offset)
        data = {
            **_common(request, upload),
            "rows": rows,
            "total": total,
            "limit": limit,
            "offset": offset,
            "fate": fate,
            "fates": [one.value for one in TOLD],
        }
        headers = {"refresh": str(REFRESH)} if upload.working else None
        return await page(request, "desk/import.html", data, headers=headers)

    @get("/{key:str}/ban-ghi/{number:int}")
    async def record(
        self, request: Request[Any, Any, Any], key: FromPath[str], number: FromPath[int]
    ) -> Response[Any]:
        """What would become of one record: old beside new."""
        await unbound(request)
        database, settings = database_of(request), settings_of(request)
        upload = await _find(request, key)
        found = await uploads.fate_of(database, key, number)
        if found is None:
            raise NotFoundException(f"upload {upload.id} has no record {number}")
        before = (await compare.contents(database, [found.before])).get(found.before) if found.before else None
        after, gone = None, False
        if found.length:
            try:
                body = await asyncio.to_thread(foresight.contents, uploads.contents_of(settings, upload), found)
                after = msgspec.json.decode(body, type=Procedure)
            except FileNotFoundError:
                gone = True
        shown = [] if gone else [compared(one) for one in differences(before, after, language(request))]
        data = {**_common(request, upload), "one": found, "sections": shown, "gone": gone}
        return await page(request, "desk/import_record.html", data)

    @get(["/{key:str}/nhan", "/{key:str}/bo"])
    async def ask(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """What accepting or discarding would do, to be confirmed."""
        await unbound(request)
        database = database_of(request)
        upload = await _find(request, key)
        step = request.url.path.rsplit("/", 1)[-1]
        if upload.state in uploads.OVER or (step == "nhan" and upload.state is not State.SHOWN):
            return done(request, f"{ADDRESS}/{key}")
        ends, total = await uploads.fates(database, key, Fate.ENDED, 50, 0)
        data = {**_common(request, upload), "ends": ends, "ending": total}
        return await page(
            request, "desk/import_accept.html" if step == "nhan" else "desk/import_discard.html", data
        )

    @post("/{key:str}/nhan")
    async def accept(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Take in exactly what was shown."""
        actor, form, database = await unbound(request), await read(request), database_of(request)
        upload = await _find(request, key)
        if upload.outcome is not None and upload.outcome.status == "refused" and not form.get("ends"):
            ends, total = await uploads.fates(database, key, Fate.ENDED, 50, 0)
            data = {**_common(request, upload), "ends": ends, "ending": total, "unticked": True}
            return await page(request, "desk/import_accept.html", data, status=422)
        try:
            moved = await uploads.move(
                database, actor, key, State.ACCEPTING, expected=[State.SHOWN], mark=text(form, "mark")
            )
        except uploads.UploadBusy:
            return done(request, f"{ADDRESS}/{key}")
        workers_of(request).start(moved, actor)
        return done(request, f"{ADDRESS}/{key}")

    @post("/{key:str}/xem-lai")
    async def look(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Look again, against the catalogue as it is now."""
        actor, database = await unbound(request), database_of(request)
        try:
            moved = await uploads.move(database, actor, key, State.LOOKING, expected=LOOKABLE)
        except uploads.UploadBusy:
            return done(request, f"{ADDRESS}/{key}")
        workers_of(request).start(moved)
        return done(request, f"{ADDRESS}/{key}")

    @post("/{key:str}/bo")
    async def discard(self, request: Request[Any, Any, Any], key: FromPath[str]) -> Response[Any]:
        """Take an upload away without taking it in."""
        actor, database = await unbound(request), database_of(request)
        try:
            await uploads.move(database, actor, key, State.DISCARDED, expected=(*LOOKABLE, State.LOOKING))
        except uploads.UploadBusy:
            return done(request, f"{ADDRESS}/{key}")
        await asyncio.to_thread(uploads.clear, settings_of(request), key)
        return done(request, f"{ADDRESS}/{key}")


def settings_of(request: Request[Any, Any, Any]) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def workers_of(request: Request[Any, Any, Any]) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


async def _form(
    request: Request[Any, Any, Any],
    fields: dict[str, str],
    faults: list[tuple[str, str]],
    *,
    status: int = 200,
    limit: int = 20,
    offset: int = 0,
    most: int | None = None,
) -> Response[Any]:
    items, total = await uploads.listed(database_of(request), limit, offset)
    data = {
        "fields": fields,
        "faults": faults,
        "items": items,
        "total": total,
        "limit": limit,
        "offset": offset,
        "most": most or settings_of(request).most_upload,
        "covers": [one.value for one in Cover],
    }
    return await page(request, "desk/imports.html", data, status=status)


async def _faults(request: Request[Any, Any, Any], fields: dict[str, str]) -> list[tuple[str, str]]:
    """What is wrong with the fields of the form: (field, what)."""
    found = []
    if fields.get("cover") not in set(Cover):
        found.append(("cover-1", "cover"))
    if fields.get("cover") == Cover.AGENCY:
        try:
            await known_agency(database_of(request), fields.get("agency", ""))
        except AccessError:
            found.append(("agency", "agency"))
    if fields.get("ngay") and _day(fields["ngay"]) is None:
        found.append(("ngay", "day"))
    return found


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


async def _known(request: Request[Any, Any, Any], key: str) -> Upload | None:
    try:
        return await uploads.find(database_of(request), key)
    except uploads.UploadNotFound:
        return None


async def _find(request: Request[Any, Any, Any], key: str) -> Upload:
    """Raises 404."""
    found = await _known(request, key)
    if found is None:
        raise NotFoundException(f"there is no upload {key[:40]!r}")
    return found


def _common(request: Request[Any, Any, Any], upload: Upload) -> dict[str, Any]:
    spoken = language(request)
    return {
        "upload": upload,
        "base": link("vi", f"{ADDRESS}/{upload.id}"),
        "fault": reasons.told(upload.fault, spoken, upload.name) if upload.fault else "",
        "why": lambda one: reasons.told(one.reason, spoken, one.origin, one.field),
    }
