//! Mails the report of a month to the administrator once the month is over, where that is wanted.
//!
//! The month is noted before the letter is sent, so that nobody gets it twice. Where the letter surely did not leave, the
//! note is taken back.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

use crate::context::Context;
use crate::context::health::{Concern, JobName};
use crate::delivery::email::words;
use crate::domain::bounds::Moved as _;
use crate::domain::delivery::attempt::Attempt;
use crate::domain::delivery::channel::Channel;
use crate::domain::error_code::ErrorCode;
use crate::domain::health::report::Month;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::recorder::{channels, report};

/// The time before a letter that did not leave is tried again.
const RETRY_INTERVAL: TimeDelta = TimeDelta::hours(1);
/// How long a tick waits for this job.
const TICK_PATIENCE: Duration = Duration::from_millis(200);

/// The job that mails the report.
#[derive(Debug, Default)]
pub(crate) struct ReportMail {
    next: Option<DateTime<Utc>>,
}

impl Job for ReportMail {
    const NAME: JobName = JobName { id: "report_mail", title: "Report of the month by e-mail" };
    const ACTIVITY: &'static str = "mailing the report of the month";
    const GROUP: Group = Group::Outward;
    const PATIENCE: Patience = Patience::Beside(TICK_PATIENCE);
    const CONCERN: Concern = Concern::Data;

    fn due(&self, context: &Context) -> Due {
        let beginning = Month::of(context.now().date_naive()).first_day().and_time(NaiveTime::MIN).and_utc();
        let now_or_next = if is_wanted(context) {
            beginning
        } else {
            Month::of(context.now().date_naive()).after().first_day().and_time(NaiveTime::MIN).and_utc()
        };
        Due::At(self.next.map_or(now_or_next, |next| next.max(now_or_next)))
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        if !is_wanted(&turn.context) {
            self.next = None;
            return Ok(Work::Nothing.into());
        }
        self.next = Some(turn.context.now().later(RETRY_INTERVAL));
        let trouble = mail(&turn.context).await?;
        Ok(Report { work: Work::Local, trouble })
    }

    fn clock_moved(&mut self) {
        self.next = None;
    }

    fn woken(&mut self, _wake: Wake) {
        self.next = None;
    }
}

/// The last month that is over by this computer’s clock and by Cloudflare’s.
fn last_month(context: &Context) -> Month {
    Month::of(context.passed_by_both_clocks().date_naive()).before()
}

/// Whether the report of the last month is wanted and was not mailed yet. What cannot be read is not wanted.
fn is_wanted(context: &Context) -> bool {
    let last = last_month(context);
    let wanted = context.store().mails_report().unwrap_or_default();
    let is_new = |mailed: Month| mailed < last || lies_ahead(context, mailed);
    wanted && context.store().report_mailed().is_ok_and(|mailed| mailed.is_none_or(is_new))
}

/// Whether a month has not begun by Cloudflare’s clock. Its report was mailed while the clock of this computer was wrong, and must
/// not keep those of all months until then from being mailed.
fn lies_ahead(context: &Context, month: Month) -> bool {
    context.cloudflare().clock_skew().is_some() && month > Month::of(context.cloudflare_now().date_naive())
}

async fn mail(context: &Context) -> Result<Option<UserError>, Error> {
    let store = context.store();
    let Some(admin) = store.mail_settings()?.admin else {
        let message = "Nobody gets the report of the month: no administrator is set.";
        let next = "Enter the address of the administrator in Settings, E-mail, or turn the report off under Health.";
        return Ok(Some(UserError::new(ErrorCode::Conflict, message, next)));
    };
    let month = last_month(context);
    let report = report::report(context, month)?;
    let words = words::report(&report.title(), &report.summary(), report.facts());
    let open = channels::open(context, Channel::Email).await?;
    let before = store.report_mailed()?;
    store.set_report_mailed(Some(month))?;
    match open.write(context, &admin, words).await {
        Some(Attempt::Accepted { .. }) | None => Ok(None),
        Some(Attempt::Later { said, .. }) => {
            store.set_report_mailed(before)?;
            Ok(Some(not_mailed(month, &said, "Hajime tries again in an hour.")))
        }
        Some(attempt) => {
            Ok(Some(not_mailed(month, attempt.said(), "It is not tried again. Save the report under Health.")))
        }
    }
}

fn not_mailed(month: Month, said: &str, next: &str) -> UserError {
    let message = format!("The report of {} could not be mailed: {said}", month.title());
    UserError::new(ErrorCode::Conflict, message, next)
}
