//! Requests as they were sent, without their signatures, in a file: so that two loops send the same ones.

use serde::{Deserialize, Serialize};

/// One request.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Recorded {
    /// Such as `ec2:DescribeVpcs`.
    pub operation: String,
    /// Whose session asks.
    pub account: String,
    /// The region of the credential scope.
    pub region: String,
    /// The service of the credential scope.
    pub service: String,
    /// The HTTP method.
    pub method: String,
    /// The path with the query.
    pub path: String,
    /// Every header but those that signing makes.
    pub headers: Vec<(String, String)>,
    /// In base64: CBOR is no text.
    pub body: String,
}
