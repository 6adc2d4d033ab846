//! The checks, as the build script found them.

mod alarms;
mod billing;
mod config_rules;
mod environments;
mod script;
mod secrets;
mod shared;
mod trails;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
