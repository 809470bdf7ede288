//! The role of a desk, what each role may do, and which of the background jobs a role or an API token leaves to other
//! desks.

use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::clock::is_within;

/// The role of a desk on an account, the weakest first. A role may do everything that a weaker one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Finds and watches recordings that are ready, and makes links to them.
    Staff,
    /// Also plans, runs and records classes, each desk those of its own instructor.
    Instructor,
    /// Does everything.
    Admin,
}

impl Role {
    /// Every role, the weakest first.
    pub const ALL: [Self; 3] = [Self::Staff, Self::Instructor, Self::Admin];

    /// The word in the database, the ledger, the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Instructor => "instructor",
            Self::Admin => "admin",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Staff => "Staff",
            Self::Instructor => "Instructor",
            Self::Admin => "Admin",
        }
    }

    /// Whether the role may do something at all. An instructor may do it with the own classes only.
    #[must_use]
    pub fn may(self, permission: Permission) -> bool {
        permission.weakest() <= self
    }

    /// Whether the role may change anything at Cloudflare.
    #[must_use]
    pub fn may_change(self) -> bool {
        self > Self::Staff
    }

    /// Everything that the role may do.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.may(*permission))
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let unknown = || "a role is staff, instructor or admin".to_owned();
        Self::ALL.into_iter().find(|role| role.name() == word).ok_or_else(unknown)
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $weakest:ident, $words:literal;)*) => {
        /// A permission. Every action names one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission {
            $($(#[$doc])* $variant,)*
        }

        impl Permission {
            /// Every permission.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The word in the CLI and the IPC.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What it allows, in words that follow “may”.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self {
                    $(Self::$variant => $words,)*
                }
            }

            /// The weakest role that has it.
            #[must_use]
            pub const fn weakest(self) -> Role {
                match self {
                    $(Self::$variant => Role::$weakest,)*
                }
            }
        }
    };
}

permissions! {
    /// The state of the desk: account, connection, jobs, role.
    SeeDesk = "see_desk", Staff, "see the state of this desk";
    /// Recordings. Staff have those that are ready.
    Watch = "watch", Staff, "find and watch recordings";
    /// Share links, and the ledger of them.
    MakeLinks = "make_links", Staff, "make share links";
    /// What is this desk's own: reminders, keys, quiet hours, saved views.
    SetDesk = "set_desk", Staff, "set reminders, keys and saved views of this desk";
    /// Another role. A stronger one needs the admin passphrase.
    SwitchRole = "switch_role", Staff, "switch the role with the admin passphrase";
    /// The schedule.
    SeeSchedule = "see_schedule", Instructor, "see the schedule";
    /// Classes, series, templates and their people.
    PlanClasses = "plan_classes", Instructor, "plan classes";
    /// Invitations.
    InvitePeople = "invite_people", Instructor, "invite people";
    /// Rooms: start, record, pause, end, remove people.
    RunClasses = "run_classes", Instructor, "start, record and end classes";
    /// Titles, tags and notes.
    Describe = "describe", Instructor, "edit titles, tags and notes";
    /// Failed, missing and unattached recordings.
    TendRecordings = "tend_recordings", Instructor, "try again, attach and remove recordings";
    /// Files of recordings, chats and attendance.
    SaveFiles = "save_files", Instructor, "save files of recordings and classes";
    /// Links that were made, at their key.
    RevokeLinks = "revoke_links", Admin, "take links back";
    /// Figures, alerts, usage and storage.
    SeeHealth = "see_health", Admin, "see health, alerts, usage and storage";
    /// Signing keys.
    ManageKeys = "manage_keys", Admin, "make, import and delete signing keys";
    /// Public videos: those that play without a signed token.
    ClosePublicVideos = "close_public_videos", Admin, "find and close videos that are public";
    /// Settings of the account, holidays, calendars of other programs.
    ChangeSettings = "change_settings", Admin, "change the settings, holidays and calendars";
    /// E-mail, Slack, the webhook, and what they send.
    ManageChannels = "manage_channels", Admin, "set up e-mail, Slack and the webhook";
    /// The account, its RealtimeKit app and the published join page.
    ManageAccount = "manage_account", Admin, "change the account, its app and the join page";
    /// The journal of every change.
    SeeJournal = "see_journal", Admin, "see who changed what";
    /// Backups and exports.
    KeepData = "keep_data", Admin, "copy, export and restore the data";
    /// The admin passphrase.
    SetPassphrase = "set_passphrase", Admin, "set the admin passphrase";
}

