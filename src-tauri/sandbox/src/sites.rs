//! Published sites. What Cloudflare serves at `https://{script}.{subdomain}.workers.dev` is served here at
//! `http://{script}.{subdomain}.workers.localhost`, and what it serves at `https://{hostname}` at `http://{hostname}.domains.localhost`, on the
//! port of the sandbox.
//!
//! A join page that is published here opens rooms of the sandbox: where it has RealtimeKit's bundles, which know Cloudflare's
//! servers only, it gets the sandbox's stand-ins for them, and what it asks below `/room/` goes to the rooms.
//!
//! A path that goes to the script first is answered by the door, which is the only script that the sandbox knows, or by the runtime that a
//! test started for the script.

use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError},
};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::PathAndQuery},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    call::decoded_path,
    door::{self, Shown},
    ids, pages,
    reply::set_header,
    state::{
        Model,
        worker::{Asset, HtmlHandling, NotFoundHandling, Worker, names_path},
    },
    world::World,
};

/// Below which hostname scripts are served.
pub const SCRIPTS: &str = ".workers.localhost";
const DOMAINS: &str = ".domains.localhost";
const NOT_FOUND_PAGE: &str = "/404.html";
const INDEX_PAGE: &str = "/index.html";
/// RealtimeKit's bundles in a join page.
const BUNDLES: [&str; 2] = ["realtimekit.js", "realtimekit-ui.js"];

/// A site by the name that a request has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// A script and its account's name below `workers.dev`.
    Script { script: String, subdomain: String },
    /// A hostname that shows a script.
    Custom(String),
}

/// The site that a request asks for; `None` when it asks the API or the delivery host.
pub fn named(request: &Request) -> Option<Site> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let host = host.split(':').next()?;
    if let Some(hostname) = host.strip_suffix(DOMAINS) {
        return Some(Site::Custom(hostname.to_owned()));
    }
    let (script, subdomain) = host.strip_suffix(SCRIPTS)?.split_once('.')?;
    Some(Site::Script { script: script.to_owned(), subdomain: subdomain.to_owned() })
}

/// What a path of a site leads to.
enum Found {
    /// A file with its status.
    File {
        asset: Asset,
        hash: String,
        status: StatusCode,
        headers: Vec<(String, String)>,
    },
    /// The path is written another way.
    Redirect(String),
    Nothing,
}

/// The largest body that is passed on to a runtime.
const MAX_PASSED_BYTES: usize = 1 << 20;
/// With the secret of the control API as its value, a request comes from a script's runtime and wants the file.
const FROM_RUNTIME: &str = "x-sandbox-files";

/// Answers a request for a site.
pub async fn handle(world: &Arc<World>, site: &Site, request: Request, api: door::Api) -> Response {
    let secret = request.headers().get(FROM_RUNTIME).map(HeaderValue::as_bytes);
    if secret.is_some_and(|secret| ids::same_bytes(secret, world.control_secret.as_bytes())) {
        return files(world, site, &request);
    }
    let path = request.uri().path().to_owned();
    let script = world.with(|model| worker(model, site).filter(|worker| worker.runs_first(&path)).cloned());
    let Some(script) = script else { return files(world, site, &request) };
    let runtime = world.runtimes.lock().unwrap_or_else(PoisonError::into_inner).get(&script.id).copied();
    if let Some(address) = runtime {
        return pass_on(world, address, request).await;
    }
    let mut asset = Request::new(Body::empty());
    *asset.method_mut() = request.method().clone();
    let headers = request.headers().clone();
    let at = |path: &str| path.parse::<PathAndQuery>().map_or_else(|_| Uri::default(), Uri::from);
    match door::answer(world, &script, api, request).await {
        Shown::Reply(reply) => reply,
        Shown::Page(path) => {
            *asset.uri_mut() = at(path);
            let mut response = files(world, site, &asset);
            door::set_page_headers(&mut response);
            response
        }
        Shown::File(path) => {
            (*asset.uri_mut(), *asset.headers_mut()) = (at(&path), headers);
            files(world, site, &asset)
        }
    }
}

