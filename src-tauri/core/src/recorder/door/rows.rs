//! What the door must know, made of what the database holds. Pure: the same sources and the same moment give the same rows.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::domain::bounds::Moved as _;
use crate::domain::profile::preset::{PresetPair, PresetRole};
use crate::domain::recorder::recording::Recording;
use crate::domain::schedule::join_link::{JoinLink, LeadsTo, opens};
use crate::domain::schedule::limits::{INSTRUCTOR_MAX, PERSON_NAME_MAX, TITLE_MAX};
use crate::domain::schedule::person::{Person, Role};
use crate::domain::schedule::session::{Session, SessionPhase, SessionState};
use crate::domain::sharing::door_exchange::{DoorRow, DoorTable};
use crate::domain::sharing::rights::{AccessRule, RuleAction};
use crate::domain::sharing::watch_link::WatchLink;
use crate::domain::text::one_line;
use crate::store::DoorSources;

/// Classes of a series that begin later than this are told when they come nearer: the link leads to the next one.
pub(crate) const AHEAD: TimeDelta = TimeDelta::days(60);
/// Classes of a series that ended earlier than this need not be told: the link leads to a later one.
pub(crate) const BEHIND: TimeDelta = TimeDelta::days(1);
/// How long the door says of a class or a link that it is over, before it forgets it.
const FORGOTTEN_AFTER: TimeDelta = TimeDelta::days(7);
/// How long the door says of a link that it was revoked, before it forgets it.
pub(crate) const REVOKED_KEPT: TimeDelta = TimeDelta::days(90);
/// How long after its planned end a class lets people in that nobody ended: classes run late, and one that begins late is none the less.
const CLOSES_AFTER: TimeDelta = TimeDelta::hours(6);
/// How long before it opens the desk asks the door often.
const NEAR: TimeDelta = TimeDelta::minutes(15);

/// The rows that the door must have. Without the presets it keeps what it has of links to join that live.
pub(crate) fn wanted(sources: &DoorSources, presets: Option<PresetPair>, now: DateTime<Utc>) -> Vec<DoorRow> {
    let classes = sources.sessions.iter().filter(|session| !is_forgotten(session, now));
    let classes = classes.map(|session| class(session, sources.locked.contains(&session.id)));
    let to_join = sources.join_links.iter().map(|link| join_link(link, sources.people.get(&link.id), presets));
    let to_watch = sources.watch_links.iter().filter_map(|link| {
        let (recording, deletion) = sources.recordings.get(&link.recording)?;
        watch_link(link, recording, *deletion, now)
    });
    classes.chain(to_join).chain(to_watch).collect()
}

/// Whether people come now or soon, so that the door is asked often.
pub(crate) fn is_near(sources: &DoorSources, now: DateTime<Utc>) -> bool {
    sources.sessions.iter().any(|Session { plan, state, .. }| match state.phase() {
        SessionPhase::Starting | SessionPhase::Live => true,
        SessionPhase::Scheduled => opens(plan).earlier(NEAR) <= now && now < plan.end(),
        SessionPhase::Ending | SessionPhase::Ended | SessionPhase::Cancelled => false,
    })
}

fn is_forgotten(session: &Session, now: DateTime<Utc>) -> bool {
    let is_open = matches!(session.state.phase(), SessionPhase::Starting | SessionPhase::Live | SessionPhase::Ending);
    let ended = session.state.ended_at().unwrap_or_else(|| session.plan.end());
    !is_open && ended.later(FORGOTTEN_AFTER) <= now
}

