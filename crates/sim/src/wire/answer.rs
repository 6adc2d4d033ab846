//! Writing answers in each protocol's form.

use std::fmt::Write;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use super::{Failure, Protocol, Request, Xml, cbor, time};

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// How the content types of awsJson begin, and the one for callers that name none.
const JSON: &[u8] = b"application/x-amz-json-";
const JSON_DEFAULT: &str = "application/x-amz-json-1.1";

/// More than what is round an XML answer.
const WRAPPING: usize = 512;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
static REQUEST_ID_OF_S3: HeaderName = HeaderName::from_static("x-amz-request-id");
static SMITHY_PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
static ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
static QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// A service's answer, before it is wrapped as its protocol demands.
#[derive(Debug)]
pub(crate) enum Body {
    /// The elements of an XML answer.
    Xml(Xml),
    /// The members of a JSON or CBOR answer.
    Json(Value),
}

impl From<Xml> for Body {
    fn from(xml: Xml) -> Self {
        Self::Xml(xml)
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

/// How to write the answer to one request.
pub(crate) struct Dialect<'a> {
    pub(crate) protocol: Protocol,
    /// The XML namespace; empty for the other protocols.
    pub(crate) namespace: &'a str,
    pub(crate) request: &'a Request,
    pub(crate) request_id: &'a str,
    /// Whether times are marked, because the service speaks CBOR with others.
    pub(crate) stamped: bool,
}

impl Dialect<'_> {
    /// Wraps a service's answer. `root` is the XML document's element: the operation's name, or the payload's for restXml.
    pub(crate) fn success(&self, root: &str, body: Body) -> Response<Bytes> {
        let (namespace, request_id) = (self.namespace, self.request_id);
        let xml = match body {
            Body::Json(value) if self.protocol == Protocol::Query => Xml::from(&value),
            Body::Json(value) => return self.respond(StatusCode::OK, None, self.values(value)),
            Body::Xml(xml) => xml,
        };
        let xml = xml.as_str();
        let mut text = String::with_capacity(xml.len() + WRAPPING);
        // Writing into a String cannot fail.
        let _ = match self.protocol {
            Protocol::Query => write!(
                text,
                "<{root}Response xmlns=\"{namespace}\"><{root}Result>{xml}</{root}Result>\
                 <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{root}Response>"
            ),
            Protocol::Ec2 => {
                write!(text, "{DECLARATION}<{root}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>{xml}</{root}Response>")
            }
            Protocol::RestXml | Protocol::S3 | Protocol::Json | Protocol::Cbor | Protocol::RestJson => {
                write!(text, "{DECLARATION}<{root} xmlns=\"{namespace}\">{xml}</{root}>")
            }
        };
        self.respond(StatusCode::OK, None, text.into_bytes())
    }

    /// Writes an error.
    pub(crate) fn error(&self, failure: &Failure) -> Response<Bytes> {
        let (status, namespace) = (StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_REQUEST), self.namespace);
        let mut xml = Xml::default();
        let text = match self.protocol {
            Protocol::Json | Protocol::Cbor | Protocol::RestJson => {
                let body = self.values(json!({"__type": failure.code, "message": failure.message}));
                return self.respond(status, Some(&failure.code), body);
            }
            Protocol::Query => {
                xml.nest("Error", |xml| {
                    xml.text("Type", fault(status)).text("Code", &failure.code).text("Message", &failure.message);
                });
                xml.text("RequestId", self.request_id);
                format!("<ErrorResponse xmlns=\"{namespace}\">{}</ErrorResponse>", xml.as_str())
            }
            Protocol::Ec2 => {
                xml.nest("Errors", |xml| {
                    xml.nest("Error", |xml| {
                        xml.text("Code", &failure.code).text("Message", &failure.message);
                    });
                });
                xml.text("RequestID", self.request_id);
                format!("{DECLARATION}<Response>{}</Response>", xml.as_str())
            }
            Protocol::RestXml => {
                xml.nest("Error", |xml| {
                    xml.text("Code", &failure.code).text("Message", &failure.message);
                });
                xml.text("RequestId", self.request_id).text("HostId", self.request_id);
                format!("{DECLARATION}<ErrorResponse>{}</ErrorResponse>", xml.as_str())
            }
            Protocol::S3 => {
                xml.text("Code", &failure.code).text("Message", &failure.message);
                xml.text("RequestId", self.request_id).text("HostId", self.request_id);
                format!("{DECLARATION}<Error>{}</Error>", xml.as_str())
            }
        };
        self.respond(status, Some(&failure.code), text.into_bytes())
    }

    /// A body that is no XML.
    fn values(&self, mut value: Value) -> Vec<u8> {
        if self.protocol == Protocol::Cbor {
            return cbor::write(&value);
        }
        if self.stamped {
            time::unstamp(&mut value);
        }
        // Values have text for keys, and so can be written.
        serde_json::to_vec(&value).unwrap_or_default()
    }

    fn respond(&self, status: StatusCode, code: Option<&str>, body: Vec<u8>) -> Response<Bytes> {
        let content_type = match self.protocol {
            Protocol::Query | Protocol::Ec2 => HeaderValue::from_static("text/xml;charset=UTF-8"),
            // The version, 1.0 or 1.1, is the caller's.
            Protocol::Json => {
                let asked = self.request.headers.get(CONTENT_TYPE).filter(|kind| kind.as_bytes().starts_with(JSON));
                asked.cloned().unwrap_or(HeaderValue::from_static(JSON_DEFAULT))
            }
            Protocol::Cbor => HeaderValue::from_static("application/cbor"),
            Protocol::RestJson => HeaderValue::from_static("application/json"),
            Protocol::RestXml | Protocol::S3 => HeaderValue::from_static("application/xml"),
        };
        let mut response = Response::new(body.into());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        let mut add = |name: &HeaderName, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        let is_xml = matches!(self.protocol, Protocol::RestXml | Protocol::S3);
        add(if is_xml { &REQUEST_ID_OF_S3 } else { &REQUEST_ID }, self.request_id);
        if self.protocol == Protocol::Cbor {
            add(&SMITHY_PROTOCOL, "rpc-v2-cbor");
        }
        if let Some(code) = code.filter(|_| matches!(self.protocol, Protocol::Json | Protocol::Cbor | Protocol::RestJson)) {
            add(&ERROR_TYPE, code);
            // Services that once spoke awsQuery repeat the code as it was then.
            if self.request.header("x-amzn-query-mode") == Some("true") {
                let then = if code == "ThrottlingException" { "Throttling" } else { code };
                add(&QUERY_ERROR, &format!("{then};{}", fault(status)));
            }
        }
        response
    }
}

/// Whose fault an error is, as awsQuery says it.
fn fault(status: StatusCode) -> &'static str {
    if status.is_server_error() { "Receiver" } else { "Sender" }
}
