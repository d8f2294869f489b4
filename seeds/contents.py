"""A version's content: whole, in the words of an announcement, from an entry and its face on a day."""

from msgspec.structs import replace

from registry.procedure import (
    Agency,
    Case,
    Fee,
    Form,
    LegalBasis,
    Paper,
    Procedure,
    ProcessingTime,
    Term,
    Way,
)
from registry.vocabulary import (
    LABELS,
    Audience,
    Channel,
    FeeKind,
    FeeState,
    Level,
    OnlineLevel,
    Role,
    Scope,
    TimeUnit,
)
from search.text import slug
from seeds.bodies import name_on
from seeds.chance import choose, draw, percent, shuffled
from seeds.entries import Entry
from seeds.faces import Face
from seeds.sources import Body, Data
from seeds.steps import steps
from seeds.titles import application, document, small

_AUDIENCES = {
    "citizen": Audience.CITIZEN,
    "citizen-no-residence": Audience.CITIZEN_NO_RESIDENCE,
    "overseas": Audience.OVERSEAS_VIETNAMESE,
    "foreigner": Audience.FOREIGNER,
    "official": Audience.CIVIL_SERVANT,
    "company": Audience.COMPANY,
    "vietnamese-company": Audience.VIETNAMESE_COMPANY,
    "fdi": Audience.FOREIGN_INVESTED_COMPANY,
    "cooperative": Audience.COOPERATIVE,
    "organisation": Audience.ORGANISATION,
    "foreign-organisation": Audience.FOREIGN_ORGANISATION,
}
_PARTS = ("steps", "ways", "cases", "audiences", "agencies")


