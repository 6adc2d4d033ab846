//! CloudWatch Logs facts.

use orgsweep_model::{
    Unseen,
    fact::logs::{LogGroup, LogGroups},
};

use super::{Probe, every_page};

pub(super) async fn log_groups(probe: &Probe<'_>) -> Result<LogGroups, Unseen> {
    let pages = probe.caller.logs().describe_log_groups().limit(50).into_paginator().stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeLogGroups", pages, |page| page.log_groups).await?;
    let groups = listed.into_iter().map(|group| {
        let days = group.retention_in_days.map(u32::try_from).transpose();
        Ok(LogGroup {
            name: probe.needed(group.log_group_name, "log group name")?,
            // AWS leaves it out where nothing expires.
            retention_days: days.map_err(|_| probe.malformed("a retention is negative"))?,
        })
    });
    Ok(LogGroups { groups: groups.collect::<Result<_, Unseen>>()? })
}
