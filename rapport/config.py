"""What does `rapport.toml` say, and where does it say it wrong?

Relative paths count from the toml's own folder. No key is ever in this file: see `deid.keys`.
"""

from __future__ import annotations

import difflib
import tomllib
import types
import typing
import zoneinfo
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator

from etl.canonical import TABLES
from etl.declared import CODE_NAME, CURRENCY, CrisisSettings, FeedbackSettings, MoneySettings
from etl.errors import InputError
from etl.settings import IngestSettings, PrivacySettings, ReleaseSettings, TableSource
from etl.strict import Settings
from instruments import InstrumentError, declared
from warehouse.audit import FOLDER

DEFAULT_PORT = 8501
INSTRUMENT_KEY = r"^[A-Za-z][\w -]{0,39}$"
_PRICE = "a number, or { value = 31, low = 27, high = 36 }"
_WRITTEN = {
    INSTRUMENT_KEY: "a name is up to 40 letters, digits, spaces, - and _, the first a letter",
    CODE_NAME: "a name is 2 to 40 small letters, digits and _, the first a letter",
    CURRENCY: "write the three letters of the currency, as CAD or EUR",
}


class Practice(Settings):
    """Who the practice is and when its exports were made."""

    name: str = Field(min_length=1, max_length=120)
    timezone: str
    synthetic: bool = False
    extracted_on: date | None = None
    data_dir: str = "rapport-data"
    memory_limit: str = Field(default="800MB", pattern=r"^\d+(MB|GB)$")
    key: str = Field(default="file", pattern=r"^(file|keyring:.+)$")  # where it is kept, never the key itself
    site_aliases: dict[str, str] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def known_zone(cls, value: str) -> str:
        if value in zoneinfo.available_timezones():
            return value
        raise ValueError(f"{value!r} is no time zone; {nearest(value, sorted(zoneinfo.available_timezones()))}")


class Warehouse(Settings):
    """Where the released counts are kept; a SQLite file in data_dir where absent."""

    url: str | None = None


class ServeSettings(Settings):
    """Where the pages are served. Without a configured identity provider only this machine can open them.

    single_user: the person who reads the pages is the operator, who could open the vault anyway; every page says so.
    views: the folder in which it is written down who looked at what; the account of the pages writes there.
    """

    port: int = Field(default=DEFAULT_PORT, ge=1, le=65535)
    address: Literal["127.0.0.1", "localhost", "::1"] = "127.0.0.1"
    single_user: bool = False
    views: str | None = None


