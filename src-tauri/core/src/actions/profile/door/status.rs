//! What is known of the door: at this desk, at Cloudflare, in its database, and from outside.

use chrono::{DateTime, Utc};
use url::Url;

use super::database::{self, Noted};
use super::lack::{Lack, is_forbidden};
use super::look::{Seen, look};
use super::publish::{door_of, key_is_there, player};
use super::token;
use crate::actions::guard;
use crate::actions::profile::join_page::address;
use crate::cloudflare::Database;
use crate::context::Context;
use crate::domain::profile::door::{DATABASE, Door, DoorFacts, DoorTrouble, KEY_SECRET, TOKEN_SECRET};
use crate::domain::profile::join_page::{JoinPage, PageVersion, WORKER};
use crate::domain::profile::role::Permission;
use crate::error::{Error, UserError};
use crate::recorder::realtimekit_app;

/// Whether there is a door, and whether it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorState {
    /// There is none; why, where that is known.
    None(Option<Lack>),
    /// It answers, and it is the one of this Hajime.
    Open,
    /// An earlier Hajime published it, or it plays from another address than videos have now.
    Older,
    /// A later Hajime published it, of this version.
    Later(String),
    /// It leads to another RealtimeKit app than this desk.
    OtherApp,
    /// The address answers something else.
    Replaced,
    /// It does not answer; why, as a sentence.
    Silent(String),
}

impl DoorState {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::None(_) => "none",
            Self::Open => "open",
            Self::Older => "older",
            Self::Later(_) => "later",
            Self::OtherApp => "other_app",
            Self::Replaced => "replaced",
            Self::Silent(_) => "silent",
        }
    }

    /// The state as a sentence for people.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::None(None) => "There is no door. It is published together with the join page.".into(),
            Self::None(Some(lack)) => format!("There is no door. {}", lack.sentence()),
            Self::Open => "The door is open: class links and watch links lead through it.".into(),
            Self::Older => "The door works, and this Hajime has a newer one. Publish the join page again.".into(),
            Self::Later(version) => {
                format!("Hajime {version} published the door, which is later than this Hajime. It works.")
            }
            Self::OtherApp => {
                "The door leads to another RealtimeKit app than this desk uses, so nobody comes in. Publish the join page again.".into()
            }
            Self::Replaced => format!(
                "The page answers without its door: somebody changed the Worker “{WORKER}”. Its links do not work. Publish the join page again."
            ),
            Self::Silent(why) => format!("The door does not answer, so its links do not work. {why}"),
        }
    }
}

/// Where the door's token for RealtimeKit comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Hajime made it; or would make it, where there is no door.
    Made,
    /// A person gave it.
    Pasted,
    /// There is none, and a person has to give one.
    Missing,
}

impl TokenState {
    /// The stable word in the CLI and the IPC.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Pasted => "pasted",
            Self::Missing => "missing",
        }
    }
}

/// What is known of the door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether it works.
    pub state: DoorState,
    /// The version of Hajime that published it.
    pub version: Option<String>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When it answered this desk last.
    pub answered_at: Option<DateTime<Utc>>,
    /// When links and answers were exchanged with it last.
    pub exchanged_at: Option<DateTime<Utc>>,
    /// Why its database cannot be asked; `None` where it can.
    pub trouble: Option<String>,
    /// The bytes of its database.
    pub size: Option<u64>,
    /// What the Worker noted.
    pub troubles: Vec<DoorTrouble>,
    /// Whether it has a signing key that Stream knows.
    pub signing_key: bool,
    /// Its token.
    pub token: TokenState,
    /// Class links that live.
    pub class_links: u32,
    /// Watch links that live.
    pub watch_links: u32,
}

