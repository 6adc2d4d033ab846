//! `orgsweep checks`: the catalogue, for people and for programs.

mod details;
mod docs;
mod list;
mod markdown;
mod needs;
mod page;
mod parameters;
mod terminal;
mod words;

use std::process::ExitCode;

use orgsweep_checks::CHECKS;

use crate::{
    cli::{ChecksCommand, Format, ListingArgs},
    output,
};

/// Runs the command.
pub fn run(command: &ChecksCommand) -> anyhow::Result<ExitCode> {
    let text = match command {
        ChecksCommand::List(ListingArgs { format: Format::Table, lang }) => list::table(*lang),
        ChecksCommand::List(ListingArgs { format: Format::Json, lang }) => {
            serde_json::to_string_pretty(&CHECKS.iter().map(|check| details::summary(check, *lang)).collect::<Vec<_>>())?
        }
        ChecksCommand::Show { check, listing: ListingArgs { format: Format::Table, lang } } => {
            terminal::text(&page::page(check, *lang), &terminal::Style::of_results())
        }
        ChecksCommand::Show { check, listing: ListingArgs { format: Format::Json, lang } } => {
            serde_json::to_string_pretty(&details::details(check, *lang))?
        }
        ChecksCommand::Docs { output, check } => return docs::run(output, *check),
    };
    output::result(&text)?;
    Ok(ExitCode::SUCCESS)
}
