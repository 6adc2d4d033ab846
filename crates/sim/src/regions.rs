//! The regions of the aws partition, and sets of them.

/// Enabled in every account, and impossible to switch off.
pub(crate) const DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// Off until an account opts in.
pub(crate) const OPT_IN: [&str; 17] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
];

/// Where global services are signed for, and where global resource types are recorded.
pub(crate) const HOME: &str = "us-east-1";

/// A set of regions: one bit each, so that ten thousand accounts cost eight bytes each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegionSet(u64);

impl RegionSet {
    /// The 17 regions that are enabled everywhere.
    pub(crate) fn default_enabled() -> Self {
        let mut set = Self::default();
        for region in DEFAULT {
            set.insert(region);
        }
        set
    }

    /// Adds a region; a name that is none of the partition's is not added.
    pub(crate) fn insert(&mut self, region: &str) {
        if let Some(place) = place(region) {
            self.0 |= 1 << place;
        }
    }

    /// Whether the region is one of the set.
    pub(crate) fn contains(self, region: &str) -> bool {
        place(region).is_some_and(|place| self.0 & (1 << place) != 0)
    }

    /// The regions by name: those enabled by default first, each half in alphabetical order.
    pub(crate) fn iter(self) -> impl Iterator<Item = &'static str> {
        all().enumerate().filter(move |(place, _)| self.0 & (1 << place) != 0).map(|(_, region)| region)
    }
}

/// Every region of the partition.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    DEFAULT.into_iter().chain(OPT_IN)
}

/// Whether the region must be opted into.
pub(crate) fn is_opt_in(region: &str) -> bool {
    OPT_IN.contains(&region)
}

/// A region's place among all.
pub(crate) fn place(region: &str) -> Option<usize> {
    all().position(|name| name == region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let mut set = RegionSet::default();
        for region in ["us-east-1", "eu-south-1", "moon-base-1"] {
            set.insert(region);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), ["us-east-1", "eu-south-1"]);
        assert!(set.contains("eu-south-1") && !set.contains("eu-west-1") && !set.contains("moon-base-1"));
        assert_eq!(RegionSet::default_enabled().iter().count(), 17);
    }
}
