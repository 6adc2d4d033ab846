//! The checks, as the build script found them.

mod alarm_check;
mod alarms;
mod billing;
mod notified;
mod samples;
mod shared;
mod trails;
mod watching;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
