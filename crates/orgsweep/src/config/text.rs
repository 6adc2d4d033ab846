//! Texts with a form of their own: role names, ARNs, addresses, log filters.

use std::net::Ipv6Addr;

use orgsweep_model::AccountId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A type whose values are texts that passed a check. The check answers what is wrong with a text, if anything is. The default needs none.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident $(= $default:literal)?, $check:expr) => {
        checked_text!($(#[$doc])* $name $(= $default)?, $check, |text: &str| format!("{text:?}"));
    };
    ($(#[$doc:meta])* $name:ident $(= $default:literal)?, $check:expr, $shown:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "String")]
        #[schemars(with = "String")]
        pub struct $name(String);

        $(impl Default for $name {
            fn default() -> Self {
                Self($default.to_owned())
            }
        })?

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                let check: fn(&str) -> Option<&'static str> = $check;
                match check(&text) {
                    None => Ok(Self(text)),
                    Some(wrong) => {
                        let shown: fn(&str) -> String = $shown;
                        Err(format!("{} {wrong}", shown(&text)))
                    }
                }
            }
        }
    };
}

checked_text! {
    /// An IAM role's name, without a path.
    RoleName = "OrgsweepAudit", |text| {
        let wrong = "is not an IAM role name: 1 to 64 letters, digits or any of +=,.@_- (no path, no ARN)";
        (!(1..=64).contains(&text.len()) || !text.bytes().all(iam_name)).then_some(wrong)
    }
}

checked_text! {
    /// A role session's name, as CloudTrail shows it.
    SessionName = "orgsweep", |text| {
        let wrong = "is not a role session name: 2 to 64 letters, digits or any of +=,.@_-";
        (!(2..=64).contains(&text.len()) || !text.bytes().all(iam_name)).then_some(wrong)
    }
}

checked_text! {
    /// An external id, which a role's trust policy can demand.
    ExternalId, |text| {
        let wrong = "is not an external id: 2 to 1224 letters, digits or any of +=,.@:/_-";
        (!(2..=1224).contains(&text.len()) || !text.bytes().all(|byte| iam_name(byte) || b":/".contains(&byte))).then_some(wrong)
    },
    // Some treat it as a secret.
    |_| "what is written here".to_owned()
}

checked_text! {
    /// An IAM role's ARN.
    RoleArn, |text| {
        let wrong = "is not a role's ARN: one looks like \"arn:aws:iam::123456789012:role/OrgsweepAudit\"";
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let fits = matches!(parts.as_slice(), ["arn", partition, "iam", "", account, resource]
            if partition.starts_with("aws")
                && account.parse::<AccountId>().is_ok()
                && resource.strip_prefix("role/").is_some_and(|role| !role.is_empty() && role.bytes().all(|b| iam_name(b) || b == b'/')));
        (!fits).then_some(wrong)
    }
}

checked_text! {
    /// An address to listen on: `127.0.0.1:9847`, `[::]:9847` or `localhost:9847`.
    ListenAddress = "127.0.0.1:9847", |text| {
        let wrong = "is not an address to listen on: write host and port, like 127.0.0.1:9847, or 0.0.0.0:9847 for every interface";
        let fits = text.rsplit_once(':').is_some_and(|(host, port)| {
            let host_fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
                Some(address) => address.parse::<Ipv6Addr>().is_ok(),
                None => !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)),
            };
            host_fits && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
        });
        (!fits).then_some(wrong)
    }
}

checked_text! {
    /// The URL under which people reach the server.
    HttpUrl, |text| {
        let wrong = "is not a URL: one looks like \"https://orgsweep.example.com\"";
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let fits = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace));
        (!fits).then_some(wrong)
    }
}

checked_text! {
    /// A log level, or levels by module: `info`, or `warn,orgsweep=debug`.
    LogFilter = "info", |text| {
        let wrong = "is not a log level: write off, error, warn, info, debug or trace, or levels by module like \"warn,orgsweep=debug\"";
        // A filter takes a bare word that is no level for a module's name and shows all of it, which nobody means.
        let fits = text.split(',').all(|part| part.contains(['=', '[']) || LEVELS.contains(&part.trim().to_ascii_lowercase().as_str()));
        (!fits || EnvFilter::try_new(text).is_err()).then_some(wrong)
    }
}

fn iam_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte)
}

impl std::str::FromStr for ListenAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.to_owned().try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts<T: TryFrom<String>>(good: &[&str], wrong: &[&str]) {
        for text in good {
            assert!(T::try_from((*text).to_owned()).is_ok(), "{text:?} was refused");
        }
        for text in wrong {
            assert!(T::try_from((*text).to_owned()).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn defaults_pass_their_own_checks() {
        assert!(RoleName::try_from(RoleName::default().to_string()).is_ok());
        assert!(SessionName::try_from(SessionName::default().to_string()).is_ok());
        assert!(ListenAddress::try_from(ListenAddress::default().to_string()).is_ok());
        assert!(LogFilter::try_from(LogFilter::default().to_string()).is_ok());
    }

    #[test]
    fn forms() {
        verdicts::<RoleName>(&["OrgsweepAudit", "a.b@c_d-e"], &["", "path/Role", "arn:aws:iam::123456789012:role/x", "a b"]);
        verdicts::<SessionName>(&["orgsweep"], &["x", "", "a b"]);
        verdicts::<ExternalId>(&["a:b/c", "1234"], &["", "x", "a b"]);
        verdicts::<RoleArn>(
            &["arn:aws:iam::123456789012:role/X", "arn:aws-us-gov:iam::012345678901:role/path/X"],
            &["OrgsweepAudit", "arn:aws:iam::1234:role/X", "arn:aws:iam::123456789012:user/X", "arn:aws:iam::123456789012:role/", "arn"],
        );
        verdicts::<ListenAddress>(
            &["127.0.0.1:9847", "0.0.0.0:0", "[::1]:80", "localhost:9847"],
            &["9847", ":9847", "127.0.0.1", "127.0.0.1:99999", "::1:80", "[::x]:80", "http://a:80", "a:+80", "a:"],
        );
        verdicts::<HttpUrl>(&["https://a.example", "http://a:1/b"], &["a.example", "ftp://a", "https://", "https:///x", "https://a b"]);
        verdicts::<LogFilter>(&["info", "off", "warn,orgsweep=debug"], &["verbose", "", "info,chatty", "orgsweep=loud"]);
    }
}
