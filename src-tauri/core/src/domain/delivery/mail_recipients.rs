//! Who is written to about a recording.

use std::collections::HashSet;

use crate::domain::delivery::mail_settings::{MailSettings, ParticipantMail};
use crate::domain::delivery::outgoing_event::OutgoingKind;
use crate::domain::schedule::person::{Email, Role};

/// Why somebody is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// They teach the class.
    Instructor,
    /// They hear of every failure.
    Admin,
    /// They take part in the class.
    Participant,
}

/// Somebody who is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address, in small letters.
    pub address: String,
    /// Why.
    pub audience: Audience,
}

/// Who is written to about a recording of a class with these people. Nobody is in it twice: whoever teaches a class and
/// takes part in it counts as instructor.
#[must_use]
pub fn recipients(
    settings: &MailSettings,
    roster: &[(Email, Role)],
    participants_are_told: bool,
    kind: OutgoingKind,
) -> Vec<Recipient> {
    if matches!(kind, OutgoingKind::AlertOpened | OutgoingKind::AlertClosed) {
        let of_alerts = settings.of_alerts().into_iter();
        return of_alerts.map(|address| Recipient { address, audience: Audience::Admin }).collect();
    }
    let in_role = |wanted| roster.iter().filter(move |(_, role)| *role == wanted).map(|(email, _)| email);
    let mut instructors: Vec<&Email> = in_role(Role::Host).collect();
    if instructors.is_empty() {
        instructors.extend(&settings.instructor);
    }
    let others: Vec<(&Email, Audience)> = match kind {
        OutgoingKind::RecordingFailed => settings.admin.iter().map(|admin| (admin, Audience::Admin)).collect(),
        OutgoingKind::RecordingComplete
            if participants_are_told && settings.participants != ParticipantMail::Nothing =>
        {
            in_role(Role::Participant).map(|participant| (participant, Audience::Participant)).collect()
        }
        OutgoingKind::RecordingComplete | OutgoingKind::AlertOpened | OutgoingKind::AlertClosed => Vec::new(),
    };
    let mut seen = HashSet::new();
    let all = instructors.into_iter().map(|instructor| (instructor, Audience::Instructor)).chain(others);
    all.map(|(email, audience)| Recipient { address: email.key(), audience })
        .filter(|recipient| seen.insert(recipient.address.clone()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(settings: &MailSettings, roster: &[(&str, Role)], told: bool, kind: OutgoingKind) -> Vec<String> {
        let roster: Vec<_> = roster.iter().map(|(email, role)| (email.parse().unwrap(), *role)).collect();
        let all = recipients(settings, &roster, told, kind);
        all.iter().map(|one| format!("{:?} {}", one.audience, one.address)).collect()
    }

    fn settings(participants: ParticipantMail) -> MailSettings {
        MailSettings {
            instructor: Some("desk@example.org".parse().unwrap()),
            admin: Some("Admin@example.org".parse().unwrap()),
            participants,
            ..MailSettings::default()
        }
    }

    const ROSTER: [(&str, Role); 4] = [
        ("bo@example.org", Role::Participant),
        ("Ann@example.org", Role::Host),
        ("cy@example.org", Role::Participant),
        ("ann@Example.org", Role::Participant),
    ];

    #[test]
    fn hosts_and_participants_hear_of_a_ready_recording_and_nobody_twice() {
        let ready = OutgoingKind::RecordingComplete;
        let everybody = ["Instructor ann@example.org", "Participant bo@example.org", "Participant cy@example.org"];
        for participants in [ParticipantMail::Link, ParticipantMail::Ask] {
            assert_eq!(told(&settings(participants), &ROSTER, true, ready), everybody);
            assert_eq!(told(&settings(participants), &ROSTER, false, ready), everybody[..1], "the class opted out");
        }
        assert_eq!(told(&settings(ParticipantMail::Nothing), &ROSTER, true, ready), everybody[..1]);
    }

    #[test]
    fn hosts_and_the_administrator_hear_of_a_failure() {
        let failed = OutgoingKind::RecordingFailed;
        let settings = settings(ParticipantMail::Link);
        let both = ["Instructor ann@example.org", "Admin admin@example.org"];
        assert_eq!(told(&settings, &ROSTER, true, failed), both);
        let same = MailSettings { admin: Some("ann@example.org".parse().unwrap()), ..settings };
        assert_eq!(told(&same, &ROSTER, true, failed), both[..1]);
    }

    #[test]
    fn without_a_host_the_instructor_of_the_desk_hears() {
        let ready = OutgoingKind::RecordingComplete;
        let desk = ["Instructor desk@example.org"];
        assert_eq!(told(&settings(ParticipantMail::Nothing), &ROSTER[..1], true, ready), desk);
        assert_eq!(told(&MailSettings::default(), &[], true, ready), Vec::<String>::new());
    }
}
