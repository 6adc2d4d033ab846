//! Where text leaves the process: results on standard output, everything else on standard error.

use std::{
    env,
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
};

use crate::config::AllErrors;

/// Bad usage or bad configuration, as `sysexits.h` numbers it.
const BAD_USAGE: u8 = 64;

/// Whether `NO_COLOR` leaves colours to us; see <https://no-color.org>.
fn colours_wanted() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether results may be coloured.
pub fn coloured_results() -> bool {
    io::stdout().is_terminal() && colours_wanted()
}

/// How many columns results have on a terminal. Elsewhere there is no such thing.
pub fn width_of_results() -> Option<usize> {
    io::stdout().is_terminal().then(textwrap::termwidth)
}

/// Whether notes may be coloured.
pub fn coloured_notes() -> bool {
    io::stderr().is_terminal() && colours_wanted()
}

/// Writes a result and ends it with a line break.
pub fn result(text: &str) -> io::Result<()> {
    results(|stdout| {
        stdout.write_all(text.as_bytes())?;
        if text.ends_with('\n') { Ok(()) } else { stdout.write_all(b"\n") }
    })
}

/// Lets `write` write results. A reader that has gone, like `head`, has seen enough: that is no error.
pub fn results(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // What is still in the buffer has no reader either.
            let _ = stdout.into_parts();
            Ok(())
        }
        written => written,
    }
}

/// Writes a line for people. Nothing can be done about a standard error that cannot be written to.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// Writes a line about something that is accepted but deserves a word.
pub fn warning(text: &str) {
    note(&format!("warning: {text}"));
}

/// Shows what the command line parser has to say: help and version are results, the rest is bad usage.
pub fn usage(error: &clap::Error) -> ExitCode {
    // A reader that has gone is no error here either.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(BAD_USAGE) } else { ExitCode::SUCCESS }
}

/// Input that people wrote and can mend, in a file other than the configuration.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadInput(pub String);

/// Shows why a command failed.
pub fn failure(error: &anyhow::Error) -> ExitCode {
    if let Some(BadInput(mistakes)) = error.downcast_ref() {
        note(mistakes);
        return ExitCode::from(BAD_USAGE);
    }
    let Some(errors) = error.downcast_ref::<AllErrors>() else {
        note(&format!("error: {error:#}"));
        return ExitCode::FAILURE;
    };
    note(&if io::stderr().is_terminal() { errors.with_excerpts(coloured_notes()) } else { errors.to_string() });
    ExitCode::from(BAD_USAGE)
}
