//! The binary, run as people and scripts run it.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, reason = "a test says what went wrong by failing there")]

mod catalogue;
mod configuration;
mod log;
mod policies;
mod process;
mod simulated;
#[cfg(feature = "otlp")]
mod traces;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The program in an environment of its own, so that nothing of the developer's leaks in.
fn orgsweep(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_orgsweep"));
    command.args(arguments).env_clear();
    command
}

fn run(arguments: &[&str]) -> Output {
    orgsweep(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder of one test, with one file in it. The folder goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, file: &str, text: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
