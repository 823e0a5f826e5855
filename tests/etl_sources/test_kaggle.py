"""A real export of 110,527 appointments conforms as its description says."""

from pathlib import Path

from etl.settings import ComponentRule
from tests.etl_sources.ways import Reader, source


def test_the_public_no_show_file_is_read_right(reader: Reader, shared_dir: Path) -> None:
    reader.folder.joinpath("kaggle.zip").symlink_to(shared_dir / "data" / "KaggleV2-May-2016.csv.zip")
    written = "%Y-%m-%dT%H:%M:%SZ"  # the Z is a letter: times are those of the clinic
    way = source(
        "kaggle.zip",
        columns={
            "appointment_id": "AppointmentID",
            "patient_id": "PatientId",
            "site_id": "Neighbourhood",
            "booked_at": "ScheduledDay",
            "starts_at": "AppointmentDay",
            "age": "Age",
            "status": "No-show",
        },
        values={"status": {"No": "attended", "Yes": "no_show"}},
        formats={"booked_at": written, "starts_at": written},
        components={"sms_reminder": ComponentRule(column="SMS_received", exposed=("1",))},
    )
    report = reader.read(way, timezone="America/Sao_Paulo")
    one = "SELECT count(*), count(*) FILTER (status = 'no_show'), count(starts_at), count(DISTINCT patient_id), "
    one += "count(*) FILTER (booked_on > starts_on), count(*) FILTER (age = 90), max(age), "
    one += "count(*) FILTER (list_contains(exposed, 'sms_reminder')) FROM conformed_appointment"
    assert report.rows_read == 110_527
    assert reader.con.execute(one).fetchone() == (110_527, 22_319, 0, 62_299, 5, 417, 90, 35_482)
    reasons = "SELECT source_row, reason FROM conformed_appointment WHERE reason IS NOT NULL"
    assert reader.con.execute(reasons).fetchall() == [(99_833, "age_below_0")]
    first = "appointment_id, patient_id, booked_at::VARCHAR, starts_on::VARCHAR"
    assert reader.rows(first)[0] == ("5642903", "29872499824296", "2016-04-29 21:38:08", "2016-04-29")
    assert "MARUÍPE" in reader.column("site_id", "site")
