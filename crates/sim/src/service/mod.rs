//! The simulated services, one file each, and the way from a request to an operation.
//!
//! A new operation is an entry in its service's `operations` and a function from [`Call`] to a [`Body`]: [`Xml`](crate::wire::Xml) for
//! the query and XML protocols, a JSON value for the others, CBOR among them. [`Call::variant`] says what to answer, [`Call::page`]
//! cuts lists into pages. A CBOR service marks times with [`time::stamp`](crate::wire::time::stamp), and writes a number that the SDK
//! reads as a double with a fraction (`1.0`). An error is a [`Failure`] with the service's own code and HTTP status.
#![allow(clippy::unnecessary_wraps, reason = "an operation that cannot fail has the shape of one that can")]

mod access_analyzer;
mod account;
mod budgets;
mod call;
mod ce;
mod cloudtrail;
mod cloudwatch;
mod compute_optimizer;
mod config;
mod controltower;
mod credential_report;
mod detective;
mod ec2;
mod ec2_absent;
mod ec2_endpoints;
mod ec2_groups;
mod ec2_instances;
mod ec2_interfaces;
mod ec2_routes;
mod ec2_settings;
mod events;
mod guardduty;
mod iam;
mod iam_details;
mod iam_lists;
mod iam_roles;
mod iam_users;
mod lambda;
mod logs;
mod organizations;
mod route;
mod s3;
mod s3control;
mod securityhub;
mod sns;
mod ssm;
mod sso_admin;
mod sts;
mod support;
mod tagging;

use std::borrow::Cow;

pub(crate) use call::Call;
pub(crate) use credential_report::Reports;
use route::Params;

use crate::wire::answer::Body;
use crate::wire::{Failure, Form, Protocol, Request};

/// One service: how it is reached and what it can do.
pub(crate) struct Service {
    /// The service's name in the credential scope, which is not always the one of its actions.
    pub(crate) signing_name: &'static str,
    /// Which of the requests that are signed with this name are the service's, where it shares the name with another one.
    pub(crate) claims: Option<fn(&Request) -> bool>,
    pub(crate) protocol: Protocol,
    /// The XML namespace of its answers; empty for services that answer in no XML.
    pub(crate) namespace: &'static str,
    /// What JSON requests name before the operation, and CBOR requests in their path; empty for the other protocols.
    pub(crate) target: &'static str,
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
    /// Method, path and query keys for the REST protocols, as `route` explains them; empty for the others.
    pub(crate) route: &'static str,
    pub(crate) run: fn(&Call<'_>) -> Result<Body, Failure>,
}

/// Every service of the simulation. Of two that share a signing name, the one that claims its requests stands first.
pub(crate) const SERVICES: [&Service; 26] = [
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
    &s3::SERVICE,
    &account::SERVICE,
    &budgets::SERVICE,
    &ce::SERVICE,
    &cloudwatch::SERVICE,
    &compute_optimizer::SERVICE,
    &controltower::SERVICE,
    &detective::SERVICE,
    &events::SERVICE,
    &lambda::SERVICE,
    &logs::SERVICE,
    &sns::SERVICE,
    &ssm::SERVICE,
    &sso_admin::SERVICE,
    &support::SERVICE,
    &tagging::SERVICE,
];

/// The action of the one operation that every caller may use, and that no policy can take away.
pub(crate) const NEEDS_NO_PERMISSION: &str = "sts:GetCallerIdentity";

impl Service {
    /// What a service is unless it says otherwise.
    const BASE: Self =
        Self { signing_name: "", claims: None, protocol: Protocol::Json, namespace: "", target: "", global: false, operations: &[] };

    /// The service that a request is for, an index.
    pub(crate) fn find(signing_name: &str, request: &Request) -> Option<usize> {
        SERVICES.iter().position(|service| service.signing_name == signing_name && service.claims.is_none_or(|claims| claims(request)))
    }

    /// What people call it: as its IAM actions do, but for S3 Control, whose actions are S3's.
    pub(crate) fn name(&self) -> &'static str {
        match (self.signing_name, self.protocol) {
            ("s3", Protocol::RestXml) => "s3control",
            ("monitoring", _) => "cloudwatch",
            (name, _) => name,
        }
    }

    /// The protocol of one request. The services that speak CBOR still speak JSON with clients that prefer it, and those that once spoke
    /// awsQuery still do with old ones.
    pub(crate) fn spoken(&self, request: &Request) -> Protocol {
        match self.protocol {
            Protocol::Cbor if request.target().is_some() => Protocol::Json,
            Protocol::Cbor if !self.namespace.is_empty() && cbor_operation(&request.path).is_none() => Protocol::Query,
            usual => usual,
        }
    }

    /// What a request calls its operation; for the REST protocols that is its route.
    pub(crate) fn requested<'a>(&self, request: &'a Request, form: &'a Form) -> Cow<'a, str> {
        let name = match self.spoken(request) {
            Protocol::Query | Protocol::Ec2 => form.get("Action"),
            Protocol::Json => request.target().filter(|(service, _)| *service == self.target).map(|(_, operation)| operation),
            Protocol::Cbor => cbor_operation(&request.path).filter(|(service, _)| *service == self.target).map(|(_, operation)| operation),
            Protocol::RestJson | Protocol::RestXml | Protocol::S3 => None,
        };
        name.map_or_else(|| format!("{} {}", request.method, request.path).into(), Cow::Borrowed)
    }

    /// The operation that a request is for, an index, and its route's parameters.
    pub(crate) fn operation(&self, requested: &str, request: &Request) -> Option<(usize, Params)> {
        match self.protocol {
            Protocol::Query | Protocol::Ec2 | Protocol::Json | Protocol::Cbor => {
                let found = self.operations.iter().position(|operation| operation.name == requested)?;
                Some((found, Params::new()))
            }
            Protocol::RestJson | Protocol::RestXml | Protocol::S3 => self
                .operations
                .iter()
                .enumerate()
                .filter_map(|(index, operation)| Some((index, route::matched(operation.route, request)?)))
                .max_by_key(|&(index, _)| route::weight(self.operations[index].route)),
        }
    }
}

impl Operation {
    /// What people may call it: by its name or its action's.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name, self.action_name()].into_iter()
    }

    /// What figures call it: its name, or its action's where the name is that of the answer's root.
    pub(crate) fn label(&self, service: &Service) -> &'static str {
        if matches!(service.protocol, Protocol::RestXml | Protocol::S3) { self.action_name() } else { self.name }
    }

    fn action_name(&self) -> &'static str {
        self.action.split_once(':').map_or(self.action, |(_, name)| name)
    }
}

/// The service and the operation in the path of a CBOR request.
fn cbor_operation(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("/service/")?.split_once("/operation/")
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
    } else if request.headers.contains_key("smithy-protocol") {
        Protocol::Cbor
    } else if form.get("Action").is_some() {
        Protocol::Query
    } else {
        Protocol::RestJson
    }
}
