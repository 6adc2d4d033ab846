//! What a secret looks like: access key ids, private keys, and literals under a telling name. Everything is one pass over the text, and
//! what is found is told by kind and name, never by value. See [`super::script`] for text that is not a list of variables.

use std::fmt;

/// Words by which a name tells that its value is a secret.
pub(super) const NAMES: &str = "API_KEY APIKEY PASS PASSPHRASE PASSWD PASSWORD PRIVATE_KEY PWD SECRET TOKEN";

/// Words after those by which a name tells that its value only says something about a secret.
pub(super) const QUALIFIERS: &str = "\
    ACCOUNT AGE ALG ALGORITHM ARN ARNS AUDIENCE AUTH AUTHENTICATION BACKEND BUCKET BUDGET COLUMN COOKIE COUNT DAYS \
    DIGEST DIR DISABLED DURATION ENABLED ENDPOINT EXPIRATION EXPIRES EXPIRY FIELD FILE FORMAT HASH HEADER HINT HOST \
    HOURS ID IDS INTERVAL ISSUER KIND LABEL LENGTH LIFETIME LIMIT LOCATION MANAGER MAX MIN MINUTES MODE NAME NAMES \
    PARAM PARAMETER PATH POLICY PREFIX PROMPT PROVIDER REF REGION REQUIRED ROTATION SCOPE SECONDS SIZE SOURCE STDIN \
    STORE SUFFIX TABLE TIMEOUT TTL TYPE URI URL VERSION";

/// Values that stand for one still to be put in.
pub(super) const PLACEHOLDERS: &str =
    "change-me change_me changeme dummy example placeholder redacted replace-me replace_me replaceme tbd todo";

/// A kind of secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    AccessKeyId,
    PrivateKey,
    Literal,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKeyId => "an access key id",
            Self::PrivateKey => "a private key",
            Self::Literal => "a literal",
        })
    }
}

/// The words of a check's parameters, ready to be held against names and values.
#[derive(Debug)]
pub(crate) struct Secrets {
    names: Vec<Vec<String>>,
    qualifiers: Vec<String>,
    placeholders: Vec<String>,
}

impl Secrets {
    pub fn new(names: &[String], qualifiers: &[String], placeholders: &[String]) -> Self {
        Self {
            names: names.iter().map(|name| words(name)).filter(|words| !words.is_empty()).collect(),
            qualifiers: qualifiers.iter().map(|word| word.to_ascii_uppercase()).collect(),
            placeholders: placeholders.iter().map(|word| word.to_ascii_lowercase()).collect(),
        }
    }

    /// The secret that a variable holds, if it does.
    pub fn in_variable(&self, name: &str, value: &str) -> Option<Kind> {
        if private_key(value) {
            Some(Kind::PrivateKey)
        } else if access_key_ids(value).next().is_some() {
            Some(Kind::AccessKeyId)
        } else {
            (self.tells(name) && self.could_be_secret(name, value)).then_some(Kind::Literal)
        }
    }

    /// Whether a name ends, as far as it matters, in a word for a secret: `DB_PASSWORD`, `clientSecret` and `TOKEN_2` do, `TOKEN_TTL` and
    /// `SECRET_ARN` do not.
    pub fn tells(&self, name: &str) -> bool {
        let words = words(name);
        let end = self.names.iter().filter_map(|telling| end_of(telling, &words)).max();
        let denied = words.first().is_some_and(|word| word == "NO");
        end.is_some_and(|end| !denied && !words[end..].iter().any(|word| self.qualifiers.contains(word)))
    }

    /// Whether a value could be what must be kept to oneself. `name` is what it stands under.
    pub fn could_be_secret(&self, name: &str, value: &str) -> bool {
        let value = unquoted(value);
        let placeholder = self.placeholders.contains(&value.to_ascii_lowercase()) || is_blank(value);
        let own_name = value.eq_ignore_ascii_case(name) && words(name).len() > 1;
        !(placeholder || own_name || is_setting(value) || is_reference(value))
    }
}

