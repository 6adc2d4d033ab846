//! What an operation knows about the request it answers.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use serde_json::Value;

use super::route::Params;
use crate::Simulation;
use crate::identity::Caller;
use crate::org::{Account, Organization};
use crate::posture::Trait;
use crate::wire::page::{self, Mark, Paging};
use crate::wire::{Failure, Form, Protocol, Request};

/// A permitted request to one operation.
pub(crate) struct Call<'a> {
    pub(crate) simulation: &'a Simulation,
    pub(crate) caller: &'a Caller,
    pub(crate) region: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) protocol: Protocol,
    /// The form of the query protocols; empty for the others.
    pub(crate) form: &'a Form,
    /// The body of the JSON and CBOR protocols, an empty object where there is none; null for the others.
    pub(crate) input: &'a Value,
    pub(crate) params: &'a Params,
    pub(crate) paging: Paging,
}

/// One page of a list, and the token of the next one.
pub(crate) type Page<'t, T> = (&'t [T], Option<String>);

impl<'a> Call<'a> {
    pub(crate) fn organization(&self) -> &'a Organization {
        &self.simulation.organization
    }

    /// The account that the caller acts in.
    pub(crate) fn account(&self) -> &'a Account {
        &self.simulation.organization.accounts[self.caller.account]
    }

    /// Which variant of a check the caller's account has in the call's region.
    pub(crate) fn variant<T: Trait>(&self) -> T {
        self.organization().variant(self.account(), self.region)
    }

    /// A text member of the input.
    pub(crate) fn member(&self, name: &str) -> Option<&'a str> {
        self.input.get(name)?.as_str()
    }

    /// What stands for `{name}` of the operation's route; empty where the route has no such parameter.
    pub(crate) fn param(&self, name: &str) -> &'a str {
        self.params.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// A simple parameter, wherever the protocol puts it: form, query string, or a text or number in the input.
    pub(crate) fn parameter(&self, name: &str) -> Option<Cow<'a, str>> {
        let given = match self.protocol {
            Protocol::Query | Protocol::Ec2 => self.form.get(name),
            Protocol::RestJson | Protocol::RestXml | Protocol::S3 => self.request.query.get(name),
            Protocol::Json | Protocol::Cbor => None,
        };
        given.map(Cow::Borrowed).or_else(|| match self.input.get(name)? {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        })
    }

    /// The page that the caller asks for, by the parameters that carry the token and the wished size.
    pub(crate) fn page<'t, T>(
        &self,
        items: &'t [T],
        names: (&str, &str),
        limits: RangeInclusive<usize>,
        default: usize,
    ) -> Result<Page<'t, T>, Failure> {
        let (range, next) = self.window(items.len(), names, limits, default)?;
        Ok((&items[range], next))
    }

    /// The same for a list of this length, as the places of the page's items.
    pub(crate) fn window(
        &self,
        length: usize,
        (token, size): (&str, &str),
        limits: RangeInclusive<usize>,
        default: usize,
    ) -> Result<(Range<usize>, Option<String>), Failure> {
        let size = self.page_size(size, limits, default)?;
        let (range, next) = Mark::of(self.protocol, self.parameter(token).as_deref())?.window(length, size, self.paging);
        Ok((range, next.map(Mark::token)))
    }

    /// The page that a token asks for, if pages have this size.
    pub(crate) fn cut<'t, T>(&self, items: &'t [T], token: Option<&str>, size: usize) -> Result<Page<'t, T>, Failure> {
        let (range, next) = Mark::of(self.protocol, token)?.window(items.len(), size, self.paging);
        Ok((&items[range], next.map(Mark::token)))
    }

    /// How many items the caller wants on a page.
    pub(crate) fn page_size(&self, name: &str, limits: RangeInclusive<usize>, default: usize) -> Result<usize, Failure> {
        page::size(self.protocol, self.parameter(name).as_deref(), limits, default)
    }
}
