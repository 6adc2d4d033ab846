//! What each command does.

pub mod checks;
pub mod config;
pub mod demo;
pub mod plan;
pub mod policy;
pub mod run;
pub mod scan;
pub mod simulate;