/// The words of a name in capitals: `dbPassword`, `db-password` and `DB_PASSWORD` have the same.
fn words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, character) in characters.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| characters.get(at));
        let after = characters.get(at + 1);
        let hump = character.is_ascii_uppercase()
            && (before.is_some_and(char::is_ascii_lowercase)
                || (before.is_some_and(char::is_ascii_uppercase) && after.is_some_and(char::is_ascii_lowercase)));
        let digits = before.is_some_and(|before| before.is_ascii_digit() != character.is_ascii_digit());
        if hump || digits || !character.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_ascii_alphanumeric()) {
            word.push(character.to_ascii_uppercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Where the last occurrence of `telling` ends in `words`. Its first word may end a longer one, as in `PGPASSWORD`, unless it is so short
/// that others end in it by chance, as in `BYPASS`. Its last word may stand in the plural.
fn end_of(telling: &[String], words: &[String]) -> Option<usize> {
    const LONG: usize = 5;
    let fits = |part: &[String]| {
        telling.iter().zip(part).enumerate().all(|(at, (told, word))| {
            let word = if at + 1 == telling.len() && !told.ends_with('S') { word.strip_suffix('S').unwrap_or(word) } else { word };
            told == word || (at == 0 && told.len() >= LONG && word.ends_with(told.as_str()))
        })
    };
    words.windows(telling.len()).rposition(fits).map(|start| start + telling.len())
}

/// The value without one pair of quotes.
fn unquoted(value: &str) -> &str {
    let value = value.trim();
    let inside = |quote| value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    inside('"').or_else(|| inside('\'')).unwrap_or(value).trim()
}

/// Nothing, or nothing but filling: `****`, `xxxx`, `...`, `<your password>`, `__PASSWORD__`, `your-password`.
fn is_blank(value: &str) -> bool {
    let filling = value.chars().all(|character| "*.-_#?xX".contains(character));
    let between = |open: &str, close: &str| value.len() > 2 && value.starts_with(open) && value.ends_with(close);
    let lower = value.to_ascii_lowercase();
    filling
        || between("<", ">")
        || ["__", "@@", "%%", "##"].iter().any(|mark| between(mark, mark))
        || lower.starts_with("your-")
        || lower.starts_with("your_")
}

/// A switch, a small number or a time: what a program is told, not what it keeps to itself.
fn is_setting(value: &str) -> bool {
    const WORDS: [&str; 15] =
        ["true", "false", "yes", "no", "y", "n", "on", "off", "none", "null", "nil", "undefined", "enabled", "disabled", "n/a"];
    let number = value.trim_end_matches(|character: char| character.is_ascii_lowercase() || character == '%');
    let small = !number.is_empty() && number.len() < 6 && number.chars().all(|character| character.is_ascii_digit() || character == '.');
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word)) || (small && value.len() - number.len() <= 2)
}

/// Where the secret can be had, instead of the secret: a variable, a template's field, an ARN, a path or a name of a parameter, or what
/// KMS made of it.
fn is_reference(value: &str) -> bool {
    let starts = [
        "arn:",
        "$",
        "`",
        "{{",
        "s3://",
        "ssm:",
        "ssm://",
        "aws-ssm:",
        "secretsmanager:",
        "aws-secretsmanager:",
        "vault:",
        "op://",
        "file:",
        "kms:",
        "alias/",
    ];
    let holds = ["${", "$(", "{{", "<%", "`"];
    // Every ciphertext of a symmetric KMS key begins like this.
    let encrypted = value.starts_with("AQICAH") && value.len() > 80;
    let windows = value.len() > 2 && value.starts_with('%') && (value.ends_with('%') || value.starts_with("%("));
    starts.iter().any(|start| value.starts_with(start))
        || holds.iter().any(|part| value.contains(part))
        || encrypted
        || windows
        || is_path(value)
        || is_plain_url(value)
}

/// A path or a name made of parts: `/prod/db/password`, `prod/db/password`, `./token`, `~/.token`, `C:\token`. Random text with slashes in
/// it has capitals as well.
fn is_path(value: &str) -> bool {
    let plain = |text: &str, capitals: bool| {
        text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-/".contains(c) || (capitals && c.is_ascii_uppercase()))
    };
    let drive = value.get(1..3) == Some(":\\");
    let rooted = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    drive || (rooted && plain(value.trim_start_matches('~'), true)) || (value.contains('/') && plain(value, false))
}

/// A URL without a password in it.
fn is_plain_url(value: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| value.starts_with(scheme)) && !value.contains(['@', '=', ' '])
}

