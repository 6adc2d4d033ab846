//! The catalogue of checks: pure functions from facts to verdicts, with everything a person needs to know about each beside it.
//!
//! A check lives in one file, `src/catalog/<service>/<check>.rs`, with its fixtures in a folder of the same name next to it. The build
//! script lists the folder. Nothing here does I/O or reads a clock, the environment or a global: what a check may know is in [`Facts`].

pub mod catalog;
mod facts;
pub mod pattern;
mod registry;
mod rule;

pub use catalog::CHECKS;
pub use facts::{Context, Facts};
pub use registry::{ConfiguredCheck, InvalidParams, RegisteredCheck, find};
pub use rule::Rule;
