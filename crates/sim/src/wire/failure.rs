//! Errors: which code and HTTP status each protocol gives to the same refusal.

use std::borrow::Cow;

use super::Protocol;

/// An error answer, before it is written in a protocol's form.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) message: String,
}

impl Failure {
    /// An error that one service has for itself.
    pub(crate) fn new(code: &'static str, status: u16, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), status, message: message.into() }
    }

    /// The caller may not do this.
    pub(crate) fn access_denied(protocol: Protocol, message: &str) -> Self {
        match protocol {
            Protocol::Query | Protocol::RestXml | Protocol::S3 => Self::new("AccessDenied", 403, message),
            Protocol::Ec2 => {
                Self::new("UnauthorizedOperation", 403, format!("You are not authorized to perform this operation. {message}"))
            }
            Protocol::Json | Protocol::Cbor => Self::new("AccessDeniedException", 400, message),
            Protocol::RestJson => Self::new("AccessDeniedException", 403, message),
        }
    }

    /// An access key or token that nobody issued, or that does not hold in this region.
    pub(crate) fn invalid_token(protocol: Protocol) -> Self {
        let text = "The security token included in the request is invalid.";
        match protocol {
            Protocol::Query => Self::new("InvalidClientTokenId", 403, text),
            Protocol::Ec2 => Self::new("AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
            Protocol::Json | Protocol::Cbor => Self::new("UnrecognizedClientException", 400, text),
            Protocol::RestJson => Self::new("UnrecognizedClientException", 403, text),
            Protocol::RestXml | Protocol::S3 => {
                Self::new("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")
            }
        }
    }

    /// A session that has ended.
    pub(crate) fn expired_token(protocol: Protocol) -> Self {
        let text = "The security token included in the request is expired";
        match protocol {
            Protocol::Query => Self::new("ExpiredToken", 403, text),
            Protocol::Ec2 => Self::new("RequestExpired", 400, "Request has expired."),
            Protocol::Json | Protocol::Cbor => Self::new("ExpiredTokenException", 400, text),
            Protocol::RestJson => Self::new("ExpiredTokenException", 403, text),
            Protocol::RestXml | Protocol::S3 => Self::new("ExpiredToken", 400, "The provided token has expired."),
        }
    }

    /// A request without a signature.
    pub(crate) fn unsigned(protocol: Protocol) -> Self {
        let code = match protocol {
            Protocol::Query | Protocol::Ec2 => "MissingAuthenticationToken",
            Protocol::Json | Protocol::Cbor | Protocol::RestJson => "MissingAuthenticationTokenException",
            Protocol::RestXml | Protocol::S3 => "AccessDenied",
        };
        Self::new(code, 403, "Request is missing Authentication Token")
    }

    /// An operation, or a whole service, that the simulation does not have.
    pub(crate) fn unknown_operation(protocol: Protocol, service: &str, operation: &str) -> Self {
        let message = format!("The simulation has no operation {operation} of {service}.");
        match protocol {
            Protocol::Query | Protocol::Ec2 => Self::new("InvalidAction", 400, message),
            Protocol::Json | Protocol::Cbor | Protocol::RestJson => Self::new("UnknownOperationException", 400, message),
            Protocol::RestXml | Protocol::S3 => Self::new("NotImplemented", 400, message),
        }
    }

    /// A parameter that the operation cannot take.
    pub(crate) fn bad_parameter(protocol: Protocol, message: impl Into<String>) -> Self {
        let code = match protocol {
            Protocol::Query => "ValidationError",
            Protocol::Ec2 => "InvalidParameterValue",
            Protocol::Json | Protocol::Cbor => "InvalidInputException",
            Protocol::RestJson => "ValidationException",
            Protocol::RestXml | Protocol::S3 => "InvalidRequest",
        };
        Self::new(code, 400, message)
    }
}