/// Whether a name in a plan or a recording is that of the instructor of a desk. A class without a name is nobody's.
#[must_use]
pub fn is_own(instructor: &str, theirs: &str) -> bool {
    let own = instructor.trim();
    !own.is_empty() && own.to_lowercase() == theirs.trim().to_lowercase()
}

/// What an API token may do at Stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StreamRight {
    /// Nothing.
    None,
    /// Read.
    Read,
    /// Read and change.
    Edit,
}

/// What an API token may really do, as Cloudflare answered when it was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenRights {
    /// Whether it may use RealtimeKit.
    pub realtime: bool,
    /// What it may do at Stream.
    pub stream: StreamRight,
    /// Whether it may publish pages at Workers.
    pub workers: bool,
    /// When that was tried.
    pub tried_at: DateTime<Utc>,
    /// How many tries in a row, up to this one, found too little for jobs that change something.
    #[serde(default)]
    pub lacking: u32,
}

/// How long the result of a try counts.
pub const RIGHTS_COUNT_FOR: TimeDelta = TimeDelta::minutes(15);
/// How long the first results count that found too little. Cloudflare may refuse a call for a moment although the token has
/// the permission, and until the next try jobs rest.
const LACKING_COUNTS_FOR: [TimeDelta; 2] = [TimeDelta::seconds(30), TimeDelta::minutes(2)];

