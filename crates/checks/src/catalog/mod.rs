//! The checks, as the build script found them.

mod alarm_check;
mod alarms;
mod billing;
mod config_rules;
mod environments;
mod notified;
mod samples;
mod script;
mod secrets;
mod shared;
mod trails;
mod watching;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
