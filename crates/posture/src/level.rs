//! Which level of detail is in force.

use crate::config::{Detail, Level};

/// How many posture series each level has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub region: u64,
    pub account: u64,
}

/// The level to use when `current` was in force until now.
pub(crate) fn choose(detail: Detail, current: Level, sizes: Sizes, max_series: u64) -> Level {
    let fits = |level: Level, size: u64| {
        // A finer level needs some room: at the edge, every other sweep would change each series' labels.
        let room = if level < current { max_series / 10 } else { 0 };
        size <= max_series - room
    };
    match detail {
        Detail::Region => Level::Region,
        Detail::Account => Level::Account,
        Detail::Auto if fits(Level::Region, sizes.region) => Level::Region,
        Detail::Auto if fits(Level::Account, sizes.account) => Level::Account,
        Detail::Organization | Detail::Auto => Level::Organization,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(current: Level, region: u64, account: u64) -> Level {
        choose(Detail::Auto, current, Sizes { region, account }, 1000)
    }

    #[test]
    fn auto_is_the_finest_that_fits() {
        assert_eq!(auto(Level::Region, 1000, 100), Level::Region);
        assert_eq!(auto(Level::Region, 1001, 1000), Level::Account);
        assert_eq!(auto(Level::Region, 5000, 1001), Level::Organization);
    }

    #[test]
    fn auto_returns_to_a_finer_level_only_with_room_to_spare() {
        assert_eq!(auto(Level::Account, 901, 100), Level::Account);
        assert_eq!(auto(Level::Account, 900, 100), Level::Region);
        assert_eq!(auto(Level::Organization, 5000, 901), Level::Organization);
        assert_eq!(auto(Level::Organization, 5000, 900), Level::Account);
    }

    #[test]
    fn a_fixed_level_stays_whatever_its_size() {
        let choose = |detail| choose(detail, Level::Region, Sizes { region: 5000, account: 5000 }, 1000);
        assert_eq!(choose(Detail::Region), Level::Region);
        assert_eq!(choose(Detail::Account), Level::Account);
        assert_eq!(choose(Detail::Organization), Level::Organization);
    }
}
