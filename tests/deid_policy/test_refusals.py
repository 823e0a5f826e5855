"""Psychotherapy notes, Part 2 records and person keys of staff are refused by name, unless a named person vouches."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from deid.refusals import identifies, names_staff, refused
from etl import presets
from etl.errors import InputError
from etl.mapping import check, merged, problems
from etl.refusals import of_attestations
from etl.settings import IngestSettings, PrivacySettings, TableSource
from tests.etl_sources.ways import COLUMNS, Reader, settings_of, source

SHEET = {"survey_id": "Sheet", "instrument": "Which"}
HOURS = {"time_id": "Line", "week_on": "Week", "people": "Staff"}


def with_attestations(reader: Reader, *said: dict[str, Any], **tables: TableSource) -> IngestSettings:
    privacy = PrivacySettings.model_validate({"attestations": said})
    return settings_of(reader.folder, **tables).model_copy(update={"privacy": privacy})


def notes(column: str = "Session Notes") -> TableSource:
    return source(columns={**COLUMNS, "visit_notes": column})


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"columns": {**COLUMNS, "visit_notes": "Session Notes"}}, "columns.visit_notes"),
        ({"columns": {**COLUMNS, "modality": "psychotherapyNote"}}, "columns.modality"),
        ({"columns": {**COLUMNS, "starts_at": "Day + progress_notes"}}, "columns.starts_at"),
        ({"file": "exports/process_notes.csv"}, "file"),
        ({"file": None, "url": "sqlite:///x.db", "database_table": "TherapyNotes"}, "database_table"),
        ({"file": None, "url": "sqlite:///x.db", "query": "SELECT * FROM clinical_note"}, "query"),
        ({"file": None, "url": "postgresql://u:hush@h/process_notes", "database_table": "visit"}, "url"),
        ({"status_rules": [{"when": {"column": "Case note", "filled": True}, "status": "attended"}]}, "status_rules"),
        ({"components": {"sms": {"column": "SOAP notes", "exposed": ["y"]}}}, "components.sms"),
    ],
)
def test_a_name_that_sounds_like_psychotherapy_notes_is_refused(
    reader: Reader, changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(InputError, match=r"psychotherapy notes \(45 CFR 164\.501") as refusal:
        check(settings_of(reader.folder, appointment=source(**changes)))
    assert f"[tables.appointment] {where}: " in str(refusal.value)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    "column",
    [
        "Substance Use",
        "SUD flag",
        "SUDT",
        "Detox unit",
        "Methadone",
        "OTP",
        "buprenorphineDose",
        "42 CFR",
        "part2",
        "Alcohol treatment",
        "SUDProgram",
        "Addiction Clinic",
        "opioid_program",
        "Naltrexone",
    ],
)
def test_a_name_that_sounds_like_a_part_2_record_is_refused(reader: Reader, column: str) -> None:
    with pytest.raises(InputError, match=r"substance use disorder records \(42 CFR Part 2"):
        check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "modality": column})))


@pytest.mark.parametrize(
    "column",
    [
        *(
            "Notes de séance",
            "NotesDeSéance",
            "notes_seance",
            "NOTE ÉVOLUTIVE",
            "Compte-rendu de séance",
            "Note clinique",
        ),
        *("Notas de sesión", "NotasDeSesion", "nota_de_evolucion", "Resumen de la sesión", "Nota clínica"),
    ],
)
def test_psychotherapy_notes_are_known_in_french_and_spanish(reader: Reader, column: str) -> None:
    with pytest.raises(InputError, match=r"psychotherapy notes \(45 CFR 164\.501"):
        check(settings_of(reader.folder, appointment=notes(column)))


@pytest.mark.parametrize(
    "column",
    [
        *("Toxicomanie", "Désintoxication", "Dépendance aux drogues", "Alcoolisme", "Sevrage", "Trouble de l'usage"),
        *("Adicciones", "Consumo de drogas", "Metadona", "Drogadicción", "abuso de sustancias"),
    ],
)
def test_part_2_records_are_known_in_french_and_spanish(reader: Reader, column: str) -> None:
    with pytest.raises(InputError, match=r"substance use disorder records \(42 CFR Part 2"):
        check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "modality": column})))


@pytest.mark.parametrize("header", ["Matricule", "Nom de l'employé", "Courriel", "No. de empleado", "Psicóloga", "Nom"])
def test_who_of_the_staff_is_known_in_french_and_spanish(header: str) -> None:
    assert names_staff(header)


@pytest.mark.parametrize(
    "column", ["Prénom", "Nom du patient", "Téléphone", "Dirección", "Fecha de nacimiento", "Nombre"]
)
def test_what_names_a_patient_is_known_in_french_and_spanish(column: str) -> None:
    assert identifies(column)


def test_ordinary_names_in_french_and_spanish_are_not_refused(reader: Reader) -> None:
    plain = ["Remarques", "Date de la séance", "Type de thérapie", "Suivi", "Modalité", "Durée", "Motif d'annulation"]
    plain += ["Notas", "Tipo de terapia", "Modalidad", "Fecha de la sesión", "Duración", "Estado", "Consulta"]
    for column in plain:
        assert check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "modality": column}))) == []
    for header in ("Heures du personnel", "Rôle", "Función", "Semaine", "Horas de cuidado", "Numero de personas"):
        assert not names_staff(header), header


def test_ordinary_names_are_not_refused(reader: Reader) -> None:
    plain = ["Notes", "Session Date", "Therapy Type", "Progress", "Sudden cancel", "Fee AUD", "Department 2", "format"]
    plain += ["Phone visit", "Email reminder", "Client Type", "Instrument Name"]
    for column in plain:
        assert check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "modality": column}))) == []


def test_no_preset_maps_what_is_refused(reader: Reader) -> None:
    for name in presets.NAMES:
        for table in presets.preset(name).tables:
            way = TableSource(file=f"{name}_{table}.csv", preset=name)
            found = list(problems(settings_of(reader.folder, **{table: way})))
            assert not [each for each in found if "sounds like" in each], name
            assert merged(way, table)


def test_the_refusal_shows_the_lines_that_let_it_pass_once_a_person_has_filled_them_in(reader: Reader) -> None:
    with pytest.raises(InputError) as refusal:
        check(settings_of(reader.folder, appointment=notes()))
    lines = str(refusal.value).split("write:\n", 1)[1]
    (said,) = tomllib.loads(lines)["privacy"]["attestations"]
    filled = {"by": "Ann Example, privacy officer", "says": "remarks of the front desk about the room"}
    assert check(with_attestations(reader, said | filled, appointment=notes())) == []
    for name in filled:
        with pytest.raises(ValidationError):  # the lines as they are shown name nobody and say nothing
            with_attestations(reader, said | filled | {name: said[name]}, appointment=notes())


@pytest.mark.parametrize("by", ["", "   ", "Ann", "x1 22", " first and last name, role "])
def test_nobody_in_particular_vouches_for_nothing(reader: Reader, by: str) -> None:
    said = {"about": "not_part_2", "on": date(2024, 1, 1), "says": "one-time passwords"}
    with pytest.raises(ValidationError, match="name of the person"):
        with_attestations(reader, said | {"by": by}, appointment=source())


def test_an_attestation_opens_one_column_of_one_table_and_no_other_kind(reader: Reader) -> None:
    said = {
        "about": "not_psychotherapy_notes",
        "table": "appointment",
        "column": "session notes",
        "by": "Ann Example, privacy officer",
        "on": date(2024, 5, 1),
        "says": "remarks of the front desk about the room",
    }
    assert check(with_attestations(reader, said, appointment=notes())) == []
    for change in ({"table": "feedback"}, {"column": "Process Notes"}, {"about": "not_part_2"}):
        with pytest.raises(InputError, match="sounds like psychotherapy notes"):
            check(with_attestations(reader, said | change, appointment=notes()))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"on": date.today() + timedelta(days=3)}, "is in the future"),  # noqa: DTZ011
        ({"column": ""}, 'write table = "appointment" and column'),
    ],
)
def test_an_attestation_that_cannot_stand_is_refused(reader: Reader, change: dict[str, Any], says: str) -> None:
    said = {"about": "not_part_2", "table": "appointment", "column": "OTP", "by": "Ann Example", "on": date(2024, 1, 1)}
    chosen = with_attestations(reader, said | {"says": "one-time passwords"} | change, appointment=source())
    assert says in "".join(of_attestations(chosen))
    with pytest.raises(InputError, match=says):
        check(chosen)


def test_rows_left_out_may_be_named_after_what_they_are(reader: Reader) -> None:
    left_out = {"part_2": {"column": "SUD program", "filled": True}}
    assert check(settings_of(reader.folder, appointment=source(leave_out=left_out))) == []


def test_the_vendors_name_is_no_cue_where_its_preset_is_used(reader: Reader) -> None:
    way = source("TherapyNotes-appointments.csv", preset="therapynotes")
    assert not [each for each in problems(settings_of(reader.folder, appointment=way)) if "sounds like" in each]
    with pytest.raises(InputError, match="sounds like psychotherapy notes"):
        check(settings_of(reader.folder, appointment=source("TherapyNotes-appointments.csv")))


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        ("staff_survey", {"columns": SHEET | {"survey_id": "Employee ID"}}),
        ("staff_survey", {"columns": SHEET | {"role": "Clinician"}}),
        ("staff_survey", {"columns": SHEET, "constants": {"role": "ann@clinic.example"}}),
        ("staff_time", {"columns": HOURS | {"time_id": "staff_id"}}),
        (
            "staff_time",
            {
                "file": None,
                "url": "sqlite:///x.db",
                "columns": HOURS,
                "query": 'SELECT h."Employee No" AS Line, Week, Staff FROM hours h',
            },
        ),
    ],
)
def test_a_staff_table_with_a_person_key_in_its_mapping_is_refused(
    reader: Reader, table: str, changes: dict[str, Any]
) -> None:
    way = TableSource.model_validate({"file": "staff.csv"} | changes)
    with pytest.raises(InputError, match="says who of the staff a row is about"):
        check(settings_of(reader.folder, **{table: way}))


@pytest.mark.parametrize("header", ["Employee ID", "Name", "E-mail", "clinician_id", "IP Address", "RecipientLastName"])
def test_a_person_key_that_is_only_in_the_header_is_refused_too(reader: Reader, header: str) -> None:
    reader.write(f"Sheet,Which,{header}\n1,CBI,anything\n", "staff.csv")
    way = TableSource(file="staff.csv", columns=SHEET)
    with pytest.raises(InputError, match=r"staff\.csv.*Remove it from the export"):
        reader.read(way, "staff_survey")


def test_a_staff_table_without_a_person_key_is_read(reader: Reader) -> None:
    reader.write("Line,Week,Staff,Role,Site name,Care hours\n1,2024-03-04,7,nurse,North,120\n", "staff.csv")
    columns = HOURS | {"role": "Role", "site_id": "Site name", "care_hours": "Care hours"}
    reader.read(TableSource(file="staff.csv", columns=columns), "staff_time")
    assert reader.rows("people, care_hours", "staff_time") == [(7, 120.0)]


def test_other_tables_may_hold_columns_that_are_not_mapped(reader: Reader) -> None:
    reader.write("Id,Client,Start,Status,Employee ID,Session Notes\n1,p1,2024-03-05 10:00:00,Kept,7,x\n")
    report = reader.read()
    assert set(report.columns_unused) == {"Employee ID", "Session Notes"}


def test_words_near_a_cue_do_not_name_staff() -> None:
    for header in ("Staff hours", "Number of staff", "Instrument Name", "Role", "survey_id", "ResponseId", "People"):
        assert not names_staff(header), header


@pytest.mark.parametrize(
    "column", ["Client Name", "E-mail", "phoneNumber", "Street address", "SSN", "Date of Birth", "zip"]
)
def test_what_names_a_patient_is_not_mapped_to_words_that_are_kept(reader: Reader, column: str) -> None:
    with pytest.raises(InputError, match="is kept word for word"):
        check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "modality": column})))
    assert check(settings_of(reader.folder, appointment=source(columns={**COLUMNS, "patient_id": column}))) == []


def test_each_refusal_names_its_law() -> None:
    assert [(kind.about, kind.law) for kind in refused()] == [
        ("not_psychotherapy_notes", "45 CFR 164.501"),
        ("not_part_2", "42 CFR Part 2"),
    ]
