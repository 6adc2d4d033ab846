"""Root users and IAM in moto: what the accounts have, and what must be seen of it.

moto's root user has a password and never MFA, never an access key and no row in the credential report. What is made there is made
now, so that no key and no password is old.
"""

import json

TABLE = """
                                         master  security  network  payments  search  sandbox  analytics
root-access-key-absent           global  pass    pass      pass     pass      pass    pass     pass
root-mfa-enabled                 global  fail    fail      fail     fail      fail    fail     fail
root-mfa-redundant               global  fail    fail      fail     fail      fail    fail     fail
root-unused                      global  no-row  no-row    no-row   no-row    no-row  no-row   no-row
iam-human-access-without-root    global  pass    pass      fail     pass      pass    pass     pass
iam-user-mfa-enabled             global  pass    pass      pass     fail2     fail    pass     pass
iam-user-permissions-via-groups  global  pass    pass      pass     fail2     pass    pass     pass
iam-password-policy-strong       global  n/a     pass      n/a      fail      fail    pass     n/a
iam-password-policy-rotation     global  n/a     n/a       n/a      fail      pass    n/a      n/a
iam-access-key-rotated           global  pass    pass      pass     pass      pass    pass     pass
iam-credentials-unused           global  pass    pass      pass     pass      pass    pass     pass
iam-admin-role-requires-mfa      global  pass    pass      pass     fail      pass    pass     fail
iam-account-alias-set            global  pass    pass      fail     fail      fail    fail     fail
iam-billing-access-enabled       global  attest  attest    attest   attest    attest  attest   attest
"""

STRONG = {"RequireSymbols": True, "RequireNumbers": True, "RequireUppercaseCharacters": True, "RequireLowercaseCharacters": True}
PASSWORD = "Correct-horse-battery-7"
READ_ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# IAM takes no metadata of fewer than a thousand characters.
METADATA = f"""<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example.com"/>{" " * 1000}"""


def seed(organization):
    users(organization)
    policies_of_users(organization)
    password_policies(organization)
    ways_in(organization)
    roles(organization)
    for name in ("master", "security"):
        organization.accounts[name].client("iam").create_account_alias(AccountAlias=f"orgsweep-{name}")
    for name in organization.accounts:
        for check in ("root-mfa-enabled", "root-mfa-redundant"):
            organization.fails(name, "global", check, "root")


def users(organization):
    def user(account, name, password=False, mfa=False, key=False):
        iam = organization.accounts[account].client("iam")
        iam.create_user(UserName=name)
        if password:
            iam.create_login_profile(UserName=name, Password=PASSWORD)
        if mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321")
        if key:
            iam.create_access_key(UserName=name)
        if password and not mfa:
            organization.fails(account, "global", "iam-user-mfa-enabled", name)

    user("security", "ana", password=True, mfa=True)
    user("network", "deployer", key=True)
    user("payments", "ben", password=True)
    user("payments", "cleo", password=True, mfa=True, key=True)
    user("payments", "dora", password=True, key=True)
    user("search", "emil", password=True)
    user("sandbox", "fay", password=True, mfa=True)


def policies_of_users(organization):
    """By a group to one, directly to two."""
    iam = organization.accounts["security"].client("iam")
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=json.dumps(READ_ONLY))
    iam.add_user_to_group(GroupName="readers", UserName="ana")

    iam = organization.accounts["payments"].client("iam")
    iam.put_user_policy(UserName="ben", PolicyName="read", PolicyDocument=json.dumps(READ_ONLY))
    policy = iam.create_policy(PolicyName="read-all", PolicyDocument=json.dumps(READ_ONLY))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="dora", PolicyArn=policy)
    for name in ("ben", "dora"):
        organization.fails("payments", "global", "iam-user-permissions-via-groups", name)


def password_policies(organization):
    for name, rules in [
        ("security", STRONG | {"MinimumPasswordLength": 14}),
        ("search", STRONG | {"MinimumPasswordLength": 14, "RequireSymbols": False, "MaxPasswordAge": 90, "PasswordReusePrevention": 5}),
        ("sandbox", STRONG | {"MinimumPasswordLength": 12}),
    ]:
        organization.accounts[name].client("iam").update_account_password_policy(**rules)


def ways_in(organization):
    """For people, beside passwords: a role of Identity Center here, a SAML provider there."""
    role(
        organization,
        "master",
        "AWSReservedSSO_Administrator_0123456789abcdef",
        [statement({"Federated": f"arn:aws:iam::{organization.accounts['master'].id}:saml-provider/sso"}, "sts:AssumeRoleWithSAML")],
        Path="/aws-reserved/sso.amazonaws.com/",
    )
    analytics = organization.accounts["analytics"].client("iam")
    analytics.create_saml_provider(Name="idp", SAMLMetadataDocument=METADATA)


def roles(organization):
    """Administrators all of them, but one by whom?"""

    def people(account):
        return {"AWS": f"arn:aws:iam::{organization.accounts[account].id}:root"}

    with_mfa = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    role(organization, "payments", "operators", [statement(people("payments"))], fails=True)
    role(organization, "search", "operators", [statement(people("search")) | with_mfa])
    role(organization, "sandbox", "machines", [statement({"Service": "ec2.amazonaws.com"})])
    role(organization, "analytics", "partners", [statement(people("search"))], fails=True, inline=True)


def statement(principal, action="sts:AssumeRole"):
    return {"Effect": "Allow", "Principal": principal, "Action": action}


def role(organization, account, name, trust, fails=False, inline=False, **more):
    """A role that may do everything, by a policy of its own or by one that is attached."""
    iam = organization.accounts[account].client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **more)
    if inline:
        iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
    else:
        policy = iam.create_policy(PolicyName=f"everything-for-{name}", PolicyDocument=json.dumps(EVERYTHING))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    if fails:
        organization.fails(account, "global", "iam-admin-role-requires-mfa", name)
