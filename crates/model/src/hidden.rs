//! Text that may hold secrets.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize, Serializer};

/// Text that nothing prints by accident: neither `Debug` nor JSON shows it. Clones share it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Hidden(Arc<str>);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for whoever has to look into it. It must not go into a finding, an error or the log.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_not_shown() {
        let text = Hidden::new("hunter2");
        assert_eq!(format!("{text:?} {text:#?}"), "(hidden) (hidden)");
        assert_eq!(text.reveal(), "hunter2");
    }
}
