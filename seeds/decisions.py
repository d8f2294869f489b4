"""Announcements with their numbers, days and items."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from registry.procedure import Agency, Announcement, AnnouncementKind, Item
from registry.vocabulary import Action, Role
from seeds.bodies import name_on
from seeds.chance import draw, percent
from seeds.entries import Entry
from seeds.plan import Deed, Happening, History
from seeds.slots import Slot
from seeds.sources import Coded, Data

_WORDS = {
    Action.NEW: "ban hành mới",
    Action.AMENDED: "được sửa đổi, bổ sung",
    Action.REPLACED: "được thay thế",
    Action.ABOLISHED: "bị bãi bỏ",
}
_PER_DAY = 8  # decisions of a province in a day, which its numbers count


def decisions(data: Data, found: Iterable[Entry], histories: History) -> dict[object, Announcement]:
    """The announcements that name anything, by the key of their slot."""
    named: dict[object, list[tuple[Entry, Happening]]] = defaultdict(list)
    slots: dict[object, Slot] = {}
    for entry in found:
        for happening in histories[entry.code]:
            named[happening.slot.key].append((entry, happening))
            slots[happening.slot.key] = happening.slot
    decided = {key: _decided(slot) for key, slot in slots.items()}
    numbers = _numbers(decided, data.outline.first_number)
    return {key: _announcement(data, slot, decided[key], numbers[key], named[key]) for key, slot in slots.items()}


def _decided(slot: Slot) -> date:
    """A working day shortly before it takes effect, never in another year than the effect."""
    day = slot.effective - timedelta(days=1 + draw("decided", slot.key) % 6)
    day -= timedelta(days=max(0, day.weekday() - 4))
    return max(day, date(slot.effective.year, 1, 2))


def _numbers(decided: dict[object, date], first: int) -> dict[object, int]:
    """A province counts its decisions from 1 each year, and an announcement later decided has a higher number."""
    numbers: dict[object, int] = {}
    last: dict[int, int] = {}
    for key, day in sorted(decided.items(), key=lambda pair: (pair[1], str(pair[0]))):
        count = first + day.timetuple().tm_yday * _PER_DAY + draw("number", key) % _PER_DAY
        last[day.year] = numbers[key] = max(count, last.get(day.year, 0) + 1)
    return numbers


def _announcement(
    data: Data, slot: Slot, decided: date, number: int, named: list[tuple[Entry, Happening]]
) -> Announcement:
    province = data.agencies.province
    issuer = data.outline.issuer or Coded(province.code, province.chairman)
    items = _items(named)
    return Announcement(
        id=f"{number}/QĐ-UBND|{issuer.code}|{decided}",
        number=f"{number}/QĐ-UBND",
        decided=decided,
        effective=slot.effective,
        published=_published(slot, decided),
        issuer=Agency(Role.ISSUING, issuer.name, issuer.code),
        kind=AnnouncementKind.SPECIFIC,
        title=_title(data, slot, items, [entry for entry, _ in named]),
        illustrative=True,
        items=items,
    )


def _published(slot: Slot, decided: date) -> date | None:
    """Mostly within five working days; some late, and for some nobody knows."""
    if percent(4, "unpublished", slot.key):
        return None
    days = 1 + draw("published", slot.key) % 5
    return decided + timedelta(days=days + 14 * percent(8, "late", slot.key))


def _title(data: Data, slot: Slot, items: tuple[Item, ...], named: list[Entry]) -> str:
    words = ", ".join(word for action, word in _WORDS.items() if any(i.action is action for i in items))
    sectors = sorted({entry.sector.name for entry in named})
    told = "lĩnh vực " + "; ".join(sectors) + " " if len(sectors) <= 3 else ""
    department = name_on(data, slot.department, slot.effective)
    return (
        f"Quyết định về việc công bố Danh mục thủ tục hành chính {words} {told}"
        f"thuộc phạm vi chức năng quản lý của {department}"
    )


def _items(named: list[tuple[Entry, Happening]]) -> tuple[Item, ...]:
    groups: dict[int, list[Entry]] = defaultdict(list)
    found: list[Item] = []
    for entry, happening in named:
        code, deed = (entry.code,), happening.deed
        if entry.group >= 0 and (entry.fate, deed) in (("old", Deed.END), ("new", Deed.BEGIN)):
            groups[entry.group].append(entry)
        elif deed is Deed.BEGIN:
            found.append(Item(Action.NEW, new=code))
        elif deed is Deed.END:
            found.append(Item(Action.ABOLISHED, old=code))
        else:
            found.append(Item(Action.AMENDED, old=code, new=code))
    for group in groups.values():
        old = tuple(sorted(entry.code for entry in group if entry.fate == "old"))
        new = tuple(sorted(entry.code for entry in group if entry.fate == "new"))
        found.append(Item(Action.REPLACED, old, new))
    order = list(_WORDS)
    return tuple(sorted(found, key=lambda item: (order.index(item.action or Action.NEW), item.old, item.new)))
