//! What was found in an account, put away small until it is written out. A large organization has millions of verdicts, whose sentences
//! are mostly the same: packed, they take a twentieth.

use std::io::{self, Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use jiff::Timestamp;
use orgsweep_model::{AccountReport, Blind, CheckId, Place, Region, Verdict};
use serde::{Deserialize, Serialize};

/// One account's report, packed.
pub struct Packed {
    /// When its sweep began.
    pub started_at: Timestamp,
    /// Why no session in the account could be had; absent when one could.
    pub unreachable: Option<Blind>,
    targets: Box<[u8]>,
}

/// What was found in one place of an account.
#[derive(Serialize, Deserialize)]
struct Target<V> {
    /// Absent for the account as a whole.
    region: Option<Region>,
    /// By the check's position among those of the scan.
    verdicts: Vec<(usize, V)>,
}

impl Packed {
    /// Puts a report away. `checks` are those of the scan; the verdicts of others are left out.
    pub fn pack(report: &AccountReport, checks: &[CheckId]) -> io::Result<Self> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        for target in &report.targets {
            let verdicts = target.verdicts.iter();
            let verdicts = verdicts.filter_map(|(check, verdict)| Some((checks.iter().position(|known| known == check)?, verdict)));
            serde_json::to_writer(&mut packed, &Target { region: target.place.region().cloned(), verdicts: verdicts.collect() })?;
            packed.write_all(b"\n")?;
        }
        Ok(Self { started_at: report.started_at, unreachable: report.unreachable.clone(), targets: packed.finish()?.into() })
    }

    /// The verdicts, place by place, and in each in the order of the report.
    pub fn unpack(&self, checks: &[CheckId]) -> io::Result<Vec<(Place, CheckId, Verdict)>> {
        let mut text = String::new();
        DeflateDecoder::new(&*self.targets).read_to_string(&mut text)?;
        let mut found = Vec::new();
        for line in text.lines() {
            let Target { region, verdicts } = serde_json::from_str::<Target<Verdict>>(line)?;
            let place = region.map_or(Place::Global, Place::Region);
            let verdicts = verdicts.into_iter().filter_map(|(check, verdict)| Some((*checks.get(check)?, verdict)));
            found.extend(verdicts.map(|(check, verdict)| (place.clone(), check, verdict)));
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{BlindReason, Finding, TargetReport};

    use super::*;

    #[test]
    fn what_is_put_away_comes_back() {
        let checks = [CheckId("a"), CheckId("b")];
        let blind = Blind { reason: BlindReason::IamDeny, action: Some("iam:Get".into()), detail: "denied \"here\"\n".into() };
        let found = vec![
            (Place::Global, checks[1], Verdict::Unknown(blind)),
            (Place::Region("eu-west-1".parse().unwrap()), checks[0], Verdict::pass("fine")),
            (Place::Region("eu-west-1".parse().unwrap()), checks[1], Verdict::fail(Finding::new("r", "no").with_arn("arn:r"))),
        ];
        let target = |place: &Place| TargetReport {
            place: place.clone(),
            verdicts: found.iter().filter(|(at, ..)| at == place).map(|(_, check, verdict)| (*check, verdict.clone())).collect(),
            measures: Vec::new(),
        };
        let report = AccountReport {
            account: "111111111111".parse().unwrap(),
            started_at: Timestamp::UNIX_EPOCH,
            finished_at: Timestamp::UNIX_EPOCH,
            cadences: Vec::new(),
            unreachable: None,
            regions: None,
            targets: vec![target(&Place::Global), target(&found[1].0)],
        };
        let packed = Packed::pack(&report, &checks).unwrap();
        assert_eq!(packed.unpack(&checks).unwrap(), found);
    }
}
