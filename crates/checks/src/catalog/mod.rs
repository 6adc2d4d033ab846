//! The checks, as the build script found them.

mod alarms;
mod shared;
mod trails;

use crate::RegisteredCheck;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));
