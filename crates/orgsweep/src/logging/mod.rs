//! The log: lines for people on a terminal, JSON for collectors, always on standard error.

mod flat;

use std::{
    env,
    io::{self, IsTerminal, Write},
    sync::OnceLock,
};

use anyhow::Context;
use indicatif::MultiProgress;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, LevelFilter, filter_fn},
    fmt::{self, MakeWriter},
    layer::{Filter, SubscriberExt},
    registry::LookupSpan,
    reload,
    util::SubscriberInitExt,
};

use self::flat::Flat;
use crate::{
    config::{LogConfig, LogFormat, OtlpConfig},
    output, traces,
};

/// The SDK warns about every place where it finds no credentials; what matters of it is in our own error.
const QUIET: &str = "aws_config=error";

/// Starts logging, and traces where they are asked for. `RUST_LOG` wins over the configuration. Progress bars step aside for every line.
pub fn start(config: &LogConfig, otlp: &OtlpConfig, bars: Option<&MultiProgress>) -> anyhow::Result<()> {
    let levels = match env::var(EnvFilter::DEFAULT_ENV) {
        Ok(levels) if !levels.is_empty() => EnvFilter::try_new(&levels).with_context(|| format!("RUST_LOG={levels:?}"))?,
        _ => EnvFilter::try_new(format!("{QUIET},{}", config.level))?,
    };
    let (levels, handle) = reload::Layer::new(levels);
    remember(handle);
    let json = in_json(config.format, io::stderr().is_terminal());
    let lines = lines(json, output::coloured_notes(), levels, Stderr { bars: bars.cloned() });
    tracing_subscriber::registry()
        .with(lines)
        .with(traces::layer(otlp)?)
        .with(filter_fn(is_no_answer))
        .try_init()
        .map_err(|error| anyhow::anyhow!("cannot start logging: {error}"))
}

/// The lines of the log. Whatever level is asked for, a line says whose sweep it is about, so the spans that know it are always there.
fn lines<S, W>(json: bool, coloured: bool, levels: impl Filter<S> + Send + Sync + 'static, writer: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let shown = levels.or(filter_fn(is_own_span).with_max_level_hint(LevelFilter::INFO));
    let lines = fmt::layer().with_writer(writer);
    if json {
        lines.json().event_format(Flat::new()).with_filter(shown).boxed()
    } else {
        lines.with_ansi(coloured).with_filter(shown).boxed()
    }
}

fn is_own_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && *metadata.level() <= Level::INFO && metadata.target().starts_with("orgsweep")
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
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn collectors_get_json_unless_told_otherwise() {
        assert!(in_json(LogFormat::Auto, false));
        assert!(!in_json(LogFormat::Auto, true));
        assert!(in_json(LogFormat::Json, true));
        assert!(!in_json(LogFormat::Text, false));
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(line)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(json: bool, levels: &str, work: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let lines = lines(json, false, EnvFilter::new(levels), move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), work);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    fn sweep() {
        let _sweep = tracing::info_span!("sweep", account = "111111111111", cadences = "frequent,standard").entered();
        tracing::debug!(pass = 3, unreachable = None::<&str>, "swept");
        let _target = tracing::info_span!("target", region = "eu-west-1").entered();
        tracing::debug_span!("own").in_scope(|| tracing::warn!(service = "ec2", "it is \"slow\""));
        tracing::error!(account = "222222222222", "another's");
    }

    #[test]
    fn a_line_of_json_is_flat_and_says_whose_sweep_it_is_about() {
        let written = written(true, "debug", sweep);
        let lines: Vec<_> = written.lines().map(|line| line.split_once(r#"Z","#).unwrap()).collect();
        assert!(lines.iter().all(|(time, _)| time.starts_with(r#"{"timestamp":"20"#)), "{written}");
        let target = r#""target":"orgsweep::logging::tests""#;
        let expected = [
            format!(r#""level":"DEBUG","message":"swept",{target},"account":"111111111111","cadences":"frequent,standard","pass":3}}"#),
            format!(
                r#""level":"WARN","message":"it is \"slow\"",{target},"account":"111111111111","cadences":"frequent,standard","region":"eu-west-1","service":"ec2"}}"#
            ),
            format!(
                r#""level":"ERROR","message":"another's",{target},"account":"222222222222","cadences":"frequent,standard","region":"eu-west-1"}}"#
            ),
        ];
        assert_eq!(lines.iter().map(|(_, rest)| *rest).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_higher_level_leaves_out_lines_and_not_whose_they_are() {
        let json = written(true, "warn", sweep);
        assert_eq!((json.lines().count(), json.matches(r#""region":"eu-west-1""#).count()), (2, 2), "{json}");
        let text = written(false, "warn", sweep);
        let sweep = r#"sweep{account="111111111111" cadences="frequent,standard"}:target{region="eu-west-1"}: "#;
        assert_eq!((text.lines().count(), text.matches(sweep).count()), (2, 2), "{text}");
        assert_eq!(written(true, "off", self::sweep), "");
    }

    #[test]
    fn one_account_can_be_looked_at_closely() {
        let all =
            || ["111111111111", "222222222222"].map(|account| tracing::info_span!("sweep", account).in_scope(|| tracing::debug!("swept")));
        let written = written(true, "info,[sweep{account=^111111111111}]=debug", || {
            all();
        });
        assert_eq!((written.lines().count(), written.contains("111111111111")), (1, true), "{written}");
    }
}