/// Where access key ids stand in a text. AWS's documentation uses some that end in `EXAMPLE`.
pub(crate) fn access_key_ids(text: &str) -> impl Iterator<Item = usize> {
    let is_id = |word: &str| {
        word.len() == 20
            && (word.starts_with("AKIA") || word.starts_with("ASIA"))
            && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && !word.ends_with("EXAMPLE")
    };
    let start = text.as_ptr() as usize;
    text.split(|character: char| !character.is_ascii_alphanumeric())
        .filter(move |word| is_id(word))
        .map(move |word| word.as_ptr() as usize - start)
}

/// Where private keys stand in a text: the header of a PEM block with something after it that could be a key's first line. Scripts that
/// only look for such a header, or put a variable below it, hold no key.
pub(crate) fn private_keys(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices("-----BEGIN ").filter_map(|(at, begin)| {
        let rest = text.get(at + begin.len()..)?;
        let (kind, rest) = rest.split_once("-----")?;
        let kind = kind.strip_suffix(" BLOCK").unwrap_or(kind);
        let mut rest = rest;
        loop {
            let next = ["\\n", "\\r"].iter().fold(rest.trim_start(), |rest, escape| rest.strip_prefix(escape).unwrap_or(rest));
            if next.len() == rest.len() {
                break;
            }
            rest = next;
        }
        (kind.ends_with("PRIVATE KEY") && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "+/".contains(c))).then_some(at)
    })
}

