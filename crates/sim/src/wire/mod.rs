//! AWS's wire protocols: how a request is read, and how an answer or an error is written.

pub(crate) mod answer;
pub(crate) mod cbor;
pub(crate) mod failure;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod time;
pub(crate) mod xml;

pub(crate) use failure::Failure;
pub(crate) use request::{Form, Request};
pub(crate) use xml::Xml;

/// The protocols that the simulated services speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// awsQuery: a form in, XML out (IAM, STS).
    Query,
    /// ec2Query: nearly the same.
    Ec2,
    /// awsJson 1.0 and 1.1: the operation in `X-Amz-Target`.
    Json,
    /// rpcv2Cbor: the operation in the path, CBOR in and out (`CloudWatch`, Compute Optimizer).
    Cbor,
    /// restJson1: the operation in method and path, JSON out.
    RestJson,
    /// restXml: the operation in method and path, XML out (S3 Control).
    RestXml,
    /// The same with S3's own errors, which nothing is wrapped round.
    S3,
}
