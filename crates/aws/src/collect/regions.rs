//! Questions whose answer is in one region of the account, nobody says which.

use futures::future::{BoxFuture, join_all};
use orgsweep_model::{Region, Unseen};

use super::{Probe, boxed};
use crate::{interceptor::DECLARED, permissions::DESCRIBE_REGIONS};

/// Asks the home region; where that does not show enough, all other regions that the account has enabled, and gives what they show together.
/// A region that cannot be read could hold what the others do not show. One without the service holds nothing; where no region has the
/// service, it is not offered.
pub(super) async fn wherever_it_is<T, F>(probe: &Probe<'_>, ask: F, enough: impl Fn(&T) -> bool) -> Result<Vec<T>, Unseen>
where
    T: Send,
    F: for<'a> Fn(Probe<'a>) -> BoxFuture<'a, Result<Vec<T>, Unseen>> + Sync,
{
    let home = ask(*probe).await;
    if let Ok(found) = &home
        && found.iter().any(&enough)
    {
        return home;
    }
    let elsewhere = boxed(|| other_regions(probe)).await;
    let answers = match elsewhere {
        Ok(regions) => {
            let callers: Vec<_> = regions.into_iter().map(|region| probe.caller.in_region(region)).collect();
            join_all(callers.iter().map(|caller| ask(probe.with(caller)))).await
        }
        Err(unseen) => vec![Err(unseen)],
    };
    together(std::iter::once(home).chain(answers), enough)
}

/// What the answers of all regions say.
fn together<T>(answers: impl IntoIterator<Item = Result<Vec<T>, Unseen>>, enough: impl Fn(&T) -> bool) -> Result<Vec<T>, Unseen> {
    let (mut found, mut offered) = (Vec::new(), false);
    let (mut blind, mut not_offered) = (None, None);
    for answer in answers {
        match answer {
            Ok(here) => {
                offered = true;
                found.extend(here);
            }
            Err(unseen @ Unseen::Blind(_)) => blind = blind.or(Some(unseen)),
            Err(unseen @ Unseen::NotOffered(_)) => not_offered = not_offered.or(Some(unseen)),
        }
    }
    if found.iter().any(enough) {
        return Ok(found);
    }
    match (blind, not_offered) {
        (Some(blind), _) => Err(blind),
        (None, Some(not_offered)) if !offered => Err(not_offered),
        _ => Ok(found),
    }
}

/// The sweep itself asks for the account's regions, so every session may, whatever the fact declares.
async fn other_regions(probe: &Probe<'_>) -> Result<Vec<Region>, Unseen> {
    let regions = probe.once("enabled regions", async {
        let asked = boxed(|| DECLARED.scope(&[DESCRIBE_REGIONS], probe.hub.regions_of(probe.caller)));
        Ok(asked.await?.into_iter().map(|enabled| enabled.region).filter(|region| region != probe.caller.region()).collect::<Vec<_>>())
    });
    Ok(regions.await?.to_vec())
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{Blind, BlindReason};

    use super::*;

    fn denied() -> Result<Vec<u8>, Unseen> {
        Err(Blind::new(BlindReason::IamDeny, "denied").into())
    }

    fn nowhere() -> Result<Vec<u8>, Unseen> {
        Err(Unseen::NotOffered("not offered".into()))
    }

    #[test]
    fn what_one_region_shows_is_enough_and_what_one_hides_matters() {
        let enough = |number: &u8| *number == 7;
        assert_eq!(together([Ok(vec![]), denied(), nowhere(), Ok(vec![7])], enough), Ok(vec![7]));
        assert_eq!(together([Ok(vec![1]), denied(), nowhere()], enough), denied());
        assert_eq!(together([Ok(vec![1]), nowhere(), Ok(vec![])], enough), Ok(vec![1]));
        assert_eq!(together([nowhere(), nowhere()], enough), nowhere());
        assert_eq!(together([nowhere(), denied()], enough), denied());
    }
}
