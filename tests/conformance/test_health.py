"""The figures of Health, compared with those that pandas computes from the rows of the database.

A history of 10,000 recordings with every kind of failure is written into a new database. `hajime-cli health` must give the
same figures as the definitions in docs/HEALTH.md, applied here once more; `hajime-cli metrics` must read back with the
parser of the official Python client of Prometheus.
"""

import json
import math
import os
import random
import sqlite3
import subprocess
import uuid
from datetime import UTC, datetime

import pandas as pd
import pytest
from prometheus_client.parser import text_string_to_metric_families

CLI = os.environ.get("HAJIME_CLI")
pytestmark = pytest.mark.skipif(not CLI, reason="HAJIME_CLI does not name the command line tool")

RECORDINGS = 10_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
ZONE = "America/New_York"
CAUSES = [
    "never_started", "cloud_errored", "cloud_missing", "no_file", "own_storage", "file_expired", "storage_full",
    "import_refused", "source_unreachable", "not_a_video", "damaged", "too_short", "too_long", "encoding_failed",
    "video_missing", "took_too_long", "disk_full", "disk_refused", "too_large", "foreign_address", "foreign_file",
]
ASKED_WITHIN = 3 * MINUTE
CLOCKS_DIFFER = MINUTE
LONGEST = 30 * DAY
PROOF_WITHIN = MINUTE


