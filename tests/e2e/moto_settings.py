"""The organization, settings of its accounts and their bills in moto: what there is, and what must be seen of it.

moto gives every account an active instance of Identity Center. Of budgets' notifications it does not tell the subscribers.
"""

import json

from moto_organization import HOME

# What is asked of the organization is a row of its management account.
TABLE = """
                                                  master  security  network  payments  search  sandbox  analytics
organizations-all-features                global  pass    -         -        -         -       -        -
organizations-custom-scp-attached         global  pass    -         -        -         -       -        -
organizations-environments-separated      global  pass    -         -        -         -       -        -
organizations-control-tower-landing-zone  global  error   -         -        -         -       -        -
iam-root-credentials-centrally-managed    global  error   -         -        -         -       -        -
identity-center-enabled                   global  pass    -         -        -         -       -        -
identity-center-least-privilege           global  pass    -         -        -         -       -        -
identity-center-mfa-required              global  attest  -         -        -         -       -        -

account-alternate-contacts-set            global  fail    pass      fail     fail      fail    fail     fail
account-contact-phone-international       global  error   error     error    error     error   error    error
account-environment-declared              global  fail    pass      fail     pass      pass    pass     fail
s3-account-public-access-block            global  pass    pass      fail     fail      pass    fail     fail

budgets-budget-configured                 global  fail    pass      fail     pass      fail    fail     pass
budgets-alert-thresholds                  global  fail    error     fail     fail      fail    fail     error
cost-anomaly-detection-enabled            global  error   error     error    error     error   error    error
billing-alarm-configured                  global  error   error     error    error     error   error    error
billing-free-tier-alerts                  global  attest  attest    attest   attest    attest  attest   attest
compute-optimizer-enrolled                global  error   error     error    error     error   error    error
support-plan-adequate                     global  n/a     n/a       n/a      n/a       error   n/a      n/a
iac-adopted                               global  attest  attest    attest   attest    attest  attest   attest
"""
BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ALERTS = [("ACTUAL", 50), ("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100)]
SUBSCRIBER = {"SubscriptionType": "EMAIL", "Address": "money@example.com"}


def seed(organization):
    service_control_policy(organization)
    permission_sets(organization)
    contacts(organization)
    public_access_blocks(organization)
    budgets(organization)


def service_control_policy(organization, attached=True):
    organizations = organization.management.client("organizations")
    stay = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}]}
    made = organizations.create_policy(Name="stay", Description="", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(stay))
    if attached:
        organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=organization.root)


def permission_sets(organization, administrator_hours=4, lesser=True):
    """One for administrators, and one that grants less."""
    sso = organization.management.client("sso-admin", HOME)
    instance = sso.list_instances()["Instances"][0]["InstanceArn"]

    def permission_set(name, session, policy):
        made = sso.create_permission_set(InstanceArn=instance, Name=name, SessionDuration=session)["PermissionSet"]["PermissionSetArn"]
        arn = f"arn:aws:iam::aws:policy/{policy}"
        sso.attach_managed_policy_to_permission_set(InstanceArn=instance, PermissionSetArn=made, ManagedPolicyArn=arn)

    permission_set("Administrator", f"PT{administrator_hours}H", "AdministratorAccess")
    if lesser:
        permission_set("Auditor", "PT8H", "SecurityAudit")


def contacts(organization):
    for name, kinds in [("security", ("BILLING", "OPERATIONS", "SECURITY")), ("payments", ("BILLING", "OPERATIONS"))]:
        for kind in kinds:
            organization.accounts[name].client("account").put_alternate_contact(
                AlternateContactType=kind, EmailAddress="all@example.com", Name="All of us", PhoneNumber="+81312345678", Title="Team"
            )


def public_access_blocks(organization):
    for name, off in [("master", ()), ("security", ()), ("payments", ("BlockPublicPolicy", "RestrictPublicBuckets")), ("search", ())]:
        account = organization.accounts[name]
        settings = {block: block not in off for block in BLOCKS}
        account.client("s3control").put_public_access_block(AccountId=account.id, PublicAccessBlockConfiguration=settings)


def budgets(organization):
    def budget(account, alerts=(), of=None, kind="COST", unit="USD"):
        account = organization.accounts[account]
        filters = {"LinkedAccount": [organization.accounts[of].id]} if of else {}
        given = {"BudgetName": "month", "BudgetLimit": {"Amount": "100", "Unit": unit}, "TimeUnit": "MONTHLY", "BudgetType": kind}
        notifications = [
            {
                "Notification": {"NotificationType": what, "ComparisonOperator": "GREATER_THAN", "Threshold": percent},
                "Subscribers": [SUBSCRIBER],
            }
            for what, percent in alerts
        ]
        account.client("budgets").create_budget(
            AccountId=account.id, Budget=given | {"CostFilters": filters}, NotificationsWithSubscribers=notifications
        )

    budget("master", of="security", alerts=ALERTS)
    budget("payments")
    budget("sandbox", kind="USAGE", unit="GB")
    budget("analytics", alerts=ALERTS)
