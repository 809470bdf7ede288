//! Looking after the data on this computer: a copy every day, and the room on the disk that is kept for ending a class.

use chrono::{DateTime, TimeDelta, Utc};

use crate::context::Context;
use crate::domain::clock::is_within;
use crate::error::{Error, UserError};
use crate::ports::Topic;
use crate::store::{Store, copies, reserve};

/// How often it is seen whether something is due.
const BETWEEN_LOOKS: TimeDelta = TimeDelta::hours(1);
/// How old the newest copy may become.
const BETWEEN_COPIES: TimeDelta = TimeDelta::hours(24);

/// When it was last looked after.
#[derive(Debug, Default)]
pub struct Upkeep {
    last: Option<DateTime<Utc>>,
}

impl Upkeep {
    /// Does what is due, at most once an hour, and at once when a copy was made although the last try had failed. What goes wrong is noted in
    /// the desk's health.
    pub async fn reconcile(&mut self, context: &Context) {
        let now = context.now();
        if self.last.is_some_and(|last| is_within(last, BETWEEN_LOOKS, now) && !was_copied_since(context, last)) {
            return;
        }
        self.last = Some(now);
        let store = context.store().clone();
        do_beside(context, move || keep(&store, now)).await;
    }
}

/// What is done meanwhile, as a person reads it.
const COPYING: &str = "making a copy of the data";

/// Does the work beside the other jobs, and notes what came of it. Work that stops unexpectedly made no copy either.
async fn do_beside(context: &Context, work: impl FnOnce() -> Result<(), crate::store::Error> + Send + 'static) {
    let done = context.supervisor().spawn_blocking(COPYING, work).join().await;
    let trouble = match done {
        Ok(done) => done.err().map(Error::from),
        Err(stopped) => Some(Error::from(stopped)),
    };
    let trouble = trouble.as_ref().map(UserError::from);
    if let Some(trouble) = &trouble {
        tracing::error!(code = trouble.code, message = trouble.message, "no copy of the data was made");
    }
    context.set_health(|health| health.backup = trouble);
    context.changed(&[Topic::Desk]);
}

/// Whether somebody, perhaps another process, made the copy that could not be made at `last`.
fn was_copied_since(context: &Context, last: DateTime<Utc>) -> bool {
    let newest = || copies::list(context.store().folder()?).first().map(|copy| copy.made_at);
    context.health().backup.is_some() && newest().is_some_and(|made| made.timestamp_millis() >= last.timestamp_millis())
}

fn keep(store: &Store, now: DateTime<Utc>) -> Result<(), crate::store::Error> {
    let Some(folder) = store.folder() else { return Ok(()) };
    if let Err(error) = reserve::keep(folder) {
        tracing::warn!(%error, "no room on the disk could be kept for ending a class");
    }
    let all = copies::list(folder);
    if all.iter().any(|copy| is_within(copy.made_at, BETWEEN_COPIES, now)) || store.is_empty()? {
        return Ok(());
    }
    copies::make(folder, copies::Reason::Daily, now)?;
    copies::tidy(folder, now);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::cloudflare::{ApiToken, Client, ClientConfig, Pace};
    use crate::context::ContextParts;
    use crate::domain::ids::AccountId;
    use crate::ports::{Quiet, SystemClock};

    /// A desk that asks nobody anything.
    fn context() -> Context {
        let account: AccountId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let config = ClientConfig {
            base_url: "http://127.0.0.1:9/".parse().unwrap(),
            account: account.clone(),
            token: ApiToken::Known("no token".into()),
            user_agent: String::new(),
            timeout: Duration::from_secs(1),
            clock: Arc::new(SystemClock),
            pace: Pace::default(),
        };
        Context::new(ContextParts {
            store: Store::in_memory().unwrap(),
            cloudflare: Client::new(config).unwrap(),
            account,
            app: None,
            own_room_page: None,
            local_join_page: None,
            clock: Arc::new(SystemClock),
            secrets: None,
            notifier: Arc::new(Quiet),
            events: Arc::new(Quiet),
        })
        .unwrap()
    }

    #[tokio::test]
    async fn a_copy_that_stops_unexpectedly_is_counted_and_shown_until_one_is_made() {
        let context = context();
        do_beside(&context, || panic!("no")).await;
        let trouble = context.health().backup.unwrap();
        assert_eq!(trouble.code, "internal");
        assert!(trouble.message.contains(COPYING), "{}", trouble.message);
        assert_eq!((context.supervisor().stopped(), context.stopped_job().map(|job| job.code)), (1, Some("internal")));
        do_beside(&context, || Ok(())).await;
        assert_eq!((context.health().backup, context.supervisor().stopped()), (None, 1));
    }
}
