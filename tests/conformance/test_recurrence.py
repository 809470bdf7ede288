"""The dates of recurrence rules, compared with two other programs: python-dateutil and recurring-ical-events.

`hajime-cli session dates` answers for each rule, zone and year. The environment variable HAJIME_RECURRENCE=full asks for all
of them; without it, a part is compared. Where Hajime differs on purpose, a row of recurrence_choices.csv says which rule
differs from which program, by which dates, and why. A row that is not needed fails the test too.
"""

import csv
import json
import os
import subprocess
import tempfile
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from icalendar import Calendar

# The zones of the package tzdata, which has the same version as the ones in Hajime, and not those of the machine.
zoneinfo.reset_tzpath(to=[])

FULL = os.environ.get("HAJIME_RECURRENCE") == "full"
CHOICES = Path(__file__).with_name("recurrence_choices.csv")

ZONES = [
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Pacific/Apia", "UTC",
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "America/Argentina/Buenos_Aires", "America/Asuncion",
    "America/Bogota", "America/Havana", "America/Los_Angeles", "America/Mexico_City", "America/Nuuk", "America/Sao_Paulo",
    "America/St_Johns", "Asia/Amman", "Asia/Beirut", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Tehran",
    "Asia/Tokyo", "Atlantic/Azores", "Australia/Sydney", "Europe/Dublin", "Europe/London", "Pacific/Auckland",
]
YEARS = range(2021, 2031)
# Times at which clocks change somewhere, and one at which they never do.
TIMES = ["02:30", "19:00", "00:15"]

