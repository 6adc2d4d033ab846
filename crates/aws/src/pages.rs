//! Listings that come in pages: the whole of one, or none of it.

use aws_smithy_async::future::pagination_stream::{PaginationStream, fn_stream::FnStream};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use orgsweep_model::{Blind, BlindReason, Operation, Unseen};

use crate::blind::{self, Place};

/// No listing that a check needs comes near this many pages.
pub(crate) const MOST: usize = 500;

/// The pages of an operation for which the SDK has no paginator: `ask` asks for the page that a token stands for, `next` finds the token in
/// the answer.
pub(crate) fn by_token<O, E, A>(
    ask: impl Fn(Option<String>) -> A + Send + 'static,
    next: impl Fn(&O) -> Option<String> + Send + 'static,
) -> PaginationStream<Result<O, SdkError<E, HttpResponse>>>
where
    O: Send + 'static,
    E: Send + 'static,
    A: Future<Output = Result<O, SdkError<E, HttpResponse>>> + Send + 'static,
{
    PaginationStream::new(FnStream::new(move |pages| {
        Box::pin(async move {
            let mut token = None;
            loop {
                let page = ask(token.take()).await;
                token = page.as_ref().ok().and_then(&next).filter(|token| !token.is_empty());
                if pages.send(page).await.is_err() || token.is_none() {
                    return;
                }
            }
        })
    }))
}

/// Reads every page, or none. `pages` comes from a paginator that does not stop at a repeated token: it would take a part for the whole.
/// A listing that goes on after `most` pages, because it repeats itself or is larger than anything AWS allows, is cut off and blind.
pub(crate) async fn every_page<O, E>(
    mut pages: PaginationStream<Result<O, SdkError<E, HttpResponse>>>,
    operation: Operation,
    place: Place<'_>,
    most: usize,
    mut take: impl FnMut(O),
) -> Result<(), Unseen>
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut count = 0;
    while let Some(page) = pages.next().await {
        if count == most {
            let detail = format!("{}:{} in {}: more than {most} pages", operation.service, operation.name, place.region);
            return Err(Unseen::Blind(Blind::new(BlindReason::Truncated, detail)));
        }
        take(page.map_err(|error| blind::unseen(&error, operation, place))?);
        count += 1;
    }
    Ok(())
}
