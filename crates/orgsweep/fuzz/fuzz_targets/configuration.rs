//! The input is a configuration. What follows a line `===` is the environment, a variable a line.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the program uses more of the module")]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/suggest.rs"]
mod suggest;

#[path = "../file.rs"]
mod file;

fuzz_target!(|input: &str| {
    let (text, environment) = input.split_once("\n===\n").unwrap_or((input, ""));
    // These keys name files that would be read.
    if ["waivers", "attestations"].iter().any(|key| text.contains(key)) {
        return;
    }
    let variables = environment.lines().filter_map(|line| line.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    let file = file::written("configuration", text);
    match config::load(Some(&file), variables) {
        Ok(loaded) => {
            let json = serde_json::to_string(&loaded.config).unwrap();
            let again = config::load(Some(&file::written("again", &json)), std::iter::empty()).unwrap();
            assert_eq!(again.config, loaded.config);
        }
        Err(errors) => {
            assert!(!errors.to_string().is_empty());
            errors.with_excerpts(true);
        }
    }
});
