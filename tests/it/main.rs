//! Integration tests: the core and the CLI over real HTTP against the sandbox, with databases of their own.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says where")]

mod adoption;
mod attachment;
mod auto_retry;
mod automatic_backups;
mod backlog;
mod carried_over;
mod cli;
mod connection_check;
mod coverage;
mod credentials;
mod damaged_database;
mod data_owner;
mod every_fault;
mod evidence;
mod failed_stop;
mod false_failures;
mod flow;
mod impossible_numbers;
mod interrupted;
mod jobs;
mod journal;
mod links;
mod local_data;
mod odd_replies;
mod of_session;
mod other_users;
mod panics;
mod polling_plan;
mod proof;
mod proxies;
mod relay;
mod removal;
mod restored_database;
mod rooms;
mod sandbox;
mod secrets;
mod slow_stream;
mod support;
mod tamper;
mod today;
mod two_desks;
mod unfinished_videos;
mod untrusted_replies;
mod wall_clock;
