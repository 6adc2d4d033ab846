//! `orgsweep config`: whether a configuration is right, and what one may contain.

use std::process::ExitCode;

use crate::{
    cli::ConfigCommand,
    config::{self, Config},
    output,
};

/// Runs the command.
pub fn run(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check { file } => {
            let loaded = config::load(Some(file), config::environment())?;
            loaded.warnings.iter().for_each(|warning| output::warning(warning));
            output::result(&format!("{}: ok", file.display()))?;
        }
        ConfigCommand::Schema => output::result(&serde_json::to_string_pretty(&schemars::schema_for!(Config))?)?,
    }
    Ok(ExitCode::SUCCESS)
}
