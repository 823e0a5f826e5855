"""The shipped presets are whole, and derive statuses as their systems mean them."""

import pytest

from etl import mapping, presets
from etl.canonical import TABLES
from tests.etl_sources.ways import Reader, settings_of, source


def read(reader: Reader, preset: str, text: str, **changes: object) -> None:
    reader.write(text)
    reader.read(source(preset=preset, **{"columns": {}, "values": {}, **changes}))


@pytest.mark.parametrize("name", presets.NAMES)
def test_every_preset_names_known_columns_and_words(reader: Reader, name: str) -> None:
    found = presets.preset(name)
    assert found.confidence in ("A", "B", "C")
    assert found.source
    for table in found.tables:
        rest = {column: "X" for column in TABLES[table].required}
        way = source(preset=name, columns={}, values={})
        whole, _ = mapping.merged(way, table)
        missing = {column: "X" for column in rest if column not in whole.columns}
        if whole.status_rules:
            missing.pop("status", None)
        filled = source(preset=name, columns=missing, values={})
        assert mapping.check(settings_of(reader.folder, **{table: filled})) == []


def test_cliniko_derives_the_status_from_three_columns(reader: Reader) -> None:
    head = "id,patient_id,starts_at,created_at,cancelled_at,did_not_arrive,patient_arrived,deleted_at\n"
    rows = [
        "1,a,2024-03-05T10:00:00Z,2024-03-01T10:00:00Z,,false,true,",
        "2,a,2024-03-06T10:00:00Z,2024-03-01T10:00:00Z,,true,false,",
        "3,a,2024-03-07T10:00:00Z,2024-03-01T10:00:00Z,2024-03-07T08:00:00Z,false,false,",
        "4,a,2024-03-08T10:00:00Z,2024-03-01T10:00:00Z,2024-03-02T08:00:00Z,false,false,",
        "5,a,2024-03-09T10:00:00Z,2024-03-01T10:00:00Z,,false,false,",
        "6,a,2024-03-09T10:00:00Z,2024-03-01T10:00:00Z,,false,true,2024-03-01T10:00:00Z",
    ]
    read(reader, "cliniko", head + "\n".join(rows) + "\n")
    assert reader.column("status") == ["attended", "no_show", "late_cancel", "cancelled_patient", "unknown"]
    assert reader.left_out() == [(6, "left_out_deleted")]


def test_openemr_leaves_out_what_is_no_visit_and_joins_day_and_time(reader: Reader) -> None:
    head = "pc_eid,pc_pid,pc_catid,pc_eventDate,pc_startTime,pc_duration,pc_apptstatus\n"
    rows = ["1,7,5,2024-03-05,10:00:00,3000,@", "2,,8,2024-03-05,12:00:00,3600,-", "3,7,5,2024-03-06,10:00:00,3000,?"]
    read(reader, "openemr", head + "\n".join(rows) + "\n")
    assert reader.rows("status, minutes, starts_at::VARCHAR") == [
        ("attended", 50, "2024-03-05 09:00:00"),
        ("no_show", 50, "2024-03-06 09:00:00"),
    ]
    assert reader.left_out() == [(2, "left_out_not_a_visit")]


def test_hix_calls_a_no_show_a_cancellation_with_a_reason(reader: Reader) -> None:
    head = "APP_ID,pseudo_id,start,created,status,mutationReason_code\n"
    rows = ["1,a,1713862800000,1709287200000,cancelled,N", "2,a,1713862800000,1709287200000,cancelled,"]
    read(reader, "hix", head + "\n".join([*rows, "3,a,1713862800000,1709287200000,finished,"]) + "\n")
    assert reader.column("status") == ["no_show", "cancelled_patient", "attended"]


def test_epic_knows_a_late_cancellation_by_its_lead_hours(reader: Reader) -> None:
    head = "PAT_ENC_CSN_ID,PAT_ID,APPT_DTTM,APPT_STATUS_C,CANCEL_INITIATOR,CANCEL_LEAD_HOURS\n"
    rows = [
        "1,a,2024-03-05 10:00:00,3,PATIENT,5",
        "2,a,2024-03-05 10:00:00,3,PATIENT,50",
        "3,a,2024-03-05 10:00:00,3,PROVIDER,5",
    ]
    read(reader, "epic", head + "\n".join(rows) + "\n")
    assert reader.column("status") == ["late_cancel", "cancelled_patient", "cancelled_practice"]


def test_the_operators_word_wins_over_the_preset(reader: Reader) -> None:
    head = "Id,ClientId,StartDate,DateCreated,Status\n1,a,1713862800000,1709287200000,Confirmed\n"
    read(reader, "intakeq", head, values={"status": {"confirmed": "attended"}})
    assert reader.column("status") == ["attended"]
