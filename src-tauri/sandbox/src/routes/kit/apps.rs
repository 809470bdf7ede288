//! The routes of RealtimeKit apps.

use serde_json::json;

use super::{contains, error_format};
use crate::{
    call::Call,
    ids,
    reply::{Answer, Reply},
    routes::input::{Fields, Query},
    state::kit::{App, Preset},
};
use axum::http::StatusCode;

/// `GET /apps`
pub fn list(call: &Call) -> Answer {
    let query = Query::new(&call.query, error_format(call));
    let mut apps: Vec<App> =
        call.world.with(|model| model.apps.iter().filter(|app| app.account == call.account).cloned().collect());
    apps.sort_by_key(|app| app.created);
    if query.one_of("sort_order", &["ASC", "DESC"])? == Some("DESC") {
        apps.reverse();
    }
    if let Some(search) = query.text("search") {
        apps.retain(|app| contains(&app.name, search) || app.id == search);
    }
    let (shown, paging) = query.page(apps)?;
    let data = shown.iter().map(App::to_json).collect();
    Ok(Reply::Data { status: StatusCode::OK, data, paging: Some(paging) })
}

/// `POST /apps`
pub fn create(call: &Call) -> Answer {
    let name = Fields::read(&call.body, error_format(call))?.required_text("name")?;
    let shown = call.world.with(|model| {
        let created = model.stamp();
        let app = App { id: ids::uuid(), account: call.account.clone(), name, created };
        if model.switches.new_apps_have_presets {
            for host in [true, false] {
                model.presets.put(Preset::group_call(&app.id, ids::uuid(), host, created));
            }
        }
        let shown = app.to_json();
        model.apps.put(app);
        shown
    });
    Ok(Reply::data(json!({ "app": shown })))
}
