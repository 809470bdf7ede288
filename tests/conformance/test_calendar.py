"""Calendar files that Hajime writes, read by another program: the Python package icalendar.

What was imported from five programs comes out with the same ids, starts, rules and left-out dates. The dates of a schedule that
was made here, expanded by recurring-ical-events, are the classes that Hajime lists.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recurring_ical_events
from icalendar import Calendar

FIXTURES = Path(__file__).parent.parent / "fixtures" / "calendars"
PROGRAMS = ["apple", "google", "nextcloud", "outlook", "thunderbird"]
COMPARED = ["UID", "DTSTART", "RECURRENCE-ID", "RRULE", "EXDATE", "RDATE"]


@pytest.fixture
def hajime(tmp_path):
    """Returns a function that runs the command line on a data folder of its own."""

    def run(*arguments):
        command = [os.environ["HAJIME_CLI"], "--json", *map(str, arguments)]
        known = {"HAJIME_DATA_DIR": str(tmp_path / "data"), "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"}
        done = subprocess.run(command, env={**os.environ, **known}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def read(path: Path) -> Calendar:
    calendar = Calendar.from_ical(path.read_bytes())
    broken = [(event["UID"], event.errors) for event in calendar.walk("VEVENT") if event.errors]
    assert broken == []
    return calendar


def facts(calendar: Calendar) -> list:
    """Returns what is compared of each event: the values and parameters as icalendar reads them."""

    def values(event, name):
        found = event.get(name, [])
        found = found if isinstance(found, list) else [found]
        return sorted((one.to_ical().decode() if isinstance(one.to_ical(), bytes) else one.to_ical()) for one in found)

    return sorted([values(event, name) for name in COMPARED] for event in calendar.walk("VEVENT"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_calendar_of_another_program_comes_out_with_the_same_facts(hajime, tmp_path, program):
    source = FIXTURES / f"{program}.ics"
    out = tmp_path / "out.ics"
    hajime("calendar", "import", source, "--instructor", "M. Ito", "--timezone", "Europe/Berlin")
    hajime("calendar", "export", "--output", out)
    assert facts(read(out)) == facts(read(source))
    # What is written for other people is read as well, with one event for each class or series at least.
    hajime("calendar", "export", "--feed", out)
    assert len(read(out).walk("VEVENT")) > 0


def test_the_dates_of_a_schedule_made_here_are_those_that_hajime_lists(hajime, tmp_path):
    first = (datetime.now(UTC) + timedelta(days=3)).replace(hour=17, minute=0, second=0, microsecond=0)

    def plan(title, start, *more):
        hajime(
            "session", "add", "--title", title, "--instructor", "M. Ito", "--start", start.strftime("%Y-%m-%dT%H:%M"),
            "--minutes", 60, *more,
        )

    plan("Alone", first, "--timezone", "UTC")
    plan("Weekly", first, "--timezone", "Europe/Berlin", "--rrule", "FREQ=WEEKLY")
    plan("Often", first, "--timezone", "America/New_York", "--rrule", "FREQ=DAILY;COUNT=20;BYDAY=MO,WE,FR")
    plan("Last", first, "--timezone", "Asia/Tokyo", "--rrule", "FREQ=MONTHLY;BYMONTHDAY=-1")
    sessions = [one for one in hajime("session", "list") if one["title"] == "Weekly"]
    hajime("session", "cancel", sessions[2]["id"])
    hajime("session", "move", sessions[3]["id"], "--start", (first + timedelta(days=23)).strftime("%Y-%m-%dT%H:%M:00Z"))
    listed = {
        (one["title"], datetime.fromisoformat(one["start"])) for one in hajime("session", "list") if one["status"] == "scheduled"
    }
    last = max(start for title, start in listed if title == "Weekly")
    for arguments in (["--output", tmp_path / "out.ics"], ["--feed", tmp_path / "out.ics"]):
        hajime("calendar", "export", *arguments)
        calendar = read(tmp_path / "out.ics")
        occurrences = recurring_ical_events.of(calendar).between(first - timedelta(days=1), last + timedelta(minutes=1))
        found = {(str(one["SUMMARY"]), one["DTSTART"].dt.astimezone(UTC)) for one in occurrences}
        assert found == {(title, start) for title, start in listed if start <= last}