/// Has a script's runtime answer.
async fn pass_on(world: &World, runtime: SocketAddr, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_PASSED_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let address = door::address(&parts.headers).to_owned();
    if let Ok(address) = HeaderValue::from_str(&address) {
        parts.headers.insert(door::CONNECTING_IP, address);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    let asked = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let sent = world.http.request(parts.method, format!("http://{runtime}{asked}")).headers(parts.headers).body(body);
    let Ok(reply) = sent.send().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let (status, mut headers) = (reply.status(), reply.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    let Ok(content) = reply.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
    let mut response = Response::new(Body::from(content));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    response
}

/// Answers with a file of a site.
fn files(world: &Arc<World>, site: &Site, request: &Request) -> Response {
    let path = decoded_path(request.uri().path());
    let reading = request.method() == Method::GET || request.method() == Method::HEAD;
    match world.with(|model| find(model, site, &path)) {
        Found::Nothing => StatusCode::NOT_FOUND.into_response(),
        Found::Redirect(to) => {
            let query = request.uri().query().map_or_else(String::new, |query| format!("?{query}"));
            let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
            set_header(&mut response, header::LOCATION, &format!("{to}{query}"));
            response
        }
        Found::File { status, .. } if !reading && status == StatusCode::OK => {
            StatusCode::METHOD_NOT_ALLOWED.into_response()
        }
        Found::File { asset, hash, status, headers } => file(request, &asset, &hash, status, &headers),
    }
}

fn file(request: &Request, asset: &Asset, hash: &str, status: StatusCode, headers: &[(String, String)]) -> Response {
    let tag = format!("\"{hash}\"");
    let known = |headers: &HeaderMap| {
        let sent = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        sent.is_some_and(|sent| sent.split(',').any(|one| one.trim().trim_start_matches("W/") == tag))
    };
    let mut response = if status == StatusCode::OK && known(request.headers()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let stand_in = BUNDLES.iter().find(|name| request.uri().path().ends_with(&format!("/{name}")));
        let content = match stand_in.and_then(|name| pages::asset(name)) {
            Some((_, bytes)) => bytes.to_vec(),
            None => STANDARD.decode(&asset.content).unwrap_or_default(),
        };
        let mut response = Response::new(Body::from(content));
        *response.status_mut() = status;
        if let Some(kind) = &asset.media_type {
            set_header(&mut response, header::CONTENT_TYPE, kind);
        }
        response
    };
    set_header(&mut response, header::ETAG, &tag);
    set_header(&mut response, HeaderName::from_static("cf-cache-status"), "HIT");
    let personal =
        request.headers().contains_key(header::AUTHORIZATION) || request.headers().contains_key(header::RANGE);
    if !personal {
        set_header(&mut response, header::CACHE_CONTROL, "public, max-age=0, must-revalidate");
    }
    for (name, value) in headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            set_header(&mut response, name, value);
        }
    }
    response
}

/// The script that a site shows. A custom domain shows it also while it is not served below `workers.dev`.
fn worker<'m>(model: &'m Model, site: &Site) -> Option<&'m Worker> {
    match site {
        Site::Script { script, subdomain } => {
            let known = model.workers_subdomains.get(subdomain)?;
            model.workers.get(&Worker::key(&known.account, script)).filter(|worker| worker.enabled)
        }
        Site::Custom(hostname) => {
            let domain = model.workers_domains.iter().find(|domain| domain.hostname == *hostname)?;
            model.workers.get(&Worker::key(&domain.account, &domain.service))
        }
    }
}

