//! `orgsweep checks docs`: a page for every check in every language, and an index. The catalogue is their one source.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use orgsweep_checks::CHECKS;
use orgsweep_model::check::Language;

use super::markdown::{self, MARK};
use crate::output;

const LANGUAGES: [Language; 2] = [Language::En, Language::Ja];

/// Writes the pages into a folder, or says which of those there are not as they should be.
pub fn run(folder: &Path, check: bool) -> anyhow::Result<ExitCode> {
    let pages = pages();
    let superfluous = superfluous(folder, &pages).with_context(|| format!("{} cannot be read", folder.display()))?;
    let stale = pages.iter().filter(|(name, text)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(*text));
    if check {
        let stale = stale.map(|(name, _)| format!("{} is stale", folder.join(name).display()));
        let superfluous = superfluous.iter().map(|name| format!("{} belongs to no check", folder.join(name).display()));
        let wrong: Vec<String> = stale.chain(superfluous).collect();
        for line in &wrong {
            output::note(line);
        }
        if wrong.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        anyhow::bail!("run `orgsweep checks docs --output {}`", folder.display());
    }
    for (name, text) in stale {
        write(&folder.join(name), text).with_context(|| format!("{} cannot be written", folder.join(name).display()))?;
    }
    for name in superfluous {
        remove(&folder.join(&name)).with_context(|| format!("{} cannot be removed", folder.join(name).display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Every page by its name in the folder.
fn pages() -> BTreeMap<PathBuf, String> {
    let indexes = LANGUAGES.map(|lang| (PathBuf::from(markdown::index_name(lang)), markdown::index(lang)));
    let of = |lang| {
        let folder = Path::new(markdown::code(lang));
        CHECKS.iter().map(move |check| (folder.join(format!("{}.md", check.meta.id)), markdown::check_page(check, lang)))
    };
    LANGUAGES.into_iter().flat_map(of).chain(indexes).collect()
}

/// Pages in the languages' folders that are none of ours.
fn superfluous(folder: &Path, pages: &BTreeMap<PathBuf, String>) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for lang in LANGUAGES.map(markdown::code) {
        let entries = match fs::read_dir(folder.join(lang)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let name = Path::new(lang).join(entry?.file_name());
            if name.extension() == Some(OsStr::new("md")) && !pages.contains_key(&name) {
                found.push(name);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// Removes a page of a check that is gone. A file that somebody else wrote stays.
fn remove(file: &Path) -> io::Result<()> {
    if fs::read_to_string(file)?.contains(MARK) { fs::remove_file(file) } else { Ok(()) }
}
