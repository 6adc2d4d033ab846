//! EC2: instances and what they start with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::Call;
use super::ec2::{PROTOCOL, filtered, paged};
use crate::posture::workload::{Fleet, UserData};
use crate::wire::answer::Body;
use crate::wire::{Failure, Xml, time};

const PASSWORD: &str = "#!/bin/bash\nyum -y install shop\nexport DB_PASSWORD=correct-horse-battery\nshop start\n";
const ACCESS_KEY: &str = "#cloud-config\nwrite_files:\n- path: /etc/mailer.conf\n  content: |\n    id AKIAQWERTYUIOPASDFGH\n";
const PRIVATE_KEY: &str =
    "#cloud-config\nssh_keys:\n  ed25519_private: |\n    -----BEGIN OPENSSH PRIVATE KEY-----\n    b3BlbnNzaC1rZXktdjEsimulated\n";
const FETCHED: &str = "#!/bin/bash\nTOKEN=$(curl -sX PUT http://169.254.169.254/latest/api/token -H \"X-aws-ec2-metadata-token-ttl-seconds: 60\")\n\
    export DB_PASSWORD=\"$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text)\"\nshop start\n";
const NEAR_MISSES: &str = "#cloud-config\npassword: {{ password }}\npasswd: $6$rounds=4096$abc$def\nlock_passwd: true\nssh_pwauth: no\n\
    db_password_file: /run/secrets/db\n# Like AKIAIOSFODNN7EXAMPLE. The password: ask the team for it.\n-----BEGIN CERTIFICATE-----\nMIIB\n";
/// [`FETCHED`], packed with gzip.
const PACKED_FETCHED: &str = "\
    H4sIAAAAAAACAzWLQUvDQBSE7/kVz9hDe3hdLVqw0EOlgiDYYir2Ji/JIwlNd9fdWa3/3lD1NMz3zVxemLKzppTYZrvN08PzcjSuUuiJ4562rztqAb8w5np+\
    N53d3kz/0vQCjTDiOwN3UEv8SPme5SuyVjM+KqQWCJ8lAz1HrZyt44LmV/kk05N3AbS+f9+uiuJt87Je5qPxcKdhFxTxKFYaDdQo+Bfxp/RJif9rV5MPrjZ1\
    ObCPpOGbirMpEDrbDNAl+ASCnjDJs9g6TxESkP0Azx3LofYAAAA=";
/// [`PASSWORD`], packed with gzip.
const PACKED: &str = "\
    H4sIAAAAAAACA1NW1E/KzNNPSizO4KoszVXQrVTIzCsuSczJUSjOyC/gSq0oyC8qUXBxig9wDA4O9w9ysU3OLypKTS7RzcgvKk7VTUosKUktquQCqVYAaiwq\
    4QIAj8SknVQAAAA=";
/// The beginning of the same.
const BROKEN: &str = "H4sIAAAAAAACA1NW1E/KzNNPSizO4KoszVXQrVTIzCsuSczJUSjOyA==";
/// Two mebibytes of blanks, packed with gzip, but for the `A`s between.
const BOMB: (&str, usize, &str) = ("H4sIAAAAAAACA+3BMQEAAADCoCrrn9IYPkAB", 2708, "fA1+GoVcAAAgAA==");

