//! The data that crosses to the page. `ui/src/ipc/bindings.ts` is generated from these types; a test fails when it is stale.

pub(crate) mod attaching;
pub(crate) mod backups;
pub(crate) mod connect;
pub(crate) mod desk;
pub(crate) mod recordings;
pub(crate) mod rehearsal;
pub(crate) mod sessions;
pub(crate) mod today;

use chrono::{DateTime, SecondsFormat, Utc};

/// RFC 3339 in UTC, to the second.
pub(crate) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The same for what may be unknown.
pub(crate) fn maybe_instant(at: Option<DateTime<Utc>>) -> Option<String> {
    at.map(instant)
}

#[cfg(test)]
mod tests {
    use ts_rs::{Config, TS};

    use super::attaching::{AttachForm, AttachKind, AttachedDto, CandidateDto, EvidenceDto, FailuresDto, GuessDto};
    use super::backups::{BackupsDto, ContentsDto, CopyDto, CopyReason, LostDto, RestorePreviewDto, RestoredDto};
    use super::connect::{AppDto, CheckDto, CheckState, ConnectForm, ConnectReportDto};
    use super::desk::{
        ChangedDto, ComparedDto, CredentialsFrom, DeskDto, KeyringDto, Mode, SettingsDto, Signing, Topic,
    };
    use super::recordings::{
        CauseDto, CoverageDto, ExpectedDto, LinkDto, LinkFileDto, MadeLinkDto, PlaybackDto, PublicStatus,
        RecordingDetailDto, RecordingDto, RecordingEventDto, RecordingFilter, RecordingsCounts, RecordingsPage,
        RecordingsQuery, SavedDto, StageDto,
    };
    use super::rehearsal::{FaultCalls, FaultForm, FaultKind, RehearsalDto, ScenarioDto};
    use super::sessions::{
        EndedDto, InviteDto, LiveDto, ProofState, QualityDto, SessionDraft, SessionDto, SessionStatus, StartedDto,
    };
    use super::today::{CloseQuestionDto, FailureGroupDto, RetriedAllDto, TodayDto};
    use crate::ipc::error::IpcError;

    fn bindings() -> String {
        let config = Config::default();
        macro_rules! declarations {
            ($($name:ty),* $(,)?) => { [$(format!("export {}\n", <$name as TS>::decl(&config))),*] };
        }
        let declarations = declarations![
            IpcError,
            Mode,
            Signing,
            CredentialsFrom,
            KeyringDto,
            DeskDto,
            ComparedDto,
            SettingsDto,
            SessionStatus,
            QualityDto,
            SessionDto,
            SessionDraft,
            ProofState,
            LiveDto,
            StartedDto,
            EndedDto,
            InviteDto,
            PublicStatus,
            StageDto,
            CauseDto,
            ExpectedDto,
            RecordingDto,
            RecordingEventDto,
            LinkDto,
            CoverageDto,
            RecordingDetailDto,
            RecordingFilter,
            RecordingsQuery,
            RecordingsCounts,
            RecordingsPage,
            LinkFileDto,
            MadeLinkDto,
            SavedDto,
            PlaybackDto,
            AttachKind,
            CandidateDto,
            AttachForm,
            AttachedDto,
            GuessDto,
            FailuresDto,
            EvidenceDto,
            ConnectForm,
            CheckState,
            CheckDto,
            AppDto,
            ConnectReportDto,
            ScenarioDto,
            RehearsalDto,
            FaultKind,
            FaultCalls,
            FaultForm,
            CopyReason,
            CopyDto,
            BackupsDto,
            ContentsDto,
            LostDto,
            RestorePreviewDto,
            RestoredDto,
            FailureGroupDto,
            TodayDto,
            RetriedAllDto,
            CloseQuestionDto,
            Topic,
            ChangedDto,
        ];
        format!(
            "// Generated from the shell’s types by `cargo xtask bindings`. Do not edit.\n\n{}",
            declarations.join("\n")
        )
    }

    #[test]
    fn the_pages_types_are_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/ipc/bindings.ts");
        let fresh = bindings();
        if std::env::var_os("HAJIME_WRITE_BINDINGS").is_some() {
            std::fs::write(path, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap_or_default();
        assert!(committed == fresh, "ui/src/ipc/bindings.ts is stale: run `cargo xtask bindings`");
    }
}
