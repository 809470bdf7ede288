//! What a publication of the page does for the door: before the deployment, and after it.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use secrecy::SecretString;
use url::Url;

use super::lack::{self, Lack};
use super::look::{Seen, look};
use super::{cleanup, database, token};
use crate::cloudflare::{Binding, Code};
use crate::context::Context;
use crate::domain::ids::DatabaseId;
use crate::domain::library::query::{Filter, Query};
use crate::domain::profile::door::{
    BRAKE_SECONDS, BRAKES, COMMON_PLAYER, Door, DoorCode, DoorFacts, DoorToken, DoorWork, KEY_SECRET, TOKEN_SECRET,
    WORKER_FIRST,
};
use crate::domain::profile::join_page::{JoinPage, WORKER};
use crate::error::Error;
use crate::ports::Topic;
use crate::recorder::playback::watchable;
use crate::recorder::{realtimekit_app, signing_keys};
use crate::signing;

use super::token::NewToken;

/// How often a new door is asked before it is said to be silent: half a minute.
const CHECKS: usize = 9;

/// How far the publication of the door is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorStep {
    /// Finding or making the database and its tables.
    Database,
    /// Making the token and the key.
    Secrets,
    /// Asking the door from outside.
    Checking,
}

impl DoorStep {
    /// The step in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Database => "Setting up the database of the door…",
            Self::Secrets => "Making a key and a token for the door…",
            Self::Checking => "Knocking at the door…",
        }
    }
}

/// What became of the door in a publication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorOutcome {
    /// It is open.
    Open,
    /// The page has none; why.
    Without(Lack),
}

impl DoorOutcome {
    /// The outcome as a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Open => "The door is open: class links and watch links lead through it.".into(),
            Self::Without(lack) => lack.sentence(),
        }
    }
}

/// Which secrets of the door are new, although it has them.
#[derive(Debug, Default)]
pub(in crate::actions::profile) struct Given {
    /// A token that a person gave.
    pub(in crate::actions::profile) token: Option<SecretString>,
    /// Whether the token is made anew, where Hajime made it.
    pub(in crate::actions::profile) renew_token: bool,
    /// Whether the key is made anew.
    pub(in crate::actions::profile) renew_key: bool,
}

/// What is published behind the page.
pub(in crate::actions::profile) enum Prepared<'a> {
    Without(Lack),
    With(Box<Ready<'a>>),
}

/// A door whose database, token and key are made.
pub(in crate::actions::profile) struct Ready<'a> {
    code: &'a DoorCode,
    database: DatabaseId,
    bindings: Vec<Binding>,
    facts: DoorFacts,
    work: DoorWork,
}

/// Makes what the door needs and does not have. `is_there` says whether the account has the Worker. A page that has a door is never published
/// without it: its links would die.
pub(in crate::actions::profile) async fn prepare<'a>(
    context: &Context,
    page: &'a JoinPage,
    is_there: bool,
    given: Given,
    progress: &(dyn Fn(DoorStep) + Sync),
) -> Result<Prepared<'a>, Error> {
    let names = if is_there { context.cloudflare().secret_names(WORKER).await? } else { None }.unwrap_or_default();
    let ready = match page.door() {
        Some(code) => ready(context, page, code, &names, given, progress).await?,
        None => Err(Lack::NotBuilt),
    };
    match ready {
        Ok(ready) => Ok(Prepared::With(Box::new(ready))),
        Err(lack) if names.iter().any(|name| name == KEY_SECRET) => Err(Error::Conflict {
            message: format!(
                "The published page has a door, which this desk cannot update, so nothing was published. {}",
                lack.sentence()
            ),
            next: "Do that, or publish from the desk that opened the door. To publish without a door, take it down first.",
        }),
        Err(lack) => Ok(Prepared::Without(lack)),
    }
}

