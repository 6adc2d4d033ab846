//! Who is calling: the credential scope of the signature, the sessions, and what they may do.
//!
//! Signatures are not verified: the simulation has no secrets to keep.

pub(crate) mod policy;
pub(crate) mod session;

use std::sync::Arc;

use tokio::time::Instant;

use crate::org::Organization;
use crate::wire::{Failure, Protocol, Request};
use session::{Session, Sessions};

/// What a `SigV4` signature says about itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Scope<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) region: &'a str,
    /// The signing name, which is not always the endpoint's.
    pub(crate) service: &'a str,
}

impl<'a> Scope<'a> {
    /// Reads `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    pub(crate) fn parse(authorization: &'a str) -> Option<Self> {
        let credential = authorization.strip_prefix("AWS4-HMAC-SHA256")?.split_once("Credential=")?.1;
        let mut parts = credential.split([',', ' ']).next()?.split('/');
        let access_key = parts.next()?;
        let (_date, region, service) = (parts.next()?, parts.next()?, parts.next()?);
        (parts.next() == Some("aws4_request")).then_some(Self { access_key, region, service })
    }
}

/// An authenticated caller.
#[derive(Debug)]
pub(crate) struct Caller {
    /// The account it acts in, an index.
    pub(crate) account: usize,
    /// `None`: the base credentials.
    pub(crate) session: Option<Arc<Session>>,
}

impl Caller {
    /// Whom an access key stands for.
    pub(crate) fn identify(
        organization: &Organization,
        sessions: &Sessions,
        protocol: Protocol,
        access_key: &str,
        request: &Request,
    ) -> Result<Self, Failure> {
        if access_key.starts_with("AKIA") {
            return Ok(Self { account: organization.settings.management, session: None });
        }
        let session = sessions.find(access_key).filter(|session| request.header("x-amz-security-token") == Some(&session.token));
        let session = session.ok_or_else(|| Failure::invalid_token(protocol))?;
        if session.expires <= Instant::now() {
            return Err(Failure::expired_token(protocol));
        }
        Ok(Self { account: session.account, session: Some(session) })
    }

    /// The ARN that error texts and `GetCallerIdentity` name.
    pub(crate) fn arn(&self, organization: &Organization) -> String {
        let account = &organization.accounts[self.account].id;
        match &self.session {
            None => format!("arn:aws:iam::{account}:user/orgsweep"),
            Some(session) => format!("arn:aws:sts::{account}:assumed-role/{}/{}", organization.settings.role_name, session.name),
        }
    }

    /// Refuses an action that the session policy leaves out or that the account denies.
    pub(crate) fn authorize(&self, organization: &Organization, protocol: Protocol, action: &str, region: &str) -> Result<(), Failure> {
        if let Some(allowed) = self.session.as_ref().and_then(|session| session.allowed.as_ref())
            && !allowed.contains(action)
        {
            let why = format!("because no session policy allows the {action} action");
            return Err(self.refused(organization, protocol, action, "*", &why));
        }
        match organization.accounts[self.account].denied(action, region) {
            None => Ok(()),
            Some(deny) => Err(self.denied(organization, protocol, action, "*", deny.scp)),
        }
    }

    /// What the caller hears when an action is denied: by a service control policy, or because its role lacks it.
    pub(crate) fn denied(&self, organization: &Organization, protocol: Protocol, action: &str, resource: &str, scp: bool) -> Failure {
        let why = if scp {
            "with an explicit deny in a service control policy".to_owned()
        } else {
            format!("because no identity-based policy allows the {action} action")
        };
        self.refused(organization, protocol, action, resource, &why)
    }

    fn refused(&self, organization: &Organization, protocol: Protocol, action: &str, resource: &str, why: &str) -> Failure {
        let who = self.arn(organization);
        Failure::access_denied(protocol, &format!("User: {who} is not authorized to perform: {action} on resource: {resource} {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_scope_is_read() {
        let header =
            "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20240102/eu-west-1/access-analyzer/aws4_request, SignedHeaders=host, Signature=00";
        let expected = Scope { access_key: "AKIAEXAMPLE", region: "eu-west-1", service: "access-analyzer" };
        assert_eq!(Scope::parse(header), Some(expected));
        assert_eq!(Scope::parse("Bearer x"), None);
        assert_eq!(Scope::parse("AWS4-HMAC-SHA256 Credential=AKIA/2024/eu-west-1"), None);
    }
}
