"""The field's terms as enums, with the words people read in Vietnamese and English.

The values are what is stored, filtered by and sent over the API; they never change with the language.
"""

from datetime import date
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """Level of government that carries a procedure out (cấp thực hiện)."""

    MINISTRY = "ministry"
    PROVINCE = "province"
    DISTRICT = "district"
    COMMUNE = "commune"
    OTHER = "other"


class OnlineScheme(StrEnum):
    """The two ways of grading online services, which are never mixed in one figure."""

    LEVELS = "levels-1-4"  # until Decree 42/2022
    FULL_PARTIAL = "full-partial"  # since Decree 42/2022


class OnlineLevel(StrEnum):
    """Online-service level (mức độ dịch vụ công trực tuyến), each in its scheme."""

    FULL = "full"
    PARTIAL = "partial"
    INFORMATION = "information"
    LEVEL_1 = "level-1"
    LEVEL_2 = "level-2"
    LEVEL_3 = "level-3"
    LEVEL_4 = "level-4"

    @property
    def scheme(self) -> OnlineScheme:
        return OnlineScheme.LEVELS if self.value.startswith("level-") else OnlineScheme.FULL_PARTIAL


class Channel(StrEnum):
    """How a dossier is handed in (cách thức thực hiện)."""

    ONLINE = "online"
    DIRECT = "direct"
    POSTAL = "postal"


class TimeUnit(StrEnum):
    """Unit of a processing time (thời hạn giải quyết). ``other`` is told by its text alone."""

    WORKING_DAY = "working-day"
    DAY = "day"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"
    OTHER = "other"


class FeeKind(StrEnum):
    FEE = "fee"
    SERVICE_FEE = "service-fee"
    PRICE_LEVEL = "price-level"


class FeeState(StrEnum):
    """What a source says of the cost. A zero amount alone says nothing: it is ``unknown``."""

    FREE = "free"
    AMOUNT = "amount"
    SCHEDULE = "schedule"
    UNKNOWN = "unknown"


class Scope(StrEnum):
    """For whom a procedure is announced."""

    NATIONAL = "national"
    PROVINCIAL = "provincial"
    INTERNAL = "internal"  # between agencies; kept, but not for citizens


class Role(StrEnum):
    """What an agency does in a procedure."""

    ISSUING = "issuing"
    EXECUTING = "executing"
    COMPETENT = "competent"
    COORDINATING = "coordinating"
    AUTHORISED = "authorised"


class Action(StrEnum):
    """What an item of an announcement does to a procedure."""

    NEW = "new"
    AMENDED = "amended"
    REPLACED = "replaced"
    ABOLISHED = "abolished"


class Audience(StrEnum):
    """The sixteen audiences (đối tượng thực hiện) of the national portal; the value is a slug."""

    CITIZEN = "cong-dan-viet-nam"
    CITIZEN_NO_RESIDENCE = "cong-dan-viet-nam-ma-khong-xac-dinh-duoc-noi-thuong-tru-hoac-noi-tam-tru"
    OVERSEAS_VIETNAMESE = "nguoi-viet-nam-dinh-cu-o-nuoc-ngoai"
    FOREIGNER = "nguoi-nuoc-ngoai"
    FOREIGN_RESIDENT = "nguoi-nuoc-ngoai-cu-tru-tai-viet-nam"
    FOREIGN_RESIDENT_PAST = "nguoi-nuoc-ngoai-da-cu-tru-tai-viet-nam"
    CIVIL_SERVANT = "can-bo-cong-chuc-vien-chuc"
    PARTY_MEMBER = "dang-vien"
    COMPANY = "doanh-nghiep"
    VIETNAMESE_COMPANY = "doanh-nghiep-viet-nam"
    FOREIGN_INVESTED_COMPANY = "doanh-nghiep-co-von-dau-tu-nuoc-ngoai"
    COOPERATIVE = "hop-tac-xa"
    ORGANISATION = "to-chuc-khong-bao-gom-doanh-nghiep-htx"
    FOREIGN_ORGANISATION = "to-chuc-nuoc-ngoai"
    PARTY_ORGANISATION = "to-chuc-dang"


