//! Gathers what the report of a month tells.

use chrono::{DateTime, NaiveTime, Utc};

use crate::context::Context;
use crate::domain::health::report::{Month, Report, ReportFigures};
use crate::error::Error;

/// The report of a month. Days are those of UTC.
pub(crate) fn report(context: &Context, month: Month) -> Result<Report, Error> {
    Ok(Report { month, made_at: context.now(), figures: figures(context, month)? })
}

fn figures(context: &Context, month: Month) -> Result<ReportFigures, Error> {
    let (from, to) = (begins(month), begins(month.after()));
    Ok(ReportFigures { deliveries: deliveries(context, from, to)?, ..ReportFigures::default() })
}

fn deliveries(context: &Context, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Option<String>, Error> {
    let (sent, failed) = context.store().deliveries_between(from, to)?;
    Ok((sent > 0 || failed > 0).then(|| format!("{sent} sent, {failed} failed")))
}

fn begins(month: Month) -> DateTime<Utc> {
    month.first_day().and_time(NaiveTime::MIN).and_utc()
}