fn class(session: &Session, is_locked: bool) -> DoorRow {
    let Session { id, plan, state, series, .. } = session;
    let (room, opened_at) = match state {
        SessionState::Live(room) => (Some(room.id.as_str()), Some(room.opened_at)),
        SessionState::Scheduled { .. }
        | SessionState::Starting { .. }
        | SessionState::Ending(..)
        | SessionState::Ended(..)
        | SessionState::Cancelled { .. } => (None, None),
    };
    let word = match state.phase() {
        SessionPhase::Cancelled => "cancelled",
        SessionPhase::Ending | SessionPhase::Ended => "over",
        SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live if is_locked => "locked",
        SessionPhase::Scheduled | SessionPhase::Starting | SessionPhase::Live => "open",
    };
    let planned = opens(plan);
    let body = json!({
        "id": id.to_string(),
        "series": series.map(|place| place.series.to_string()),
        "title": bounded(&plan.title, TITLE_MAX),
        "instructor": bounded(plan.instructor_name(), INSTRUCTOR_MAX),
        "timezone": plan.start.zone().name(),
        "starts": plan.start.instant().timestamp_millis(),
        "ends": plan.end().timestamp_millis(),
        // Whoever runs the class may open it before the time.
        "opens": opened_at.map_or(planned, |opened| opened.min(planned)).timestamp_millis(),
        "closes": plan.end().later(CLOSES_AFTER).timestamp_millis(),
        "room": room,
        "cap": plan.max_participants,
        "recorded": plan.record,
        "state": word,
    });
    let urgent = matches!(word, "over" | "cancelled" | "locked");
    DoorRow { table: DoorTable::Classes, key: id.to_string(), body: Some(body.to_string()), urgent }
}

fn join_link(link: &JoinLink, person: Option<&Person>, presets: Option<PresetPair>) -> DoorRow {
    // Whoever is not on the roster any more does not come in by the own link. The moment is the same each time that it is told.
    let is_orphan = link.person.is_some() && person.is_none();
    let revoked = link.revoked_at.or_else(|| is_orphan.then_some(link.made_at));
    let (class, series) = match link.leads_to {
        LeadsTo::Class(session) => (Some(session.to_string()), None),
        LeadsTo::Series(series) => (None, Some(series.to_string())),
    };
    let is_host = person.is_some_and(|person| person.role == Role::Host);
    let role = if is_host { PresetRole::Host } else { PresetRole::Participant };
    // Nobody comes in by a link that is revoked, so its preset does not matter.
    let preset = match revoked {
        Some(_) => Some(role.name()),
        None => presets.map(|pair| pair.of(role)),
    };
    let body = preset.map(|preset| {
        json!({
            "code": link.hash.as_str(),
            "class": class,
            "series": series,
            "person": person.map(Person::mark),
            "name": person.map(|person| bounded(&person.name, PERSON_NAME_MAX)),
            "preset": preset,
            "counts": !is_host,
            "revoked": revoked.map(|at| at.timestamp_millis()),
        })
        .to_string()
    });
    DoorRow { table: DoorTable::JoinLinks, key: link.hash.as_str().to_owned(), body, urgent: revoked.is_some() }
}