/// One instance.
pub(super) struct Instance {
    pub(super) id: String,
    state: (u16, &'static str),
    launched: Timestamp,
    /// What Systems Manager hears of it, if it has ever registered.
    pub(super) ping: Option<&'static str>,
    user_data: Option<String>,
}

/// The region's instances: two that run, one that is stopped, one that is gone, and what the variants add.
pub(super) fn instances(call: &Call<'_>) -> Vec<Instance> {
    let fleet: Fleet = call.variant();
    if fleet == Fleet::Empty {
        return Vec::new();
    }
    let instance = |name: &str, state, ping| Instance {
        id: call.organization().resource_id(call.account(), call.region, "i", name),
        state,
        launched: time::ago(30 * 86_400),
        ping,
        user_data: None,
    };
    let (running, stopped, terminated) = ((16, "running"), (80, "stopped"), (48, "terminated"));
    let (one, two) = match fleet {
        Fleet::OneUnregistered => (Some("Online"), None),
        Fleet::ConnectionLost => (Some("ConnectionLost"), Some("Online")),
        Fleet::NoneRegistered => (None, None),
        _ => (Some("Online"), Some("Online")),
    };
    let mut instances = vec![
        instance("web-1", running, one),
        instance("web-2", running, two),
        instance("batch", stopped, Some("ConnectionLost")),
        instance("gone", terminated, Some("ConnectionLost")),
    ];
    let [web, other_web, batch, gone] = texts(call.variant());
    for (instance, text) in instances.iter_mut().zip([web, other_web, batch, gone]) {
        instance.user_data = text;
    }
    match fleet {
        Fleet::JustLaunched => instances.push(Instance { launched: time::ago(90), ..instance("fresh", running, None) }),
        Fleet::Many | Fleet::LostAmongMany => {
            let lost = if fleet == Fleet::Many { "Online" } else { "ConnectionLost" };
            let ping = |number| if number == 59 { lost } else { "Online" };
            instances.extend((0..60).map(|number| instance(&format!("node-{number}"), running, Some(ping(number)))));
        }
        _ => {}
    }
    instances
}

/// The user data, in base64, of the first running instance, the second, the stopped one, and the one that is gone.
fn texts(variant: UserData) -> [Option<String>; 4] {
    let plain = |text: &str| Some(STANDARD.encode(text));
    // Nobody asks what was on an instance that is gone.
    let gone = plain(PASSWORD);
    let bomb = [BOMB.0, &"A".repeat(BOMB.1), BOMB.2].concat();
    match variant {
        UserData::Absent => [None, None, None, gone],
        UserData::Fetched => [plain(FETCHED), plain(FETCHED), None, gone],
        UserData::PackedFetched => [Some(PACKED_FETCHED.to_owned()), None, None, gone],
        UserData::NearMisses => [plain(NEAR_MISSES), None, plain(FETCHED), gone],
        UserData::Binary => [Some(STANDARD.encode([0xff, 0x00, 0xfe, b'a', 0x80])), None, None, gone],
        UserData::Password => [plain(PASSWORD), plain(FETCHED), None, gone],
        UserData::AccessKey => [None, plain(ACCESS_KEY), None, gone],
        UserData::PrivateKey => [None, plain(PRIVATE_KEY), None, gone],
        UserData::Packed => [Some(PACKED.to_owned()), None, None, gone],
        UserData::Group => [plain(PASSWORD), plain(PASSWORD), None, gone],
        UserData::Stopped => [plain(FETCHED), None, plain(PASSWORD), gone],
        UserData::Broken => [Some(BROKEN.to_owned()), None, None, gone],
        UserData::Bomb => [Some(bomb), None, None, gone],
    }
}

pub(super) fn describe(call: &Call<'_>) -> Result<Body, Failure> {
    let ids = call.form.list("InstanceId");
    let mut found = Vec::new();
    for instance in instances(call) {
        let fields = [("instance-state-name", instance.state.1), ("instance-id", instance.id.as_str())];
        if (ids.is_empty() || ids.contains(&instance.id.as_str())) && filtered(call, &fields)? {
            found.push(instance);
        }
    }
    if let Some(missing) = ids.iter().find(|id| !found.iter().any(|instance| instance.id == **id)) {
        return Err(missing_instance(missing));
    }
    let owner = &call.account().id;
    paged(call, "reservationSet", 5..=1000, 1000, &found, |xml, instance| {
        xml.text("reservationId", instance.id.replacen('i', "r", 1)).text("ownerId", owner);
        xml.list("instancesSet", "item", [instance], |xml, instance| {
            xml.text("instanceId", &instance.id).text("imageId", "ami-0a1b2c3d4e5f60718").text("instanceType", "t3.micro");
            xml.nest("instanceState", |xml| {
                xml.text("code", instance.state.0).text("name", instance.state.1);
            });
            xml.text("privateDnsName", format!("{}.{}.compute.internal", instance.id, call.region)).text("dnsName", "");
            xml.text("launchTime", time::iso(instance.launched)).text("architecture", "x86_64").text("platformDetails", "Linux/UNIX");
        });
    })
}

pub(super) fn describe_attribute(call: &Call<'_>) -> Result<Body, Failure> {
    let id = call.form.get("InstanceId").unwrap_or_default();
    let Some(instance) = instances(call).into_iter().find(|instance| instance.id == id) else { return Err(missing_instance(id)) };
    let attribute = call.form.get("Attribute").unwrap_or_default();
    if attribute != "userData" {
        return Err(Failure::bad_parameter(PROTOCOL, format!("The attribute '{attribute}' is not simulated")));
    }
    let mut xml = Xml::default();
    xml.text("instanceId", id).nest("userData", |xml| {
        xml.optional("value", instance.user_data);
    });
    Ok(xml.into())
}

fn missing_instance(id: &str) -> Failure {
    Failure::new("InvalidInstanceID.NotFound", 400, format!("The instance ID '{id}' does not exist"))
}
