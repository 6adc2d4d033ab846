//! Writing XML.

use std::fmt::{Display, Write};

use serde_json::Value;

/// A run of XML elements.
#[derive(Debug)]
pub(crate) struct Xml(String);

impl Default for Xml {
    fn default() -> Self {
        // Most answers fit, and need not be moved while they grow.
        Self(String::with_capacity(2048))
    }
}

impl Xml {
    /// An element that holds text.
    pub(crate) fn text(&mut self, name: &str, value: impl Display) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        // Writing into a String cannot fail.
        let _ = write!(Escaped(&mut self.0), "{value}");
        self.close(name)
    }

    /// An element that holds text, where there is any.
    pub(crate) fn optional(&mut self, name: &str, value: Option<impl Display>) -> &mut Self {
        if let Some(value) = value {
            self.text(name, value);
        }
        self
    }

    /// An element that holds others.
    pub(crate) fn nest(&mut self, name: &str, inner: impl FnOnce(&mut Self)) -> &mut Self {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
        inner(self);
        self.close(name)
    }

    /// A list: the wrapper, and in it the member element once for each item.
    pub(crate) fn list<T>(
        &mut self,
        name: &str,
        member: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        self.nest(name, |xml| {
            for item in items {
                xml.nest(member, |xml| write(xml, item));
            }
        })
    }

    /// What was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                self.nest(name, |xml| xml.value(value));
            }),
            Value::Array(items) => items.iter().for_each(|item| {
                self.nest("member", |xml| xml.value(item));
            }),
            Value::String(text) => {
                // Writing into a String cannot fail.
                let _ = write!(Escaped(&mut self.0), "{text}");
            }
            Value::Null => {}
            Value::Bool(_) | Value::Number(_) => self.0.push_str(&value.to_string()),
        }
    }

    fn close(&mut self, name: &str) -> &mut Self {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
        self
    }
}

/// Values in awsQuery's form.
impl From<&Value> for Xml {
    fn from(value: &Value) -> Self {
        let mut xml = Self::default();
        xml.value(value);
        xml
    }
}

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, mut text: &str) -> std::fmt::Result {
        while let Some(place) = text.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"')) {
            self.0.push_str(&text[..place]);
            self.0.push_str(match text.as_bytes()[place] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&quot;",
            });
            text = &text[place + 1..];
        }
        self.0.push_str(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nests_and_escapes() {
        let mut xml = Xml::default();
        xml.list("set", "item", ["R&D <a>", "b"], |xml, name| {
            xml.text("name", name);
        });
        xml.optional("nextToken", None::<&str>);
        assert_eq!(xml.as_str(), "<set><item><name>R&amp;D &lt;a&gt;</name></item><item><name>b</name></item></set>");
    }

    #[test]
    fn values_in_the_form_of_aws_query() {
        let value = serde_json::json!({"Alarms": [{"Name": "a<b", "On": true}, {"Name": "c", "Period": 300}], "Others": []});
        let alarms = "<member><Name>a&lt;b</Name><On>true</On></member><member><Name>c</Name><Period>300</Period></member>";
        assert_eq!(Xml::from(&value).as_str(), format!("<Alarms>{alarms}</Alarms><Others></Others>"));
    }
}
