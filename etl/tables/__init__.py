"""The canonical tables in reading order: people, their care, what automation did, what staff carried."""

from etl.tables.automation import AUTOMATION
from etl.tables.care import CARE
from etl.tables.people import PEOPLE
from etl.tables.staff import STAFF

ALL = (*PEOPLE, *CARE, *AUTOMATION, *STAFF)
