//! The checks, as the build script found them.

mod alarms;
mod shared;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
