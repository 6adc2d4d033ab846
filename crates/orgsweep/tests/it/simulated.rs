//! Scans of a simulated organization.

use std::{
    process::{Command, Output},
    sync::Arc,
};

use orgsweep_sim::{Options, Simulation};
use tokio::{net::TcpListener, runtime::Runtime};
use tokio_util::sync::CancellationToken;

use crate::{orgsweep, stderr};

const ORGANIZATION: &str = r#"
organization: {id: o-exampleorgid, management_account_id: "111111111111"}
regions: [us-east-1, eu-west-1]
default_posture: pass
accounts:
  - {id: "111111111111", name: management}
  - {id: "444444444444", name: new, role: missing}
"#;

/// An organization that answers for as long as the value lives.
pub struct Simulated {
    url: String,
    _runtime: Runtime,
}

impl Simulated {
    pub fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let simulation = Arc::new(Simulation::from_yaml(ORGANIZATION).unwrap());
        // It ends with the runtime.
        drop(runtime.handle().spawn(orgsweep_sim::serve(simulation, listener, Options::default(), CancellationToken::new())));
        Self { url, _runtime: runtime }
    }

    /// A scan with two checks: one of the account, one of each region.
    pub fn scan(&self) -> Command {
        let mut command = orgsweep(&["scan", "--check", "root-mfa-enabled", "--check", "ebs-default-encryption", "--format", "json"]);
        command.env("AWS_ENDPOINT_URL", &self.url).env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE").env("AWS_SECRET_ACCESS_KEY", "x");
        command
    }
}

pub fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    output
}
