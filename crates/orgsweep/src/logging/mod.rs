//! The log: lines for people on a terminal, JSON for collectors, always on standard error.

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use anyhow::Context;
use indicatif::MultiProgress;
use tracing::{Level, Metadata};
use tracing_subscriber::{EnvFilter, filter::filter_fn, fmt::MakeWriter, layer::SubscriberExt, reload, util::SubscriberInitExt};

use crate::{
    config::{LogConfig, LogFormat},
    output,
};

/// The SDK warns about every place where it finds no credentials; what matters of it is in our own error.
const QUIET: &str = "aws_config=error";

/// Starts logging. `RUST_LOG` wins over the configuration. Progress bars step aside for every line.
pub fn start(config: &LogConfig, bars: Option<&MultiProgress>) -> anyhow::Result<()> {
    let filter = match env::var(EnvFilter::DEFAULT_ENV) {
        Ok(levels) if !levels.is_empty() => EnvFilter::try_new(&levels).with_context(|| format!("RUST_LOG={levels:?}"))?,
        _ => EnvFilter::try_new(format!("{QUIET},{}", config.level))?,
    };
    let builder = tracing_subscriber::fmt().with_writer(Stderr { bars: bars.cloned() });
    let started = if in_json(config.format, io::stderr().is_terminal()) {
        let builder = builder.json().flatten_event(true).with_env_filter(filter).with_filter_reloading();
        remember(builder.reload_handle());
        builder.finish().with(filter_fn(is_no_answer)).try_init()
    } else {
        let builder = builder.with_ansi(output::coloured_notes()).with_env_filter(filter).with_filter_reloading();
        remember(builder.reload_handle());
        builder.finish().with(filter_fn(is_no_answer)).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}

/// Changes what is logged. `RUST_LOG` wins over the configuration, also later.
type SetLevel = Box<dyn Fn(EnvFilter) + Send + Sync>;

/// There is one log, and whoever reloads the configuration changes its level.
static SET_LEVEL: OnceLock<SetLevel> = OnceLock::new();

fn remember<S: 'static>(handle: reload::Handle<EnvFilter, S>) {
    let set: SetLevel = Box::new(move |filter| {
        if let Err(error) = handle.reload(filter) {
            tracing::error!(%error, "the log's level cannot be changed");
        }
    });
    // A log is started once.
    let _ = SET_LEVEL.set(set);
}

/// Takes the level of a new configuration.
pub fn set_level(config: &LogConfig) {
    if env::var(EnvFilter::DEFAULT_ENV).is_ok_and(|levels| !levels.is_empty()) {
        return;
    }
    // The configuration's level was checked when it was read.
    if let (Some(set), Ok(filter)) = (SET_LEVEL.get(), EnvFilter::try_new(format!("{QUIET},{}", config.level))) {
        set(filter);
    }
}

/// Where the SDK traces requests, it writes down whole answers, and instances' user data may hold secrets: whatever level is asked for,
/// these lines are left out.
fn is_no_answer(metadata: &Metadata<'_>) -> bool {
    *metadata.level() < Level::TRACE || !metadata.target().starts_with("aws_smithy_runtime::client::orchestrator")
}

/// Standard error, shared with progress bars.
#[derive(Clone)]
struct Stderr {
    bars: Option<MultiProgress>,
}

impl Write for Stderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &self.bars {
            Some(bars) => bars.suspend(|| io::stderr().write(line)),
            None => io::stderr().write(line),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl MakeWriter<'_> for Stderr {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

const fn in_json(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collectors_get_json_unless_told_otherwise() {
        assert!(in_json(LogFormat::Auto, false));
        assert!(!in_json(LogFormat::Auto, true));
        assert!(in_json(LogFormat::Json, true));
        assert!(!in_json(LogFormat::Text, false));
    }
}
