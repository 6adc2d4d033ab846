//! What is fuzzed reads files.

use std::{env, fs, path::PathBuf, process};

/// A file of this process with the text in it.
pub fn written(name: &str, text: &str) -> PathBuf {
    let file = env::temp_dir().join(format!("orgsweep-fuzz-{}-{name}.yaml", process::id()));
    fs::write(&file, text).unwrap();
    file
}
