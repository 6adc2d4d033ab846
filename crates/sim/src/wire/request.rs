//! Reading requests.

use bytes::Bytes;
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

/// An HTTP request with its whole body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Form,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service and the operation that a JSON request names.
    pub(crate) fn target(&self) -> Option<(&str, &str)> {
        let (service, operation) = self.header("x-amz-target")?.rsplit_once('.')?;
        // Some SDKs put a namespace before the service.
        Some((service.rsplit('.').next().unwrap_or(service), operation))
    }
}

/// A form or a query string: names and values in the order they came.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads `a=1&b=two+words`.
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned();
        Self(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(name), decode(value))
                })
                .collect(),
        )
    }

    /// A parameter's value; an empty one counts as not given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there, with or without a value.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// A list sent as `Name.1=…&Name.2=…`.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        (1..).map_while(|place| self.get(&format!("{name}.{place}"))).collect()
    }

    /// EC2's filters, `Filter.1.Name=…&Filter.1.Value.1=…`, whatever case the list's name has.
    pub(crate) fn filters(&self) -> Vec<(&str, Vec<&str>)> {
        ["Filter", "filter"]
            .into_iter()
            .flat_map(|list| {
                (1..).map_while(move |place| {
                    let name = self.get(&format!("{list}.{place}.Name"))?;
                    Some((name, self.list(&format!("{list}.{place}.Value"))))
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let form =
            Form::parse("Action=DescribeVpcs&Filter.1.Name=is-default&Filter.1.Value.1=true&RegionName.1=a&RegionName.2=b%20c+d&Empty=");
        assert_eq!(form.get("Action"), Some("DescribeVpcs"));
        assert_eq!(form.list("RegionName"), ["a", "b c d"]);
        assert_eq!(form.filters(), [("is-default", vec!["true"])]);
        assert_eq!(form.get("Empty"), None);
        assert!(form.has("Empty") && !form.has("Other"));
    }
}
