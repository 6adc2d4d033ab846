//! What is in a credential report: lines of comma-separated values.

use orgsweep_model::fact::iam::{AccessKey, ReportTime, RootCredentials, UserCredentials};
use serde::Deserialize;

/// The columns that checks read.
#[derive(Deserialize)]
struct Row {
    user: String,
    arn: String,
    user_creation_time: String,
    password_enabled: String,
    password_last_used: String,
    password_last_changed: String,
    mfa_active: String,
    access_key_1_active: String,
    access_key_1_last_rotated: String,
    access_key_1_last_used_date: String,
    access_key_2_active: String,
    access_key_2_last_rotated: String,
    access_key_2_last_used_date: String,
}

/// Their names.
const COLUMNS: [&str; 13] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

/// The root user's row, which AWS includes and other endpoints leave out, and the users.
pub fn parse(content: &[u8]) -> Result<(Option<RootCredentials>, Vec<UserCredentials>), String> {
    let (mut root, mut users) = (None, Vec::new());
    let mut report = csv::Reader::from_reader(content);
    // Without rows nobody would miss the columns, and a report that is not one would say that there are no users.
    let columns = report.headers().map_err(|error| error.to_string())?;
    if let Some(missing) = COLUMNS.iter().find(|name| !columns.iter().any(|column| column == **name)) {
        return Err(format!("it has no column {missing}"));
    }
    for row in report.deserialize::<Row>() {
        let row = row.map_err(|error| error.to_string())?;
        if row.user == "<root_account>" {
            root = Some(row.root()?);
        } else {
            users.push(row.user()?);
        }
    }
    Ok((root, users))
}

impl Row {
    fn root(&self) -> Result<RootCredentials, String> {
        let (access_key_1, access_key_2) = self.access_keys()?;
        Ok(RootCredentials { password_last_used: self.time("password_last_used", &self.password_last_used)?, access_key_1, access_key_2 })
    }

    fn user(self) -> Result<UserCredentials, String> {
        let (access_key_1, access_key_2) = self.access_keys()?;
        let ReportTime::At(created) = self.time("user_creation_time", &self.user_creation_time)? else {
            return Err(format!("user_creation_time of {} is {:?}, not a time", self.user, self.user_creation_time));
        };
        Ok(UserCredentials {
            created,
            password_enabled: self.boolean("password_enabled", &self.password_enabled)?,
            password_last_used: self.time("password_last_used", &self.password_last_used)?,
            password_last_changed: self.time("password_last_changed", &self.password_last_changed)?,
            mfa_active: self.boolean("mfa_active", &self.mfa_active)?,
            access_key_1,
            access_key_2,
            user: self.user,
            arn: self.arn,
        })
    }

    fn access_keys(&self) -> Result<(AccessKey, AccessKey), String> {
        let first = AccessKey {
            active: self.boolean("access_key_1_active", &self.access_key_1_active)?,
            last_rotated: self.time("access_key_1_last_rotated", &self.access_key_1_last_rotated)?,
            last_used: self.time("access_key_1_last_used_date", &self.access_key_1_last_used_date)?,
        };
        let second = AccessKey {
            active: self.boolean("access_key_2_active", &self.access_key_2_active)?,
            last_rotated: self.time("access_key_2_last_rotated", &self.access_key_2_last_rotated)?,
            last_used: self.time("access_key_2_last_used_date", &self.access_key_2_last_used_date)?,
        };
        Ok((first, second))
    }

