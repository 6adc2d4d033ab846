//! How each service and protocol says that something is wrong with it, with the rate of requests, or with the caller's clock.

use jiff::{SignedDuration, Timestamp};

use crate::service::Service;
use crate::wire::time::compact;
use crate::wire::{Failure, Protocol, Request};

/// Too many requests.
pub(crate) fn throttled(service: &Service, protocol: Protocol) -> Failure {
    match service.signing_name {
        "ec2" => Failure::new("RequestLimitExceeded", 503, "Request limit exceeded."),
        "organizations" => {
            let text = "You have sent too many requests in too short a period of time. Try again later.";
            Failure::new("TooManyRequestsException", 400, text)
        }
        "account" | "detective" | "guardduty" | "securityhub" => Failure::new("TooManyRequestsException", 429, "Too Many Requests"),
        "lambda" => Failure::new("TooManyRequestsException", 429, "Rate exceeded"),
        _ => match protocol {
            Protocol::Query | Protocol::Ec2 => Failure::new("Throttling", 400, "Rate exceeded"),
            Protocol::Json | Protocol::Cbor => Failure::new("ThrottlingException", 400, "Rate exceeded"),
            Protocol::RestJson => Failure::new("ThrottlingException", 429, "Rate exceeded"),
            Protocol::RestXml | Protocol::S3 => Failure::new("SlowDown", 503, "Please reduce your request rate."),
        },
    }
}

/// The service's own fault, as status 500 or 503.
pub(crate) fn internal(protocol: Protocol, status: u16) -> Failure {
    match (status, protocol) {
        (503, _) => Failure::new("ServiceUnavailable", 503, "Service is unable to handle request."),
        (_, Protocol::Ec2) => Failure::new("InternalError", status, "An internal error has occurred"),
        (_, Protocol::RestXml | Protocol::S3) => {
            Failure::new("InternalError", status, "We encountered an internal error. Please try again.")
        }
        _ => Failure::new("InternalFailure", status, "An internal failure occurred. Try again later."),
    }
}

/// What a load balancer says in front of a service that is not there.
pub(crate) fn html(status: u16) -> String {
    let reason = match status {
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "Internal Server Error",
    };
    let title = format!("{status} {reason}");
    format!("<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n")
}

/// What a caller hears whose clock and the service's are too far apart. `None`: they are near enough, or the caller does not say when it
/// signed.
pub(crate) fn clock_skewed(protocol: Protocol, request: &Request, now: Timestamp) -> Option<Failure> {
    let signed: Timestamp = request.header("x-amz-date")?.parse().ok()?;
    let minutes = if matches!(protocol, Protocol::RestXml | Protocol::S3) { 15 } else { 5 };
    let tolerance = SignedDuration::from_mins(minutes);
    let late = now.duration_since(signed);
    if late.abs() <= tolerance {
        return None;
    }
    let text = if late.is_positive() {
        let bound = compact(now - tolerance);
        format!("Signature expired: {} is now earlier than {bound} ({} - {minutes} min.)", compact(signed), compact(now))
    } else {
        let bound = compact(now + tolerance);
        format!("Signature not yet current: {} is still later than {bound} ({} + {minutes} min.)", compact(signed), compact(now))
    };
    Some(match protocol {
        Protocol::Query => Failure::new("SignatureDoesNotMatch", 403, text),
        Protocol::Ec2 if late.is_positive() => Failure::new("RequestExpired", 400, "Request has expired."),
        Protocol::Ec2 => Failure::new("AuthFailure", 401, "AWS was not able to validate the provided access credentials"),
        Protocol::Json | Protocol::Cbor => Failure::new("InvalidSignatureException", 400, text),
        Protocol::RestJson => Failure::new("InvalidSignatureException", 403, text),
        Protocol::RestXml | Protocol::S3 => {
            Failure::new("RequestTimeTooSkewed", 403, "The difference between the request time and the current time is too large.")
        }
    })
}