/// Asks the door, its database and Cloudflare. A door that another desk opened becomes the door of this one.
pub async fn status(context: &Context, page: &JoinPage) -> Result<Status, Error> {
    guard::allow(context, Permission::InvitePeople)?;
    let (store, cloudflare) = (context.store(), context.cloudflare());
    let names = cloudflare.secret_names(WORKER).await?;
    let has = |secret: &str| names.iter().flatten().any(|name| name == secret);
    let known = store.door()?;
    let (database, lack) = match database(context, known.as_ref()).await {
        Ok(database) => (database, None),
        Err(Error::Cloudflare(error)) if is_forbidden(&error) => (None, Some(Lack::Database)),
        Err(error) => return Err(error),
    };
    if !has(KEY_SECRET) {
        return none(context, names.is_some(), lack).await;
    }
    let (noted, trouble) = match &database {
        None => (Noted::default(), lack.map(|lack| lack.sentence()).or_else(|| Some(NO_DATABASE.to_owned()))),
        Some(database) => match database::noted(context, &database.id).await {
            Ok(noted) => (noted, None),
            Err(error) => (Noted::default(), Some(UserError::from(&error).message)),
        },
    };
    let (links, exchange) = (store.living_door_links(context.cloudflare_now())?, store.door_exchange()?);
    let facts = noted.facts;
    let state = match address(context).await? {
        Some(address) => state(context, page, &address, &facts).await?,
        None => DoorState::Silent("The account has no name below workers.dev.".into()),
    };
    let answers = !matches!(state, DoorState::Silent(_) | DoorState::Replaced);
    if let Some(database) = database.as_ref().filter(|_| facts.published_at.is_some()) {
        // A door that is silent for a moment stays the door.
        let is_open = answers || (state != DoorState::Replaced && known.as_ref().is_some_and(|door| door.is_open));
        adopt(context, known.as_ref(), &door_of(&database.id, &facts, is_open))?;
    }
    if answers {
        store.set_door_answered_at(Some(context.now()))?;
    }
    let token = match &facts.token {
        _ if !has(TOKEN_SECRET) => TokenState::Missing,
        Some(token) if token::is_there(context, token).await == Some(false) => TokenState::Missing,
        Some(_) => TokenState::Made,
        None => TokenState::Pasted,
    };
    Ok(Status {
        state,
        version: facts.hajime.clone(),
        published_at: facts.published_at.or(known.map(|door| door.published_at)),
        answered_at: store.door_answered_at()?,
        exchanged_at: exchange.done_at,
        trouble: trouble.or(exchange.trouble),
        size: database.and_then(|database| database.file_size).or(exchange.size),
        troubles: noted.troubles,
        signing_key: key_is_there(context, &facts).await?,
        token,
        class_links: links.classes.max(noted.class_links),
        watch_links: links.watching.max(noted.watch_links),
    })
}

const NO_DATABASE: &str = "The database of the door is gone, so its links do not work. Publish the join page again.";

/// The door's database with its size. A list of databases does not tell sizes.
async fn database(context: &Context, known: Option<&Door>) -> Result<Option<Database>, Error> {
    let cloudflare = context.cloudflare();
    let id = match known.and_then(|door| door.database.parse().ok()) {
        Some(id) => Some(id),
        None => cloudflare.find_database(DATABASE).await?.map(|found| found.id),
    };
    Ok(match id {
        Some(id) => cloudflare.database(&id).await?,
        None => None,
    })
}

/// The status where the Worker has no secrets of a door.
async fn none(context: &Context, is_published: bool, lack: Option<Lack>) -> Result<Status, Error> {
    let store = context.store();
    // Without D1 a token would not help.
    let wants_token = is_published && lack.is_none() && !token::may_make(context).await?;
    if let Some(door) = store.door()?.filter(|door| door.is_open) {
        store.set_door(Some(&Door { is_open: false, ..door }))?;
    }
    let links = store.living_door_links(context.cloudflare_now())?;
    Ok(Status {
        state: DoorState::None(lack.or(wants_token.then_some(Lack::Token))),
        version: None,
        published_at: None,
        answered_at: store.door_answered_at()?,
        exchanged_at: None,
        trouble: None,
        size: None,
        troubles: Vec::new(),
        signing_key: false,
        token: if wants_token { TokenState::Missing } else { TokenState::Made },
        class_links: links.classes,
        watch_links: links.watching,
    })
}

async fn state(context: &Context, page: &JoinPage, address: &Url, facts: &DoorFacts) -> Result<DoorState, Error> {
    match look(context, address).await {
        Seen::Nothing(why) => return Ok(DoorState::Silent(why)),
        Seen::Busy => return Ok(DoorState::Silent("It cannot read its database.".into())),
        Seen::Another => return Ok(DoorState::Replaced),
        Seen::Open => {}
    }
    let differs =
        |one: Option<&str>, other: Option<&str>| matches!((one, other), (Some(one), Some(other)) if one != other);
    let app = realtimekit_app::known(context)?.map(|app| app.id);
    if differs(app.as_ref().map(|id| id.as_str()), facts.app.as_deref()) {
        return Ok(DoorState::OtherApp);
    }
    let this = page.version();
    let (Some(hajime), Some(content)) = (facts.hajime.clone(), facts.content.clone()) else {
        return Ok(DoorState::Open);
    };
    let published = PageVersion { hajime, content };
    if published.is_later_than(this) {
        return Ok(DoorState::Later(published.hajime));
    }
    let plays_elsewhere = differs(player(context)?.as_deref(), facts.player.as_deref());
    Ok(if published.content != this.content || plays_elsewhere { DoorState::Older } else { DoorState::Open })
}

/// Takes over a door that another desk opened, or notes that the own one does not answer.
fn adopt(context: &Context, known: Option<&Door>, found: &Door) -> Result<(), Error> {
    if known == Some(found) {
        return Ok(());
    }
    let store = context.store();
    // A door that is being taken down stays closed here.
    let is_open = found.is_open && store.door_work()?.taken_down.is_none();
    store.set_door(Some(&Door { is_open, ..found.clone() }))?;
    context.wake_jobs();
    Ok(())
}