fn find(model: &Model, site: &Site, path: &str) -> Found {
    let Some(worker) = worker(model, site) else { return Found::Nothing };
    let file = |name: &str, status| {
        let hash = worker.files.get(name)?;
        let asset = model.assets.get(&Asset::key(&worker.account, hash))?.clone();
        let headers = headers_for(&worker.config.headers, path);
        Some(Found::File { asset, hash: hash.clone(), status, headers })
    };
    let handling = worker.config.html_handling;
    if let Some(name) = candidates(path, handling).into_iter().find(|name| worker.files.contains_key(name)) {
        let canonical = canonical(&name, handling);
        return if canonical == path {
            file(&name, StatusCode::OK).unwrap_or(Found::Nothing)
        } else {
            Found::Redirect(canonical)
        };
    }
    let instead = match worker.config.not_found_handling {
        NotFoundHandling::None => None,
        NotFoundHandling::Page => file(NOT_FOUND_PAGE, StatusCode::NOT_FOUND),
        NotFoundHandling::SinglePageApplication => file(INDEX_PAGE, StatusCode::OK),
    };
    instead.unwrap_or(Found::Nothing)
}

/// The files that a path may mean.
fn candidates(path: &str, handling: HtmlHandling) -> Vec<String> {
    if handling == HtmlHandling::None {
        return vec![path.to_owned()];
    }
    match path.strip_suffix('/') {
        Some(folder) => vec![format!("{folder}/index.html"), format!("{folder}.html")],
        None => vec![path.to_owned(), format!("{path}.html"), format!("{path}/index.html")],
    }
}

/// The path at which a file is served.
fn canonical(name: &str, handling: HtmlHandling) -> String {
    let Some(page) = name.strip_suffix(".html").filter(|_| handling != HtmlHandling::None) else {
        return name.to_owned();
    };
    let folder = page.strip_suffix("/index");
    match handling {
        HtmlHandling::None => name.to_owned(),
        HtmlHandling::AutoTrailingSlash => folder.map_or_else(|| page.to_owned(), |folder| format!("{folder}/")),
        HtmlHandling::ForceTrailingSlash => format!("{}/", folder.unwrap_or(page)),
        HtmlHandling::DropTrailingSlash => {
            let path = folder.unwrap_or(page);
            if path.is_empty() { "/".to_owned() } else { path.to_owned() }
        }
    }
}

/// A rule of `_headers`: a path, in which `*` stands for anything, and the headers of what is served there.
pub struct HeaderRule {
    path: String,
    headers: Vec<(String, String)>,
}

/// The rules in the text of `_headers`: a path at the beginning of a line, and below it indented headers.
pub fn header_rules(text: &str) -> Vec<HeaderRule> {
    let mut rules: Vec<HeaderRule> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
        if !line.starts_with(char::is_whitespace) {
            rules.push(HeaderRule { path: line.trim().to_owned(), headers: Vec::new() });
        } else if let (Some(rule), Some((name, value))) = (rules.last_mut(), line.split_once(':')) {
            rule.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    rules
}

fn headers_for(text: &str, path: &str) -> Vec<(String, String)> {
    header_rules(text).into_iter().filter(|rule| names_path(&rule.path, path)).flat_map(|rule| rule.headers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_html_file_is_served_at_the_path_that_the_handling_gives_it() {
        let path = |name, handling| canonical(name, handling);
        for (name, auto, forced, dropped) in [
            ("/index.html", "/", "/", "/"),
            ("/join.html", "/join", "/join/", "/join"),
            ("/dir/index.html", "/dir/", "/dir/", "/dir"),
            ("/assets/join.js", "/assets/join.js", "/assets/join.js", "/assets/join.js"),
        ] {
            assert_eq!(path(name, HtmlHandling::AutoTrailingSlash), auto);
            assert_eq!(path(name, HtmlHandling::ForceTrailingSlash), forced);
            assert_eq!(path(name, HtmlHandling::DropTrailingSlash), dropped);
            assert_eq!(path(name, HtmlHandling::None), name);
        }
    }

    #[test]
    fn a_rule_of_headers_counts_for_the_paths_that_it_names() {
        let text = "/*\n  X-Frame-Options: DENY\n# a comment\n/assets/*\n  Cache-Control: public\n";
        let names = |path| headers_for(text, path).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names("/"), ["X-Frame-Options"]);
        assert_eq!(names("/assets/join.js"), ["X-Frame-Options", "Cache-Control"]);
        assert_eq!(header_rules(text).len(), 2);
    }
}
