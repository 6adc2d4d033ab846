//! Writing requests down on their way out.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeTransmitInterceptorContextRef},
        orchestrator::HttpRequest,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::config_bag::ConfigBag;
use base64::{Engine, engine::general_purpose::STANDARD};
use orgsweep_bench::recorded::Recorded;

/// Headers that signing or sending makes.
const MADE_ANEW: [&str; 6] = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "host", "content-length"];

/// What was recorded so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<Recorded>>>);

impl Recorder {
    /// Takes the request that was recorded last for one of this operation.
    pub(crate) fn name_last(&self, operation: &str) {
        if let Some(last) = self.0.lock().unwrap_or_else(PoisonError::into_inner).last_mut() {
            operation.clone_into(&mut last.operation);
        }
    }

    pub(crate) fn write(&self, file: &Path) -> anyhow::Result<()> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let named: Vec<&Recorded> = recorded.iter().filter(|request| !request.operation.is_empty()).collect();
        fs::write(file, serde_json::to_vec(&named)?).with_context(|| format!("{} cannot be written", file.display()))
    }
}

/// Records the requests of one account's clients.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) recorder: Recorder,
    pub(crate) account: String,
}

impl Intercept for Recording {
    fn name(&self) -> &'static str {
        "Recording"
    }

    fn read_after_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let recorded = recorded(context.request(), &self.account).ok_or("the request is not signed, or its body is a stream")?;
        self.recorder.0.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        Ok(())
    }
}

fn recorded(request: &HttpRequest, account: &str) -> Option<Recorded> {
    // AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, ...
    let credential = request.headers().get("authorization")?.split_once("Credential=")?.1.split_once(',')?.0;
    let mut scope = credential.split('/').skip(2);
    let headers = request.headers().iter().filter(|(name, _)| !MADE_ANEW.contains(name));
    let uri: http::Uri = request.uri().parse().ok()?;
    Some(Recorded {
        operation: String::new(),
        account: account.to_owned(),
        region: scope.next()?.to_owned(),
        service: scope.next()?.to_owned(),
        method: request.method().to_owned(),
        path: uri.path_and_query()?.to_string(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: STANDARD.encode(request.body().bytes()?),
    })
}