/// The row of a link; `None` where the door forgets it.
fn watch_link(
    link: &WatchLink,
    recording: &Recording,
    deletion: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DoorRow> {
    let until = deletion.map_or(link.until, |deletion| deletion.min(link.until));
    let revoked = link.revoked_at.or_else(|| recording.deleted_at());
    if revoked.is_none() && until.later(FORGOTTEN_AFTER) <= now {
        return None;
    }
    let facts = &recording.facts;
    let lock = link.passphrase.as_ref();
    let (countries, only) = countries(&link.rights.rules);
    // A video that is imported again has another id, and none meanwhile.
    let video = match &facts.video {
        Some(video) => Some(video.as_str()),
        None => revoked.map(|_| ""),
    };
    let body = video.map(|video| {
        json!({
            "code": link.hash.as_str(),
            "video": video,
            "title": bounded(&recording.title, TITLE_MAX),
            "recorded": facts.started_at.unwrap_or(recording.created_at).timestamp_millis(),
            "seconds": facts.length.map(|length| length.num_seconds()),
            "not_before": link.rights.not_before.map(|from| from.timestamp_millis()),
            "until": until.timestamp_millis(),
            "passphrase": lock.map(|lock| lock.hash.as_str()),
            "salt": lock.map(|lock| &lock.salt),
            "rounds": lock.map(|lock| lock.rounds),
            "countries": countries.map(|named| Value::from(named.to_vec()).to_string()),
            "only": only,
            "download": link.rights.download,
            "start": link.start,
            "revoked": revoked.map(|at| at.timestamp_millis()),
        })
        .to_string()
    });
    Some(DoorRow { table: DoorTable::WatchLinks, key: link.hash.as_str().to_owned(), body, urgent: revoked.is_some() })
}

/// The list of countries of a link, and whether they are the only ones; `None` for everybody. A link has one list.
fn countries(rules: &[AccessRule]) -> (Option<&[String]>, bool) {
    let named = rules.iter().find_map(|rule| match rule {
        AccessRule::Country { country, action } => Some((country.as_slice(), *action == RuleAction::Allow)),
        AccessRule::Any { .. } | AccessRule::Address { .. } => None,
    });
    named.map_or((None, true), |(country, only)| (Some(country), only))
}

fn bounded(text: &str, characters: usize) -> String {
    one_line(text).chars().take(characters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::domain::ids::{JoinLinkId, LinkId, MeetingId, PersonId};
    use crate::domain::profile::preset::OWN_PRESETS;
    use crate::domain::recorder::cause::Cause;
    use crate::domain::recorder::stage::{Resume, Stage};
    use crate::domain::schedule::session::{Plan, Room};
    use crate::domain::sharing::door_link::CodeHash;
    use crate::domain::sharing::rights::Rights;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        at("2026-12-08T12:00:00Z")
    }

    fn scheduled(start: &str) -> Session {
        Session::new(Plan::example(at(start)), now())
    }

    fn body(row: &DoorRow) -> Value {
        serde_json::from_str(row.body.as_deref().unwrap()).unwrap()
    }

    fn of(sources: &DoorSources) -> Vec<DoorRow> {
        wanted(sources, Some(OWN_PRESETS), now())
    }

    fn link_to(session: &Session, person: Option<PersonId>) -> JoinLink {
        let id = JoinLinkId::new();
        let hash = CodeHash::of(&id.to_string().into());
        JoinLink { id, hash, leads_to: LeadsTo::Class(session.id), person, made_at: now(), revoked_at: None }
    }

    fn watch_link_to(recording: &Recording, until: &str) -> WatchLink {
        let id = LinkId::new();
        WatchLink {
            id,
            hash: CodeHash::of(&id.to_string().into()),
            recording: recording.id,
            made_at: now(),
            until: at(until),
            rights: Rights::to_watch(false),
            start: 0,
            passphrase: None,
            note: String::new(),
            revoked_at: None,
            plays: 0,
            played_at: None,
        }
    }

    fn ready(video: Option<&str>) -> Recording {
        let mut recording = Recording::example(Stage::Ready, now());
        recording.facts.video = video.map(|video| video.parse().unwrap());
        recording
    }

    fn watching(link: WatchLink, recording: Recording, deletion: Option<DateTime<Utc>>) -> DoorSources {
        let recordings = HashMap::from([(recording.id, (recording, deletion))]);
        DoorSources { watch_links: vec![link], recordings, ..DoorSources::default() }
    }

    const VIDEO: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn a_class_opens_a_quarter_of_an_hour_before_it_begins_or_when_its_room_does() {
        let mut session = scheduled("2026-12-08T18:00:00Z");
        let told = |session: &Session| {
            let sources = DoorSources { sessions: vec![session.clone()], ..DoorSources::default() };
            body(&of(&sources)[0])
        };
        let before = told(&session);
        assert_eq!(before["opens"], at("2026-12-08T17:45:00Z").timestamp_millis());
        assert_eq!((&before["room"], &before["state"], &before["cap"]), (&Value::Null, &json!("open"), &json!(50)));
        let id: MeetingId = "a-room".parse().unwrap();
        session.state = SessionState::Live(Room { id, code: None, opened_at: at("2026-12-08T17:20:00Z") });
        let live = told(&session);
        assert_eq!(
            (&live["room"], &live["opens"]),
            (&json!("a-room"), &json!(at("2026-12-08T17:20:00Z").timestamp_millis()))
        );
        let SessionState::Live(room) = session.state.clone() else { panic!("live") };
        session.state = SessionState::Ended(room, at("2026-12-08T19:00:00Z"));
        let over = told(&session);
        assert_eq!((&over["room"], &over["state"]), (&Value::Null, &json!("over")));
    }

    #[test]
    fn a_locked_class_is_told_first_and_one_that_is_over_for_a_week_is_forgotten() {
        let session = scheduled("2026-12-08T18:00:00Z");
        let locked = HashSet::from([session.id]);
        let row = &of(&DoorSources { sessions: vec![session], locked, ..DoorSources::default() })[0];
        assert_eq!((&body(row)["state"], row.urgent), (&json!("locked"), true));
        let over = scheduled("2026-11-30T18:00:00Z");
        assert_eq!(of(&DoorSources { sessions: vec![over], ..DoorSources::default() }), []);
    }

    #[test]
    fn a_link_of_somebody_who_is_off_the_roster_is_revoked() {
        let session = scheduled("2026-12-08T18:00:00Z");
        let person = Person { id: PersonId::new(), name: "Ada".into(), email: None, role: Role::Host };
        let link = link_to(&session, Some(person.id));
        let people = HashMap::from([(link.id, person.clone())]);
        let sources = DoorSources { join_links: vec![link.clone()], people, ..DoorSources::default() };
        let row = &of(&sources)[0];
        let told = body(row);
        assert_eq!(
            (&told["name"], &told["preset"], &told["counts"]),
            (&json!("Ada"), &json!("hajime_host"), &json!(false))
        );
        assert_eq!((&told["person"], &told["revoked"], row.urgent), (&json!(person.mark()), &Value::Null, false));
        let off = DoorSources { join_links: vec![link], ..DoorSources::default() };
        let row = &of(&off)[0];
        assert!(body(row)["revoked"].is_number() && row.urgent, "{row:?}");
        assert_eq!(wanted(&off, None, now())[0].body, row.body, "no preset is needed to keep somebody out");
    }

    #[test]
    fn without_presets_the_door_keeps_the_links_that_live() {
        let session = scheduled("2026-12-08T18:00:00Z");
        let sources = DoorSources { join_links: vec![link_to(&session, None)], ..DoorSources::default() };
        assert_eq!(wanted(&sources, None, now())[0].body, None);
        assert_eq!(body(&of(&sources)[0])["preset"], "hajime_participant");
    }

    #[test]
    fn a_watch_link_ends_with_its_video_and_is_forgotten_a_week_later() {
        let recording = ready(Some(VIDEO));
        let link = watch_link_to(&recording, "2026-12-20T00:00:00Z");
        let row = &of(&watching(link.clone(), recording.clone(), Some(at("2026-12-10T00:00:00Z"))))[0];
        assert_eq!(body(row)["until"], at("2026-12-10T00:00:00Z").timestamp_millis());
        assert_eq!(body(row)["video"], VIDEO);
        let ended = watch_link_to(&recording, "2026-12-01T12:00:00Z");
        assert_eq!(of(&watching(ended.clone(), recording.clone(), None)), []);
        let revoked = WatchLink { revoked_at: Some(now()), ..ended };
        let row = &of(&watching(revoked, recording, None))[0];
        assert_eq!((&body(row)["revoked"], row.urgent), (&json!(now().timestamp_millis()), true));
    }

    #[test]
    fn a_link_to_a_deleted_video_is_revoked_and_one_that_is_imported_again_waits() {
        let mut gone = ready(Some(VIDEO));
        gone.stage = Stage::Failed { cause: Cause::VideoMissing, resume: Resume::AtImport };
        let link = watch_link_to(&gone, "2026-12-20T00:00:00Z");
        assert!(of(&watching(link, gone, None))[0].urgent);
        let again = ready(None);
        let link = watch_link_to(&again, "2026-12-20T00:00:00Z");
        assert_eq!(of(&watching(link, again, None))[0].body, None);
    }

    #[test]
    fn countries_are_the_only_ones_or_those_that_are_left_out() {
        let named = ["DE".to_owned(), "FR".to_owned()];
        let only = Rights::to_watch(true).only_from(&named, &[]).unwrap();
        let without = Rights::to_watch(true).not_from(&named).unwrap();
        for (rights, only) in [(only, true), (without, false)] {
            let recording = ready(Some(VIDEO));
            let link = WatchLink { rights, ..watch_link_to(&recording, "2026-12-20T00:00:00Z") };
            let told = body(&of(&watching(link, recording, None))[0]);
            assert_eq!((&told["countries"], &told["only"]), (&json!(r#"["DE","FR"]"#), &json!(only)));
        }
        assert_eq!(countries(&[]), (None, true));
    }

    #[test]
    fn the_door_is_asked_often_from_half_an_hour_before_a_class_on() {
        let sources = |start| DoorSources { sessions: vec![scheduled(start)], ..DoorSources::default() };
        assert!(!is_near(&sources("2026-12-08T12:31:00Z"), now()));
        assert!(is_near(&sources("2026-12-08T12:30:00Z"), now()));
        assert!(is_near(&sources("2026-12-08T11:30:00Z"), now()));
        assert!(!is_near(&sources("2026-12-08T10:30:00Z"), now()));
    }
}