# The first days are days on which the rule has an occurrence, unless the name says otherwise.
RULES = {
    "every day": ("01-01", "FREQ=DAILY"),
    "every third day": ("01-01", "FREQ=DAILY;INTERVAL=3"),
    "hundred days": ("02-20", "FREQ=DAILY;COUNT=100"),
    "days of some months": ("03-01", "FREQ=DAILY;BYMONTH=3,10"),
    "every week": ("03-07", "FREQ=WEEKLY"),
    "twice a week": ("{tuesday}", "FREQ=WEEKLY;BYDAY=TU,TH"),
    "every second week": ("{tuesday}", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU"),
    "every second week that begins on Sunday": ("{tuesday}", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU"),
    "first of the week": ("{tuesday}", "FREQ=WEEKLY;BYDAY=TU,FR;BYSETPOS=1"),
    "Sundays of March and October": ("{march_sunday}", "FREQ=WEEKLY;BYDAY=SU;BYMONTH=3,10,11"),
    "day of the month": ("01-28", "FREQ=MONTHLY"),
    "last day of the month": ("01-31", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    "day 31": ("01-31", "FREQ=MONTHLY;BYMONTHDAY=31"),
    "second Tuesday": ("{second_tuesday}", "FREQ=MONTHLY;BYDAY=2TU"),
    "last Sunday": ("{last_sunday}", "FREQ=MONTHLY;BYDAY=-1SU"),
    "last working day": ("{last_working_day}", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    "every second month": ("01-15", "FREQ=MONTHLY;INTERVAL=2;COUNT=8"),
    "day of the year": ("03-28", "FREQ=YEARLY"),
    "last Sundays of March and October": ("{march_last_sunday}", "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU"),
    "numbered days of the year": ("01-01", "FREQ=YEARLY;BYYEARDAY=1,87,-1"),
    "a week of the year": ("{week_13_monday}", "FREQ=YEARLY;BYWEEKNO=13,44;BYDAY=MO,SU"),
    "leap days": ("01-01", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    "Friday the thirteenth": ("01-01", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR"),
    "30 February": ("01-01", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    "until an instant": ("03-20", "FREQ=DAILY;UNTIL={year}1031T003000Z"),
    "until an instant in the gap": ("03-20", "FREQ=DAILY;UNTIL={year}0328T013000Z"),
    "until a day": ("03-20", "FREQ=DAILY;UNTIL={year}0405"),
    "until a wall clock": ("03-20", "FREQ=DAILY;UNTIL={year}0405T190000"),
    "first day does not fit": ("{wednesday}", "FREQ=WEEKLY;BYDAY=TU;COUNT=6"),
    "working days": ("{monday}", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "working days, counted by day": ("{monday}", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=60"),
    "weekends": ("{march_sunday}", "FREQ=WEEKLY;BYDAY=SA,SU"),
    "every third week": ("{wednesday}", "FREQ=WEEKLY;INTERVAL=3;BYDAY=WE"),
    "ten Sundays": ("{march_sunday}", "FREQ=WEEKLY;COUNT=10;BYDAY=SU"),
    "last day of a week with three": ("{friday}", "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1"),
    "first and last of a fortnight": ("{monday}", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,SU;BYSETPOS=1,-1"),
    "first and fifteenth": ("01-01", "FREQ=MONTHLY;BYMONTHDAY=1,15"),
    "last and second to last day": ("01-30", "FREQ=MONTHLY;BYMONTHDAY=-1,-2"),
    "first Monday and third Friday": ("{first_monday}", "FREQ=MONTHLY;BYDAY=1MO,3FR"),
    "fifth Sunday": ("{fifth_sunday}", "FREQ=MONTHLY;BYDAY=5SU"),
    "every Sunday of the month": ("{first_sunday}", "FREQ=MONTHLY;BYDAY=SU"),
    "first Sunday of every third month": ("{first_sunday}", "FREQ=MONTHLY;INTERVAL=3;BYDAY=1SU"),
    "second Sunday of March": ("{march_second_sunday}", "FREQ=MONTHLY;BYMONTH=3;BYDAY=2SU"),
    "weekday among the first seven days": ("{first_sunday}", "FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7"),
    "first working day": ("{first_working_day}", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1"),
    "every second year": ("03-28", "FREQ=YEARLY;INTERVAL=2"),
    "twentieth Monday of the year": ("{twentieth_monday}", "FREQ=YEARLY;BYDAY=20MO"),
    "last Sunday of the year": ("{last_sunday_of_the_year}", "FREQ=YEARLY;BYDAY=-1SU"),
    "last week of the year": ("{last_week_monday}", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO"),
    "Thanksgiving": ("{thanksgiving}", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"),
}
PART = {"zones": 4, "years": [2024, 2027], "times": 2}


@dataclass(frozen=True)
class Case:
    name: str
    rule: str
    first: datetime
    zone: str

    @property
    def last(self) -> datetime:
        # Rules that rarely have an occurrence are compared over several years.
        rare = self.rule.startswith("FREQ=YEARLY") or "BYMONTHDAY=13" in self.rule
        return self.first + timedelta(days=365 * 9 if rare else 420)

    def __str__(self) -> str:
        return f"{self.name}: {self.rule} from {self.first} in {self.zone}"


def days(year: int) -> dict[str, str]:
    def nth(month: int, weekday: int, number: int) -> str:
        one = rrulestr(f"FREQ=MONTHLY;COUNT=1;BYDAY={number}{'MO TU WE TH FR SA SU'.split()[weekday]}", dtstart=datetime(year, month, 1))
        return f"{one[0]:%m-%d}"

    begin = datetime(year, 1, 1)
    while begin.weekday() > 4:
        begin += timedelta(days=1)
    end = datetime(year, 1, 31)
    while end.weekday() > 4:
        end -= timedelta(days=1)
    return {
        "tuesday": nth(1, 1, 1),
        "monday": nth(1, 0, 1),
        "wednesday": nth(1, 2, 1),
        "friday": nth(1, 4, 1),
        "first_monday": nth(1, 0, 1),
        "first_sunday": nth(1, 6, 1),
        "fifth_sunday": nth(1, 6, 5),
        "first_working_day": f"{begin:%m-%d}",
        "second_tuesday": nth(1, 1, 2),
        "last_sunday": nth(1, 6, -1),
        "march_sunday": nth(3, 6, 1),
        "march_second_sunday": nth(3, 6, 2),
        "march_last_sunday": nth(3, 6, -1),
        "twentieth_monday": f"{rrulestr('FREQ=YEARLY;COUNT=1;BYDAY=20MO', dtstart=datetime(year, 1, 1))[0]:%m-%d}",
        "last_sunday_of_the_year": nth(12, 6, -1),
        "last_week_monday": f"{rrulestr('FREQ=YEARLY;COUNT=1;BYWEEKNO=-1;BYDAY=MO', dtstart=datetime(year, 1, 1))[0]:%m-%d}",
        "thanksgiving": nth(11, 3, 4),
        "last_working_day": f"{end:%m-%d}",
        "week_13_monday": f"{datetime.fromisocalendar(year, 13, 1):%m-%d}",
    }


def cases() -> list[Case]:
    zones = ZONES if FULL else ZONES[: PART["zones"]]
    times = TIMES if FULL else TIMES[: PART["times"]]
    found = []
    for year in YEARS if FULL else PART["years"]:
        named = days(year)
        for name, (day, rule) in RULES.items():
            for time in times:
                first = datetime.fromisoformat(f"{year}-{day.format(**named)}T{time}")
                found += [Case(name, rule.format(year=year), first, zone) for zone in zones]
    return found


def ours(asked: list[Case]) -> list[list[datetime]]:
    lines = [
        json.dumps({"rrule": case.rule, "start": f"{case.first:%Y-%m-%dT%H:%M}", "timezone": case.zone, "to": f"{case.last:%Y-%m-%dT%H:%M}"})
        for case in asked
    ]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        command = [os.environ["HAJIME_CLI"], "session", "dates", "--lines", file.name]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=True)
    answers = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(answers) == len(asked)
    return [[datetime.fromisoformat(date["start"]) for date in dates] for dates in answers]


def of_dateutil(case: Case) -> list[datetime]:
    zone = zoneinfo.ZoneInfo(case.zone)
    # dateutil compares an instant in UNTIL only with times that have a zone.
    aware = case.rule.endswith("Z")
    first = case.first.replace(tzinfo=zone) if aware else case.first
    last = case.last.replace(tzinfo=zone) if aware else case.last
    found = []
    for local in rrulestr(case.rule, dtstart=first):
        if local.replace(tzinfo=None) > last.replace(tzinfo=None):
            break
        found.append(local.replace(tzinfo=zone, fold=0).astimezone(UTC))
    return found


def of_recurring_ical_events(case: Case) -> list[datetime]:
    text = "\r\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Hajime//tests//EN", "BEGIN:VEVENT", "UID:one",
        f"DTSTART;TZID={case.zone}:{case.first:%Y%m%dT%H%M%S}" if case.zone != "UTC" else f"DTSTART:{case.first:%Y%m%dT%H%M%SZ}",
        "DURATION:PT1M", f"RRULE:{case.rule}", "END:VEVENT", "END:VCALENDAR", "",
    ])  # fmt: skip
    begin, end = case.first - timedelta(days=2), case.last + timedelta(days=2)
    events = recurring_ical_events.of(Calendar.from_ical(text)).between(begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    starts = [event["DTSTART"].dt for event in events]
    return sorted(start.astimezone(UTC) for start in starts if start.replace(tzinfo=None) <= case.last)


def instant(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=zoneinfo.ZoneInfo(zone)).astimezone(UTC)


def until(case: Case) -> datetime:
    return datetime.fromisoformat(case.rule.rpartition("UNTIL=")[2])


# What a row of the table may say, and the dates that it allows.
DIFFERENCES = {
    "they add the first time": lambda case, ours, theirs: not ours and theirs == {instant(case.first, case.zone)},
    "we add the last day": lambda case, ours, theirs: not theirs
    and ours == {instant(datetime.combine(until(case), case.first.time()), case.zone)},
    "we add what lies after midnight UTC of the last day": lambda case, ours, theirs: not theirs
    and all(
        date > until(case).replace(tzinfo=UTC) and date.astimezone(zoneinfo.ZoneInfo(case.zone)).date() <= until(case).date()
        for date in ours
    ),
    "they end up to a day later or earlier": lambda case, ours, theirs: all(
        abs(date - instant(until(case), case.zone)) <= timedelta(days=1) for date in ours | theirs
    ),
}

ORACLES = {"python-dateutil": of_dateutil, "recurring-ical-events": of_recurring_ical_events}


def choices() -> dict[tuple[str, str], dict[str, str]]:
    with CHOICES.open(newline="", encoding="utf-8") as file:
        return {(row["program"], row["rule"]): row for row in csv.DictReader(file)}


def shown(dates: set[datetime]) -> str:
    return " ".join(f"{date:%Y-%m-%dT%H:%MZ}" for date in sorted(dates)[:6])


@pytest.mark.parametrize("program", ORACLES)
def test_the_dates_of_every_rule_are_those_of_another_program(program):
    asked = cases()
    if not FULL and program == "recurring-ical-events":
        # It is slow, so it is asked for every rule in every zone, but for one year and time.
        asked = [case for case in asked if case.first.year == PART["years"][0] and f"{case.first:%H:%M}" == TIMES[0]]
    known, needed, different = choices(), set(), []
    for case, dates in zip(asked, ours(asked), strict=True):
        theirs = ORACLES[program](case)
        if dates == theirs:
            continue
        row = known.get((program, case.name))
        only_ours, only_theirs = set(dates) - set(theirs), set(theirs) - set(dates)
        if row and DIFFERENCES[row["difference"]](case, only_ours, only_theirs):
            needed.add(case.name)
            continue
        different.append(f"{case}: only Hajime {shown(only_ours)}; only {program} {shown(only_theirs)}")
    print(f"{len(asked)} rules compared with {program}, {len(needed)} choices needed")
    assert not different, f"{len(different)} of {len(asked)} differ from {program}:\n" + "\n".join(different[:40])
    unneeded = {rule for of, rule in known if of == program} - needed
    assert not unneeded, f"rows of {CHOICES.name} that nothing needs: {sorted(unneeded)}"
