"""One settings object, read from ``DANHMUC_*`` variables; a bad value is refused with its name and the way out."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

_PUBLISHABLE = re.compile(r"""[^\s<>"{}|\\^`?#@\x00-\x1f]+""")


class SettingInvalid(ValueError):
    """A setting has a value that cannot be used; the message names the variable and what it accepts."""


class Setting(msgspec.Struct, frozen=True):
    """One row of the table of settings."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting(
        "DANHMUC_DATA",
        "var",
        "Folder of all local state: the SQLite file, the search index, temporary files.",
    ),
    Setting(
        "DANHMUC_DATABASE_URL",
        "",
        "Database: empty for SQLite in the data folder, or postgres://user:password@host:port/name.",
    ),
    Setting(
        "DANHMUC_SEARCH_URL",
        "",
        "Search server: empty for the embedded index alone, or http(s)://host:port of a Meilisearch server, for "
        "which the embedded index stands in whenever it cannot answer.",
    ),
    Setting("DANHMUC_SEARCH_KEY", "", "Key of the Meilisearch server."),
    Setting(
        "DANHMUC_DOSSIER_KEY",
        "",
        "Secret under which the numbers of dossiers are digested: empty for dossier.key in the data folder, "
        "made at first use. It never changes: keep a copy away from the database.",
    ),
    Setting("DANHMUC_HOST", "127.0.0.1", "Address that `danhmuc serve` listens on."),
    Setting("DANHMUC_PORT", "8000", "Port that `danhmuc serve` listens on."),
    Setting(
        "DANHMUC_PUBLIC_URL",
        "",
        "Address under which others reach this registry, which names its records in open standards: empty for the "
        "address that it listens on, or like https://danhmuc.example.vn.",
    ),
    Setting("DANHMUC_PUBLISHER", "Danh Mục", "Who publishes the catalogue, as open standards name it."),
    Setting(
        "DANHMUC_LICENCE",
        "https://creativecommons.org/licenses/by/4.0/",
        "Address of the licence under which the catalogue is published.",
    ),
    Setting(
        "DANHMUC_ALLOW_PRIVATE",
        "0",
        "1 lets this registry connect to private and loopback addresses when it follows, syncs or sends webhooks.",
    ),
    Setting(
        "DANHMUC_PROXIES",
        "0",
        "How many proxies of your own stand before the server, 0 to 9: as many of the last entries of "
        "X-Forwarded-For are believed, and X-Forwarded-Proto with them.",
    ),
    Setting(
        "DANHMUC_MOST_UPLOAD",
        "256",
        "Megabytes that one file may have that is uploaded at the desk, 1 to 2048; a larger one is refused before "
        "it is read.",
    ),
)


class Settings(msgspec.Struct, frozen=True):
    """Where state lives and how to reach it."""

    data: Path = Path("var")
    database_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    search_url: str = ""
    search_key: str = ""
    dossier_key: str = ""
    allow_private: bool = False
    proxies: int = 0
    public_url: str = ""
    publisher: str = "Danh Mục"
    licence: str = "https://creativecommons.org/licenses/by/4.0/"
    most_upload: int = 256

    @property
    def address(self) -> str:
        """Where others reach this registry, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.public_url or f"http://{host}:{self.port}"

    @property
    def sqlite_path(self) -> Path:
        return self.data / "danhmuc.sqlite"

    @property
    def index_path(self) -> Path:
        return self.data / "index"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises ``SettingInvalid`` on a bad value."""
    env = os.environ if environment is None else environment
    values = {setting.name: env.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    url = values["DANHMUC_DATABASE_URL"]
    if url and urlsplit(url).scheme not in ("postgres", "postgresql"):
        raise SettingInvalid(
            "DANHMUC_DATABASE_URL must be empty (SQLite) or start with postgres:// — "
            f"it starts with {urlsplit(url).scheme or 'no scheme'!r}"
        )
    return Settings(
        data=Path(values["DANHMUC_DATA"]),
        database_url=url,
        host=values["DANHMUC_HOST"],
        port=_port(values["DANHMUC_PORT"]),
        search_url=_search_url(values["DANHMUC_SEARCH_URL"]),
        search_key=values["DANHMUC_SEARCH_KEY"],
        dossier_key=_secret("DANHMUC_DOSSIER_KEY", values["DANHMUC_DOSSIER_KEY"]),
        allow_private=_switch("DANHMUC_ALLOW_PRIVATE", values["DANHMUC_ALLOW_PRIVATE"]),
        proxies=_proxies(values["DANHMUC_PROXIES"]),
        public_url=_address("DANHMUC_PUBLIC_URL", values["DANHMUC_PUBLIC_URL"]).rstrip("/"),
        publisher=values["DANHMUC_PUBLISHER"],
        licence=_address("DANHMUC_LICENCE", values["DANHMUC_LICENCE"]),
        most_upload=_megabytes("DANHMUC_MOST_UPLOAD", values["DANHMUC_MOST_UPLOAD"]),
    )


def _search_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if text and not usable:
        raise SettingInvalid(
            "DANHMUC_SEARCH_URL must be empty (embedded index) or an address like http://127.0.0.1:7700"
        )
    return text.rstrip("/")


def _address(name: str, text: str) -> str:
    """An address that is written into what is published: nothing in it may break out of where it is written."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if text and not (usable and text.isascii() and _PUBLISHABLE.fullmatch(text)):
        raise SettingInvalid(
            f"{name} must be an address like https://danhmuc.example.vn, without spaces, ?, # and @"
        )
    return text


def _switch(name: str, text: str) -> bool:
    if text not in ("0", "1"):
        raise SettingInvalid(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"


def _proxies(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 9:
        raise SettingInvalid(f"DANHMUC_PROXIES must be a number from 0 to 9, not {text!r}")
    return int(text)


def _megabytes(name: str, text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 2048:
        raise SettingInvalid(f"{name} must be a number of megabytes from 1 to 2048, not {text!r}")
    return int(text)


def _secret(name: str, text: str) -> str:
    if text and len(text) < 32:
        raise SettingInvalid(f"{name} must be empty or have at least 32 characters, so that nobody can guess it")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise SettingInvalid(f"DANHMUC_PORT must be a number from 0 to 65535, not {text!r}")
    return int(text)