fn private_key(text: &str) -> bool {
    private_keys(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::shared::list;

    fn usual() -> Secrets {
        Secrets::new(&list(NAMES), &list(QUALIFIERS), &list(PLACEHOLDERS))
    }

    #[test]
    fn names_that_tell_of_a_secret() {
        let secrets = usual();
        for name in [
            "PASSWORD",
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "DBPassword",
            "db-password",
            "PGPASSWORD",
            "PASSWORD_2",
            "PASSWORD2",
            "DB_PASS",
            "MYSQL_PWD",
            "JWT_SECRET",
            "CLIENT_SECRETS",
            "clientsecret",
            "SECRET_KEY",
            "AWS_SECRET_ACCESS_KEY",
            "GITHUB_TOKEN",
            "accessToken",
            "ACCESSTOKEN",
            "SECRET_NAME_TOKEN",
            "API_KEY",
            "stripeApiKey",
            "STRIPE_API_KEY_LIVE",
            "DD_APIKEY",
            "PRIVATE_KEY",
            "--password",
            "spring.datasource.password",
            "SECRETS_MANAGER_PASSWORD",
        ] {
            assert!(secrets.tells(name), "{name}");
        }
        for name in [
            "",
            "_",
            "KEY",
            "DB_USER",
            "BYPASS",
            "BYPASS_CACHE",
            "COMPASS",
            "TOKENIZER",
            "SECRETARY",
            "SECRET_ARN",
            "SecretArn",
            "DB_SECRET_NAME",
            "SECRET_ID",
            "TOKEN_URL",
            "TOKEN_TTL",
            "TOKEN_EXPIRY_SECONDS",
            "PASSWORD_MIN_LENGTH",
            "PASSWORD_PARAMETER",
            "PASSWORD_FILE",
            "SECRETS_MANAGER_ENDPOINT",
            "PASSWORD_RESET_URL",
            "API_KEY_ID",
            "passwordAuthentication",
            "NO_PASSWORD",
            "API_KEYNOTE",
            "KEY_API",
            "PASS_MAX_DAYS",
            "X-aws-ec2-metadata-token-ttl-seconds",
        ] {
            assert!(!secrets.tells(name), "{name}");
        }
    }

    #[test]
    fn values_that_are_literals() {
        let secrets = usual();
        for value in [
            "hunter2",
            "correct horse",
            "123456",
            "12345678",
            "s3cr3t!",
            "\"hunter2\"",
            "P@ss/word",
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY",
            "abc=",
            "eyJhbGciOi.eyJzdWIi.abc",
            "db-password",
            "https://user:hunter2@example.com",
            "AQICAHshort",
            "password",
            "%percent",
        ] {
            assert!(secrets.could_be_secret("PASSWORD", value), "{value}");
        }
        let ciphertext = format!("AQICAH{}", "h".repeat(100));
        for value in [
            "",
            " ",
            "\"\"",
            "''",
            "true",
            "False",
            "none",
            "0",
            "1",
            "3600",
            "12345",
            "0.5",
            "30m",
            "****",
            "xxxxxxxx",
            "...",
            "changeme",
            "ChangeMe",
            "<password>",
            "__PASSWORD__",
            "@@password@@",
            "your-password",
            "$PASSWORD",
            "${PASSWORD}",
            "$(get-password)",
            "`get-password`",
            "prefix-${SUFFIX}",
            "{{resolve:secretsmanager:db}}",
            "{{ password }}",
            "%PASSWORD%",
            "%(password)s",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
            "ssm:/db/password",
            "/prod/db/password",
            "/Prod/DB",
            "prod/db/password",
            "s3://bucket/key",
            "https://example.com/token",
            "alias/db",
            "C:\\token.txt",
            "~/.token",
            &ciphertext,
        ] {
            assert!(!secrets.could_be_secret("PASSWORD", value), "{value}");
        }
        assert!(!secrets.could_be_secret("DB_PASSWORD", "db_password"), "its own name");
    }

    #[test]
    fn access_key_ids_stand_alone() {
        for (text, count) in [
            ("AKIAQWERTYUIOPASDFGH", 1),
            ("key=ASIAQWERTYUIOPASDFG2;", 1),
            ("_AKIAQWERTYUIOPASDFGH_ 'AKIAQWERTYUIOPASDFGH'", 2),
            ("AKIAIOSFODNN7EXAMPLE", 0),
            ("AKIAQWERTYUIOPASDFG", 0),
            ("AKIAQWERTYUIOPASDFGHJ", 0),
            ("xAKIAQWERTYUIOPASDFGH", 0),
            ("akiaqwertyuiopasdfgh", 0),
            ("AROAQWERTYUIOPASDFGH", 0),
            ("AKIAQWERTYUIOPASDFGh", 0),
        ] {
            assert_eq!(access_key_ids(text).count(), count, "{text}");
        }
        assert_eq!(access_key_ids("é AKIAQWERTYUIOPASDFGH").collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn private_keys_have_something_in_them() {
        for (text, found) in [
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow", true),
            ("-----BEGIN PRIVATE KEY-----\\nMIIEow", true),
            ("-----BEGIN PRIVATE KEY-----\\r\\n MIIEow", true),
            ("-----BEGIN EC PRIVATE KEY----- MHcC", true),
            ("  - |\n    -----BEGIN OPENSSH PRIVATE KEY-----\r\n    b3Bl", true),
            ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF", true),
            ("-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQdG", true),
            ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED", true),
            ("-----BEGIN PUBLIC KEY-----\nMIIB", false),
            ("-----BEGIN CERTIFICATE-----\nMIIB", false),
            ("-----BEGIN RSA PRIVATE KEY-----\n$KEY", false),
            ("-----BEGIN RSA PRIVATE KEY-----\n{{ key }}", false),
            ("-----BEGIN RSA PRIVATE KEY-----\n...", false),
            ("grep -q -- '-----BEGIN RSA PRIVATE KEY-----' file", false),
            ("-----BEGIN RSA PRIVATE KEY-----", false),
            ("-----BEGIN RSA PRIVATE KEY", false),
            ("BEGIN RSA PRIVATE KEY MIIE", false),
        ] {
            assert_eq!(private_key(text), found, "{text}");
        }
    }

    #[test]
    fn a_variable_holds_one_kind_at_most() {
        let secrets = usual();
        for (name, value, kind) in [
            ("KEY", "AKIAQWERTYUIOPASDFGH", Some(Kind::AccessKeyId)),
            ("DB_PASSWORD", "AKIAQWERTYUIOPASDFGH", Some(Kind::AccessKeyId)),
            ("CERT", "-----BEGIN PRIVATE KEY-----\nMIIE", Some(Kind::PrivateKey)),
            ("DB_PASSWORD", "hunter2", Some(Kind::Literal)),
            ("DB_USER", "hunter2", None),
        ] {
            assert_eq!(secrets.in_variable(name, value), kind, "{name}={value}");
        }
    }
}