async fn ready<'a>(
    context: &Context,
    page: &JoinPage,
    code: &'a DoorCode,
    names: &[String],
    given: Given,
    progress: &(dyn Fn(DoorStep) + Sync),
) -> Result<Result<Ready<'a>, Lack>, Error> {
    progress(DoorStep::Database);
    let database = match database::need(context).await {
        Ok(database) => database,
        Err(error) => return lack::of(error, Some(Lack::Database)).map(Err),
    };
    let app = match realtimekit_app::id(context).await {
        Ok(app) => app,
        Err(error) => return lack::of(error, None).map(Err),
    };
    database::set_up(context, &database, code).await?;
    let known = database::facts(context, &database).await?;
    let mut work = context.store().door_work()?;
    let has = |secret: &str| names.iter().any(|name| name == secret);
    // Where secrets were sent and the reply was not seen, the Worker has them or those of before; without any, it has neither.
    let is_sure = !work.sent || !has(KEY_SECRET);
    let used = if has(KEY_SECRET) {
        known
    } else {
        // The Worker was replaced or deleted, and what its secrets were is of no use.
        work.tokens.extend(known.token);
        work.keys.extend(known.signing_key);
        DoorFacts { player: known.player, ..DoorFacts::default() }
    };
    work.taken_down = None;
    if is_sure {
        work.sent = false;
        cleanup::settle(context, &mut work, &used).await?;
    }
    let keeps_key = is_sure && !given.renew_key && key_is_there(context, &used).await?;
    let keeps_token = has(TOKEN_SECRET)
        && given.token.is_none()
        && (is_sure || (used.token.is_none() && work.tokens.is_empty()))
        && !(given.renew_token && used.token.is_some())
        && token_may_be_there(context, used.token.as_ref()).await;

    let mut facts = DoorFacts {
        app: Some(app.as_str().to_owned()),
        player: Some(player(context)?.or(used.player.clone()).unwrap_or_else(|| COMMON_PLAYER.to_owned())),
        hajime: Some(page.version().hajime.clone()),
        content: Some(page.version().content.clone()),
        published_at: Some(context.now()),
        ..used.clone()
    };
    let mut bindings = bindings(context, &database, &facts)?;
    if !(keeps_key && keeps_token) {
        progress(DoorStep::Secrets);
    }
    if !keeps_token {
        let (token, value) = match given.token {
            Some(value) => (None, value),
            None => match token::make(context, &mut work).await? {
                NewToken::Made(token, value) => (Some(token), value),
                NewToken::Lacking(lack) => return Ok(Err(lack)),
            },
        };
        work.tokens.extend(used.token.clone());
        facts.token = token;
        bindings.push(Binding::Secret { name: TOKEN_SECRET, text: value });
    }
    if !keeps_key {
        let (id, pem) = match signing_keys::make_for_door(context).await {
            Ok(made) => made,
            Err(error) => return lack::of(error, None).map(Err),
        };
        work.keys.extend(used.signing_key.clone());
        facts.signing_key = Some(id.as_str().to_owned());
        bindings.push(Binding::Secret { name: KEY_SECRET, text: signing::jwk(&pem)? });
        bindings.push(Binding::Text { name: "SIGNING_KEY_ID", text: id.to_string() });
    }
    if !(keeps_key && keeps_token) {
        work.sent = true;
        context.store().set_door_work(&work)?;
    }
    Ok(Ok(Ready { code, database, bindings, facts, work }))
}

impl Prepared<'_> {
    /// What is deployed with the files of the page.
    pub(in crate::actions::profile) fn code(&self) -> Option<Code<'_>> {
        match self {
            Self::Without(_) => None,
            Self::With(ready) => {
                Some(Code { module: &ready.code.module, bindings: &ready.bindings, worker_first: &WORKER_FIRST })
            }
        }
    }

    /// Notes that the deployment is done: which secrets the Worker has is known now.
    pub(in crate::actions::profile) async fn deployed(&mut self, context: &Context) -> Result<(), Error> {
        let Self::With(ready) = self else { return Ok(()) };
        database::tell(context, &ready.database, &ready.facts).await?;
        let store = context.store();
        let was_open = store.door()?.is_some_and(|door| door.is_open && door.database == ready.database.as_str());
        store.set_door(Some(&door_of(&ready.database, &ready.facts, was_open)))?;
        ready.work.sent = false;
        store.set_door_work(&ready.work)?;
        Ok(())
    }

    /// Asks the door from outside, and deletes what it does not use any more.
    pub(in crate::actions::profile) async fn finish(
        self,
        context: &Context,
        page: &Url,
        progress: &(dyn Fn(DoorStep) + Sync),
    ) -> Result<DoorOutcome, Error> {
        let mut ready = match self {
            Self::Without(lack) => return Ok(DoorOutcome::Without(lack)),
            Self::With(ready) => ready,
        };
        progress(DoorStep::Checking);
        check(context, page).await?;
        let store = context.store();
        store.set_door(Some(&door_of(&ready.database, &ready.facts, true)))?;
        store.set_door_answered_at(Some(context.now()))?;
        context.changed(&[Topic::Desk, Topic::Links]);
        context.wake_jobs();
        cleanup::settle(context, &mut ready.work, &ready.facts).await?;
        Ok(DoorOutcome::Open)
    }
}

