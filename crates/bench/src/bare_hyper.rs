//! Hyper and `SigV4`, nothing else: the floor under what a request costs.
//!
//! It sends the requests that `bare-sdk --record` wrote down, signs each anew, and reads the answers without looking into them.

use std::{collections::BTreeMap, fs, io::Write, path::PathBuf, sync::Arc};

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use orgsweep_bench::{load, mix, recorded::Recorded};

type Http = Client<HttpConnector, Full<Bytes>>;

#[derive(Parser)]
struct Args {
    /// The simulation
    #[arg(long)]
    endpoint: String,
    /// A JSON object of requests by operation: a scan's `api.by_operation`
    #[arg(long)]
    mix: PathBuf,
    /// What `bare-sdk --record` wrote
    #[arg(long)]
    requests: PathBuf,
    /// The role to assume in the accounts of the requests
    #[arg(long, default_value = "OrgsweepAudit")]
    role: String,
    /// How many requests
    #[arg(long, default_value_t = 50_000)]
    calls: usize,
    /// How many of them at once
    #[arg(long, default_value_t = 64)]
    at_once: usize,
}

/// A request that lacks only its signature.
struct Unsigned {
    method: String,
    url: String,
    region: String,
    service: String,
    headers: Vec<(String, String)>,
    body: Bytes,
    identity: Identity,
}

fn main() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(Args::parse()))
}

async fn measure(args: Args) -> anyhow::Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let http: Http = Client::builder(TokioExecutor::new()).pool_timer(TokioTimer::new()).build(connector);
    let mix = serde_json::from_str(&fs::read_to_string(&args.mix)?).context("the mix is no JSON object of numbers")?;
    let recorded: Vec<Recorded> = serde_json::from_str(&fs::read_to_string(&args.requests)?).context("these are no recorded requests")?;
    let names: Vec<&str> = recorded.iter().map(|request| request.operation.as_str()).collect();
    let plan = mix::plan(&mix, &names, args.calls);

    let mut sessions = BTreeMap::new();
    let mut unsigned = Vec::with_capacity(recorded.len());
    for request in recorded {
        if !sessions.contains_key(&request.account) {
            sessions.insert(request.account.clone(), assume(&http, &args, &request.account).await?);
        }
        unsigned.push(Unsigned {
            method: request.method,
            url: format!("{}{}", args.endpoint, request.path),
            region: request.region,
            service: request.service,
            headers: request.headers,
            body: STANDARD.decode(&request.body)?.into(),
            identity: sessions[&request.account].clone(),
        });
    }
    let unsigned: Arc<[Unsigned]> = unsigned.into();
    let call = {
        let unsigned = Arc::clone(&unsigned);
        move |number: usize| {
            let (http, unsigned) = (http.clone(), Arc::clone(&unsigned));
            async move { Ok(send(&http, &unsigned[number]).await?.0) }
        }
    };
    load::run((0..unsigned.len()).collect(), args.at_once, call.clone()).await?;
    let cost = load::run(plan.order, args.at_once, call).await?;
    let result = serde_json::json!({ "cost": cost, "covered": plan.covered, "left_out": plan.left_out });
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}

/// Says whether the answer is a success, and gives its body.
async fn send(http: &Http, request: &Unsigned) -> anyhow::Result<(bool, Bytes)> {
    let params = v4::SigningParams::builder()
        .identity(&request.identity)
        .region(&request.region)
        .name(&request.service)
        .time(jiff::Timestamp::now().into())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let signable = SignableRequest::new(&request.method, &request.url, headers.clone(), SignableBody::Bytes(&request.body))?;
    let (instructions, _) = sign(signable, &params)?.into_parts();
    let builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    let builder = headers.fold(builder, |builder, (name, value)| builder.header(name, value));
    let mut signed = builder.body(Full::new(request.body.clone()))?;
    instructions.apply_to_request_http1x(&mut signed);
    let answer = http.request(signed).await?;
    let success = answer.status().is_success();
    Ok((success, answer.into_body().collect().await?.to_bytes()))
}

async fn assume(http: &Http, args: &Args, account: &str) -> anyhow::Result<Identity> {
    let role = format!("arn:aws:iam::{account}:role/{}", args.role);
    let form = format!("Action=AssumeRole&Version=2011-06-15&RoleSessionName=benchmark&RoleArn={role}");
    let request = Unsigned {
        method: "POST".to_owned(),
        url: format!("{}/", args.endpoint),
        region: "us-east-1".to_owned(),
        service: "sts".to_owned(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: form.into(),
        identity: Credentials::new("AKIAIOSFODNN7EXAMPLE", "simulated", None, None, "benchmark").into(),
    };
    let (_, answer) = send(http, &request).await?;
    let answer = String::from_utf8_lossy(&answer);
    let given = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        rest.split_once("</").map(|(value, _)| value.to_owned())
    };
    let credentials = given("AccessKeyId").zip(given("SecretAccessKey")).zip(given("SessionToken"));
    let ((key, secret), token) = credentials.with_context(|| format!("{role} cannot be assumed: {answer}"))?;
    Ok(Credentials::new(key, secret, Some(token), None, "benchmark").into())
}
