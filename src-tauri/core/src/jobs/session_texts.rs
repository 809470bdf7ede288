//! Keeps what people wrote and said in sessions: asks for the chat and the transcript of each session that has ended,
//! until they are there or RealtimeKit has deleted them.

use std::time::Duration;

use crate::context::Context;
use crate::context::health::JobName;
use crate::domain::ids::SessionId;
use crate::error::{Error, UserError};
use crate::jobs::job::{Due, Group, Job, Patience, Report, Turn, Wake, Work};
use crate::jobs::put_off::PutOff;
use crate::ports::Topic;
use crate::recorder::{realtimekit_app, session_texts};

/// The most times that the wait after a failure doubles: 64 minutes.
const MAX_DOUBLINGS: u32 = 5;
/// The most sessions in one run. Each takes about four requests.
const MAX_PER_RUN: usize = 5;
/// The most sessions that are looked at in one run.
const MAX_DUE: usize = 500;
/// How long a tick waits for this job. Nothing else waits for its answers.
const TEXTS_PATIENCE: Duration = Duration::from_secs(2);

/// The job that fetches the texts. If its memory is lost, it tries again sooner.
#[derive(Debug, Default)]
pub(crate) struct SessionTexts {
    /// The sessions that failed.
    put_off: PutOff<SessionId, MAX_DOUBLINGS>,
}

impl Job for SessionTexts {
    const NAME: JobName = JobName { id: "session-texts", title: "Chats and transcripts of classes" };
    const ACTIVITY: &'static str = "fetching chats and transcripts of classes";
    const GROUP: Group = Group::Pipeline;
    const PATIENCE: Patience = Patience::Beside(TEXTS_PATIENCE);

    fn due(&self, _context: &Context) -> Due {
        Due::EveryTick { next: self.put_off.next() }
    }

    async fn run(&mut self, turn: Turn) -> Result<Report, Error> {
        let context = &turn.context;
        let now = context.now();
        let transcripts = context.store().preferences()?.transcripts;
        let waiting = context.store().texts_to_ask_for(now, transcripts, MAX_DUE)?;
        self.put_off.keep(|id| waiting.iter().any(|due| due.session == *id));
        if waiting.is_empty() {
            return Ok(Work::Nothing.into());
        }
        let due = waiting.into_iter().filter(|due| self.put_off.is_due(&due.session, now));
        let due: Vec<_> = due.take(MAX_PER_RUN).collect();
        if due.is_empty() || turn.is_spent() || realtimekit_app::known(context)?.is_none() {
            return Ok(Work::Postponed.into());
        }
        let (mut trouble, mut learnt) = (None, false);
        for one in due {
            if turn.is_spent() {
                break;
            }
            match session_texts::ask(context, &one).await {
                Ok(()) => {
                    self.put_off.done(&one.session);
                    learnt = true;
                }
                Err(error) => {
                    tracing::warn!(session = %one.session, %error, "the chat and the transcript were not fetched");
                    self.put_off.fail(one.session, now);
                    let stops = concerns_every_session(&error);
                    trouble = Some(UserError::from(error));
                    if stops {
                        break;
                    }
                }
            }
        }
        if learnt {
            context.changed(&[Topic::Sessions]);
        }
        Ok(Report { work: Work::Asked, trouble })
    }

    fn clock_moved(&mut self) {
        self.put_off.clear();
    }

    fn woken(&mut self, wake: Wake) {
        self.put_off.woken(wake);
    }
}

/// Whether the next session would fail for the same reason.
fn concerns_every_session(error: &Error) -> bool {
    match error {
        Error::Cloudflare(error) => error.concerns_every_call(),
        error => matches!(error, Error::SeveralApps { .. } | Error::UnknownApp { .. }),
    }
}
