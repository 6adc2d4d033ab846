//! Writing answers in each protocol's form.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Failure, Protocol, Xml};

/// A service's answer, before it is wrapped as its protocol demands.
#[derive(Debug)]
pub(crate) enum Body {
    /// The elements of an XML answer.
    Xml(Xml),
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

/// Wraps a service's answer. `root` is the XML document's element: the operation's name, or the payload's for restXml.
pub(crate) fn success(protocol: Protocol, namespace: &str, root: &str, body: &Body, request_id: &str) -> Response {
    let text = match body {
        Body::Json(value) => value.to_string(),
        Body::Xml(xml) => {
            let inner = xml.as_str();
            match protocol {
                Protocol::Query => format!(
                    "<{root}Response xmlns=\"{namespace}\"><{root}Result>{inner}</{root}Result>\
                     <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{root}Response>"
                ),
                Protocol::Ec2 => format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>{inner}</{root}Response>"
                ),
                Protocol::RestXml | Protocol::Json | Protocol::RestJson => {
                    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{namespace}\">{inner}</{root}>")
                }
            }
        }
    };
    respond(protocol, StatusCode::OK, None, text, request_id)
}

/// Writes an error.
pub(crate) fn error(protocol: Protocol, namespace: &str, failure: &Failure, request_id: &str) -> Response {
    let status = StatusCode::from_u16(failure.status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut xml = Xml::default();
    let text = match protocol {
        Protocol::Json | Protocol::RestJson => json!({"__type": failure.code, "message": failure.message}).to_string(),
        Protocol::Query => {
            let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
            xml.nest("Error", |xml| {
                xml.text("Type", fault).text("Code", &failure.code).text("Message", &failure.message);
            });
            xml.text("RequestId", request_id);
            format!("<ErrorResponse xmlns=\"{namespace}\">{}</ErrorResponse>", xml.as_str())
        }
        Protocol::Ec2 => {
            xml.nest("Errors", |xml| {
                xml.nest("Error", |xml| {
                    xml.text("Code", &failure.code).text("Message", &failure.message);
                });
            });
            xml.text("RequestID", request_id);
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>{}</Response>", xml.as_str())
        }
        Protocol::RestXml => {
            xml.nest("Error", |xml| {
                xml.text("Code", &failure.code).text("Message", &failure.message);
            });
            xml.text("RequestId", request_id).text("HostId", request_id);
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ErrorResponse>{}</ErrorResponse>", xml.as_str())
        }
    };
    respond(protocol, status, Some(&failure.code), text, request_id)
}

fn respond(protocol: Protocol, status: StatusCode, code: Option<&str>, text: String, request_id: &str) -> Response {
    let content_type = match protocol {
        Protocol::Query | Protocol::Ec2 => "text/xml;charset=UTF-8",
        Protocol::Json => "application/x-amz-json-1.1",
        Protocol::RestJson => "application/json",
        Protocol::RestXml => "application/xml",
    };
    let request_id_header = if protocol == Protocol::RestXml { "x-amz-request-id" } else { "x-amzn-requestid" };
    let mut response = (status, [(CONTENT_TYPE.as_str(), content_type), (request_id_header, request_id)], text).into_response();
    if let Some(code) = code
        && matches!(protocol, Protocol::Json | Protocol::RestJson)
        && let Ok(value) = code.parse()
    {
        response.headers_mut().insert("x-amzn-errortype", value);
    }
    response
}
