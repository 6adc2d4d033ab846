//! Facts about EC2 instances.

use std::{collections::HashSet, io::Read, sync::Arc};

use aws_sdk_ec2::{
    operation::describe_instance_attribute::DescribeInstanceAttributeError,
    types::{self as sdk, InstanceStateName},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::MultiGzDecoder;
use futures::future::join_all;
use jiff::Timestamp;
use orgsweep_model::{
    Blind, BlindReason, Hidden, Unseen,
    fact::instances::{InstanceUserData, Instances, ManagedInstance, ManagedInstances, RunningInstance, UserData},
};

use super::{Probe, every_page, observed};

/// How many instances are asked for their user data at once.
const AT_ONCE: usize = 8;

/// How much user data may be unpacked. AWS takes 16 KiB, packed or not.
const MOST: usize = 1 << 20;

/// One instance that is not going away.
struct Listed {
    id: String,
    state: InstanceStateName,
    launched_at: Option<Timestamp>,
}

pub(super) async fn instances(probe: &Probe<'_>) -> Result<Instances, Unseen> {
    let listed = describe(probe).await?;
    let running = listed.iter().filter(|instance| instance.state == InstanceStateName::Running);
    Ok(Instances {
        running: running.map(|instance| RunningInstance { id: instance.id.clone(), launched_at: instance.launched_at }).collect(),
    })
}

pub(super) async fn user_data(probe: &Probe<'_>) -> Result<UserData, Unseen> {
    let listed = describe(probe).await?;
    let (mut instances, mut texts) = (Vec::new(), HashSet::new());
    for some in listed.chunks(AT_ONCE) {
        let answers = join_all(some.iter().map(|instance| Box::pin(one_user_data(probe, &instance.id)))).await;
        for (instance, answer) in some.iter().zip(answers) {
            let Some(text) = answer.transpose() else { continue };
            let text = observed(text.map(|text| text.map(|text| shared(&mut texts, text))));
            instances.push(InstanceUserData { id: instance.id.clone(), text });
        }
    }
    Ok(UserData { instances })
}

async fn describe(probe: &Probe<'_>) -> Result<Arc<Vec<Listed>>, Unseen> {
    probe
        .once("instances", async {
            let states = sdk::Filter::builder().name("instance-state-name");
            let states = states.values("pending").values("running").values("stopping").values("stopped").build();
            let pages = probe.caller.ec2().describe_instances().filters(states).max_results(1_000).into_paginator();
            let pages = pages.stop_on_duplicate_token(false).send();
            let mut listed = Vec::new();
            for reservation in every_page(probe, "DescribeInstances", pages, |page| page.reservations).await? {
                for instance in probe.needed(reservation.instances, "list of instances")? {
                    let state = probe.needed(instance.state.and_then(|state| state.name), "instance state")?;
                    // Asked again of each, because not every endpoint filters.
                    if matches!(state, InstanceStateName::ShuttingDown | InstanceStateName::Terminated) {
                        continue;
                    }
                    let launched_at = instance.launch_time.and_then(|time| Timestamp::from_second(time.secs()).ok());
                    listed.push(Listed { id: probe.needed(instance.instance_id, "instance id")?, state, launched_at });
                }
            }
            Ok(listed)
        })
        .await
}

/// An instance's user data; `None` where the instance is gone meanwhile, `None` inside where it has no user data.
async fn one_user_data(probe: &Probe<'_>, id: &str) -> Result<Option<Option<String>>, Unseen> {
    let request = probe.caller.ec2().describe_instance_attribute().instance_id(id).attribute(sdk::InstanceAttributeName::UserData);
    match request.send().await {
        // AWS sends the attribute without a value where there is none.
        Ok(answer) => match probe.needed(answer.user_data, "user data")?.value.filter(|value| !value.is_empty()) {
            Some(encoded) => decoded(&encoded).map(|text| Some(Some(text))).map_err(|(reason, why)| {
                Unseen::Blind(Blind::new(reason, format!("the user data of {id} in {} {why}", probe.caller.region())))
            }),
            None => Ok(Some(None)),
        },
        Err(error) if error.as_service_error().is_some_and(gone) => Ok(None),
        Err(error) => Err(probe.failed("DescribeInstanceAttribute")(error)),
    }
}

fn gone(error: &DescribeInstanceAttributeError) -> bool {
    error.code() == Some("InvalidInstanceID.NotFound")
}

/// User data as the instance sees it. Bytes that are no text are replaced: what is around them can be read all the same.
fn decoded(encoded: &str) -> Result<String, (BlindReason, &'static str)> {
    let plain: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(plain).map_err(|_| (BlindReason::AwsError, "is not in base64"))?;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut unpacked = Vec::new();
    let limit = u64::try_from(MOST + 1).unwrap_or(u64::MAX);
    let read = MultiGzDecoder::new(bytes.as_slice()).take(limit).read_to_end(&mut unpacked);
    if unpacked.len() > MOST {
        return Err((BlindReason::Truncated, "is larger than 1 MiB when unpacked"));
    }
    read.map_err(|_| (BlindReason::AwsError, "cannot be unpacked"))?;
    Ok(String::from_utf8_lossy(&unpacked).into_owned())
}

/// The instances of a group start with the same text: it is kept once.
fn shared(texts: &mut HashSet<Hidden>, text: String) -> Hidden {
    let text = Hidden::new(text);
    if let Some(known) = texts.get(&text) {
        return known.clone();
    }
    texts.insert(text.clone());
    text
}

pub(super) async fn managed_instances(probe: &Probe<'_>) -> Result<ManagedInstances, Unseen> {
    let pages = probe.caller.ssm().describe_instance_information().max_results(50).into_paginator();
    let pages = pages.stop_on_duplicate_token(false).send();
    let listed = every_page(probe, "DescribeInstanceInformation", pages, |page| page.instance_information_list).await?;
    let instances = listed.into_iter().map(|instance| {
        Ok(ManagedInstance {
            id: probe.needed(instance.instance_id, "instance id")?,
            ping_status: probe.needed(instance.ping_status, "ping status")?.as_str().to_owned(),
        })
    });
    Ok(ManagedInstances { instances: instances.collect::<Result<_, Unseen>>()? })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(bytes: &[u8]) -> String {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    }

    #[test]
    fn user_data_is_decoded_and_unpacked() {
        assert_eq!(decoded(&STANDARD.encode("#!/bin/sh\n")), Ok("#!/bin/sh\n".to_owned()));
        assert_eq!(decoded("IyEv\nYmlu"), Ok("#!/bin".to_owned()), "line breaks within");
        assert_eq!(decoded(&packed(b"#cloud-config\n")), Ok("#cloud-config\n".to_owned()));
        assert_eq!(decoded(&STANDARD.encode(b"a\xffb")), Ok("a\u{fffd}b".to_owned()), "no text");
        assert_eq!(decoded("***"), Err((BlindReason::AwsError, "is not in base64")));
        assert_eq!(decoded(&STANDARD.encode([0x1f, 0x8b, 1, 2])), Err((BlindReason::AwsError, "cannot be unpacked")));
        assert_eq!(decoded(&packed(&vec![b' '; MOST])).map(|text| text.len()), Ok(MOST), "exactly the limit");
        assert_eq!(decoded(&packed(&vec![b' '; 100 * MOST])).unwrap_err().0, BlindReason::Truncated, "a bomb");
    }

    #[test]
    fn equal_texts_are_kept_once() {
        let mut texts = HashSet::new();
        let (one, two) = (shared(&mut texts, "a".to_owned()), shared(&mut texts, "a".to_owned()));
        assert!(std::ptr::eq(one.reveal(), two.reveal()));
    }
}