class File(Settings):
    """The whole of `rapport.toml`."""

    practice: Practice
    warehouse: Warehouse = Warehouse()
    serve: ServeSettings = ServeSettings()
    release: ReleaseSettings = ReleaseSettings()
    privacy: PrivacySettings = PrivacySettings()
    crisis: CrisisSettings = CrisisSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    money: MoneySettings = MoneySettings()
    instruments: dict[Annotated[str, Field(pattern=INSTRUMENT_KEY)], dict[str, Any]] = Field(default_factory=dict)
    tables: dict[str, TableSource]

    @field_validator("instruments")
    @classmethod
    def declared_whole(cls, value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for key, told in value.items():
            try:
                declared(key, told)
            except InstrumentError as error:
                raise ValueError(str(error)) from None
            except (TypeError, AttributeError, KeyError, ValueError):
                raise ValueError(f"{key} is not written as a questionnaire is; see docs/instruments.md") from None
        return value


@dataclass(frozen=True)
class Configuration:
    """A configuration that has been read and found whole."""

    path: Path
    ingest: IngestSettings
    serve: ServeSettings
    key_location: str

    @property
    def views_folder(self) -> Path:
        """Where views of the pages are written down: beside the audit log where no folder is named."""
        named = self.serve.views
        return (self.ingest.base_dir / named).resolve() if named else self.ingest.data_dir / FOLDER


def load(path: Path) -> Configuration:
    """What does this configuration say? Raises InputError with what, where and what to write instead."""
    file = _validated(_parsed(path), path)
    base = path.resolve().parent
    data_dir = (base / file.practice.data_dir).resolve()
    ingest = IngestSettings(
        practice=file.practice.name,
        timezone=file.practice.timezone,
        synthetic=file.practice.synthetic,
        extracted_on=file.practice.extracted_on,
        base_dir=base,
        data_dir=data_dir,
        warehouse_url=file.warehouse.url or f"sqlite:///{data_dir / 'warehouse' / 'warehouse.sqlite'}",
        site_aliases=file.practice.site_aliases,
        tables=file.tables,
        release=file.release,
        privacy=file.privacy,
        crisis=file.crisis,
        feedback=file.feedback,
        money=file.money,
        instruments=file.instruments,
        memory_limit=file.practice.memory_limit,
    )
    return Configuration(path.resolve(), ingest, file.serve, file.practice.key)


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """A hint for a mistyped word: the nearest known one, or the first few there are."""
    words = [str(each) for each in known]
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = ", ".join(words[:12]) + (", ..." if len(words) > 12 else "")
    return f"known are: {listed}" if words else "nothing can stand here"


def _parsed(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such configuration; write one with `rapport init {path}`.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; name the toml inside it, say {path / 'rapport.toml'}.") from None
    except PermissionError:
        raise InputError(f"{path}: this account may not read it; give it read permission.") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text; save it as UTF-8.") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from None


def _validated(content: dict[str, Any], path: Path) -> File:
    for name in content.get("tables", {}) if isinstance(content.get("tables"), dict) else ():
        if name not in TABLES:
            raise InputError(f"{path}: [tables.{name}] is no table Rapport knows; {nearest(name, TABLES)}")
    try:
        return File.model_validate(content)
    except ValidationError as error:
        problems = [
            _sentence(problem["loc"], problem["type"], problem["msg"], problem.get("ctx", {}).get("pattern", ""))
            for problem in error.errors()
        ]
        raise InputError(f"{path}: " + " ".join(dict.fromkeys(problems))) from None


def _sentence(where: tuple[str | int, ...], kind: str, message: str, pattern: str = "") -> str:
    place = ".".join(str(part) for part in where)
    if kind == "extra_forbidden":
        return f"`{place}` is not a key Rapport knows; {nearest(str(where[-1]), _fields_at(where[:-1]))}"
    if kind == "missing":
        return f"`{place}` is missing; add it."
    if kind == "string_pattern_mismatch":
        return f"`{place.removesuffix('.[key]')}`: {_WRITTEN.get(pattern, f'write it as {pattern} says')}."
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"`{place}`: write {_PRICE if where[0] == 'money' and len(where) == 2 else 'a table of keys'}."
    if kind == "too_short":
        return f"`{place}`: nothing stands there; write at least one."
    said = message.removeprefix("Value error, ")
    return f"`{place}`: {said if said.endswith(('?', '.')) else said + '.'}"


def _fields_at(where: tuple[str | int, ...]) -> list[str]:
    """Which keys may stand in the table at this place of the file?"""
    model: Any = File
    for part in where:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(part))
            model = _inner(field.annotation) if field else None
        else:
            model = _inner(model)
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _inner(annotation: Any) -> Any:
    """The model inside `Model | None`; `dict[str, Model]` and `tuple[Model, ...]` give the model at the next key."""
    if typing.get_origin(annotation) is Annotated:
        return _inner(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return next((each for each in typing.get_args(annotation) if each is not type(None)), None)
    if typing.get_origin(annotation) is dict:
        return _Keyed(typing.get_args(annotation)[1])
    if typing.get_origin(annotation) is tuple:
        return _Keyed(typing.get_args(annotation)[0])
    return annotation.model if isinstance(annotation, _Keyed) else annotation


@dataclass(frozen=True)
class _Keyed:
    model: Any