def hajime(folder, *arguments: str) -> str:
    variables = {**os.environ, "HAJIME_DATA_DIR": str(folder)}
    done = subprocess.run([CLI, *arguments], env=variables, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


class History:
    """Writes classes and recordings as they may be after years."""

    def __init__(self, path, now: int) -> None:
        self.database = sqlite3.connect(path)
        self.chance = random.Random(20261201)
        self.now = now

    def insert(self, table: str, **row) -> None:
        marks = ", ".join("?" * len(row))
        self.database.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))

    def write(self) -> None:
        series = [str(uuid.uuid4()) for _ in range(5)]
        for number, one in enumerate(series):
            self.insert(
                "series", id=one, rule="FREQ=DAILY", first_local="2025-01-01T18:00:00", timezone=ZONE, counts_from="2025-01-01T18:00:00",
                exceptions="[]", title=f"Series {number}", instructor="A. Lee", length=HOUR, record=1, quality="480p",
                max_participants=5, created_at=0,
            )
        for number in range(RECORDINGS):
            self.add(number, series)
        for number in range(300):
            self.session(self.moment(), None, number, ended=True)
        self.database.commit()

    def moment(self) -> int:
        """A moment that no period begins or ends at, however long the test takes."""
        day = self.chance.randrange(-2, 420)
        return self.now - day * DAY - self.chance.randrange(HOUR, 23 * HOUR)

    def session(self, at: int, series, number: int, *, ended: bool, state: str = "ended", origin: str = "here") -> tuple[str, str]:
        session, instructor = str(uuid.uuid4()), self.chance.choice(["A. Lee", "B. Kim", "C. Roy", ""])
        self.insert(
            "sessions", id=session, title=f"Class {number}", instructor=instructor, start=at, length=HOUR, timezone=ZONE,
            record=1 if self.chance.random() < 0.95 else 0, quality="480p", max_participants=5, state=state, room_id=session,
            opened_at=at, ended_at=at + HOUR if ended else None, created_at=at, updated_at=at, origin=origin,
            start_local=datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S"), series_id=series,
            occurrence=f"{number}" if series else None,
        )
        if self.chance.random() < 0.5:
            joined = at + 5_000 if self.chance.random() < 0.8 else None
            self.insert(
                "participants", session_id=session, custom_id=str(uuid.uuid4()), role="participant", created_at=at, joined_at=joined
            )
        return session, instructor

    def add(self, number: int, series: list[str]) -> None:
        chance = self.chance
        at = self.moment()
        origin = "other_desk" if chance.random() < 0.1 else "here"
        state = "live" if chance.random() < 0.01 else "ended"
        of_series = chance.choice(series) if chance.random() < 0.4 else None
        session, instructor = self.session(
            at, of_series, number, ended=chance.random() < 0.9, state=state, origin=origin
        )
        while chance.random() < 0.1:
            self.recording(session, instructor, at, origin, "attempt")
            at += chance.randrange(30_000, 3 * MINUTE)
        kind = chance.choices(
            ["ready", "failed", "retried", "deleted", "clip", "attached", "flying", "removed", "attempt"],
            [60, 10, 5, 5, 5, 5, 3, 3, 4],
        )[0]
        self.recording(session, instructor, at, origin, kind)

    def recording(self, session: str, instructor: str, at: int, origin: str, kind: str) -> None:
        chance, recording = self.chance, str(uuid.uuid4())
        length = chance.randrange(10 * MINUTE, 240 * MINUTE)
        stopped = at + length
        ready = stopped + int(chance.lognormvariate(12.8, 0.5))
        has_video = kind in ("ready", "retried", "deleted", "clip", "attached")
        cause = chance.choice(CAUSES) if kind in ("failed", "removed", "attempt") else None
        cause = "video_missing" if kind == "deleted" else cause
        if kind == "attempt":
            cause = chance.choice(["never_started", "cloud_errored", "cloud_missing", "no_file", "too_short"])
            stopped = at + chance.randrange(10_000, 2 * MINUTE)
        status = "FAILED" if cause else "PROCESSING" if kind == "flying" else "READY"
        stage = {"FAILED": "failed", "PROCESSING": "importing", "READY": "ready"}[status]
        noticed = ready + int(chance.lognormvariate(7.6, 0.6))
        unasked = chance.choice([5_000, 20_000, 120_000, ASKED_WITHIN, ASKED_WITHIN + 1, 9 * HOUR, None])
        if chance.random() < 0.05:
            ready = stopped - chance.randrange(1, 400 * DAY)
        if chance.random() < 0.02:
            ready = noticed + chance.randrange(0, 3 * MINUTE)
        if chance.random() < 0.01:
            ready = self.now + 400 * DAY
        followed = has_video and origin == "here" and chance.random() < 0.9
        self.insert(
            "recordings", id=recording, session_id=session, title=f"Recording {kind}", instructor=instructor, timezone=ZONE, quality="480p",
            status=status, stage=stage, detail="at_import" if cause else "downloading" if kind == "flying" else None, cause=cause,
            stage_since=max(ready, stopped), created_at=at, updated_at=at, words="x", origin=origin,
            video_id=recording.replace("-", "") if has_video and kind != "deleted" else None,
            started_at=at + 5_000 if chance.random() < 0.95 else None,
            stopped_at=stopped if chance.random() < 0.9 else None,
            length=length if chance.random() < 0.95 else None,
            attached=int(kind == "attached"),
            clip_of=recording if kind == "clip" else None,
            removed_at=self.now if kind == "removed" else None,
            video_ready=ready if has_video and chance.random() < 0.9 else None,
            ready_noticed=noticed if followed else None,
            ready_unasked=unasked if followed else None,
        )
        self.events(recording, at, kind, has_video)

    def events(self, recording: str, at: int, kind: str, has_video: bool) -> None:
        chance = self.chance
        way = [("requested", "capture_requested")]
        if kind == "attempt" or chance.random() < 0.05:
            pass
        else:
            way += [("recording", "recorder_reported"), ("paused", "paused_by_hand"), ("recording", "resumed_by_hand")]
        way += [("stopping", "session_ended"), ("uploaded", "recorder_reported"), ("importing", "import_requested")]
        if chance.random() < 0.08:
            way += [("importing", "relay_moved"), ("importing", "relay_moved")]
        if kind == "retried":
            way += [("failed", "stream_reported"), ("uploaded", "retried_by_hand")]
        if has_video:
            way += [("playable", "stream_reported"), ("ready", "stream_reported")]
        if kind == "deleted":
            way += [("failed", "video_deleted")]
        if not has_video and kind != "flying":
            way += [("failed", "stream_reported")]
        moment, before = at, None
        for stage, what in way:
            self.insert("recording_events", recording_id=recording, at=moment, from_stage=before, to_stage=stage, kind=what, note="")
            moment += chance.choice([4_000, 20_000, 55_000, 61_000])
            before = stage


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("health")
    hajime(folder, "--json", "health")
    history = History(folder / "hajime.db", int(datetime.now(UTC).timestamp() * 1000))
    history.write()
    history.database.close()
    return folder


