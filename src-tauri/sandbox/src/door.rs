//! The door: what the Worker behind a join page answers, by the sandbox's own code, so that a rehearsal needs no JavaScript. It is
//! written from the Worker's replies, and one suite of tests asks both (`tests/it/door_contract`).
//!
//! It works with what was published: the bindings of the script, its D1 database, its token of the API and its signing key. Its clock is
//! the verification clock, so that it goes forward with the sandbox.

mod asked;
mod database;
mod join;
mod playback;
mod realtimekit;
mod refusal;
mod watch;

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, Method, header},
    response::Response,
};
use futures_util::future::BoxFuture;

use self::{
    asked::{Asked, is_secret},
    refusal::{HEADERS, Reason, Refusal},
};
use crate::{reply::set_header, state::worker::Worker, world::World};

/// Asks the sandbox's own API. `gateway` passes this function, so that the door does not import it.
pub type Api = fn(Arc<World>, Request) -> BoxFuture<'static, Response>;

/// What the door answers with.
pub enum Shown {
    Reply(Response),
    /// A page of the site, by its path. The request's headers do not count for it, and [`set_page_headers`] does.
    Page(&'static str),
    /// A file of the site, by its path.
    File(String),
}

/// Answers a request for a path that goes to the script first.
pub async fn answer(world: &Arc<World>, script: &Worker, api: Api, request: Request) -> Shown {
    let path = request.uri().path().to_owned();
    let mut parts = path.split('/').skip(1);
    let [room, code, what] = [(); 3].map(|()| parts.next().unwrap_or_default());
    let page = match room {
        "j" => "/",
        "w" => "/watch",
        _ => return Shown::File(path),
    };
    // The page at /j/CODE asks for assets/join.js and gets /j/assets/join.js, because its addresses are relative.
    if code == "assets" {
        return Shown::File(format!("/assets/{what}"));
    }
    let reply = if parts.next().is_some() {
        Err(Refusal::of(Reason::Unknown))
    } else if what.is_empty() {
        match *request.method() {
            Method::GET | Method::HEAD => return Shown::Page(page),
            _ => Err(Refusal::of(Reason::Method)),
        }
    } else {
        act(world, script, api, (room, code, what), request).await
    };
    Shown::Reply(reply.unwrap_or_else(Refusal::into_response))
}

async fn act(
    world: &Arc<World>,
    script: &Worker,
    api: Api,
    (room, code, what): (&str, &str, &str),
    request: Request,
) -> Result<Response, Refusal> {
    let method = match (room, what) {
        ("j", "class") | ("w", "video") => Method::GET,
        ("j", "seat") | ("w", "play" | "renew") => Method::POST,
        _ => return Err(Refusal::of(Reason::Unknown)),
    };
    if *request.method() != method {
        return Err(Refusal::of(Reason::Method));
    }
    let asked = Asked::new(world, script, api, request.headers());
    // A code of another shape was never made, and is slowed down like any guess.
    if !is_secret(code) {
        return Err(asked.unknown());
    }
    let outcome = match what {
        "class" => join::show_class(&asked, code),
        "video" => watch::show_video(&asked, code),
        "seat" => join::take_seat(&asked, code, request).await,
        "play" => watch::play(&asked, code, request).await,
        _ => watch::renew(&asked, code, request).await,
    };
    outcome.inspect_err(|refusal| asked.note(refusal))
}

/// What a page of the door has beside the headers of the file.
pub fn set_page_headers(response: &mut Response) {
    for (name, value) in HEADERS {
        set_header(response, HeaderName::from_static(name), value);
    }
    // The page has its own policy in its head; only a header can say that no other page may show it.
    set_header(response, header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'");
}

/// The address that asks, as Cloudflare tells a script. Everybody who really asks is on this computer.
pub fn address(headers: &HeaderMap) -> &str {
    headers.get(CONNECTING_IP).and_then(|value| value.to_str().ok()).unwrap_or("127.0.0.1")
}

/// The header in which Cloudflare tells a script the address that asks.
pub const CONNECTING_IP: &str = "cf-connecting-ip";
/// The header in which Cloudflare tells a script the country.
pub const COUNTRY: &str = "cf-ipcountry";
