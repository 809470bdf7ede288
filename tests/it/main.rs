//! Integration tests: the core and the CLI over real HTTP against the sandbox, with databases of their own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod again;
mod attach;
mod cli;
mod connect;
mod coverage;
mod desks;
mod every_fault;
mod evidence;
mod flow;
mod given_up;
mod gone;
mod interrupted;
mod plan;
mod proof;
mod reconcile;
mod relay;
mod rooms;
mod sandbox;
mod secrets;
mod support;