/// How the rights of a token compare with what a role needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// They are what the role needs.
    Fits,
    /// The token can do more; what, in words that follow “also”.
    TooMuch(Vec<&'static str>),
    /// The token cannot do everything; the permissions that are missing.
    TooLittle(Vec<&'static str>),
}

impl TokenRights {
    /// Whether the token may run rooms and change videos.
    #[must_use]
    pub fn may_change(&self) -> bool {
        self.realtime && self.stream == StreamRight::Edit
    }

    /// Whether they were tried so recently that they need no second try.
    #[must_use]
    pub fn count(&self, now: DateTime<Utc>) -> bool {
        let early = usize::try_from(self.lacking).ok().and_then(|tries| LACKING_COUNTS_FOR.get(tries.checked_sub(1)?));
        is_within(self.tried_at, early.copied().unwrap_or(RIGHTS_COUNT_FOR), now)
    }

    /// These rights with the number of tries that found too little, which goes on from the try before.
    #[must_use]
    pub fn after(self, before: Option<&Self>) -> Self {
        let earlier = before.map_or(0, |before| before.lacking);
        let lacking = if self.may_change() { 0 } else { earlier.saturating_add(1) };
        Self { lacking, ..self }
    }

    /// Compares the rights with what a role needs.
    #[must_use]
    pub fn fit(&self, role: Role) -> Fit {
        let changes = role.may_change();
        let needed = if changes { StreamRight::Edit } else { StreamRight::Read };
        let missing: Vec<_> = [
            (changes && !self.realtime).then_some("Realtime, Edit"),
            (self.stream < needed).then_some(if changes { "Stream, Edit" } else { "Stream, Read" }),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !missing.is_empty() {
            return Fit::TooLittle(missing);
        }
        let more: Vec<_> = [
            (!changes && self.realtime).then_some("run rooms"),
            (self.stream > needed).then_some("change and delete videos"),
            (role < Role::Admin && self.workers).then_some("publish pages"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if more.is_empty() { Fit::Fits } else { Fit::TooMuch(more) }
    }

    /// How they compare, as a sentence, and the next step; `None` for the step where nothing is to be done.
    #[must_use]
    pub fn advice(&self, role: Role) -> (String, Option<&'static str>) {
        let title = role.title();
        match self.fit(role) {
            Fit::Fits => (format!("This token fits the role {title}."), None),
            Fit::TooMuch(more) => {
                let more = more.join(", ");
                (
                    format!("This token can do more than the role {title} needs: it may also {more}."),
                    Some(smaller(role)),
                )
            }
            Fit::TooLittle(missing) => {
                let missing = missing.join(" and Account, ");
                (format!("This token lacks what the role {title} needs: Account, {missing}."), Some(smaller(role)))
            }
        }
    }
}

/// How to make the token that a role needs.
const fn smaller(role: Role) -> &'static str {
    match role {
        Role::Staff => {
            "As an admin, import a signing key on this desk (Signing keys, or in a terminal: key import). Then make a token in the Cloudflare dashboard with Account, Stream, Read and nothing else, connect the account with it, and set the role to Staff again."
        }
        Role::Instructor => {
            "Make a token in the Cloudflare dashboard with Account, Realtime, Edit and Account, Stream, Edit and nothing else, and connect the account with it."
        }
        Role::Admin => {
            "Make a token in the Cloudflare dashboard with Account, Realtime, Edit and Account, Stream, Edit, and connect the account with it."
        }
    }
}

/// What a background job needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobNeed {
    /// Nothing at Cloudflare.
    Nothing,
    /// To read at Stream.
    Reading,
    /// To change something at Cloudflare, or to write to people in the name of the account.
    Changing,
}

/// The jobs that change nothing at Cloudflare. Every other job is taken for one that does.
const HARMLESS_JOBS: [(&str, JobNeed); 11] = [
    ("alerts_watch", JobNeed::Nothing),
    ("notifications", JobNeed::Nothing),
    ("reminders", JobNeed::Nothing),
    ("feeds", JobNeed::Nothing),
    ("series", JobNeed::Nothing),
    ("search_index", JobNeed::Nothing),
    ("disk_reserve", JobNeed::Nothing),
    ("backup", JobNeed::Nothing),
    ("database_check", JobNeed::Nothing),
    ("sync", JobNeed::Reading),
    ("usage", JobNeed::Reading),
];

/// What a job needs, by its stable name.
#[must_use]
pub fn need_of(job: &str) -> JobNeed {
    HARMLESS_JOBS.iter().find(|(name, _)| *name == job).map_or(JobNeed::Changing, |(_, need)| *need)
}

/// Why the rights of the token might be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Time has passed.
    Time,
    /// A person did something, and may have changed the token.
    Person,
    /// Cloudflare refused a call for a missing permission.
    Refusal,
}

/// Whether the rights of the token should be tried: after a refusal, and while jobs rest because of them, from time to time
/// and after what a person did.
#[must_use]
pub fn should_try(role: Role, known: Option<&TokenRights>, occasion: Occasion, now: DateTime<Utc>) -> bool {
    match known {
        _ if !role.may_change() => false,
        None => occasion == Occasion::Refusal,
        Some(known) if known.may_change() => occasion == Occasion::Refusal && !known.count(now),
        Some(known) => occasion == Occasion::Person || !known.count(now),
    }
}

/// Returns why a background job does not run on this desk; `None` if it runs. While the rights of the token are unknown,
/// only the role decides.
#[must_use]
pub fn why_resting(job: &str, role: Role, rights: Option<&TokenRights>) -> Option<String> {
    if need_of(job) != JobNeed::Changing {
        return None;
    }
    if !role.may_change() {
        return Some(format!("Does not run: the role of this desk is {}. Other desks do this.", role.title()));
    }
    rights.filter(|rights| !rights.may_change()).map(|rights| {
        let lacking = match (rights.realtime, rights.stream) {
            (false, StreamRight::Edit) => "Account, Realtime, Edit",
            (true, _) => "Account, Stream, Edit",
            (false, _) => "Account, Realtime, Edit and Account, Stream, Edit",
        };
        format!("Does not run: the API token lacks {lacking}. Add that in the Cloudflare dashboard, or set the role of this desk to Staff.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(realtime: bool, stream: StreamRight, workers: bool) -> TokenRights {
        TokenRights { realtime, stream, workers, tried_at: DateTime::UNIX_EPOCH, lacking: 0 }
    }

    #[test]
    fn a_stronger_role_may_do_everything_that_a_weaker_one_may() {
        for pair in Role::ALL.windows(2) {
            let [weaker, stronger] = pair else { continue };
            assert!(weaker.permissions().all(|permission| stronger.may(permission)));
            assert!(weaker.permissions().count() < stronger.permissions().count());
        }
        assert_eq!(Role::Admin.permissions().count(), Permission::ALL.len());
    }

    #[test]
    fn staff_may_watch_and_share_and_nothing_that_changes_cloudflare() {
        let staff: Vec<_> = Role::Staff.permissions().map(Permission::name).collect();
        assert_eq!(staff, ["see_desk", "watch", "make_links", "set_desk", "switch_role"]);
    }

    #[test]
    fn a_token_is_compared_with_the_role() {
        assert_eq!(rights(false, StreamRight::Read, false).fit(Role::Staff), Fit::Fits);
        assert_eq!(
            rights(true, StreamRight::Edit, true).fit(Role::Staff),
            Fit::TooMuch(vec!["run rooms", "change and delete videos", "publish pages"])
        );
        assert_eq!(rights(true, StreamRight::Edit, true).fit(Role::Instructor), Fit::TooMuch(vec!["publish pages"]));
        assert_eq!(rights(true, StreamRight::Edit, true).fit(Role::Admin), Fit::Fits);
        assert_eq!(
            rights(false, StreamRight::Read, false).fit(Role::Admin),
            Fit::TooLittle(vec!["Realtime, Edit", "Stream, Edit"])
        );
        assert_eq!(rights(false, StreamRight::None, false).fit(Role::Staff), Fit::TooLittle(vec!["Stream, Read"]));
    }

    #[test]
    fn a_job_that_changes_something_rests_where_the_role_or_the_token_only_reads() {
        let (read, edit) = (rights(false, StreamRight::Read, false), rights(true, StreamRight::Edit, false));
        assert!(why_resting("rooms", Role::Staff, Some(&edit)).is_some());
        assert!(why_resting("rooms", Role::Admin, Some(&read)).is_some());
        assert_eq!(why_resting("rooms", Role::Admin, Some(&edit)), None);
        assert_eq!(why_resting("rooms", Role::Admin, None), None);
        assert_eq!(why_resting("sync", Role::Staff, Some(&read)), None);
        assert!(why_resting("a job that nobody has written yet", Role::Staff, None).is_some());
    }

    #[test]
    fn rights_are_tried_after_a_refusal_and_again_while_jobs_rest() {
        let (read, edit) = (rights(false, StreamRight::Read, false), rights(true, StreamRight::Edit, false));
        let (soon, later) = (read.tried_at, read.tried_at + RIGHTS_COUNT_FOR);
        let tried = |known, occasion, now| should_try(Role::Admin, known, occasion, now);
        assert!(tried(None, Occasion::Refusal, soon) && !tried(None, Occasion::Person, soon));
        assert!(!tried(Some(&edit), Occasion::Person, later) && !tried(Some(&edit), Occasion::Refusal, soon));
        assert!(tried(Some(&edit), Occasion::Refusal, later));
        assert!(tried(Some(&read), Occasion::Person, soon) && !tried(Some(&read), Occasion::Time, soon));
        assert!(tried(Some(&read), Occasion::Time, later));
        assert!(!should_try(Role::Staff, Some(&edit), Occasion::Refusal, later));
    }

    #[test]
    fn after_a_first_refusal_the_rights_are_tried_again_soon_and_then_less_often() {
        let read = rights(false, StreamRight::Read, false);
        let mut known = None;
        for seconds in [30, 120, 900, 900] {
            let found = read.after(known.as_ref());
            let counts = |after| found.count(found.tried_at + TimeDelta::seconds(after));
            assert!(counts(seconds - 1) && !counts(seconds), "{found:?}");
            known = Some(found);
        }
        let all = rights(true, StreamRight::Edit, false).after(known.as_ref());
        assert_eq!(read.after(Some(&all)).lacking, 1, "a try that found everything begins the count again");
    }

    #[test]
    fn a_class_without_a_name_is_nobodys_own() {
        assert!(is_own("R. Alves", " r. alves "));
        assert!(!is_own("", "") && !is_own("R. Alves", "") && !is_own("R. Alves", "M. Ito"));
    }
}
