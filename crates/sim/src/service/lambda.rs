//! Lambda: functions.

use serde_json::{Value, json};

use super::{Call, Operation, Service};
use crate::posture::workload::Functions;
use crate::wire::answer::Body;
use crate::wire::{Failure, Protocol, page};

pub(super) const SERVICE: Service = Service {
    signing_name: "lambda",
    protocol: Protocol::RestJson,
    operations: &[
        Operation { name: "ListFunctions", action: "lambda:ListFunctions", route: "GET /2015-03-31/functions", run: list_functions },
        Operation { name: "GetPolicy", action: "lambda:GetPolicy", route: "GET /2015-03-31/functions/{name}/policy", run: no_policy },
        Operation {
            name: "GetFunctionUrlConfig",
            action: "lambda:GetFunctionUrlConfig",
            route: "GET /2021-10-31/functions/{name}/url",
            run: no_policy,
        },
        Operation {
            name: "ListEventSourceMappings",
            action: "lambda:ListEventSourceMappings",
            route: "GET /2015-03-31/event-source-mappings",
            run: |_| Ok(json!({"EventSourceMappings": []}).into()),
        },
        Operation {
            name: "ListTags",
            action: "lambda:ListTags",
            route: "GET /2017-03-31/tags/{arn}",
            run: |_| Ok(json!({"Tags": {}}).into()),
        },
    ],
    ..Service::BASE
};

/// No function has a resource policy or a URL.
fn no_policy(_: &Call<'_>) -> Result<Body, Failure> {
    Err(Failure::new("ResourceNotFoundException", 404, "The resource you requested does not exist."))
}

/// What a function has for an environment.
enum Environment {
    None,
    Variables(Value),
    Error(&'static str, &'static str),
}

fn functions(variant: Functions) -> Vec<(String, Environment)> {
    let with = |name: &str, variables| (name.to_owned(), Environment::Variables(variables));
    let harmless =
        || with("orders", json!({"LOG_LEVEL": "info", "DB_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"}));
    let password = |name| with(name, json!({"DB_USER": "shop", "DB_PASSWORD": "correct-horse-battery"}));
    let encrypted = || {
        let message =
            "Lambda was unable to decrypt your environment variables because the KMS access was denied. Please check your KMS permissions.";
        ("sealed".to_owned(), Environment::Error("AccessDeniedException", message))
    };
    match variant {
        Functions::None => Vec::new(),
        Functions::References => {
            vec![harmless(), with("payments", json!({"API_TOKEN": "{{resolve:ssm-secure:token:1}}", "PASSWORD_PARAMETER": "/prod/db"}))]
        }
        Functions::WithoutVariables => vec![("orders".to_owned(), Environment::None), with("payments", json!({}))],
        Functions::NearMisses => vec![with(
            "orders",
            json!({
                "TOKEN_TTL": "86400000", "MAX_TOKENS": "4096", "USE_PASSWORD": "false", "DB_PASSWORD": "/prod/db/password",
                "CLIENT_SECRET": "", "EXAMPLE": "AKIAIOSFODNN7EXAMPLE", "BYPASS_CACHE": "abc", "PUBLIC": "-----BEGIN PUBLIC KEY-----\nMIIB",
                "SECRET": "AQICAHhAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==",
            }),
        )],
        Functions::Many => (0..120).map(|number| (format!("job-{number:03}"), Environment::None)).collect(),
        Functions::Password => vec![harmless(), password("payments")],
        Functions::AccessKey => vec![with("mails", json!({"SMTP_USER": "AKIAQWERTYUIOPASDFGH"}))],
        Functions::PrivateKey => {
            vec![with("signer", json!({"SIGNING": "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIBsimulated\n-----END EC PRIVATE KEY-----"}))]
        }
        Functions::Two => {
            vec![password("orders"), harmless(), with("payments", json!({"stripeApiKey": "sk_live_simulated", "JWT_SECRET": "simulated!"}))]
        }
        Functions::LastPage => (0..50).map(|number| (format!("job-{number:03}"), Environment::None)).chain([password("zone")]).collect(),
        Functions::NotDecrypted => vec![harmless(), encrypted()],
        Functions::KeyDisabled => vec![("sealed".to_owned(), Environment::Error("KMSDisabledException", "The KMS key used is disabled."))],
        Functions::NotDecryptedAndPassword => vec![encrypted(), password("payments")],
    }
}

fn list_functions(call: &Call<'_>) -> Result<Body, Failure> {
    let functions = functions(call.variant());
    // Whatever is asked for, a page has no more than 50.
    let size = call.page_size("MaxItems", 1..=10_000, 50)?.min(50);
    let (functions, next) = call.cut(&functions, call.request.query.get("Marker"), size)?;
    let list: Vec<Value> = functions
        .iter()
        .map(|(name, environment)| {
            let mut function = json!({
                "FunctionName": name,
                "FunctionArn": format!("arn:aws:lambda:{}:{}:function:{name}", call.region, call.account().id),
                "Runtime": "nodejs22.x",
                "Role": format!("arn:aws:iam::{}:role/{name}", call.account().id),
                "Handler": "index.handler",
                "CodeSize": 1024,
                "Timeout": 3,
                "MemorySize": 128,
                "LastModified": "2024-05-06T07:08:09.123+0000",
                "Version": "$LATEST",
                "PackageType": "Zip",
            });
            match environment {
                Environment::None => {}
                Environment::Variables(variables) => function["Environment"] = json!({"Variables": variables}),
                Environment::Error(code, message) => {
                    function["Environment"] = json!({"Error": {"ErrorCode": code, "Message": message}});
                }
            }
            function
        })
        .collect();
    Ok(page::with_next(json!({"Functions": list}), "NextMarker", next).into())
}
