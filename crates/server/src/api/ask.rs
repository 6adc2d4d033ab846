//! What can be asked for: query parameters, each checked, and none that is not known.

use std::{fmt::Display, str::FromStr};

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::request::Parts,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use super::answer::Problem;

/// Query parameters.
pub(crate) struct Ask<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Ask<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asked = Query::<T>::from_request_parts(parts, state).await;
        asked.map(|Query(asked)| Self(asked)).map_err(|error| Problem::bad_request(error.body_text()))
    }
}

/// No query parameter.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// The one variable part of a path.
pub(crate) struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        named.map(|Path(named)| Self(named)).map_err(|error| Problem::bad_request(error.body_text()))
    }
}

/// How many items a page has at the most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit(pub u16);

impl Limit {
    const MOST: u16 = 1000;
}

impl Default for Limit {
    fn default() -> Self {
        Self(100)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("limit: {text:?} is not a number from 1 to {}", Self::MOST));
        // A sign or leading zeros are not how people write a number of items.
        let number: u16 = text.parse().ok().filter(|number: &u16| number.to_string() == text).ok_or_else(wrong)?;
        if (1..=Self::MOST).contains(&number) { Ok(Self(number)) } else { Err(wrong()) }
    }
}

/// A check's id, whether or not there is such a check.
#[derive(Clone, Debug)]
pub(crate) struct CheckName(pub String);

impl FromStr for CheckName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is not what a check's id looks like: lowercase letters, digits and hyphens"))
        }
    }
}

/// A value that is written as text, such as an account id; for `#[serde(deserialize_with)]` of optional parameters.
pub(crate) fn text<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}
