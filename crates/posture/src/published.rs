//! What a scrape reads: texts that were rendered when something changed.

use std::{collections::BTreeMap, sync::Arc};

use orgsweep_model::AccountId;

use crate::{chunks::Chunks, compressed::Text, family::Family};

/// What a scrape reads.
pub(crate) struct Published {
    /// Headers of the families with a chunk per account.
    headers: [Text; Family::PER_ACCOUNT.len()],
    pub chunks: BTreeMap<AccountId, Arc<Chunks>>,
    pub account_info: Text,
    pub check_info: Text,
    pub summary: Text,
}

/// What a scrape sends, as of one moment.
pub(crate) struct Snapshot {
    headers: [Text; Family::PER_ACCOUNT.len()],
    chunks: Vec<Arc<Chunks>>,
    others: [Text; 3],
}

impl Published {
    pub fn new() -> Self {
        Self {
            headers: Family::PER_ACCOUNT.map(|family| Text::new(&family.header())),
            chunks: BTreeMap::new(),
            account_info: Text::default(),
            check_info: Text::default(),
            summary: Text::default(),
        }
    }

    /// What is shown now. Quick: it copies pointers.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            headers: self.headers.clone(),
            chunks: self.chunks.values().cloned().collect(),
            others: [self.account_info.clone(), self.check_info.clone(), self.summary.clone()],
        }
    }
}

impl Snapshot {
    /// Its texts, family after family.
    pub fn texts(self) -> Vec<Text> {
        let mut texts = Vec::new();
        for (family, header) in self.headers.into_iter().enumerate() {
            let mut of_accounts = self.chunks.iter().map(|chunks| &chunks.text[family]).filter(|text| !text.plain().is_empty()).peekable();
            if of_accounts.peek().is_some() {
                texts.push(header);
                texts.extend(of_accounts.cloned());
            }
        }
        texts.extend(self.others.into_iter().filter(|text| !text.plain().is_empty()));
        texts
    }
}
