//! Presets: what people may do in a room, which presets Hajime uses, and whether these fit a class.

/// Cloudflare's presets for a host and a participant. Apps that were made in the dashboard have them (RealtimeKit docs,
/// “Presets”); no document promises them for other apps.
pub const CLOUDFLARE_PRESETS: PresetPair =
    PresetPair { host: "group_call_host", participant: "group_call_participant" };
/// Hajime's presets. An app that has both uses them; otherwise Cloudflare's are used.
pub const OWN_PRESETS: PresetPair = PresetPair { host: "hajime_host", participant: "hajime_participant" };

/// The view in which a room shows everybody. The recorder lays a picture out by it.
const GROUP_CALL: &str = "GROUP_CALL";

/// The names of the presets for a host and a participant. RealtimeKit takes a preset's name when a participant is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresetPair {
    /// The preset of the host.
    pub host: &'static str,
    /// The preset of everybody else.
    pub participant: &'static str,
}

impl PresetPair {
    /// The name of the preset for a role.
    #[must_use]
    pub const fn of(self, role: PresetRole) -> &'static str {
        match role {
            PresetRole::Host => self.host,
            PresetRole::Participant => self.participant,
        }
    }

    /// Whether both are among these names.
    #[must_use]
    pub fn are_in<'a>(self, mut names: impl Iterator<Item = &'a str> + Clone) -> bool {
        names.clone().any(|name| name == self.host) && names.any(|name| name == self.participant)
    }
}

/// The pair that an app with presets of these names uses: Hajime's if both are there, or else Cloudflare's. `None` if
/// the app has neither pair.
#[must_use]
pub fn pair_in<'a>(names: &(impl Iterator<Item = &'a str> + Clone)) -> Option<PresetPair> {
    [OWN_PRESETS, CLOUDFLARE_PRESETS].into_iter().find(|pair| pair.are_in(names.clone()))
}

/// Who joins with a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresetRole {
    /// The person who runs the class.
    Host,
    /// Everybody else.
    Participant,
}

impl PresetRole {
    /// Both roles.
    pub const ALL: [Self; 2] = [Self::Host, Self::Participant];

    /// The stable name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Participant => "participant",
        }
    }
}

/// Something that a preset allows or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Show a camera.
    Camera,
    /// Speak.
    Microphone,
    /// Show the screen.
    Screen,
    /// Write in the chat.
    Chat,
    /// Start, pause and stop recordings in the room.
    Record,
    /// Mute others.
    Mute,
    /// Remove others.
    Remove,
    /// Change what others may do.
    ChangeRights,
}

impl Right {
    /// All rights, in the order in which people read them.
    pub const ALL: [Self; 8] = [
        Self::Camera,
        Self::Microphone,
        Self::Screen,
        Self::Chat,
        Self::Record,
        Self::Mute,
        Self::Remove,
        Self::ChangeRights,
    ];

    /// The stable name in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Microphone => "microphone",
            Self::Screen => "screen",
            Self::Chat => "chat",
            Self::Record => "record",
            Self::Mute => "mute",
            Self::Remove => "remove",
            Self::ChangeRights => "change_rights",
        }
    }

    /// The words that follow “may”.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Camera => "show a camera",
            Self::Microphone => "speak",
            Self::Screen => "show the screen",
            Self::Chat => "write in the chat",
            Self::Record => "stop the recording",
            Self::Mute => "mute others",
            Self::Remove => "remove others",
            Self::ChangeRights => "change what others may do",
        }
    }

    /// Whether a class needs the right for a role, must not have it, or works either way (`None`).
    const fn needed(self, role: PresetRole) -> Option<bool> {
        match (self, role) {
            (Self::Camera | Self::Microphone, _) | (Self::Screen | Self::Mute | Self::Remove, PresetRole::Host) => {
                Some(true)
            }
            (Self::Record | Self::Mute | Self::Remove | Self::ChangeRights, PresetRole::Participant) => Some(false),
            (Self::Chat, _)
            | (Self::Record | Self::ChangeRights, PresetRole::Host)
            | (Self::Screen, PresetRole::Participant) => None,
        }
    }

    /// Whether Hajime's own preset gives the right to a role.
    #[must_use]
    pub const fn in_own_preset(self, role: PresetRole) -> bool {
        match (self, role) {
            (_, PresetRole::Host) | (Self::Camera | Self::Microphone | Self::Screen | Self::Chat, _) => true,
            (Self::Record | Self::Mute | Self::Remove | Self::ChangeRights, PresetRole::Participant) => false,
        }
    }
}

