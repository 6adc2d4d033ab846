//! From an SDK error to the reason why we are blind.

use std::error::Error as _;

use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{DispatchFailure, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{AccountId, Blind, BlindReason, Operation, Region, Unseen, always_enabled};

use crate::{connection::NoAnswer, gate::Held, interceptor::is_throttling, offered::is_listed_as_absent};

/// Where a call was made, for the words of an error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub account: Option<AccountId>,
    pub region: &'a Region,
    pub home_region: &'a Region,
}

impl Place<'_> {
    /// Whether an account can be without this region. The others refuse credentials for other reasons.
    fn may_be_disabled(&self) -> bool {
        self.region != self.home_region && !always_enabled(self.region.partition()).contains(self.region)
    }
}

/// Codes by which services refuse a permitted caller nothing but the permission.
const DENIED: [&str; 9] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "Client.UnauthorizedOperation",
    "NotAuthorized",
    "UnauthorizedException",
    "UnauthorizedOperation",
    "UnauthorizedAccess",
];

/// Codes by which a region that the account has not enabled refuses credentials that are good elsewhere.
const STRANGER: [&str; 5] =
    ["AuthFailure", "InvalidClientTokenId", "OptInRequired", "RegionDisabledException", "UnrecognizedClientException"];

/// What an error says about the question. `code` is AWS's error code where it sent one.
pub(crate) fn unseen<E>(error: &SdkError<E, HttpResponse>, operation: Operation, place: Place<'_>) -> Unseen
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let (code, message) = match error {
        SdkError::ServiceError(service) => (service.err().code(), service.err().message()),
        _ => (None, None),
    };
    let words = match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {}", message.trim()),
        (Some(code), None) => code.to_owned(),
        (None, _) => transport_words(error),
    };
    let detail = format!("{}:{} in {}{}: {words}", operation.service, operation.name, account_words(place.account), place.region);

    let reason = match error {
        SdkError::DispatchFailure(failure) if is_listed_as_absent(operation.service, place.region.as_str()) && has_no_name(failure) => {
            return not_offered(operation, place);
        }
        SdkError::TimeoutError(_) => BlindReason::Timeout,
        SdkError::DispatchFailure(failure) => transport_reason(failure),
        SdkError::ServiceError(service) => match code {
            Some(code) if is_throttling(code) => BlindReason::Throttled,
            None if service.raw().status().as_u16() == 429 => BlindReason::Throttled,
            Some(code) if DENIED.contains(&code) => denial(message.unwrap_or_default()),
            Some(code) if STRANGER.contains(&code) && place.may_be_disabled() => BlindReason::RegionDisabled,
            Some(_) if service.raw().status().is_client_error() && message.is_some_and(says_not_offered) => {
                return not_offered(operation, place);
            }
            _ => BlindReason::AwsError,
        },
        _ => BlindReason::AwsError,
    };
    let action = matches!(reason, BlindReason::IamDeny | BlindReason::ScpDeny).then(|| operation.action.to_owned());
    Unseen::Blind(Blind { reason, action, detail })
}

fn not_offered(operation: Operation, place: Place<'_>) -> Unseen {
    Unseen::NotOffered(format!("{} is not offered in {}", operation.service, place.region))
}

/// AWS names the kind of policy in the message of an explicit denial.
pub(crate) fn denial(message: &str) -> BlindReason {
    if message.contains("service control policy") { BlindReason::ScpDeny } else { BlindReason::IamDeny }
}

/// Only AWS's own words count. A name that does not resolve may as well be our own outage, which must not look like an answer: see
/// [`crate::offered`].
fn says_not_offered(message: &str) -> bool {
    ["not supported in this region", "not available in this region", "not supported in the requested region", "is not supported in region"]
        .iter()
        .any(|words| message.to_ascii_lowercase().contains(words))
}

/// Our own time-out inside the gate, which the SDK passes on as an error of the connector.
fn transport_reason(failure: &DispatchFailure) -> BlindReason {
    let source = failure.as_connector_error().and_then(std::error::Error::source);
    let held = source.and_then(|source| source.downcast_ref::<Held>());
    let answer = source.and_then(|source| source.downcast_ref::<NoAnswer>());
    match (held, answer) {
        (Some(Held::TooLong), _) => BlindReason::Throttled,
        (Some(Held::Silent), _) | (_, Some(NoAnswer::InTime)) => BlindReason::Timeout,
        (_, Some(NoAnswer::Short)) => BlindReason::Truncated,
        _ if failure.is_timeout() => BlindReason::Timeout,
        _ => BlindReason::AwsError,
    }
}

/// The look-up of the endpoint's name ended, and there is no such name. A resolver that could not tell says something else.
fn has_no_name(failure: &DispatchFailure) -> bool {
    const NO_NAME: [&str; 5] = [
        "Name or service not known",
        "No address associated with hostname",
        "nodename nor servname provided",
        "Name does not resolve",
        "Name has no usable address",
    ];
    let Some(error) = failure.as_connector_error() else { return false };
    let mut chain = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    let looking_up = chain.iter().any(|words| words.contains("dns error"));
    looking_up && chain.iter().any(|words| NO_NAME.iter().any(|no_name| words.contains(no_name)))
}

fn account_words(account: Option<AccountId>) -> String {
    account.map_or_else(String::new, |account| format!("{account} "))
}

