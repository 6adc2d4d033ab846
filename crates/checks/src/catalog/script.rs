//! Secrets in scripts and configuration files, as user data holds them: line by line, without knowing the language.

use std::collections::BTreeMap;

use super::secrets::{Kind, Secrets, access_key_ids, private_keys};

/// How much of a value is looked at: a line may be the whole text, and each of its signs would otherwise be followed to the end.
const LONGEST: usize = 512;

/// A secret in a text. Its value is not kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
    /// The name that a literal stands under, or the command that it is given to.
    pub name: Option<String>,
}

/// Where a value begins. Most are not looked at, because their names tell nothing.
struct Value<'a> {
    text: &'a str,
    /// Without quotes it must be the last thing on the line, or it is prose.
    to_the_end: bool,
    /// Whether what begins with a dash is something else.
    no_dash: bool,
}

/// The secrets of a text; each name once, where it comes first.
pub(crate) fn secrets_in(secrets: &Secrets, text: &str) -> Vec<Found> {
    let mut found = BTreeMap::new();
    for (kind, places) in
        [(Kind::AccessKeyId, access_key_ids(text).collect::<Vec<_>>()), (Kind::PrivateKey, private_keys(text).collect::<Vec<_>>())]
    {
        if let Some(first) = places.first() {
            let line = 1 + text[..*first].matches('\n').count();
            found.insert((kind, None), line);
        }
    }
    for (number, line) in text.lines().enumerate() {
        let mut names = given_to_commands(secrets, line);
        for (name, value) in assignments(line).chain(options(line)).filter(|(name, _)| secrets.tells(name)) {
            names.extend(value.read().filter(|value| secrets.could_be_secret(name, value)).map(|_| shown(name)));
        }
        for name in names {
            found.entry((Kind::Literal, Some(name))).or_insert(number + 1);
        }
    }
    let mut found: Vec<Found> = found.into_iter().map(|((kind, name), line)| Found { line, kind, name }).collect();
    found.sort();
    found
}

/// A name as a finding shows it.
fn shown(name: &str) -> String {
    name.trim_matches(|character: char| !character.is_ascii_alphanumeric()).chars().take(64).collect()
}

fn of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.-".contains(character)
}

/// `name=value`, `name: value`, `"name": "value"`, `name := value`, `name => value`.
fn assignments(line: &str) -> impl Iterator<Item = (&str, Value<'_>)> {
    line.char_indices().filter(|(_, character)| "=:".contains(*character)).filter_map(|(at, sign)| {
        let (before, after) = (&line[..at], &line[at + 1..]);
        // Comparisons, paths of modules, the schemes of URLs, and the first half of `:=`.
        let compared = sign == '=' && (after.starts_with('=') || before.ends_with(['=', '!', '<', '>', '~']));
        let joined = sign == ':' && (after.starts_with([':', '=', '/']) || before.ends_with(':'));
        if compared || joined {
            return None;
        }
        let before = before.strip_suffix(':').unwrap_or(before).trim_end_matches([' ', '\t']);
        let before = before.strip_suffix(['"', '\'']).unwrap_or(before);
        let (rest, name) = before.split_at(before.trim_end_matches(of_name).len());
        let arrow = sign == '=' && after.starts_with('>');
        let value = Value { text: if arrow { &after[1..] } else { after }, to_the_end: sign == ':' || arrow, no_dash: false };
        // After a further colon it is a part of an ARN, whatever it says.
        let part = sign == ':' && rest.ends_with(':');
        (!name.is_empty() && !part).then_some((name, value))
    })
}

/// `--password value` and `-Password value`.
fn options(line: &str) -> impl Iterator<Item = (&str, Value<'_>)> {
    line.match_indices([' ', '\t']).filter_map(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + 1..]);
        let name = &before[before.trim_end_matches(of_name).len()..];
        let apart = before.len() == name.len() || before[..before.len() - name.len()].ends_with([' ', '\t']);
        let option = name.len() > 2 && name.starts_with('-') && apart;
        option.then_some((name, Value { text: after, to_the_end: false, no_dash: true }))
    })
}