/// The door as this desk remembers it.
pub(super) fn door_of(database: &DatabaseId, facts: &DoorFacts, is_open: bool) -> Door {
    Door {
        database: database.to_string(),
        signing_key: facts.signing_key.clone(),
        token: facts.token.as_ref().and_then(|token| token.id.clone()),
        is_open,
        published_at: facts.published_at.unwrap_or_default(),
    }
}

/// Whether Stream has the key that signs for the door. A list that is incomplete does not show that one is missing.
pub(super) async fn key_is_there(context: &Context, facts: &DoorFacts) -> Result<bool, Error> {
    let Some(id) = &facts.signing_key else { return Ok(false) };
    let listed = context.cloudflare().whole_key_list().await?;
    Ok(listed.is_none_or(|keys| keys.iter().any(|key| key.id.as_str() == id)))
}

async fn token_may_be_there(context: &Context, token: Option<&DoorToken>) -> bool {
    match token {
        Some(token) => token::is_there(context, token).await != Some(false),
        None => true,
    }
}

/// Where Stream delivers the videos of the account, as one of its videos tells; `None` while this desk knows none.
pub(super) fn player(context: &Context) -> Result<Option<String>, Error> {
    let query = Query { filter: Filter::Ready, limit: 1, ..Query::default() };
    let ready = context.store().find_recordings(&query)?;
    let manifest = ready.first().and_then(|recording| watchable(context, recording).ok()).map(|video| video.manifest);
    Ok(manifest.map(|manifest| manifest.origin().ascii_serialization()))
}

fn bindings(context: &Context, database: &DatabaseId, facts: &DoorFacts) -> Result<Vec<Binding>, Error> {
    let text = |fact: &Option<String>| fact.clone().unwrap_or_default();
    let app = realtimekit_app::known(context)?.map(|app| context.cloudflare().app_address(&app.id));
    let mut bindings = vec![
        Binding::Assets { name: "ASSETS" },
        Binding::Database { name: "DB", id: database.clone() },
        Binding::Text { name: "REALTIMEKIT", text: app.unwrap_or_default() },
        Binding::Text { name: "PLAYER", text: text(&facts.player) },
    ];
    bindings.extend(BRAKES.map(|(name, namespace, limit)| Binding::RateLimit {
        name,
        namespace,
        limit,
        period: BRAKE_SECONDS,
    }));
    Ok(bindings)
}

/// Asks the door from outside until it answers.
async fn check(context: &Context, page: &Url) -> Result<(), Error> {
    let looks = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(300))
        .with_max_delay(Duration::from_secs(5))
        .with_max_times(CHECKS);
    let look_once = || async {
        match look(context, page).await {
            Seen::Open => Ok(()),
            other => Err(other),
        }
    };
    look_once.retry(looks).await.map_err(|seen| {
        let message = match seen {
            Seen::Nothing(why) => format!("The page was published, but its door does not answer yet. {why}"),
            Seen::Busy => "The door was published, but it cannot read its database yet.".to_owned(),
            Seen::Open | Seen::Another => "The page was published, but it answers without its door.".to_owned(),
        };
        Error::Conflict { message, next: "Publish again in a minute: no file is uploaded twice." }
    })
}