/// The words of an error that has no AWS code: the whole chain of causes, because the outer ones say only "dispatch failure".
fn transport_words<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: std::error::Error + 'static,
{
    if let Some(response) = error.raw_response().filter(|response| response.status().as_u16() >= 400) {
        return format!("HTTP {} without an AWS error in the body", response.status().as_u16());
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.contains(&next) {
            words.push_str(": ");
            words.push_str(&next);
        }
        cause = error.source();
    }
    if words.contains("loading credentials") || words.contains("no providers in chain") {
        return format!(
            "no AWS credentials could be had. Give some by AWS_PROFILE, AWS_ACCESS_KEY_ID, a web identity, or the role of the container or instance. ({words})"
        );
    }
    words
}

#[cfg(test)]
mod tests {
    use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
    use aws_smithy_runtime_api::{client::result::ConnectorError, http::StatusCode};
    use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};

    use super::*;

    #[test]
    fn an_explicit_denial_of_a_service_control_policy_is_told_apart() {
        assert_eq!(
            denial(
                "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: iam:X on resource: * with an explicit deny in a service control policy"
            ),
            BlindReason::ScpDeny
        );
        assert_eq!(denial("… because no identity-based policy allows the iam:X action"), BlindReason::IamDeny);
        assert_eq!(denial("… with an explicit deny in an identity-based policy"), BlindReason::IamDeny);
    }

    const WHO: Operation = Operation::new("sts", "GetCallerIdentity", "sts:GetCallerIdentity");

    fn reason_in(region: &str, error: &SdkError<GetCallerIdentityError, HttpResponse>) -> Option<BlindReason> {
        let (region, home) = (region.parse().unwrap(), "us-east-1".parse().unwrap());
        match unseen(error, WHO, Place { account: None, region: &region, home_region: &home }) {
            Unseen::Blind(blind) => Some(blind.reason),
            Unseen::NotOffered(_) => None,
        }
    }

    fn said(status: u16, code: &str, message: &str) -> SdkError<GetCallerIdentityError, HttpResponse> {
        let metadata = ErrorMetadata::builder().code(code).message(message).build();
        let response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
        SdkError::service_error(GetCallerIdentityError::generic(metadata), response)
    }

    #[test]
    fn our_own_time_out_is_a_timeout() {
        let failure = ConnectorError::other(NoAnswer::InTime.into(), None);
        assert_eq!(reason_in("us-east-1", &SdkError::dispatch_failure(failure)), Some(BlindReason::Timeout));
        let refused = ConnectorError::io("connection refused".into());
        assert_eq!(reason_in("us-east-1", &SdkError::dispatch_failure(refused)), Some(BlindReason::AwsError));
    }

    #[test]
    fn codes_become_reasons() {
        let nowhere = "This operation is not supported in this region.";
        for (region, status, code, message, reason) in [
            ("eu-west-1", 400, "Throttling", "Rate exceeded", Some(BlindReason::Throttled)),
            ("eu-west-1", 403, "UnauthorizedOperation", "You are not authorized", Some(BlindReason::IamDeny)),
            (
                "eu-south-1",
                401,
                "AuthFailure",
                "AWS was not able to validate the provided access credentials",
                Some(BlindReason::RegionDisabled),
            ),
            // Every account has this region: the credentials themselves were refused.
            ("eu-west-1", 401, "AuthFailure", "AWS was not able to validate the provided access credentials", Some(BlindReason::AwsError)),
            ("eu-west-1", 400, "UnsupportedOperation", nowhere, None),
            // Words in another refusal, or in a failure of AWS's, are no answer.
            ("eu-west-1", 403, "AccessDenied", nowhere, Some(BlindReason::IamDeny)),
            ("eu-west-1", 503, "ServiceUnavailable", nowhere, Some(BlindReason::AwsError)),
        ] {
            assert_eq!(reason_in(region, &said(status, code, message)), reason, "{code} in {region}");
        }
    }

    /// As hyper reports a look-up that failed.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Chain(&'static str, #[source] Option<Box<Chain>>);

    #[test]
    fn a_missing_name_is_not_offered_only_where_the_table_says_so() {
        let detective = Operation::new("detective", "ListGraphs", "detective:ListGraphs");
        let asked = |operation, region: &str, words: [&'static str; 2]| {
            let lookup = Chain(words[0], Some(Box::new(Chain(words[1], None))));
            let failure = ConnectorError::io(Box::new(Chain("client error (Connect)", Some(Box::new(lookup)))));
            let (region, home) = (region.parse().unwrap(), "us-east-1".parse().unwrap());
            let place = Place { account: None, region: &region, home_region: &home };
            unseen(&SdkError::<GetCallerIdentityError, HttpResponse>::dispatch_failure(failure), operation, place)
        };
        let gone = ["dns error", "failed to lookup address information: Name or service not known"];
        let outage = ["dns error", "failed to lookup address information: Temporary failure in name resolution"];
        let refused = ["tcp connect error", "Connection refused (os error 111)"];
        assert_eq!(asked(detective, "ap-southeast-3", gone), Unseen::NotOffered("detective is not offered in ap-southeast-3".into()));
        for (operation, region, words) in [
            (detective, "us-east-1", gone),
            (detective, "xx-new-1", gone),
            (WHO, "ap-southeast-3", gone),
            (detective, "ap-southeast-3", outage),
            (detective, "ap-southeast-3", refused),
        ] {
            let Unseen::Blind(blind) = asked(operation, region, words) else { panic!("{region} {words:?}") };
            assert_eq!(blind.reason, BlindReason::AwsError, "{}", blind.detail);
        }
    }

    #[test]
    fn only_aws_s_own_words_make_a_service_not_offered() {
        assert!(says_not_offered("The requested feature is not supported in this region."));
        assert!(!says_not_offered("dns error: failed to lookup address information"));
        assert!(!says_not_offered("User is not authorized"));
    }
}