impl<'a> Value<'a> {
    /// The value, if it is written down and not computed.
    fn read(&self) -> Option<&'a str> {
        let text = self.text.trim_start_matches([' ', '\t']);
        let cut = text.floor_char_boundary(LONGEST);
        let whole = cut == text.len();
        let text = &text[..cut];
        let quote = text.chars().next().filter(|character| "\"'".contains(*character));
        if let Some(quote) = quote {
            let inside = &text[1..];
            return inside.find(quote).map(|end| &inside[..end]).or_else(|| (!whole).then_some(inside));
        }
        let end = text.find([' ', '\t', '"', '\'', ';', ',', '&', '|', '<', '>', '}']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        let rest = rest.trim_start_matches([' ', '\t']);
        let ended = rest.is_empty() || rest.starts_with(['#', ',', '}', ';', '"', '\'']);
        // A call, an index, a YAML alias or tag, a block that begins on the next line.
        let computed = value.contains(['(', '[', ')']) || value.starts_with(['$', '`', '{', '@', '*', '!', '&']);
        let other = computed || (self.no_dash && value.starts_with('-')) || (self.to_the_end && !ended);
        (!value.is_empty() && !other).then_some(value)
    }
}

/// Passwords that commands take without a telling name: `mysql -p…`, `sshpass -p …`, `echo user:… | chpasswd`.
fn given_to_commands(secrets: &Secrets, line: &str) -> Vec<String> {
    const MYSQL: [&str; 7] = ["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump", "mariadb-admin"];
    let secret = |value: &&str| secrets.could_be_secret("", value);
    let mut found = Vec::new();
    for command in line.split(['|', ';', '&']) {
        let mut words = command.split_whitespace().skip_while(|word| {
            let program = word.rsplit('/').next().unwrap_or(word);
            !MYSQL.contains(&program) && program != "sshpass"
        });
        let Some(program) = words.next().and_then(|word| word.rsplit('/').next()) else { continue };
        while let Some(word) = words.next() {
            let joined = word.strip_prefix("-p").filter(|value| !value.is_empty());
            let apart = if word == "-p" && program == "sshpass" { words.next() } else { None };
            found.extend(joined.or(apart).filter(secret).map(|_| format!("{program} -p")));
        }
    }
    if let Some((said, _)) = line.split_once('|').filter(|(_, rest)| rest.split_whitespace().any(|word| word == "chpasswd")) {
        let given = said.split(['"', '\'', ' ', '\t']).filter_map(|word| word.split_once(':')).map(|(_, password)| password);
        found.extend(given.filter(secret).map(|_| "chpasswd".to_owned()).next());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{
        secrets::{NAMES, PLACEHOLDERS, QUALIFIERS},
        shared::list,
    };

    fn found(text: &str) -> Vec<String> {
        let secrets = Secrets::new(&list(NAMES), &list(QUALIFIERS), &list(PLACEHOLDERS));
        let words = |found: Found| format!("{} {} {}", found.line, found.kind, found.name.unwrap_or_default()).trim_end().to_owned();
        secrets_in(&secrets, text).into_iter().map(words).collect()
    }

    #[test]
    fn literals_in_many_languages() {
        for (line, name) in [
            ("export DB_PASSWORD=hunter2", "DB_PASSWORD"),
            ("DB_PASSWORD='hunter 2' ./start", "DB_PASSWORD"),
            ("PGPASSWORD=hunter2 psql -h db", "PGPASSWORD"),
            ("password: hunter2", "password"),
            ("password: hunter2 # for the database", "password"),
            ("    password = \"hunter2\"", "password"),
            ("{\"user\": \"a\", \"password\": \"hunter2\"}", "password"),
            ("{password: hunter2}", "password"),
            ("$Password = \"hunter2\"", "Password"),
            ("password => 'hunter2',", "password"),
            ("password := \"hunter2\"", "password"),
            ("<user name='a' password='hunter2'/>", "password"),
            ("db.password=hunter2", "db.password"),
            ("curl https://example.com/?token=abcdef&x=1", "token"),
            ("kubeadm join --token abcdef.0123456789abcdef 10.0.0.1:6443", "token"),
            ("createuser --password=hunter2", "password"),
            ("createuser --password 'hunter2'", "password"),
            ("New-User -Password \"hunter2\"", "Password"),
            ("echo \"password: hunter2\"", "password"),
            ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY", "AWS_SECRET_ACCESS_KEY"),
            ("mysql -u root -phunter2 shop", "mysql -p"),
            ("/usr/bin/mysqldump -u root -p'hunter2' shop > dump", "mysqldump -p"),
            ("sshpass -p hunter2 ssh a@b", "sshpass -p"),
            ("echo 'ubuntu:hunter2' | chpasswd", "chpasswd"),
            ("echo ubuntu:hunter2 | sudo chpasswd", "chpasswd"),
        ] {
            assert_eq!(found(line), [format!("1 a literal {name}")], "{line}");
        }
    }

    #[test]
    fn near_misses() {
        for line in [
            "",
            "password=",
            "password: ",
            "password: |",
            "password:",
            "export DB_PASSWORD=$1",
            "export DB_PASSWORD=\"${DB_PASSWORD}\"",
            "DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id prod/db --query SecretString)",
            "DB_PASSWORD=`aws ssm get-parameter --name /db/password`",
            "TOKEN=$(curl -X PUT http://169.254.169.254/latest/api/token -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600')",
            "curl -H \"X-aws-ec2-metadata-token: $TOKEN\" http://169.254.169.254/latest/meta-data/",
            "aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin \"$REGISTRY\"",
            "password = get_secret(\"db\")",
            "password = os.environ[\"DB_PASSWORD\"]",
            "password = !Ref DbPassword",
            "password: {{ db_password }}",
            "password: <%= password %>",
            "password: \"{{resolve:ssm-secure:db:1}}\"",
            "if [ \"$PASSWORD\" = \"\" ]; then",
            "if [[ $PASSWORD == hunter2 ]]; then",
            "if ($password -eq 'x') { }",
            "read -s -p \"Password: \" PW",
            "echo 'Your password: ask the team for it'",
            "PasswordAuthentication no",
            "PasswordAuthentication=no",
            "ssh_pwauth: false",
            "lock_passwd: true",
            "passwd: $6$rounds=4096$abc$def",
            "PASS_MAX_DAYS=90",
            "secretName: db",
            "kind: Secret",
            "std::password::reset",
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db",
            "password_file=/run/secrets/db",
            "psql --no-password shop",
            "gh auth login --with-token < token.txt",
            "mysql -u root -p shop",
            "mysql -u root -p$PASSWORD shop",
            "mysql -P 3306 --protocol=tcp",
            "mkdir -p /var/lib/data",
            "sshpass -p $PASSWORD ssh a@b",
            "echo \"ubuntu:$PASSWORD\" | chpasswd",
            "echo user:name | cat",
            "--token",
            "--token --verbose",
        ] {
            assert_eq!(found(line), <[String; 0]>::default(), "{line}");
        }
    }

    #[test]
    fn each_is_named_once_with_its_line() {
        let text = "#!/bin/sh\nPASSWORD=one\n\nkey=AKIAQWERTYUIOPASDFGH\nPASSWORD=two TOKEN=three\ncat <<E\n-----BEGIN PRIVATE KEY-----\nMIIE\nE\n";
        assert_eq!(found(text), ["2 a literal PASSWORD", "4 an access key id", "5 a literal TOKEN", "7 a private key"]);
        let windows = "<powershell>\r\n$Password = 'x y'\r\n";
        assert_eq!(found(windows), ["2 a literal Password"]);
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        for text in [
            "=",
            ":",
            "\"",
            "'='",
            "a=\"",
            "é=é",
            "é: 'é",
            "--é é",
            "-----BEGIN ",
            "|",
            "chpasswd|",
            "mysql",
            "password=\u{feff}é",
            "=\u{0}",
        ] {
            found(text);
        }
        // A line of nothing but assignments takes no longer than its length.
        assert_eq!(found(&"password=".repeat(1 << 13)).len(), 1);
    }
}
