//! The tags of accounts: asked for account by account, so each answer is kept for a while.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_organizations::operation::list_tags_for_resource::ListTagsForResourceError;
use orgsweep_model::{AccountId, Blind, BlindReason, Operation};
use tokio::time::Instant;

use crate::{
    blind,
    hub::{Hub, into_blind},
    pages::MOST,
};

pub(crate) const LIST_TAGS: Operation = Operation::new("organizations", "ListTagsForResource", "organizations:ListTagsForResource");

/// How long an answer is kept.
const VALID: Duration = Duration::from_hours(1);
/// A refusal is asked again this soon.
const REFUSAL_VALID: Duration = Duration::from_mins(1);

/// An account's tags.
pub(crate) type Tags = BTreeMap<String, String>;

/// The last answer about an account, and when it was asked for. `None` for an account that left since it was listed.
type Answer = Option<(Result<Option<Tags>, Blind>, Instant)>;

/// The answers by account. Only who asks for the same account waits for the same answer.
#[derive(Debug, Default)]
pub(crate) struct TagCache(Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<Answer>>>>);

impl TagCache {
    /// Forgets the tags of accounts that are not in the organization any more.
    pub fn retain(&self, keep: impl Fn(AccountId) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|account, _| keep(*account));
    }
}

impl Hub {
    /// An account's tags; `None` for an account that left since it was listed. A configured account has those of the configuration.
    pub(crate) async fn tags_of(&self, account: AccountId) -> Result<Option<Tags>, Blind> {
        if let Some(configured) = self.settings.static_accounts.iter().find(|configured| configured.id == account) {
            return Ok(Some(configured.tags.clone()));
        }
        let slot = Arc::clone(self.tags.0.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default());
        let mut slot = slot.lock().await;
        if let Some((answer, asked)) = &*slot
            && asked.elapsed() < if answer.is_ok() { VALID } else { REFUSAL_VALID }
        {
            return answer.clone();
        }
        let answer = self.ask_tags(account).await;
        *slot = Some((answer.clone(), Instant::now()));
        answer
    }

    async fn ask_tags(&self, account: AccountId) -> Result<Option<Tags>, Blind> {
        let caller = self.organization_caller().await?;
        // A client of its own, and with it a retry quota.
        let caller = caller.in_region(caller.region().clone());
        let mut tags = Tags::new();
        let request = caller.organizations().list_tags_for_resource().resource_id(account.to_string());
        let mut pages = request.into_paginator().stop_on_duplicate_token(false).send();
        // At most 50 tags, so a few pages: a listing that goes on is not a listing.
        for _ in 0..MOST {
            match pages.next().await {
                None => return Ok(Some(tags)),
                Some(Ok(page)) => {
                    let listed = page.tags.ok_or_else(|| {
                        Blind::new(BlindReason::AwsError, format!("organizations:ListTagsForResource of {account}: an answer has no list"))
                    })?;
                    tags.extend(listed.into_iter().map(|tag| (tag.key, tag.value)));
                }
                Some(Err(error)) if error.as_service_error().is_some_and(ListTagsForResourceError::is_target_not_found_exception) => {
                    return Ok(None);
                }
                Some(Err(error)) => return Err(into_blind(blind::unseen(&error, LIST_TAGS, self.place(&caller)))),
            }
        }
        Err(Blind::new(BlindReason::Truncated, format!("organizations:ListTagsForResource of {account}: more than {MOST} pages")))
    }
}
