//! GuardDuty facts.

use orgsweep_model::{
    Unseen,
    fact::guardduty::{Detector, Detectors},
};

use super::{Probe, every_page};

pub(super) async fn detectors(probe: &Probe<'_>) -> Result<Detectors, Unseen> {
    let client = probe.caller.guardduty();
    let pages = client.list_detectors().max_results(50).into_paginator().stop_on_duplicate_token(false).send();
    let ids = every_page(probe, "ListDetectors", pages, |page| page.detector_ids).await?;
    let mut detectors = Vec::new();
    for id in ids {
        let answer = client.get_detector().detector_id(&id).send().await.map_err(probe.failed("GetDetector"))?;
        let Some(status) = answer.status() else { return Err(probe.malformed("a detector has no status")) };
        detectors.push(Detector { id, status: status.as_str().to_owned() });
    }
    Ok(Detectors { detectors })
}
