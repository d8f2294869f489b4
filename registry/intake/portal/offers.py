"""What an applicant meets: channels with times and fees, steps, cases with papers and forms."""

from registry.intake.cleaning import Notes, block, line
from registry.intake.fees import fee
from registry.intake.portal.shapes import Attachment, Component, ExecutionCase, FeeLine, Method
from registry.intake.portal.shapes import Step as StepShape
from registry.intake.times import processing_time
from registry.procedure import Case, Fee, Form, Paper, ProcessingTime, Step, Way, unique
from registry.vocabulary import Channel, FeeKind, OnlineLevel, TimeUnit

_CHANNELS = {"ONLINE": Channel.ONLINE, "DIRECT": Channel.DIRECT, "POSTAL": Channel.POSTAL}
_UNITS = {
    "WORKING_DAY": TimeUnit.WORKING_DAY,
    "DAY": TimeUnit.DAY,
    "HOUR": TimeUnit.HOUR,
    "MONTH": TimeUnit.MONTH,
    "YEAR": TimeUnit.YEAR,
    "OTHER": TimeUnit.OTHER,
}
_FEES = {"FEE": FeeKind.FEE, "SERVICE_FEE": FeeKind.SERVICE_FEE, "PRICE_LEVEL": FeeKind.PRICE_LEVEL}


def ways(methods: list[Method | None] | None, notes: Notes) -> tuple[Way, ...]:
    """The channels. One that is listed again word for word is dropped; one that differs is a way of its own."""
    found: list[Way] = []
    for index, method in enumerate(methods or ()):
        if method is None:
            continue
        way = Way(
            _CHANNELS[method.submission_method],
            _time(method, notes, index),
            _fees(method.fees, notes, f"executionMethods[{index}].fees"),
        )
        if way in found:
            notes.add(f"executionMethods[{index}]", "repeated-channel", way.channel)
        else:
            found.append(way)
    return tuple(found)


def _time(method: Method, notes: Notes, index: int) -> ProcessingTime | None:
    field = f"executionMethods[{index}].processingTime"
    text = block(method.description, notes, "executionMethods[{}].description", index)
    value = method.processing_time
    if isinstance(value, str):
        value = block(value, notes, field) or None
    return processing_time(value, _UNITS[method.processing_time_unit or "OTHER"], text, notes, field)


def _fees(lines: list[FeeLine | None] | None, notes: Notes, field: str) -> tuple[Fee, ...]:
    found = [
        fee(
            _FEES[each.type],
            each.value,
            block(each.description, notes, f"{field}[{{}}].description", index),
            line(each.currency_name, notes, f"{field}[{{}}].currencyName", index),
            notes,
            f"{field}[{index}].value",
            attached=bytes(each.attachment) not in _NOTHING,
        )
        for index, each in enumerate(lines or ())
        if each is not None
    ]
    kept = unique(found)
    if len(kept) < len(found):
        notes.add(field, "repeated", len(found), len(kept))
    return kept


_NOTHING = (b"null", b"{}", b"[]", b'""')


def online_level(found: tuple[Way, ...], full: bool | None) -> OnlineLevel:
    """Full as flagged; partial has no flag and is whatever else is offered online; the rest informs only."""
    if full:
        return OnlineLevel.FULL
    online = any(way.channel is Channel.ONLINE for way in found)
    return OnlineLevel.PARTIAL if online else OnlineLevel.INFORMATION


def steps(given: list[StepShape | None] | None, notes: Notes) -> tuple[Step, ...]:
    """The steps; a name without a text is the text."""
    found: list[Step] = []
    for index, step in enumerate(given or ()):
        if step is None:
            continue
        name = line(step.name, notes, "executionSteps[{}].name", index)
        text = block(step.description, notes, "executionSteps[{}].description", index)
        if text:
            found.append(Step(text, name))
        elif name:
            found.append(Step(name))
    return tuple(found)


def cases(given: list[ExecutionCase | None] | None, notes: Notes) -> tuple[Case, ...]:
    """The cases with their papers; one with neither a name nor a paper is left out."""
    found: list[Case] = []
    for index, case in enumerate(given or ()):
        if case is None:
            continue
        name = line(case.name, notes, "executionCases[{}].name", index)
        papers = (_paper(paper, notes, index, at) for at, paper in enumerate(case.profile_components or ()))
        listed = tuple(paper for paper in papers if paper is not None)
        if name or listed:
            found.append(Case(listed, name))
    return tuple(found)


def _paper(paper: Component | None, notes: Notes, case: int, index: int) -> Paper | None:
    if paper is None:
        return None
    at = (case, index)
    name = line(paper.name, notes, "executionCases[{}].profileComponents[{}].name", *at)
    forms = _forms(paper.attachments, notes, at) if paper.attachments else ()
    if not name:
        name = forms[0].name if forms else ""
        notes.add(f"executionCases[{case}].profileComponents[{index}].name", "nameless", paper.code or "", name)
        if not name:
            return None
    return Paper(
        name=name,
        originals=paper.original_qty or 0,
        copies=paper.copy_qty or 0,
        code=line(paper.code, notes, "executionCases[{}].profileComponents[{}].code", *at),
        required=None,  # the portal says "not required" of all 28,064 papers
        electronic=True if paper.has_electronic_form else None,
        forms=forms,
    )


def _forms(given: list[Attachment | None], notes: Notes, at: tuple[int, int]) -> tuple[Form, ...]:
    field = "executionCases[{}].profileComponents[{}].attachments[{}].fileName"
    at_path = "executionCases[{}].profileComponents[{}].attachments[{}].filePath"
    found: list[Form] = []
    for index, form in enumerate(given):
        if form is None or not (form.file_name or form.file_path):
            continue
        path = line(form.file_path, notes, at_path, *at, index)
        found.append(Form(line(form.file_name, notes, field, *at, index) or path.rpartition("/")[2], path))
    return unique(found)
