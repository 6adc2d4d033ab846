//! Accounts with more than fits on a page.

use std::collections::BTreeSet;

use orgsweep_sim::Simulation;

use crate::http::Server;

const MEMBER: &str = "222222222222";

/// An organization whose member has so many security groups in one of its two regions, where one admits everybody.
fn organization(groups: &str) -> Simulation {
    let text = format!(
        r#"
organization: {{id: o-exampleorgid, management_account_id: "111111111111"}}
default_posture: pass
regions: [us-east-1, eu-west-1]
accounts:
  - {{id: "111111111111", name: management}}
  - {{id: "{MEMBER}", name: large, posture: {{security-group-admin-port-open: ssh_world}}, {groups}}}
"#
    );
    Simulation::from_yaml(&text).unwrap()
}

struct Listing {
    /// How many groups each page has.
    pages: Vec<usize>,
    ids: BTreeSet<String>,
    last_page: String,
}

async fn list(server: &Server, region: &str, more: &str) -> Listing {
    let session = server.assume(MEMBER, "").await;
    let mut listing = Listing { pages: Vec::new(), ids: BTreeSet::new(), last_page: String::new() };
    let mut form = format!("Action=DescribeSecurityGroups{more}");
    loop {
        let answer = server.query(&session, region, "ec2", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        // A rule that admits the group itself names it once more.
        let groups = answer.body.split("<groupName>").count() - 1;
        let ids = answer.body.split("<ownerId>").skip(1).map(|group| group.split(['<', '>']).nth(4).unwrap().to_owned());
        listing.ids.extend(ids);
        listing.pages.push(groups);
        let Some((_, token)) = answer.body.split_once("<nextToken>") else {
            listing.last_page = answer.body;
            return listing;
        };
        let token = token.split('<').next().unwrap().replace('+', "%2B").replace('/', "%2F").replace('=', "%3D").replace("&gt;", ">");
        form = format!("Action=DescribeSecurityGroups{more}&NextToken={token}");
    }
}

#[tokio::test]
async fn many_security_groups_come_page_by_page() {
    let server = Server::start(organization("security_groups: {eu-west-1: 5003}")).await;
    let all = list(&server, "eu-west-1", "").await;
    assert_eq!(all.pages, [1000, 1000, 1000, 1000, 1000, 3]);
    assert_eq!(all.ids.len(), 5003, "each has an id of its own");
    assert!(all.last_page.contains("<groupName>bastion<"), "what matters comes last");
    assert!(list(&server, "us-east-1", "").await.pages[0] < 20, "another region has its own few");
    assert_eq!(list(&server, "eu-west-1", "&MaxResults=900").await.pages.len(), 6);
    let filter = "&Filter.1.Name=group-name&Filter.1.Value.1=service-00017";
    let one = list(&server, "eu-west-1", filter).await;
    assert_eq!(one.pages, [1]);
    let id = one.ids.first().unwrap();
    assert_eq!(list(&server, "eu-west-1", &format!("&GroupId.1={id}")).await.ids, one.ids);
}

#[tokio::test]
async fn fewer_than_the_posture_has_changes_nothing() {
    let (none, few) = (Server::start(organization("")).await, Server::start(organization("security_groups: {eu-west-1: 1}")).await);
    assert_eq!(list(&none, "eu-west-1", "").await.ids, list(&few, "eu-west-1", "").await.ids);
}

#[test]
fn harmless_groups_change_no_verdict() {
    assert_eq!(organization("").truth(), organization("security_groups: {eu-west-1: 50000, us-east-1: 4000}").truth());
}