class Independent:
    """The definitions of docs/HEALTH.md, over the rows of the tables."""

    def __init__(self, folder, health: dict) -> None:
        database = sqlite3.connect(folder / "hajime.db")
        read = lambda table: pd.read_sql_query(f"SELECT * FROM {table}", database)
        self.health = health
        self.first, self.last = (int(datetime.fromisoformat(health[end]).timestamp() * 1000) for end in ("from", "to"))
        sessions, events, people = read("sessions"), read("recording_events").sort_values("id"), read("participants")
        every = read("recordings").merge(
            sessions[["id", "series_id", "ended_at", "state"]].rename(columns={"id": "session_id", "state": "session_state"}),
            on="session_id", how="left",
        )
        every["stands"] = self.stands(every)
        every["was_ready"] = every["id"].isin(events[events["to_stage"].isin(["playable", "ready"])]["recording_id"])
        seen = events[events["to_stage"].isin(["recording", "paused"])].groupby("recording_id")["at"].first()
        every["seen"] = every["id"].map(seen)
        every["through_here"] = every["id"].isin(events[events["kind"] == "relay_moved"]["recording_id"])
        rows = every[every["created_at"].between(self.first, self.last)].copy()
        rows["outcome"] = rows.apply(self.outcome, axis=1)
        self.rows, self.succeeded = rows, rows[rows["outcome"] == "succeeded"].copy()
        self.sessions, self.people = sessions, people
        database.close()

    @staticmethod
    def stands(every: pd.DataFrame) -> pd.Series:
        captured = every["stopped_at"].fillna(every["stage_since"]) - every["started_at"]
        nothing = every["cause"].isin(["cloud_errored", "cloud_missing", "no_file", "too_short"])
        empty = (
            (every["status"] == "FAILED") & every["video_id"].isna()
            & ((every["cause"] == "never_started") | (nothing & (every["started_at"].isna() | (captured < MINUTE))))
        )
        place = pd.Series(list(zip(every["created_at"], every["id"])), index=every.index)
        last_empty = place[empty].groupby(every["session_id"][empty]).max()
        real = (~empty).groupby(every["session_id"]).transform("any")
        is_last_attempt = place == every["session_id"].map(last_empty)
        return ~empty | (~real & is_last_attempt & ~every["session_state"].isin(["live", "ending"]))

    @staticmethod
    def outcome(row) -> str:
        if pd.notna(row["clip_of"]) or row["attached"] or not row["stands"]:
            return "left out"
        if row["was_ready"] or row["status"] == "READY":
            return "succeeded"
        return "failed" if row["status"] == "FAILED" else "undecided"

    def watchable(self) -> pd.Series:
        rows = self.succeeded
        ended = rows["stopped_at"].fillna(rows["ended_at"])
        closely = rows["ready_noticed"].where(rows["ready_unasked"] <= ASKED_WITHIN)
        ready = rows["video_ready"].fillna(closely)
        times = (ready - ended).dropna()
        return times[times.between(0, LONGEST)].astype("int64")

    def detection(self) -> pd.Series:
        rows = self.succeeded[self.succeeded["ready_unasked"] <= ASKED_WITHIN]
        times = (rows["ready_noticed"] - rows["video_ready"]).dropna()
        return times[times.between(-CLOCKS_DIFFER, LONGEST)].clip(lower=0).astype("int64")

    def proof(self) -> tuple[int, int]:
        held = self.sessions[
            (self.sessions["state"] == "ended") & (self.sessions["record"] == 1) & (self.sessions["origin"] == "here")
            & self.sessions["opened_at"].between(self.first, self.last)
        ].set_index("id")
        own = self.rows[
            (self.rows["origin"] == "here") & self.rows["clip_of"].isna() & ((self.rows["attached"] == 0) | self.rows["seen"].notna())
        ].groupby("session_id")
        asked, seen = held.index.map(own["created_at"].min()), held.index.map(own["seen"].min())
        joined = held.index.isin(self.people[self.people["joined_at"].notna()]["session_id"])
        counted = pd.Series(asked, index=held.index).notna() | joined
        after = (pd.Series(seen, index=held.index) - pd.Series(asked, index=held.index)).clip(lower=0)
        proven = after <= PROOF_WITHIN
        return int(counted.sum()), int((counted & ~proven).sum())

    def weeks(self) -> dict[str, tuple[int, int]]:
        decided = self.rows[self.rows["outcome"].isin(["succeeded", "failed"])]
        local = pd.to_datetime(decided["created_at"], unit="ms", utc=True).dt.tz_convert(self.health["time_zone"]).dt.tz_localize(None)
        monday = (local - pd.to_timedelta(local.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
        found = (decided["outcome"] == "succeeded").groupby(monday).agg(["size", "sum"])
        return {day: (int(row["size"]), int(row["sum"])) for day, row in found.iterrows()}


def quantile(times: pd.Series, percent: int) -> int | None:
    if times.empty:
        return None
    return int(times.sort_values().iloc[math.ceil(len(times) * percent / 100) - 1])


def assert_times(told: dict, times: pd.Series) -> None:
    assert told["count"] == len(times)
    for name, percent in [("median", 50), ("p90", 90), ("p95", 95), ("slowest", 100)]:
        if name in told:
            assert (None if told[name] is None else round(told[name] * 1000)) == quantile(times, percent), name


@pytest.mark.parametrize("days", [7, 30, 90, 365])
def test_the_figures_equal_those_of_pandas(folder, days):
    health = json.loads(hajime(folder, "--json", "health", "--days", str(days)))
    own = Independent(folder, health)
    counts = own.rows["outcome"].value_counts()
    success = health["success"]
    for name in ["succeeded", "failed", "undecided"]:
        assert success[name] == counts.get(name, 0), name
    assert success["share"] == pytest.approx(counts["succeeded"] / (counts["succeeded"] + counts["failed"]), abs=0.001)
    causes = own.rows[own.rows["outcome"] == "failed"]["cause"].value_counts().to_dict()
    assert {one["cause"]: one["count"] for one in success["causes"]} == causes
    if days == 365:
        assert set(causes) == set(CAUSES)

    watchable = own.watchable()
    assert_times(health["watchable"], watchable)
    assert health["watchable"]["left_out"] == len(own.succeeded) - len(watchable)
    assert health["watchable"]["within_goal"] == (watchable <= 10 * MINUTE).sum()
    lengths = own.succeeded.loc[watchable.index, "length"]
    classes = pd.cut(lengths, [-1, 30 * MINUTE, 60 * MINUTE, 90 * MINUTE, 180 * MINUTE, math.inf], labels=False)
    for place, told in zip(sorted(classes.dropna().unique()), health["watchable"]["by_length"], strict=True):
        assert_times(told, watchable[classes == place])
    detection = own.detection()
    assert_times(health["detection"], detection)
    assert health["detection"]["left_out"] == len(own.succeeded) - len(detection)

    assert (health["proof"]["classes"], health["proof"]["without_proof"]) == own.proof()
    relay = health["relay"]
    assert (relay["recordings"], relay["relayed"]) == (len(own.succeeded), own.succeeded["through_here"].sum())


@pytest.mark.parametrize("days", [7, 90, 365])
def test_weeks_and_groups_equal_those_of_pandas(folder, days):
    health = json.loads(hajime(folder, "--json", "health", "--days", str(days)))
    own = Independent(folder, health)
    assert health["time_zone"] == ZONE
    weeks = {}
    for week in health["success"]["weeks"]:
        start = pd.Timestamp(week["start"]).tz_convert(ZONE)
        assert (start.weekday(), start.hour, start.minute) == (0, 0, 0)
        weeks[start.strftime("%Y-%m-%d")] = (week["total"], week["succeeded"])
    assert {day: counts for day, counts in weeks.items() if counts[0]} == own.weeks()

    decided = own.rows[own.rows["outcome"].isin(["succeeded", "failed"])]
    watchable = own.watchable()
    for list_of, column in [("instructors", "instructor"), ("series", "series_id")]:
        groups = decided.assign(key=decided[column].replace({"": "Another desk"})).dropna(subset=["key"]).groupby("key")
        told = {one.get("id") or one["name"]: one for one in health[list_of]}
        assert set(told) == set(groups.groups)
        for key, rows in groups:
            assert (told[key]["total"], told[key]["succeeded"]) == (len(rows), (rows["outcome"] == "succeeded").sum())
            median = quantile(watchable[watchable.index.isin(rows.index)], 50)
            assert (None if told[key]["median"] is None else round(told[key]["median"] * 1000)) == median


def test_the_recordings_behind_a_figure_add_up_to_it(folder):
    health = json.loads(hajime(folder, "--json", "health", "--days", "7"))
    behind = {name: json.loads(hajime(folder, "--json", "health", "--days", "7", "--why", name)) for name in ("success", "watchable", "proof")}
    met = lambda name: [one["met"] for one in behind[name] if one["counts"]]
    assert (met("success").count(True), met("success").count(False)) == (health["success"]["succeeded"], health["success"]["failed"])
    assert (len(met("watchable")), met("watchable").count(True)) == (health["watchable"]["count"], health["watchable"]["within_goal"])
    assert (len(met("proof")), met("proof").count(False)) == (health["proof"]["classes"], health["proof"]["without_proof"])


def test_the_metrics_read_back_with_the_parser_of_prometheus(folder):
    text = hajime(folder, "metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(name.startswith("hajime_") and family.documentation for name, family in families.items())
    assert all(family.type in ("gauge", "counter") for family in families.values())
    health = json.loads(hajime(folder, "--json", "health", "--days", "30"))

    def value(name: str, **labels: str) -> float:
        [sample] = [one for one in families[name].samples if one.labels == labels]
        return sample.value

    for outcome in ("succeeded", "failed", "undecided"):
        assert value("hajime_recordings_asked_for", outcome=outcome) == health["success"][outcome]
    assert value("hajime_success_ratio") == pytest.approx(health["success"]["share"])
    for name in ("watchable", "detection"):
        assert value(f"hajime_{name}_measured") == health[name]["count"]
        for word, figure in [("0.5", "median"), ("0.9", "p90"), ("0.95", "p95"), ("1", "slowest")]:
            assert value(f"hajime_{name}_seconds", quantile=word) == pytest.approx(health[name][figure])
    assert value("hajime_classes_without_proof") == health["proof"]["without_proof"]
    if health["storage"]:
        assert value("hajime_storage_minutes") == pytest.approx(health["storage"]["used"])
        assert value("hajime_storage_limit_minutes") == pytest.approx(health["storage"]["limit"])
    assert value("hajime_alerts_open") >= 0
    assert value("hajime_relayed_ratio") == pytest.approx(health["relay"]["share"])
    assert sum(sample.value for sample in families["hajime_recordings_failed"].samples) == health["success"]["failed"]
