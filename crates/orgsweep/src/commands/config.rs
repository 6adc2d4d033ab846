//! `orgsweep config`: whether a configuration is right, and what one may contain.

use std::process::ExitCode;

use crate::{
    cli::{ConfigCommand, Schema},
    config::{self, AttestationEntry, Config, WaiverEntry},
    output,
    service::Door,
};

/// Runs the command.
pub fn run(command: &ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Check { file } => {
            let loaded = config::load(Some(file), config::environment())?;
            loaded.warnings.iter().for_each(|warning| output::warning(warning));
            Door::new(&loaded.config.server).map_err(|mistake| output::BadInput(mistake.to_string()))?;
            output::result(&format!("{}: ok", file.display()))?;
        }
        ConfigCommand::Schema { of } => {
            let schema = match of {
                Schema::Config => schemars::schema_for!(Config),
                Schema::Waivers => schemars::schema_for!(Vec<WaiverEntry>),
                Schema::Attestations => schemars::schema_for!(Vec<AttestationEntry>),
            };
            output::result(&serde_json::to_string_pretty(&schema)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
