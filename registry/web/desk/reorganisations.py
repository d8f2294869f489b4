"""Reorganisations at the desk: typed, their effect on agencies, procedures and dossiers seen, then published."""

from itertools import groupby
from typing import Annotated, Any

from litestar import Controller, Request, Response, get, post

from registry.api.access import database_of
from registry.api.drafts import DraftId, state_of
from registry.api.parameters import Offset, one
from registry.desk import affected, drafts, reorganise
from registry.desk.affected import Affected, Naming
from registry.desk.drafts import Draft, Kind
from registry.desk.errors import DraftChanged, DraftInvalid, Refused
from registry.desk.reorganisation import LABELS, ReorganisationDraft, What
from registry.vocabulary import Level, label
from registry.web.desk.bounds import bounds
from registry.web.desk.confirming import confirm
from registry.web.desk.entry import acting, page, signed_in
from registry.web.desk.events import NONE, Typed, beside, draft_of, typed_from, typed_of
from registry.web.desk.twice import identity
from registry.web.forms import done, read, text
from registry.web.pages import language
from registry.web.wording import said
from registry.web.writing import day, number

HOME = "/bien-tap/sap-xep"
SHOWN = 50
LISTED = 200
"""Procedures on a page of an effect; a merger of provinces touches thousands."""
InState = Annotated[str | None, one("trang-thai", "Which drafts.", "published")]


