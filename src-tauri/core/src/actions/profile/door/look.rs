//! How the door answers somebody without an account. The answer comes from the network and may be anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng as _;
use serde::Deserialize;
use url::Url;

use crate::context::Context;

/// The bytes of a code that nobody has.
const CODE_BYTES: usize = 24;

/// What an address answers where the door should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// The door: it does not know a code that nobody has.
    Open,
    /// The door, which cannot read its database.
    Busy,
    /// Something else.
    Another,
    /// Nothing; why, as a sentence.
    Nothing(String),
}

/// Asks the door for the class of a code that nobody has.
pub(super) async fn look(context: &Context, page: &Url) -> Seen {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let mut bytes = [0_u8; CODE_BYTES];
    rand::rng().fill(&mut bytes);
    let mut address = page.clone();
    address.set_path(&format!("/j/{}/class", URL_SAFE_NO_PAD.encode(bytes)));
    let answer = match context.cloudflare().site(&address).await {
        Ok(answer) => answer,
        Err(error) => return Seen::Nothing(error.user_message()),
    };
    let refusal = serde_json::from_slice::<Refusal>(&answer.body).map(|refusal| refusal.error);
    match (answer.status, refusal.as_deref()) {
        (404, Ok("unknown")) | (429, Ok("slow")) => Seen::Open,
        (503, Ok("later")) => Seen::Busy,
        (status @ 500.., _) => {
            let host = address.host_str().unwrap_or_default();
            Seen::Nothing(format!("{host} answered with the status {status}."))
        }
        _ => Seen::Another,
    }
}
