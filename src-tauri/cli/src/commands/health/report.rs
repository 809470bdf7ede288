//! `report`: whether the goals of a month were met.

use std::path::PathBuf;

use clap::Args;
use hajime_core::actions::health::report;
use hajime_core::context::Context;
use hajime_core::error::{Error, UserError};
use serde::Serialize;

use crate::output::Output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The month, as 2026-10. Without it, the last one of which there is something to tell.
    #[arg(long)]
    month: Option<String>,
    /// Save the page for printing as this HTML file; one that exists is never overwritten.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Save the table as this CSV file; one that exists is never overwritten.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Mail the report of each month to the administrator from now on, or stop that.
    #[arg(long, value_name = "on|off", value_parser = ["on", "off"])]
    mail: Option<String>,
}

#[derive(Debug, Serialize)]
struct ReportView {
    month: String,
    title: String,
    summary: String,
    facts: Vec<FactView>,
    mailed: bool,
    /// The files that were saved.
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct FactView {
    name: &'static str,
    value: String,
}

pub(crate) fn run(context: &Context, asked: Arguments, output: Output) -> Result<(), UserError> {
    if let Some(mail) = &asked.mail {
        report::set_mailed(context, mail == "on")?;
    }
    let months = report::months(context)?;
    let month = match &asked.month {
        Some(month) => month.parse().map_err(Error::from)?,
        None => months.first().copied().ok_or_else(nothing)?,
    };
    let told = report::of_month(context, month)?;
    let mut files = Vec::new();
    for (file, text) in [(asked.html, told.html()), (asked.csv, told.csv())] {
        if let Some(file) = file {
            report::save(context, &text, &file)?;
            files.push(file);
        }
    }
    let view = ReportView {
        month: month.to_string(),
        title: told.title(),
        summary: told.summary(),
        facts: told.facts().into_iter().map(|(name, value)| FactView { name, value }).collect(),
        mailed: report::is_mailed(context)?,
        files,
    };
    output.print(&view, |view| {
        let mut lines = vec![view.title.clone(), view.summary.clone()];
        lines.extend(view.facts.iter().map(|fact| format!("{}: {}", fact.name, fact.value)));
        lines.extend(view.files.iter().map(|file| format!("Saved as {}.", file.display())));
        lines.join("\n")
    });
    Ok(())
}

fn nothing() -> UserError {
    Error::Conflict {
        message: "There is no class yet, so there is nothing to report.".into(),
        next: "Plan and record a class first.",
    }
    .into()
}
