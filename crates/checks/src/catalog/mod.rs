//! The checks, as the build script found them.

mod config_rules;
mod script;
mod secrets;
mod shared;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
