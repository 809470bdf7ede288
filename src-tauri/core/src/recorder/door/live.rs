use crate::context::Context;
use crate::domain::ids::SessionId;
use crate::error::Error;
pub async fn admit(_: &Context, _: SessionId, _: &[&str]) -> Result<(), Error> {
    Ok(())
}
pub async fn refuse(_: &Context, _: SessionId, _: &str) -> Result<(), Error> {
    Ok(())
}
pub async fn lock(_: &Context, _: SessionId, _: bool) -> Result<(), Error> {
    Ok(())
}