    /// `true` or `false`, which AWS documents as `TRUE` and `FALSE`.
    fn boolean(&self, column: &str, word: &str) -> Result<bool, String> {
        match word.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(format!("{column} of {} is {word:?}, neither true nor false", self.user)),
        }
    }

    fn time(&self, column: &str, word: &str) -> Result<ReportTime, String> {
        ReportTime::try_from(word.to_owned()).map_err(|why| format!("{column} of {} is {why}", self.user))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const USER: &str = "ana,arn:aws:iam::111122223333:user/ana,2020-01-01T00:00:00+00:00,TRUE,no_information,2020-01-02T00:00:00+00:00,\
                        false,true,2020-01-03T00:00:00+00:00,N/A,false,N/A,N/A";
    const ROOT: &str = "<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00+00:00,not_supported,2024-05-06T07:08:09+00:00,\
                        not_supported,true,false,N/A,N/A,false,N/A,N/A";

    fn report(rows: &[&str]) -> Result<(Option<RootCredentials>, Vec<UserCredentials>), String> {
        parse(format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n")).as_bytes())
    }

    #[test]
    fn the_root_row_is_optional_and_not_a_user() {
        let (root, users) = report(&[ROOT, USER]).unwrap();
        assert_eq!(root.unwrap().password_last_used.to_string(), "2024-05-06T07:08:09Z");
        assert_eq!(users.len(), 1);
        let ana = &users[0];
        assert!(ana.password_enabled && !ana.mfa_active && ana.access_key_1.active && !ana.access_key_2.active);
        assert_eq!((ana.password_last_used, ana.access_key_1.last_used), (ReportTime::NoInformation, ReportTime::NotApplicable));
        assert_eq!(ana.access_key_1.last_rotated.to_string(), "2020-01-03T00:00:00Z");
        assert_eq!(report(&[USER]).unwrap(), (None, users));
        assert_eq!(report(&[]).unwrap(), (None, Vec::new()));
    }

    #[test]
    fn what_is_no_report_is_no_answer() {
        for content in ["", "<html></html>", "user,arn,password_enabled\n"] {
            assert!(parse(content.as_bytes()).is_err(), "{content:?}");
        }
    }

    #[test]
    fn a_word_that_aws_does_not_document_is_no_answer() {
        for (was, is, column) in [
            ("TRUE", "maybe", "password_enabled"),
            ("no_information", "yesterday", "password_last_used"),
            ("2020-01-01T00:00:00+00:00", "N/A", "user_creation_time"),
            ("false,N/A,N/A", "false,N/A,", "access_key_2_last_used_date"),
        ] {
            let error = report(&[&USER.replace(was, is)]).unwrap_err();
            assert!(error.starts_with(&format!("{column} of ana")), "{error}");
        }
    }

    fn time() -> impl Strategy<Value = ReportTime> {
        prop_oneof![
            Just(ReportTime::NotApplicable),
            Just(ReportTime::NoInformation),
            Just(ReportTime::NotSupported),
            moment().prop_map(ReportTime::At),
        ]
    }

    fn moment() -> impl Strategy<Value = Timestamp> {
        (0..4_102_444_800_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
    }

    fn access_key() -> impl Strategy<Value = AccessKey> {
        (any::<bool>(), time(), time()).prop_map(|(active, last_rotated, last_used)| AccessKey { active, last_rotated, last_used })
    }

    fn root() -> impl Strategy<Value = RootCredentials> {
        (time(), access_key(), access_key()).prop_map(|(password_last_used, access_key_1, access_key_2)| RootCredentials {
            password_last_used,
            access_key_1,
            access_key_2,
        })
    }

    /// Names with what IAM allows, commas among it, and with what it does not.
    fn user() -> impl Strategy<Value = UserCredentials> {
        let name = prop_oneof!["[a-z0-9+=,.@_-]{1,64}", "[\"'\n\r, ;é日本<>a]{1,8}", any::<String>()];
        let name = name.prop_filter("that is the root user", |name| name != "<root_account>");
        let password = (any::<bool>(), time(), time());
        (name, moment(), password, any::<bool>(), access_key(), access_key()).prop_map(
            |(user, created, (password_enabled, password_last_used, password_last_changed), mfa_active, access_key_1, access_key_2)| {
                UserCredentials {
                    arn: format!("arn:aws:iam::111122223333:user/{user}"),
                    user,
                    created,
                    password_enabled,
                    password_last_used,
                    password_last_changed,
                    mfa_active,
                    access_key_1,
                    access_key_2,
                }
            },
        )
    }

    fn row(user: &str, arn: &str, password: [String; 4], mfa_active: bool, keys: [AccessKey; 2], upper: bool) -> Vec<String> {
        let word = |flag: bool| if upper { flag.to_string().to_uppercase() } else { flag.to_string() };
        let key = |key: AccessKey| [word(key.active), key.last_rotated.to_string(), key.last_used.to_string()];
        let mut row = vec![user.to_owned(), arn.to_owned()];
        row.extend(password);
        row.push(word(mfa_active));
        row.extend(keys.into_iter().flat_map(key));
        // What AWS adds behind the columns that checks read.
        row.push("false".to_owned());
        row
    }

    /// A report as AWS would write it. The columns begin with the one of this number.
    fn written(root: Option<&RootCredentials>, users: &[UserCredentials], first: usize, quoted: bool, upper: bool) -> Vec<u8> {
        let mut rows = vec![COLUMNS.iter().chain(&["cert_2_active"]).map(ToString::to_string).collect()];
        rows.extend(root.map(|root| {
            let password =
                [Timestamp::UNIX_EPOCH.to_string(), "not_supported".into(), root.password_last_used.to_string(), "not_supported".into()];
            row("<root_account>", "arn:aws:iam::111122223333:root", password, true, [root.access_key_1, root.access_key_2], upper)
        }));
        rows.extend(users.iter().map(|user| {
            let times = [user.password_last_used, user.password_last_changed].map(|time| time.to_string());
            let [used, changed] = times;
            let password = [user.created.to_string(), user.password_enabled.to_string(), used, changed];
            row(&user.user, &user.arn, password, user.mfa_active, [user.access_key_1, user.access_key_2], upper)
        }));
        let style = if quoted { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut report = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        for mut row in rows {
            row.rotate_left(first);
            report.write_record(row).unwrap();
        }
        report.into_inner().unwrap()
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), text in any::<String>()) {
            let _ = (parse(&bytes), parse(text.as_bytes()));
            let _ = parse(&[COLUMNS.join(",").as_bytes(), b"\n", &bytes].concat());
            let _ = parse(USER.replace("ana", &text).as_bytes());
        }

        #[test]
        fn what_is_written_is_read(
            root in prop::option::of(root()),
            users in prop::collection::vec(user(), 0..6),
            first in 0..=COLUMNS.len(),
            quoted in any::<bool>(),
            upper in any::<bool>(),
        ) {
            let report = written(root.as_ref(), &users, first, quoted, upper);
            prop_assert_eq!(parse(&report), Ok((root, users)), "{}", String::from_utf8_lossy(&report));
        }

        /// A report that breaks off has lost users. It may not have made up any.
        #[test]
        fn a_part_of_a_report_shows_nobody_who_is_not_there(
            root in prop::option::of(root()),
            users in prop::collection::vec(user(), 0..4),
            quoted in any::<bool>(),
            end in any::<prop::sample::Index>(),
        ) {
            let report = written(root.as_ref(), &users, 0, quoted, false);
            if let Ok((shown, left)) = parse(&report[..end.index(report.len())]) {
                prop_assert!(shown.is_none() || shown == root);
                prop_assert!(users.starts_with(&left), "{:?}", left);
            }
        }

        #[test]
        fn a_changed_byte_is_read_without_panic(user in user(), place in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut report = written(None, &[user], 0, false, true);
            let place = place.index(report.len());
            report[place] = byte;
            let _ = parse(&report);
        }
    }
}
