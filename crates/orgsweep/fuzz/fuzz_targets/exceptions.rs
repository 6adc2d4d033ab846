//! The input is a file of waivers and a file of attestations.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the program uses more of the module")]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/config/mod.rs"]
mod config;
#[path = "../../src/suggest.rs"]
mod suggest;

#[path = "../file.rs"]
mod file;

fuzz_target!(|text: &str| {
    let both = ["waivers", "attestations"].map(|key| format!("{key}: {}\n", file::written(key, text).display())).concat();
    match config::load(Some(&file::written("naming", &both)), std::iter::empty()) {
        // No entry is both, so no file is right as both, unless it is empty.
        Ok(loaded) => assert!(loaded.exceptions.exceptions.waivers.is_empty() && loaded.exceptions.exceptions.attestations.is_empty()),
        Err(errors) => {
            assert!(!errors.to_string().is_empty());
            errors.with_excerpts(true);
        }
    }
});
