//! The simulated services, one file each, and the way from a request to an operation.
#![allow(clippy::unnecessary_wraps, reason = "an operation that cannot fail has the shape of one that can")]

mod access_analyzer;
mod cloudtrail;
mod config;
mod credential_report;
mod ec2;
mod ec2_groups;
mod guardduty;
mod iam;
mod organizations;
mod s3control;
mod securityhub;
mod sts;

use serde_json::Value;

pub(crate) use credential_report::Reports;

use crate::Simulation;
use crate::identity::Caller;
use crate::org::{Account, Organization};
use crate::wire::answer::Body;
use crate::wire::{Failure, Form, Protocol, Request};

/// One service: how it is reached and what it can do.
pub(crate) struct Service {
    /// The service's name in the credential scope.
    pub(crate) signing_name: &'static str,
    pub(crate) protocol: Protocol,
    /// The XML namespace of its answers; empty for JSON.
    pub(crate) namespace: &'static str,
    /// Not bound to a region: any may be signed for, and policies see us-east-1.
    pub(crate) global: bool,
    pub(crate) operations: &'static [Operation],
}

/// One operation.
pub(crate) struct Operation {
    /// Its name; for restXml, whose answers do not carry one, the answer's root element.
    pub(crate) name: &'static str,
    /// The IAM action that permits it.
    pub(crate) action: &'static str,
    /// Method and path for the REST protocols; a path that ends in `/` takes one more segment.
    pub(crate) route: &'static str,
    pub(crate) run: fn(&Call<'_>) -> Result<Body, Failure>,
}

/// Every service of the simulation.
pub(crate) const SERVICES: [&Service; 10] = [
    &organizations::SERVICE,
    &sts::SERVICE,
    &iam::SERVICE,
    &ec2::SERVICE,
    &config::SERVICE,
    &cloudtrail::SERVICE,
    &securityhub::SERVICE,
    &guardduty::SERVICE,
    &access_analyzer::SERVICE,
    &s3control::SERVICE,
];

/// The action of the one operation that every caller may use, and that no policy can take away.
pub(crate) const NEEDS_NO_PERMISSION: &str = "sts:GetCallerIdentity";

/// A permitted request to one operation.
pub(crate) struct Call<'a> {
    pub(crate) simulation: &'a Simulation,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) request: &'a Request,
    /// The form of the query protocols; empty for the others.
    pub(crate) form: &'a Form,
    /// The input of the JSON protocol; null for the others.
    pub(crate) input: &'a Value,
}

impl<'a> Call<'a> {
    pub(crate) fn organization(&self) -> &'a Organization {
        &self.simulation.organization
    }

    /// The account that the caller acts in.
    pub(crate) fn account(&self) -> &'a Account {
        &self.simulation.organization.accounts[self.caller.account]
    }

    /// A text member of the JSON input.
    pub(crate) fn member(&self, name: &str) -> Option<&'a str> {
        self.input.get(name)?.as_str()
    }
}

impl Service {
    /// The service with this signing name.
    pub(crate) fn find(signing_name: &str) -> Option<&'static Self> {
        SERVICES.into_iter().find(|service| service.signing_name == signing_name)
    }

    /// What a request calls its operation; for the REST protocols that is its route.
    pub(crate) fn requested<'a>(&self, request: &'a Request, form: &'a Form) -> String {
        let name = match self.protocol {
            Protocol::Query | Protocol::Ec2 => form.get("Action"),
            Protocol::Json => request.target(),
            Protocol::RestJson | Protocol::RestXml => None,
        };
        name.map_or_else(|| format!("{} {}", request.method, request.path), str::to_owned)
    }

    /// The operation of this name or route.
    pub(crate) fn operation(&self, requested: &str) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| match self.protocol {
            Protocol::Query | Protocol::Ec2 | Protocol::Json => operation.name == requested,
            Protocol::RestJson | Protocol::RestXml => match requested.strip_prefix(operation.route) {
                Some(segment) if operation.route.ends_with('/') => !segment.is_empty() && !segment.contains('/'),
                Some(rest) => rest.is_empty() || rest == "/",
                None => false,
            },
        })
    }
}

/// The IAM actions that the simulation's operations need.
pub(crate) fn actions() -> impl Iterator<Item = &'static str> {
    SERVICES.into_iter().flat_map(|service| service.operations).map(|operation| operation.action)
}

/// Whether an action is one of a global service, which is asked as if in us-east-1.
pub(crate) fn is_global(action: &str) -> bool {
    SERVICES.into_iter().any(|service| service.global && service.operations.iter().any(|operation| operation.action == action))
}

/// The protocol that a request of no known service seems to speak.
pub(crate) fn guess_protocol(request: &Request, form: &Form) -> Protocol {
    if request.headers.contains_key("x-amz-target") {
        Protocol::Json
    } else if form.get("Action").is_some() {
        Protocol::Query
    } else {
        Protocol::RestJson
    }
}
