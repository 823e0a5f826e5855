"""Which slots are taken out of the vault, once a release, and what of them do all families look at?"""

from __future__ import annotations

from collections.abc import Sequence

from etl.release import engine
from etl.release.persons import Persons
from etl.release.rows import Rows
from etl.release.slots import fetch_later, fetch_slots, later_slots, released_slots, with_rebooked
from etl.release.strata import Attribute
from etl.release.visits import LastVisits, narrow, of_visits
from etl.release.work import Work


def read_slots(work: Work, more: Sequence[Attribute] = ()) -> Rows:
    """Every slot of published weeks, with categories of these attributes as well. Sets what all families look at."""
    wanted = [*work.wanted, *more]
    told = (work.appointments, work.patients, work.sites, wanted, work.components, work.grid)
    work.persons = Persons.of(work.patients, wanted)
    with engine.giving_room(work.backend):
        slots = fetch_slots(released_slots(*told), work.persons, wanted, work.grid)
    later = later_slots(work.appointments, work.patients, work.sites, work.wanted, work.grid)
    work.later = fetch_later(later, work.persons, work.wanted, len(work.sites.number))
    slots = with_rebooked(slots, work.later, work.settings.release.rebook_days)
    work.visits = LastVisits.of(slots, len(work.sites.labels), work.grid.until, of_visits(work.wanted))
    work.slots = narrow(slots, work.wanted)
    return slots
