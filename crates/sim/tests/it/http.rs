//! A server on a free port, and the smallest HTTP client that can talk to it.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use orgsweep_sim::{Options, Simulation, serve};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// A running simulation; it ends when this is dropped.
pub struct Server {
    address: std::net::SocketAddr,
    shutdown: CancellationToken,
    serving: JoinSet<std::io::Result<()>>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub head: String,
    /// As text, whatever of it is text.
    pub body: String,
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The text of the first XML element of this name.
    pub fn element(&self, name: &str) -> &str {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let rest = self.body.split_once(&open).unwrap_or_else(|| panic!("no {open} in {}", self.body)).1;
        rest.split_once(&close).unwrap().0
    }

    /// A CBOR body's member, which must be text.
    pub fn cbor_text(&self, name: &str) -> String {
        let body: ciborium::Value = ciborium::from_reader(self.bytes.as_slice()).unwrap_or_else(|error| panic!("{error}: {}", self.body));
        let member = body.into_map().unwrap().into_iter().find(|(key, _)| key.as_text() == Some(name));
        member.unwrap_or_else(|| panic!("no {name} in {}", self.body)).1.into_text().unwrap()
    }

    /// A header's value, in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Whose signature a request carries.
#[derive(Clone)]
pub struct Identity {
    pub key: String,
    pub token: Option<String>,
}

impl Identity {
    /// Base credentials.
    pub fn base() -> Self {
        Self { key: "AKIAIOSFODNN7EXAMPLE".to_owned(), token: None }
    }

    pub fn headers(&self, region: &str, service: &str) -> String {
        let key = &self.key;
        let mut text = format!(
            "Authorization: AWS4-HMAC-SHA256 Credential={key}/20240102/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0\r\n"
        );
        if let Some(token) = &self.token {
            write!(text, "X-Amz-Security-Token: {token}\r\n").unwrap();
        }
        text
    }
}

impl Server {
    pub async fn start(simulation: Simulation) -> Self {
        Self::start_with(simulation, Options::default()).await
    }

    pub async fn start_with(simulation: Simulation, options: Options) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let mut serving = JoinSet::new();
        serving.spawn(serve(Arc::new(simulation), listener, options, shutdown.clone()));
        Self { address, shutdown, serving }
    }

    /// Asks the server to end.
    pub fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Asks the server to end, and waits until it has.
    pub async fn stop(mut self) {
        self.shut_down();
        let ended = tokio::time::timeout(Duration::from_secs(10), self.serving.join_next()).await;
        ended.unwrap().unwrap().unwrap().unwrap();
    }

    /// An operation of a query protocol.
    pub async fn query(&self, who: &Identity, region: &str, service: &str, form: &str) -> Answer {
        let headers = format!("{}Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n", who.headers(region, service));
        self.send("POST / HTTP/1.1", &headers, form).await
    }

    /// An operation of a JSON 1.1 service.
    pub async fn json(&self, who: &Identity, region: &str, service: &str, operation: &str, input: &str) -> Answer {
        let target = match service {
            "organizations" => "AWSOrganizationsV20161128",
            "cloudtrail" => "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
            "config" => "StarlingDoveService",
            other => panic!("how does {other} call itself?"),
        };
        let headers =
            format!("{}Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: {target}.{operation}\r\n", who.headers(region, service));
        self.send("POST / HTTP/1.1", &headers, input).await
    }

    /// A GET of a REST service.
    pub async fn get(&self, who: &Identity, region: &str, service: &str, path: &str, more: &str) -> Answer {
        let headers = format!("{}{more}", who.headers(region, service));
        self.send(&format!("GET {path} HTTP/1.1"), &headers, "").await
    }

    /// An operation of a CBOR service, with an empty input.
    pub async fn cbor(&self, who: &Identity, region: &str, service: &str, target: &str, operation: &str) -> Answer {
        let headers = format!("{}Content-Type: application/cbor\r\nSmithy-Protocol: rpc-v2-cbor\r\n", who.headers(region, service));
        let line = format!("POST /service/{target}/operation/{operation} HTTP/1.1");
        // An empty map that ends where its end says.
        self.send_bytes(&line, &headers, b"\xbf\xff".to_vec()).await
    }

    /// A session in an account, by `AssumeRole` with further parameters.
    pub async fn assume(&self, account: &str, more: &str) -> Identity {
        let answer = self.try_assume(account, more).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Identity { key: answer.element("AccessKeyId").to_owned(), token: Some(answer.element("SessionToken").to_owned()) }
    }

    pub async fn try_assume(&self, account: &str, more: &str) -> Answer {
        let form = format!("Action=AssumeRole&RoleArn=arn:aws:iam::{account}:role/OrgsweepAudit&RoleSessionName=test{more}");
        self.query(&Identity::base(), "us-east-1", "sts", &form).await
    }

    /// Any request at all.
    pub async fn send(&self, line: &str, headers: &str, body: &str) -> Answer {
        self.send_bytes(line, headers, body.as_bytes().to_vec()).await
    }

    async fn send_bytes(&self, line: &str, headers: &str, body: Vec<u8>) -> Answer {
        self.exchange(line, headers, body, None).await.unwrap()
    }

    /// Any request at all, which may have no answer within a patience that is meant to end.
    pub async fn exchange(&self, line: &str, headers: &str, body: Vec<u8>, patience: Option<Duration>) -> std::io::Result<Answer> {
        let address = self.address;
        let host = if headers.contains("Host: ") { String::new() } else { format!("Host: {address}\r\n") };
        let head = format!("{line}\r\n{host}Connection: close\r\nContent-Length: {}\r\n{headers}\r\n", body.len());
        // A blocking client, because tokio's io-util feature would be on for this test alone, and rebuild half of the workspace.
        let exchange = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
            let mut stream = TcpStream::connect(address)?;
            stream.set_read_timeout(patience)?;
            stream.write_all(head.as_bytes())?;
            stream.write_all(&body)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        });
        let answer = exchange.await.unwrap()?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let (head, bytes) = (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec());
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Ok(Answer { status, head: head.to_lowercase(), body: String::from_utf8_lossy(&bytes).into_owned(), bytes })
    }
}
