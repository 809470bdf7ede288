//! A small service that speaks the protocol of Amazon S3, as far as the archive needs it. It can break off, and it can lie.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

/// The name of the bucket that the service has.
pub const BUCKET: &str = "exams";

#[derive(Debug, Default)]
struct Inside {
    objects: BTreeMap<String, Vec<u8>>,
    /// The parts of unfinished uploads, by the id of the upload and the number of the part.
    uploads: HashMap<String, BTreeMap<usize, Vec<u8>>>,
    /// How many uploads were begun, and how many parts came.
    begun: usize,
    parts: usize,
    /// Requests that are still refused with status 500, by method and a part of the query.
    failing: Vec<(Method, &'static str, usize)>,
    /// Whether the first byte of a video is another one when it is read.
    lies: bool,
    /// Whether every key is refused.
    is_shut: bool,
}

/// The service.
#[derive(Clone)]
pub struct S3 {
    pub address: String,
    inside: Arc<Mutex<Inside>>,
}

impl S3 {
    pub async fn start() -> Self {
        let inside = Arc::<Mutex<Inside>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&inside));
        let router = router.layer(axum::extract::DefaultBodyLimit::disable());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, inside }
    }

    /// Refuses the next `times` requests with this method whose query has this part.
    pub fn fail(&self, method: Method, query: &'static str, times: usize) {
        self.inside.lock().unwrap().failing.push((method, query, times));
    }

    /// Refuses nothing any more.
    pub fn forgive(&self) {
        self.inside.lock().unwrap().failing.clear();
    }

    pub fn lie(&self, lies: bool) {
        self.inside.lock().unwrap().lies = lies;
    }

    pub fn shut(&self, is_shut: bool) {
        self.inside.lock().unwrap().is_shut = is_shut;
    }

    pub fn keys(&self) -> Vec<String> {
        self.inside.lock().unwrap().objects.keys().cloned().collect()
    }

    pub fn object(&self, key: &str) -> Vec<u8> {
        self.inside.lock().unwrap().objects[key].clone()
    }

    /// How many uploads were begun, how many parts came, and how many uploads are unfinished.
    pub fn counts(&self) -> (usize, usize, usize) {
        let inside = self.inside.lock().unwrap();
        (inside.begun, inside.parts, inside.uploads.len())
    }
}

fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/xml")], text).into_response()
}

fn decoded(text: &str) -> String {
    let form = format!("x={}", text.replace('+', "%2B"));
    let url: url::Url = format!("http://x/?{form}").parse().unwrap();
    url.query_pairs().next().unwrap().1.into_owned()
}

async fn answer(State(inside): State<Arc<Mutex<Inside>>>, method: Method, uri: Uri, body: Bytes) -> Response {
    let mut inside = inside.lock().unwrap();
    let query = uri.query().unwrap_or_default();
    let known: HashMap<String, String> =
        format!("http://x/?{query}").parse::<url::Url>().unwrap().query_pairs().into_owned().collect();
    if inside.is_shut {
        return (StatusCode::FORBIDDEN, "<Error><Code>AccessDenied</Code></Error>").into_response();
    }
    for (failing, part, times) in &mut inside.failing {
        if *failing == method && query.contains(*part) && *times > 0 {
            *times -= 1;
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    }
    let path = decoded(uri.path());
    let Some(key) = path.strip_prefix(&format!("/{BUCKET}")).map(|key| key.trim_start_matches('/').to_owned()) else {
        return (StatusCode::NOT_FOUND, "<Error><Code>NoSuchBucket</Code></Error>").into_response();
    };
    let upload = known.get("uploadId").cloned();
    match (method, upload) {
        (Method::POST, None) => {
            inside.begun += 1;
            let id = format!("upload-{}", inside.begun);
            inside.uploads.insert(id.clone(), BTreeMap::new());
            xml(format!(
                "<InitiateMultipartUploadResult><Bucket>{BUCKET}</Bucket><Key>x</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>"
            ))
        }
        (Method::PUT, Some(id)) => {
            inside.parts += 1;
            let number: usize = known["partNumber"].parse().unwrap();
            let Some(parts) = inside.uploads.get_mut(&id) else { return StatusCode::NOT_FOUND.into_response() };
            parts.insert(number, body.to_vec());
            ([(header::ETAG, format!("\"part-{number}\""))], ()).into_response()
        }
        (Method::POST, Some(id)) => {
            let Some(parts) = inside.uploads.remove(&id) else { return StatusCode::NOT_FOUND.into_response() };
            inside.objects.insert(key, parts.into_values().flatten().collect());
            xml("<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>".into())
        }
        (Method::DELETE, Some(id)) => {
            inside.uploads.remove(&id);
            StatusCode::NO_CONTENT.into_response()
        }
        (Method::PUT, None) => {
            inside.objects.insert(key, body.to_vec());
            ([(header::ETAG, "\"put\"")], ()).into_response()
        }
        (Method::GET, None) if known.contains_key("list-type") => {
            list(&inside, known.get("prefix").map_or("", |it| it))
        }
        (method @ (Method::GET | Method::HEAD), None) => read(&inside, &key, &method),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

fn list(inside: &Inside, prefix: &str) -> Response {
    let mut text = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    for (key, bytes) in inside.objects.iter().filter(|(key, _)| key.starts_with(prefix)) {
        let size = bytes.len();
        write!(
            text,
            "<Contents><Key>{key}</Key><LastModified>2026-11-29T10:00:00.000Z</LastModified><ETag>\"e\"</ETag><Size>{size}</Size></Contents>"
        )
        .unwrap();
    }
    xml(text + "</ListBucketResult>")
}

fn read(inside: &Inside, key: &str, method: &Method) -> Response {
    let Some(bytes) = inside.objects.get(key) else {
        return (StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>").into_response();
    };
    let mut bytes = bytes.clone();
    if inside.lies && key.contains(".mp4") {
        bytes[0] ^= 1;
    }
    let headers = [
        (header::CONTENT_LENGTH, bytes.len().to_string()),
        (header::LAST_MODIFIED, "Sun, 29 Nov 2026 10:00:00 GMT".to_owned()),
        (header::ETAG, "\"e\"".to_owned()),
    ];
    let body = if *method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
    (headers, body).into_response()
}