class Writer:
    """Writes the contents of one catalogue."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._bodies = {body.code: body for body in data.agencies.body}
        self._area = data.agencies.province.name.removeprefix("Ủy ban nhân dân ")

    def procedure(self, entry: Entry, face: Face) -> Procedure:
        sector, whole = entry.sector, self._missing(entry)
        plain = Procedure(
            code=entry.code,
            name=face.title,
            local_code=f"{entry.code}.000.00.00.{self._data.agencies.province.code}"
            if percent(60, "local", entry.code)
            else None,
            scope=Scope.PROVINCIAL,
            sectors=(Term(sector.code, sector.name),),
            levels=(face.level,),
            agencies=self._agencies(entry, face) if "agencies" not in whole else (self._issuing(),),
            online_level=face.grade,
            ways=() if "ways" in whole else self._ways(entry, face),
            steps=()
            if "steps" in whole
            else steps(entry, face, self._desk(entry, face), self._executing(entry, face)),
            cases=() if "cases" in whole else self._cases(entry, face),
            audiences=() if "audiences" in whole else tuple(map(_audience, sector.audiences)),
            outputs=(_output(entry),),
            legal_bases=self._laws(entry, face),
            requirements=sector.requirement or choose(("", "Không", "Không có"), "requirement", entry.code),
            keywords=sector.words if percent(70, "words", entry.code) else (),
            life_events=tuple(map(_term, sector.life)),
            addresses=self._desk(entry, face),
            note="Dữ liệu minh họa",
            illustrative=True,
        )
        return self._flagged(plain, entry, face)

    def papers(self, entry: Entry) -> int:
        """How many papers the dossier of an entry has before any is dropped."""
        return 1 + bool(entry.act.paper) + self._asked(entry)

    def department(self, entry: Entry, face: Face) -> Body:
        """The department that does, or watches over, an entry on the face's day."""
        after = entry.sector.after if face.day >= self._data.outline.merger else ""
        return self._bodies[after or entry.sector.department]

    def _asked(self, entry: Entry) -> int:
        return min(len(entry.sector.papers), 2 + draw("papers", entry.code) % 3)

    def _missing(self, entry: Entry) -> tuple[str, ...]:
        rare = draw("incomplete", entry.code) % self._data.outline.incomplete == 0
        if not rare or entry.paid or entry.essential:
            return ()
        return (choose(_PARTS, "part", entry.code),)

    def _executing(self, entry: Entry, face: Face) -> str:
        body = self.department(entry, face)
        if face.level is Level.PROVINCE:
            return name_on(self._data, body.code, face.day)
        if face.level is Level.DISTRICT:
            return self._bodies[entry.sector.department].district
        return body.commune

    def _issuing(self) -> Agency:
        province = self._data.agencies.province
        return Agency(Role.ISSUING, province.name, province.code)

    def _agencies(self, entry: Entry, face: Face) -> tuple[Agency, ...]:
        province, name = self._data.agencies.province, self._executing(entry, face)
        code = self.department(entry, face).code if face.level is Level.PROVINCE else None
        found = [self._issuing(), Agency(Role.EXECUTING, name, code)]
        if face.level is Level.DISTRICT and percent(6, "named", entry.code):
            found += self._districts(face)
        if face.level is Level.PROVINCE and entry.act.starts[0] in ("Phê duyệt", "Công nhận", "Tặng"):
            found.append(Agency(Role.COMPETENT, province.name, province.code))
        else:
            found.append(Agency(Role.COMPETENT, name, code))
        if percent(18, "coordinating", entry.code):
            found.append(Agency(Role.COORDINATING, "Ủy ban nhân dân cấp xã"))
        return tuple(found)

    def _districts(self, face: Face) -> list[Agency]:
        names = (
            (d.code, d.formerly if d.renamed and face.day < d.renamed else d.name) for d in self._data.districts
        )
        return [Agency(Role.EXECUTING, f"Ủy ban nhân dân {small(name)}", code) for code, name in names]

    def _desk(self, entry: Entry, face: Face) -> str:
        if face.level is not Level.PROVINCE:
            office = "cấp huyện" if face.level is Level.DISTRICT else "cấp xã"
            return f"Bộ phận Tiếp nhận và Trả kết quả {office} trên địa bàn {self._area}"
        if self.department(entry, face).vertical:
            return f"Bộ phận Tiếp nhận và Trả kết quả của {self._executing(entry, face)}"
        return name_on(self._data, self._data.agencies.province.centre, face.day)

    def _ways(self, entry: Entry, face: Face) -> tuple[Way, ...]:
        channels = [Channel.DIRECT]
        if face.online:
            channels.insert(0, Channel.ONLINE)
        if face.post:
            channels.append(Channel.POSTAL)
        time = self._time(entry, face)
        return tuple(Way(channel, time, self._fees(entry, face, channel)) for channel in channels)

    def _time(self, entry: Entry, face: Face) -> ProcessingTime:
        act = entry.act
        if not act.values:
            return ProcessingTime(TimeUnit.OTHER, None, act.text)
        value = choose(act.values, "time", entry.code)
        if any(limit > 4 for limit in act.values) and value < 5:
            value = 5
        for _ in range(face.cuts):
            value = max(1, value - max(1, value * 3 // 10))
        return ProcessingTime(TimeUnit(act.unit), value, "kể từ ngày nhận đủ hồ sơ hợp lệ")

    def _fees(self, entry: Entry, face: Face, channel: Channel) -> tuple[Fee, ...]:
        kind = FeeKind.FEE if entry.act.starts[0].startswith(("Thẩm", "Chứng", "Giám")) else FeeKind.SERVICE_FEE
        if face.schedule:
            text = f"Theo Nghị quyết của Hội đồng nhân dân {self._area} về mức thu phí, lệ phí"
            return (Fee(kind, FeeState.SCHEDULE, text=text),)
        if not entry.paid:
            return _no_fee(entry)
        amount = entry.fees[face.fee % len(entry.fees)]
        text = f"{amount:,}".replace(",", ".") + " đồng/hồ sơ"
        if channel is Channel.ONLINE and face.cuts and percent(40, "half", entry.code):
            amount, text = amount // 2, "Giảm 50% khi nộp hồ sơ trực tuyến"
        fees = [Fee(kind, FeeState.AMOUNT, amount, text=text)]
        if percent(8, "appraisal", entry.code):
            text = "Phí thẩm định theo Thông tư của Bộ trưởng Bộ Tài chính"
            fees.append(Fee(FeeKind.FEE, FeeState.SCHEDULE, text=text))
        return tuple(fees)

    def _cases(self, entry: Entry, face: Face) -> tuple[Case, ...]:
        act = entry.act
        form = application(act.application, face.title)
        first = Paper(
            name=form,
            originals=1,
            code=f"TP.{entry.code[2:]}.01",
            electronic=face.online or None,
            forms=(Form(f"Mẫu đơn {entry.code[2:]}.docx"),) if percent(70, "form", entry.code) else (),
        )
        papers = [first]
        if act.paper:
            papers.append(Paper(act.paper, originals=1))
        kept = shuffled(entry.sector.papers, entry.code)[: self._asked(entry)]
        kept = kept[: max(0, len(kept) - face.dropped)]
        papers += [_paper(name, entry, face) for name in kept]
        if act.cases and percent(40, "cases", entry.code):
            return tuple(Case(tuple(papers[: len(papers) - n]), name) for n, name in enumerate(act.cases))
        return (Case(tuple(papers)),)

    def _laws(self, entry: Entry, face: Face) -> tuple[LegalBasis, ...]:
        found = (law for key in entry.sector.laws for law in self._data.laws[key])
        return tuple(
            LegalBasis(law.number, law.title)
            for law in found
            if (law.start is None or law.start <= face.day) and (law.end is None or face.day < law.end)
        )

    def _flagged(self, plain: Procedure, entry: Entry, face: Face) -> Procedure:
        late = face.day >= self._data.outline.regrading.decree
        vertical = self.department(entry, face).vertical
        full = face.grade in (OnlineLevel.FULL, OnlineLevel.LEVEL_4)
        central = face.level is Level.PROVINCE and not vertical
        return replace(
            plain,
            interlinked=entry.title.startswith("Liên thông") or _maybe(entry, "interlinked", known=70),
            internal=_maybe(entry, "internal", known=85),
            essential=entry.essential,
            postal=True if face.post else _maybe(entry, "postal", known=80),
            online_payment=late if entry.paid else _maybe(entry, "payment", known=60),
            e_result=_result(entry, full) if late else None,
            service_centre=central if percent(95, "centre", entry.code) else None,
            vertical=vertical or _maybe(entry, "vertical", known=70),
            anywhere=(percent(60, "anywhere", entry.code) or None) if late and face.online else None,
            # Before the decree nobody told which services could not go online.
            offline_only=not face.online if late and percent(85, "offline", entry.code) else None,
        )


def _maybe(entry: Entry, flag: str, known: int) -> bool | None:
    """No, as far as it is known at all."""
    return False if percent(known, flag, entry.code) else None


def _result(entry: Entry, full: bool) -> bool | None:
    if full:
        return True if percent(90, "result", entry.code) else None
    return choose((True, False, False, None), "result", entry.code)


def _no_fee(entry: Entry) -> tuple[Fee, ...]:
    fate = draw("free", entry.code) % 20
    if fate < 14:
        return (Fee(FeeKind.FEE, FeeState.FREE, text="Không thu phí, lệ phí"),)
    return (Fee(FeeKind.FEE, FeeState.UNKNOWN, 0),) if fate < 17 else ()


def _paper(name: str, entry: Entry, face: Face) -> Paper:
    copy = "ản sao" in name or percent(30, "copy", entry.code, name)
    electronic = True if face.copied and face.online else None
    if face.copied and copy:
        name = f"{name} (xuất trình bản chính để đối chiếu hoặc bản sao có chứng thực)"
    return Paper(name, originals=0 if copy else 1, copies=1 if copy else 0, electronic=electronic)


def _output(entry: Entry) -> Term:
    named = document(entry.title, entry.act.output) if entry.act.names else entry.act.output
    return _term(entry.output or named)


def _term(name: str) -> Term:
    return Term(slug(name), name)


def _audience(key: str) -> Term:
    value = _AUDIENCES[key]
    return Term(value.value, LABELS["audience"][value].vi)