/// What a preset allows, as far as RealtimeKit tells. `None` where it does not tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PresetRights {
    /// The view: `GROUP_CALL`, `WEBINAR`, `AUDIO_ROOM` or `LIVESTREAM`.
    pub view: Option<String>,
    /// The rights that the preset gives or denies.
    pub rights: Vec<(Right, bool)>,
    /// Whether others do not see who joins with it.
    pub hidden: Option<bool>,
    /// Whether people enter at once, without somebody who lets them in.
    pub enters_at_once: Option<bool>,
}

impl PresetRights {
    /// Whether the preset gives a right; `None` where RealtimeKit does not tell.
    #[must_use]
    pub fn allows(&self, right: Right) -> Option<bool> {
        self.rights.iter().find(|(known, _)| *known == right).map(|(_, allowed)| *allowed)
    }

    /// What keeps the preset from fitting a class, as words that follow the preset's name. What RealtimeKit does not
    /// tell is no problem.
    ///
    /// A preset of Hajime's own has to be as Hajime made it. In others only what a class depends on counts, because
    /// somebody may have changed the rest on purpose.
    #[must_use]
    pub fn problems(&self, role: PresetRole, is_ours: bool) -> Vec<String> {
        let mut problems = Vec::new();
        if let Some(view) = self.view.as_deref().filter(|view| *view != GROUP_CALL) {
            problems.push(format!("shows the room as {view} in place of a group call"));
        }
        for right in Right::ALL {
            let wanted = if is_ours { Some(right.in_own_preset(role)) } else { right.needed(role) };
            match (wanted, self.allows(right)) {
                (Some(true), Some(false)) => problems.push(format!("may not {}", right.words())),
                (Some(false), Some(true)) => problems.push(format!("may {}", right.words())),
                _ => {}
            }
        }
        if self.hidden == Some(true) {
            problems.push("is not seen by others".into());
        }
        // A class may have a waiting room, but somebody has to be inside to let people in.
        if self.enters_at_once == Some(false) && (role == PresetRole::Host || is_ours) {
            problems.push("waits until somebody lets them in".into());
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(role: PresetRole) -> PresetRights {
        PresetRights {
            view: Some(GROUP_CALL.into()),
            rights: Right::ALL.map(|right| (right, right.in_own_preset(role))).to_vec(),
            hidden: Some(false),
            enters_at_once: Some(true),
        }
    }

    #[test]
    fn hajimes_own_presets_fit_and_what_is_not_told_is_no_problem() {
        for role in PresetRole::ALL {
            for is_ours in [true, false] {
                assert_eq!(own(role).problems(role, is_ours), [""; 0], "{role:?}");
                assert_eq!(PresetRights::default().problems(role, is_ours), [""; 0], "{role:?}");
            }
        }
    }

    #[test]
    fn a_participant_that_may_stop_the_recording_and_a_host_that_may_not_remove_people_do_not_fit() {
        let with = |role, right, allowed| PresetRights { rights: vec![(right, allowed)], ..own(role) };
        let participant = with(PresetRole::Participant, Right::Record, true);
        assert_eq!(participant.problems(PresetRole::Participant, false), ["may stop the recording"]);
        let host = with(PresetRole::Host, Right::Remove, false);
        assert_eq!(host.problems(PresetRole::Host, false), ["may not remove others"]);
        let webinar = PresetRights { view: Some("WEBINAR".into()), ..own(PresetRole::Host) };
        assert_eq!(webinar.problems(PresetRole::Host, false), ["shows the room as WEBINAR in place of a group call"]);
    }

    #[test]
    fn a_change_on_purpose_counts_in_hajimes_own_preset_alone() {
        let quiet = PresetRights { rights: vec![(Right::Chat, false)], ..own(PresetRole::Participant) };
        assert_eq!(quiet.problems(PresetRole::Participant, false), [""; 0]);
        assert_eq!(quiet.problems(PresetRole::Participant, true), ["may not write in the chat"]);
        let waiting = PresetRights { enters_at_once: Some(false), ..own(PresetRole::Participant) };
        assert_eq!(waiting.problems(PresetRole::Participant, false), [""; 0]);
        let host = PresetRights { enters_at_once: Some(false), ..own(PresetRole::Host) };
        assert_eq!(host.problems(PresetRole::Host, false), ["waits until somebody lets them in"]);
    }

    #[test]
    fn a_pair_counts_only_if_both_presets_are_there_and_hajimes_comes_first() {
        let pair = |names: &[&'static str]| pair_in(&names.iter().copied());
        assert_eq!(pair(&[]), None);
        assert_eq!(pair(&["group_call_host", "hajime_participant"]), None);
        assert_eq!(pair(&["group_call_host", "group_call_participant", "hajime_host"]), Some(CLOUDFLARE_PRESETS));
        let all = ["group_call_host", "group_call_participant", "hajime_host", "hajime_participant"];
        assert_eq!(pair(&all), Some(OWN_PRESETS));
    }
}
