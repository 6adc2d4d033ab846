//! Where a request is addressed: what faults, rate limits and figures go by.

/// The account, region, service and operation of an authenticated request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    /// The account that the caller acts in, an index. For `AssumeRole` that is the one that assumes.
    pub(crate) account: usize,
    /// The account of the role to be assumed, an index; only for `AssumeRole`.
    pub(crate) role_account: Option<usize>,
    /// That of a global service is us-east-1.
    pub(crate) region: &'a str,
    /// An index into the services.
    pub(crate) service: usize,
    /// An index into the service's operations; `None` for one that the simulation does not have.
    pub(crate) operation: Option<usize>,
    /// The operation's name, or what the request calls it.
    pub(crate) name: &'a str,
    /// The IAM action that permits it; empty where the simulation does not know it.
    pub(crate) action: &'a str,
}

impl Site<'_> {
    /// The action without its service. S3's operations go by it, because their names are those of their answers.
    pub(crate) fn action_name(&self) -> &str {
        self.action.split_once(':').map_or("", |(_, name)| name)
    }
}
