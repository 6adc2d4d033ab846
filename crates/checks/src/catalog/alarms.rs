//! What the checks on CloudWatch alarms have in common.

use orgsweep_model::{
    Unseen,
    fact::alarms::{Alarm, Topic},
};

use super::shared::{contradiction, join, unclear};

/// What keeps an alarm that goes off from reaching somebody; `None` where one of its topics has a confirmed subscription. A topic that
/// could not be looked into matters only where no other has one.
pub(crate) fn unheard(alarm: &Alarm, topics: &[Topic]) -> Result<Option<String>, Unseen> {
    if !alarm.actions_enabled {
        return Ok(Some("its actions disabled".to_owned()));
    }
    let arns: Vec<&str> = alarm.topics().collect();
    let mut not_seen = None;
    for arn in &arns {
        let topic = topics.iter().find(|topic| topic.arn == *arn);
        let confirmed = topic.ok_or_else(|| unclear(format!("the topic {arn} was not looked into")));
        match confirmed.and_then(|topic| topic.confirmed.seen().map_err(contradiction)) {
            Ok(true) => return Ok(None),
            Ok(false) => {}
            Err(unseen) => not_seen = not_seen.or(Some(unseen)),
        }
    }
    match not_seen {
        Some(unseen) => Err(unseen),
        None if arns.is_empty() => Ok(Some("no SNS topic among its actions".to_owned())),
        None => Ok(Some(format!("no confirmed subscription of {}", join(&arns)))),
    }
}

#[cfg(test)]
mod tests {
    use orgsweep_model::{Blind, BlindReason, Observed};

    use super::*;

    const MINE: &str = "arn:aws:sns:us-east-1:111122223333:mine";
    const THEIRS: &str = "arn:aws:sns:us-east-1:444455556666:theirs";

    fn alarm(actions_enabled: bool, actions: &[&str]) -> Alarm {
        let actions = actions.iter().map(|&action| action.to_owned()).collect();
        Alarm { name: "a".into(), arn: "arn".into(), metrics: Vec::new(), actions_enabled, actions }
    }

    fn topic(arn: &str, confirmed: Observed<bool>) -> Topic {
        Topic { arn: arn.to_owned(), confirmed }
    }

    #[test]
    fn one_confirmed_topic_is_enough_and_a_blind_one_could_be_it() {
        let denied = || Observed::Blind(Blind::new(BlindReason::IamDeny, "denied"));
        let both = alarm(true, &[MINE, THEIRS]);
        let heard = |mine: Observed<bool>, theirs: Observed<bool>| unheard(&both, &[topic(MINE, mine), topic(THEIRS, theirs)]);
        assert_eq!(heard(denied(), Observed::Seen(true)), Ok(None));
        assert_eq!(heard(Observed::Seen(false), denied()), Err(Unseen::Blind(Blind::new(BlindReason::IamDeny, "denied"))));
        let words = heard(Observed::Seen(false), Observed::Seen(false)).unwrap().unwrap();
        assert_eq!(words, format!("no confirmed subscription of {MINE} and {THEIRS}"));
        assert!(unheard(&both, &[]).is_err(), "a topic that nobody looked into");
    }

    #[test]
    fn an_alarm_that_notifies_no_topic_reaches_nobody() {
        assert_eq!(unheard(&alarm(false, &[MINE]), &[]).unwrap().unwrap(), "its actions disabled");
        let elsewhere = alarm(true, &["arn:aws:lambda:us-east-1:111122223333:function:x"]);
        assert_eq!(unheard(&elsewhere, &[]).unwrap().unwrap(), "no SNS topic among its actions");
    }
}
