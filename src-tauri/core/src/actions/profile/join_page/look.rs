//! What the address of the published page answers to somebody without an account. The answer comes from the network and may be anything.

use url::Url;

use crate::cloudflare::SiteAnswer;
use crate::context::Context;
use crate::domain::profile::join_page::{JoinPage, POLICY, PageVersion, VERSION_FILE};

/// What an address answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// The page that Hajime published, in this version. If it is the version at hand, its content and headers are ours as well.
    Ours(PageVersion),
    /// Something else.
    Another,
    /// Nothing; why, as a sentence.
    Nothing(String),
}

/// Looks at an address from outside.
pub(super) async fn look(context: &Context, address: &Url, page: &JoinPage) -> Seen {
    let version = match ask(context, address, VERSION_FILE).await {
        Ok(answer) if answer.status == 200 => match PageVersion::read(&answer.body) {
            Some(version) => version,
            None => return Seen::Another,
        },
        // Another page need not have the file that tells the version.
        Ok(answer) if answer.status == 404 => {
            return match ask(context, address, "/").await {
                Ok(page) if page.status == 404 => Seen::Nothing(answered(address, 404)),
                Ok(page) if (200..400).contains(&page.status) => Seen::Another,
                Ok(page) => Seen::Nothing(answered(address, page.status)),
                Err(why) => Seen::Nothing(why),
            };
        }
        Ok(answer) if (300..400).contains(&answer.status) => return Seen::Another,
        Ok(answer) => return Seen::Nothing(answered(address, answer.status)),
        Err(why) => return Seen::Nothing(why),
    };
    if version.content != page.version().content {
        return Seen::Ours(version);
    }
    match ask(context, address, "/").await {
        Ok(SiteAnswer { status: 200, policies, body }) if policies == [POLICY] && body == page.index() => {
            Seen::Ours(version)
        }
        Ok(answer) if answer.status < 400 => Seen::Another,
        Ok(answer) => Seen::Nothing(answered(address, answer.status)),
        Err(why) => Seen::Nothing(why),
    }
}

async fn ask(context: &Context, address: &Url, path: &str) -> Result<SiteAnswer, String> {
    let mut file = address.clone();
    file.set_path(path);
    context.cloudflare().site(&file).await.map_err(|error| error.user_message())
}

fn answered(address: &Url, status: u16) -> String {
    format!("{} answered with the status {status}.", address.host_str().unwrap_or_default())
}
