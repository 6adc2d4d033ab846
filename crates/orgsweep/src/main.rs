//! orgsweep: the posture of every account of an AWS Organization, as Prometheus metrics.
//!
//! This file is the table of contents: what the process does, in order. Each step has a module of its own.

mod cli;
mod commands;
mod config;
mod engine;
mod figures;
mod logging;
#[cfg(test)]
mod metrics_page;
mod output;
mod service;
mod shutdown;
mod suggest;
mod traces;

use std::process::ExitCode;

use clap::Parser;
use cli::{Cli, Command};

/// Thousands of short sweeps leave the C library's allocator with twice the memory that is in use.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let done = match &cli.command {
        Command::Run(args) => commands::run::run(args),
        Command::Scan(args) => commands::scan::run(args),
        Command::Demo(args) => commands::demo::run(args),
        Command::Simulate(args) => commands::simulate::run(args),
        Command::Checks(command) => commands::checks::run(command),
        Command::Plan(args) => commands::plan::run(args),
        Command::Policy(command) => commands::policy::run(command),
        Command::Config(command) => commands::config::run(command),
    };
    traces::end();
    done.unwrap_or_else(|error| output::failure(&error))
}
