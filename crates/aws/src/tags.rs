//! The tags of accounts: asked for account by account, so each answer is kept for a while.
//!
//! Organizations bears few calls, and an organization may have ten thousand accounts. In a large one the tagging API is asked first, which
//! shows a hundred tagged accounts at once. Its answer is believed in what it shows alone: it may lack an account because that has no
//! tags, because it is behind, or because the caller is a delegated administrator. What it does not show is asked for singly.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_organizations::operation::list_tags_for_resource::ListTagsForResourceError;
use orgsweep_model::{AccountId, Blind, BlindReason, Operation, region_of_global_services};
use tokio::time::Instant;

use crate::{
    blind,
    hub::{Hub, into_blind},
    interceptor::DECLARED,
    pages::{MOST, every_page},
};

pub(crate) const LIST_TAGS: Operation = Operation::new("organizations", "ListTagsForResource", "organizations:ListTagsForResource");

/// The tagging API's view of the accounts that have tags.
pub(crate) const GET_RESOURCES: Operation = Operation::new("tagging", "GetResources", "tag:GetResources");

/// From so many accounts on it is asked: fewer are read singly in less time than a first sweep takes.
const LARGE: usize = 100;
/// The most that it puts on a page.
const PAGE: i32 = 100;
/// Pages of it, far more than the largest organization has.
const MOST_PAGES: usize = 1_000;

/// How long an answer is kept.
const VALID: Duration = Duration::from_hours(1);
/// A refusal is asked again this soon.
const REFUSAL_VALID: Duration = Duration::from_mins(1);

/// An account's tags.
pub(crate) type Tags = BTreeMap<String, String>;

/// The last answer about an account, and when it was asked for. `None` for an account that left since it was listed.
type Answer = Option<(Result<Option<Tags>, Blind>, Instant)>;

/// The accounts that the tagging API shows with tags, and when it was asked.
type Shown = Option<(Arc<HashMap<AccountId, Tags>>, Instant)>;

/// The answers by account. Only who asks for the same account waits for the same answer.
#[derive(Debug, Default)]
pub(crate) struct TagCache {
    single: Mutex<HashMap<AccountId, Arc<tokio::sync::Mutex<Answer>>>>,
    shown: tokio::sync::Mutex<Shown>,
}

impl TagCache {
    /// Forgets the tags of accounts that are not in the organization any more.
    pub fn retain(&self, keep: impl Fn(AccountId) -> bool) {
        self.single.lock().unwrap_or_else(PoisonError::into_inner).retain(|account, _| keep(*account));
    }
}

impl Hub {
    /// An account's tags; `None` for an account that left since it was listed. A configured account has those of the configuration.
    pub(crate) async fn tags_of(&self, account: AccountId) -> Result<Option<Tags>, Blind> {
        if let Some(configured) = self.settings.static_accounts.iter().find(|configured| configured.id == account) {
            return Ok(Some(configured.tags.clone()));
        }
        let slot = Arc::clone(self.tags.single.lock().unwrap_or_else(PoisonError::into_inner).entry(account).or_default());
        let mut slot = slot.lock().await;
        if let Some((answer, asked)) = &*slot
            && asked.elapsed() < if answer.is_ok() { VALID } else { REFUSAL_VALID }
        {
            return answer.clone();
        }
        let answer = match self.shown_tags().await.get(&account) {
            Some(tags) => Ok(Some(tags.clone())),
            None => self.ask_tags(account).await,
        };
        *slot = Some((answer.clone(), Instant::now()));
        answer
    }

    /// The accounts that the tagging API shows with tags. Empty where it is not asked, or does not answer.
    async fn shown_tags(&self) -> Arc<HashMap<AccountId, Tags>> {
        if self.last_listing.count() < LARGE {
            return Arc::default();
        }
        let mut shown = self.tags.shown.lock().await;
        if let Some((tags, asked)) = &*shown
            && asked.elapsed() < VALID
        {
            return Arc::clone(tags);
        }
        // A collector may be what needs them: its own declaration does not name this operation, which it can do without.
        let asked = DECLARED.scope(&[GET_RESOURCES], self.ask_shown_tags()).await;
        let tags = Arc::new(asked.unwrap_or_else(|blind| {
            tracing::info!(
                detail = blind.detail,
                "the tagging API does not show the accounts' tags: asking Organizations account by account, which takes longer"
            );
            HashMap::new()
        }));
        *shown = Some((Arc::clone(&tags), Instant::now()));
        tags
    }

    async fn ask_shown_tags(&self) -> Result<HashMap<AccountId, Tags>, Blind> {
        let caller = self.organization_caller().await?;
        // Organizations is a global service, and so are its tags.
        let region = region_of_global_services(self.home_region().partition()).unwrap_or_else(|| self.home_region().clone());
        let caller = caller.in_region(region);
        let request = caller.resource_tags().get_resources().resource_type_filters("organizations:account").resources_per_page(PAGE);
        let pages = request.into_paginator().stop_on_duplicate_token(false).send();
        let mut shown = HashMap::new();
        let read = every_page(pages, GET_RESOURCES, self.place(&caller), MOST_PAGES, |page| {
            for resource in page.resource_tag_mapping_list.unwrap_or_default() {
                let account = resource.resource_arn.as_deref().and_then(|arn| arn.rsplit('/').next()?.parse::<AccountId>().ok());
                let tags: Tags = resource.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect();
                if let Some(account) = account.filter(|_| !tags.is_empty()) {
                    shown.insert(account, tags);
                }
            }
        });
        read.await.map_err(into_blind)?;
        Ok(shown)
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