class ReorganisationPages(Controller):
    path = HOME
    guards = (signed_in("announce"),)

    @get()
    async def entries(
        self, request: Request[Any, Any, Any], wanted: InState = None, offset: Offset = 0
    ) -> Response[Any]:
        """Drafts, the last edited first."""
        chosen = state_of(wanted)
        found, total = await drafts.listed(
            database_of(request), await acting(request), Kind.REORGANISATION, chosen, limit=SHOWN, offset=offset
        )
        data = {
            "drafts": [(one, one.reorganisation()) for one in found],
            "state": chosen,
            "states": list(drafts.State),
            "total": total,
            "limit": SHOWN,
            "offset": offset,
        }
        return await page(request, "desk/reorganisations.html", data)

    @get("/moi")
    async def new(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """The empty form."""
        return await _form(request, typed_from(ReorganisationDraft()), None)

    @post()
    async def begin(self, request: Request[Any, Any, Any]) -> Response[Any]:
        """Keep a new draft, and show what it would do."""
        form, actor = await read(request), await acting(request)
        given = typed_of(form)
        body, wrong = draft_of(given)
        if given.more or wrong:
            return await _form(request, given, None, wrong)
        try:
            draft, _ = await drafts.create(
                database_of(request), actor, body, Kind.REORGANISATION, key=identity(form, actor, 12)
            )
        except DraftInvalid as error:
            return await _form(request, given, None, {error.field: str(error)})
        return done(request, f"{HOME}/{draft.id}")

    @get("/{draft:str}")
    async def show(self, request: Request[Any, Any, Any], draft: DraftId, offset: Offset = 0) -> Response[Any]:
        """What publishing would do: every agency, every procedure that names one, their dossiers; and what keeps
        it from being published."""
        found = await _found(request, draft)
        if found.state is not drafts.State.OPEN:
            return await page(request, "desk/reorganised.html", {"draft": found, "body": found.reorganisation()})
        return await _effect(request, found, offset)

    @get("/{draft:str}/sua")
    async def edit(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """The form, with what the gate says beside its fields."""
        found = await _open(request, draft)
        told = await _affected(request, found)
        return await _form(
            request, typed_from(found.reorganisation()), found, beside(told.reasons, language(request)), told=True
        )

    @post("/{draft:str}/sua")
    async def save(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """Keep what was typed, unless somebody else did meanwhile: then it is shown again, and nothing is lost."""
        form, found = await read(request), await _open(request, draft)
        given = typed_of(form)
        body, wrong = draft_of(given, found.reorganisation())
        if given.more or wrong:
            return await _form(request, given, found, wrong, version=_version(form))
        try:
            await drafts.edit(database_of(request), await acting(request), draft, _version(form), body)
        except DraftChanged:
            return await _form(request, given, found, {}, changed=True)
        except DraftInvalid as error:
            return await _form(request, given, found, {error.field: str(error)}, version=_version(form))
        return done(request, f"{HOME}/{draft}")

    @get("/{draft:str}/cong-bo")
    async def wish_publish(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """Say once more what publishing will do, and ask."""
        found, spoken = await _open(request, draft), language(request)
        told = await _affected(request, found)
        if not told.publishable:
            return await _effect(request, found, 0, status=422)
        ends = sum(one.after is None for one in told.agencies)
        counts = {
            "agencies": len(told.agencies),
            "ends": ends,
            "procedures": len({one.code for one in told.procedures}),
            "dossiers": told.dossiers,
            "running": told.running,
            "unserved": len(told.without_competent),
        }
        numbers = {"day": day(spoken, told.day)} | {key: number(spoken, count) for key, count in counts.items()}
        keys = ("agencies", "procedures", "dossiers", *(("unserved",) if told.without_competent else ()), "stays")
        does = [said(spoken, f"upkeep.reorganise.does.{key}", **numbers) for key in keys]
        at, of = f"{HOME}/{draft}", found.reorganisation().number
        fields = [("version", str(found.version))]
        return await confirm(request, "upkeep.reorganise.", f"{at}/cong-bo", at, of=of, does=does, fields=fields)

    @post("/{draft:str}/cong-bo")
    async def publish(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """Publish it as it was shown. Sent twice it is published once."""
        version = _version(await read(request))
        try:
            await reorganise.publish(database_of(request), await acting(request), draft, version)
        except Refused:
            return await _effect(request, await _found(request, draft), 0, status=422)
        return done(request, f"{HOME}/{draft}")

    @get("/{draft:str}/bo")
    async def wish_discard(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """Ask before a draft is dropped."""
        found, at = await _open(request, draft), f"{HOME}/{draft}"
        does = [said(language(request), "upkeep.discard.does")]
        fields = [("version", str(found.version))]
        of = found.reorganisation().number or found.id
        return await confirm(request, "upkeep.discard.", f"{at}/bo", at, of=of, does=does, fields=fields)

    @post("/{draft:str}/bo")
    async def discard(self, request: Request[Any, Any, Any], draft: DraftId) -> Response[Any]:
        """Let it be worked on no longer. Twice is once."""
        version, found = _version(await read(request)), await _found(request, draft)
        if found.state is drafts.State.OPEN:
            await drafts.discard(database_of(request), await acting(request), draft, version, Kind.REORGANISATION)
        return done(request, HOME)


async def _found(request: Request[Any, Any, Any], draft: str) -> Draft:
    return await drafts.find(database_of(request), await acting(request), draft, Kind.REORGANISATION)


async def _open(request: Request[Any, Any, Any], draft: str) -> Draft:
    """A draft that can still be worked on. Raises ``DraftClosed``."""
    found = await _found(request, draft)
    if found.state is not drafts.State.OPEN:
        raise drafts.closed(found)
    return found


async def _affected(request: Request[Any, Any, Any], found: Draft) -> Affected:
    database, actor = database_of(request), await acting(request)
    async with database.snapshot():
        return await affected.affected(database, found.reorganisation(), actor)


async def _effect(
    request: Request[Any, Any, Any], found: Draft, offset: int, *, status: int = 200
) -> Response[Any]:
    told, spoken = await _affected(request, found), language(request)
    named = [(code, list(each)) for code, each in groupby(told.procedures, key=lambda one: one.code)]
    known = await bounds(database_of(request), await acting(request))
    data = {
        "draft": found,
        "body": found.reorganisation(),
        "told": told,
        "whats": {what: words.en if spoken == "en" else words.vi for what, words in LABELS.items()},
        "procedures": [
            (code, each[0].name, _roles(each, spoken)) for code, each in named[offset : offset + LISTED]
        ],
        "total": len(named),
        "limit": LISTED,
        "offset": offset,
        "name": known.name,
        "level": lambda level: label("level", level, spoken) if level else "–",
        "said": lambda reason: reason.en if spoken == "en" else reason.vi,
    }
    return await page(request, "desk/reorganisation.html", data, status=status)


def _roles(naming: list[Naming], language: str) -> list[tuple[str, str, bool]]:
    """Of one procedure, each agency that it names: its code, its roles, and whether it ends."""
    found: dict[str, tuple[list[str], bool]] = {}
    for each in naming:
        found.setdefault(each.agency, ([], each.ends))[0].append(label("role", each.role, language))
    return [(agency, ", ".join(dict.fromkeys(roles)), ends) for agency, (roles, ends) in found.items()]


async def _form(
    request: Request[Any, Any, Any],
    given: Typed,
    draft: Draft | None,
    wrong: dict[str, str] | None = None,
    *,
    version: int | None = None,
    changed: bool = False,
    told: bool = False,
) -> Response[Any]:
    """The form. ``wrong`` are sentences by field, or keys of words; ``told`` that the gate said them of a draft
    that is kept, so that the answer is no refusal."""
    spoken = language(request)
    faults = {field: _sentence(spoken, key) for field, key in (wrong or {}).items()}
    data = {
        "given": given.spaced(),
        "draft": draft,
        "version": (draft.version if version is None else version) if draft else 0,
        "wrong": faults,
        "changed": changed,
        "whats": [("", "–"), *((one.value, LABELS[one].en if spoken == "en" else LABELS[one].vi) for one in What)],
        "levels": [("", said(spoken, "upkeep.form.keep")), (NONE, said(spoken, "upkeep.form.none"))]
        + [(one.value, label("level", one, spoken)) for one in Level],
    }
    refused = (bool(faults) and not told) or changed
    return await page(request, "desk/reorganisation_form.html", data, status=422 if refused else 200)


def _sentence(language: str, key: str) -> str:
    return said(language, f"upkeep.form.wrong.{key}") if key in ("day", "what", "level") else key


def _version(form: Any) -> int:
    given = text(form, "version", 12)
    return int(given) if given.isascii() and given.isdecimal() else 0
