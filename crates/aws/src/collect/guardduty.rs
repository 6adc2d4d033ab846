//! GuardDuty facts.

use std::sync::Arc;

use orgsweep_model::{
    Unseen,
    fact::guardduty::{Detector, Detectors},
};

use super::{Probe, every_page};

pub(super) async fn detectors(probe: &Probe<'_>) -> Result<Detectors, Unseen> {
    let mut detectors = Vec::new();
    for id in detector_ids(probe).await?.iter() {
        let answer = probe.caller.guardduty().get_detector().detector_id(id).send().await.map_err(probe.failed("GetDetector"))?;
        let Some(status) = answer.status() else { return Err(probe.malformed("a detector has no status")) };
        detectors.push(Detector { id: id.clone(), status: status.as_str().to_owned() });
    }
    Ok(Detectors { detectors })
}

/// The ids of the region's detectors.
pub(super) async fn detector_ids(probe: &Probe<'_>) -> Result<Arc<Vec<String>>, Unseen> {
    let ask = async {
        let request = probe.caller.guardduty().list_detectors().max_results(50);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        every_page(probe, "ListDetectors", pages, |page| page.detector_ids).await
    };
    probe.once("detectors", Box::pin(ask)).await
}