class Validity(NamedTuple):
    """Days on which something exists: from ``start`` to the day before ``end``; ``None`` is open."""

    start: date | None
    end: date | None
    source: str


# Levels are dated. Resolution 203/2025/QH15 ended the district level: its last day was 2025-06-30.
LEVEL_VALIDITY: dict[Level, Validity] = {
    Level.MINISTRY: Validity(None, None, ""),
    Level.PROVINCE: Validity(None, None, ""),
    Level.DISTRICT: Validity(None, date(2025, 7, 1), "Nghị quyết số 203/2025/QH15"),
    Level.COMMUNE: Validity(None, None, ""),
    Level.OTHER: Validity(None, None, ""),
}


class Label(NamedTuple):
    vi: str
    en: str


LABELS: dict[str, dict[str, Label]] = {
    "level": {
        Level.MINISTRY: Label("Cấp bộ", "Ministry"),
        Level.PROVINCE: Label("Cấp tỉnh", "Province"),
        Level.DISTRICT: Label("Cấp huyện", "District"),
        Level.COMMUNE: Label("Cấp xã", "Commune"),
        Level.OTHER: Label("Cơ quan khác", "Other body"),
    },
    "onlineLevel": {
        OnlineLevel.FULL: Label("Dịch vụ công trực tuyến toàn trình", "Fully online"),
        OnlineLevel.PARTIAL: Label("Dịch vụ công trực tuyến một phần", "Partly online"),
        OnlineLevel.INFORMATION: Label("Cung cấp thông tin trực tuyến", "Information only"),
        OnlineLevel.LEVEL_1: Label("Mức độ 1", "Level 1"),
        OnlineLevel.LEVEL_2: Label("Mức độ 2", "Level 2"),
        OnlineLevel.LEVEL_3: Label("Mức độ 3", "Level 3"),
        OnlineLevel.LEVEL_4: Label("Mức độ 4", "Level 4"),
    },
    "channel": {
        Channel.ONLINE: Label("Trực tuyến", "Online"),
        Channel.DIRECT: Label("Trực tiếp", "In person"),
        Channel.POSTAL: Label("Dịch vụ bưu chính", "By post"),
    },
    "fee": {
        FeeState.FREE: Label("Miễn phí", "Free of charge"),
        FeeState.AMOUNT: Label("Có mức thu", "Fixed amount"),
        FeeState.SCHEDULE: Label("Theo biểu phí", "By schedule"),
        FeeState.UNKNOWN: Label("Chưa rõ", "Unknown"),
    },
    "feeKind": {
        FeeKind.FEE: Label("Phí", "Fee"),
        FeeKind.SERVICE_FEE: Label("Lệ phí", "Service fee"),
        FeeKind.PRICE_LEVEL: Label("Mức giá", "Price"),
    },
    "timeUnit": {
        TimeUnit.WORKING_DAY: Label("ngày làm việc", "working days"),
        TimeUnit.DAY: Label("ngày", "days"),
        TimeUnit.HOUR: Label("giờ", "hours"),
        TimeUnit.MONTH: Label("tháng", "months"),
        TimeUnit.YEAR: Label("năm", "years"),
        TimeUnit.OTHER: Label("theo mô tả", "as described"),
    },
    "audience": {
        Audience.CITIZEN: Label("Công dân Việt Nam", "Vietnamese citizens"),
        Audience.CITIZEN_NO_RESIDENCE: Label(
            "Công dân Việt Nam mà không xác định được nơi thường trú hoặc nơi tạm trú",
            "Vietnamese citizens without a known residence",
        ),
        Audience.OVERSEAS_VIETNAMESE: Label("Người Việt Nam định cư ở nước ngoài", "Vietnamese living abroad"),
        Audience.FOREIGNER: Label("Người nước ngoài", "Foreigners"),
        Audience.FOREIGN_RESIDENT: Label(
            "Người nước ngoài cư trú tại Việt Nam", "Foreigners resident in Viet Nam"
        ),
        Audience.FOREIGN_RESIDENT_PAST: Label(
            "Người nước ngoài đã cư trú tại Việt Nam", "Foreigners formerly resident in Viet Nam"
        ),
        Audience.CIVIL_SERVANT: Label("Cán bộ, công chức, viên chức", "Public officials and employees"),
        Audience.PARTY_MEMBER: Label("Đảng viên", "Party members"),
        Audience.COMPANY: Label("Doanh nghiệp", "Companies"),
        Audience.VIETNAMESE_COMPANY: Label("Doanh nghiệp Việt Nam", "Vietnamese companies"),
        Audience.FOREIGN_INVESTED_COMPANY: Label(
            "Doanh nghiệp có vốn đầu tư nước ngoài", "Foreign-invested companies"
        ),
        Audience.COOPERATIVE: Label("Hợp tác xã", "Cooperatives"),
        Audience.ORGANISATION: Label(
            "Tổ chức (không bao gồm doanh nghiệp, HTX)", "Organisations other than companies and cooperatives"
        ),
        Audience.FOREIGN_ORGANISATION: Label("Tổ chức nước ngoài", "Foreign organisations"),
        Audience.PARTY_ORGANISATION: Label("Tổ chức Đảng", "Party organisations"),
    },
    # What a procedure is or offers, by the field that says so; each is true, false or unknown.
    "trait": {
        "interlinked": Label("Liên thông", "Carried out by several agencies in one go"),
        "internal": Label("Nội bộ giữa các cơ quan", "Between agencies"),
        "essential": Label("Dịch vụ công thiết yếu", "Essential service"),
        "postal": Label("Qua dịch vụ bưu chính công ích", "Offered through the public post"),
        "online_payment": Label("Thanh toán trực tuyến", "Fees can be paid online"),
        "e_result": Label("Trả kết quả điện tử", "The result is issued electronically"),
        "service_centre": Label("Tiếp nhận tại bộ phận một cửa", "Received at a one-stop office"),
        "vertical": Label("Cơ quan ngành dọc", "Of an agency with its own hierarchy"),
        "anywhere": Label("Không phụ thuộc địa giới hành chính", "Can be handed in anywhere"),
        "offline_only": Label("Không thực hiện trực tuyến", "Cannot be done online"),
    },
    "flag": {
        "true": Label("Có", "Yes"),
        "false": Label("Không", "No"),
        "unknown": Label("Chưa rõ", "Unknown"),
    },
    "scope": {
        Scope.NATIONAL: Label("Toàn quốc", "National"),
        Scope.PROVINCIAL: Label("Riêng của địa phương", "Of one province"),
        Scope.INTERNAL: Label("Nội bộ giữa các cơ quan", "Between agencies"),
    },
    "role": {
        Role.ISSUING: Label("Cơ quan ban hành", "Issues"),
        Role.EXECUTING: Label("Cơ quan thực hiện", "Executes"),
        Role.COMPETENT: Label("Cơ quan có thẩm quyền", "Is competent"),
        Role.COORDINATING: Label("Cơ quan phối hợp", "Coordinates"),
        Role.AUTHORISED: Label("Cơ quan được ủy quyền", "Is authorised"),
    },
    "action": {
        Action.NEW: Label("Ban hành mới", "New"),
        Action.AMENDED: Label("Sửa đổi, bổ sung", "Amended"),
        Action.REPLACED: Label("Thay thế", "Replaced"),
        Action.ABOLISHED: Label("Bãi bỏ", "Abolished"),
    },
}


def label(kind: str, value: str, language: str = "vi") -> str:
    """The word people read for ``value``; the value itself where the vocabulary has none."""
    found = LABELS.get(kind, {}).get(value)
    return value if found is None else (found.en if language == "en" else found.vi)


def level_exists(level: Level, day: date) -> bool:
    """Whether this level of government exists on ``day``."""
    start, end, _ = LEVEL_VALIDITY[level]
    return (start is None or start <= day) and (end is None or day < end)
