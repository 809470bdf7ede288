//! Integration tests: the core and the CLI over real HTTP against the sandbox, with databases of their own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod again;
mod architecture;
mod attach;
mod backlog;
mod cli;
mod connect;
mod copies;
mod coverage;
mod credentials;
mod damage;
mod data;
mod day;
mod desks;
mod ending;
mod every_fault;
mod evidence;
mod flow;
mod given_up;
mod gone;
mod interrupted;
mod links;
mod odd;
mod odd_rows;
mod other_users;
mod patience;
mod plan;
mod proof;
mod proxies;
mod reconcile;
mod relay;
mod replaced;
mod rooms;
mod sandbox;
mod secrets;
mod slow_stream;
mod supervised;
mod support;
mod tamper;
mod trust;
mod whose;
