//! Delivers the notifications that wait in the outbox.

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::recorder::recording::Recording;
use crate::domain::recorder::rescue::News;
use crate::domain::recorder::stage::Announcement;
use crate::error::Error;
use crate::jobs::job::{Due, Group, Job, Report, Turn, Work};
use crate::ports::Notice;
use crate::recorder::{attempts, explanation};

/// Delivers the outbox.
#[derive(Debug, Default)]
pub(crate) struct Notifications;

impl Job for Notifications {
    const NAME: JobName = JobName { id: "notifications", title: "Notifications" };
    const ACTIVITY: &'static str = "showing notifications";
    const GROUP: Group = Group::Pipeline;

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: None }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        tell(&turn.context)?;
        Ok(Work::Local.into())
    }
}

/// Shows what people were not told yet. Taken out of the queue first: told once or, if the process dies in between, shown in the list only.
fn tell(context: &Context) -> Result<(), Error> {
    for pending in context.store().pending_notices()? {
        let Some(recording) = context.store().recording(pending.recording)? else { continue };
        // While the class is on another attempt may follow: whether this one is worth a word shows when it is over.
        if pending.news == News::Stage(Announcement::Failed) && attempts::is_on(context, &recording)? {
            continue;
        }
        if context.store().take_notice(pending.id)?
            && let Some(notice) = notice(context, &recording, pending.news)?
        {
            context.notifier().notify(&notice);
        }
    }
    Ok(())
}

/// What is said; `None` when it is no longer true, or nothing that anybody has to hear: a video that somebody deleted, an attempt in whose
/// place another recording stands.
fn notice(context: &Context, recording: &Recording, news: News) -> Result<Option<Notice>, Error> {
    let (title, body) = match news {
        News::Stage(Announcement::Watchable) => {
            (format!("Ready to watch: {}", recording.title), "The recording can be played and shared.".to_owned())
        }
        News::Stage(Announcement::Failed) => {
            if recording.deleted_at().is_some() || attempts::is_superseded(context, recording)? {
                return Ok(None);
            }
            (format!("Recording failed: {}", recording.title), explanation::sentence(context, recording)?)
        }
        News::Expiring(warning) => {
            let Some(until) = recording.rescue_until() else { return Ok(None) };
            let until = until.with_timezone(&recording.timezone);
            let hours = warning.hours();
            (
                format!("{hours} hours left to save “{}”", recording.title),
                format!(
                    "Stream does not have this recording yet, and Cloudflare deletes its file on {}. Save a copy to this computer.",
                    until.format("%-d %B at %H:%M")
                ),
            )
        }
    };
    Ok(Some(Notice { title, body, recording: recording.id, alarm: None }))
}
