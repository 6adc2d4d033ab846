"""The truth table against an independent reading of the checks' rules: what the clients see, judged here, must agree with it."""

import collections
import datetime
import ipaddress

from botocore.exceptions import ClientError

from simulation import ANALYZER_PRINCIPAL, credential_report


def judge_account(simulation, session, account):
    """The verdicts of the account checks; an error code where a call was refused."""
    iam, trails = simulation.client("iam", session), simulation.client("cloudtrail", session)

    def root_mfa():
        summary = iam.get_account_summary()["SummaryMap"]
        return summary["AccountMFAEnabled"] == 1 or summary["AccountPasswordPresent"] == 0

    def root_key():
        summary = iam.get_account_summary()["SummaryMap"]
        return summary["AccountAccessKeysPresent"] == 0 and summary["AccountSigningCertificatesPresent"] == 0

    def report():
        """The root user's row, which may be missing, and the users'."""
        rows = credential_report(iam)[0]
        return next((row for row in rows if row["user"] == "<root_account>"), None), [row for row in rows if row["user"] != "<root_account>"]

    def days(text):
        return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(text)).days

    def is_time(text):
        return text not in ("N/A", "no_information", "not_supported")

    def keys(user):
        rows = [(user[f"access_key_{n}_active"], user[f"access_key_{n}_last_rotated"], user[f"access_key_{n}_last_used_date"]) for n in (1, 2)]
        return [(made, used) for active, made, used in rows if active == "true"]

    def root_unused():
        root, _ = report()
        if not root:
            return "unknown", "aws_error", None
        uses = [root["password_last_used"], root["access_key_1_last_used_date"], root["access_key_2_last_used_date"]]
        if any(is_time(use) and days(use) < 90 for use in uses):
            return False
        return ("unknown", "aws_error", None) if "not_supported" in uses else True

    def root_devices():
        summary = iam.get_account_summary()["SummaryMap"]
        pages = iam.get_paginator("list_virtual_mfa_devices").paginate(AssignmentStatus="Assigned", PaginationConfig={"PageSize": 1})
        owners = [device["User"]["Arn"] for page in pages for device in page["VirtualMFADevices"]]
        if summary["AccountPasswordPresent"] == 0 or sum(owner.endswith(":root") for owner in owners) >= 2:
            return True
        return ("unknown", "needs_attestation", None) if summary["AccountMFAEnabled"] else False

    def old_keys():
        made = {user["user"]: [made for made, _ in keys(user)] for user in report()[1]}
        old = sum(any(is_time(time) and days(time) > 90 for time in times) for times in made.values())
        untold = any(not is_time(time) for times in made.values() for time in times)
        return ("unknown", "aws_error", None) if untold and not old else old

    def unused_credentials():
        failing, untold = 0, False
        for user in report()[1]:
            since = [used if is_time(used) else made if used == "N/A" else "" for made, used in keys(user)]
            if user["password_enabled"] == "true":
                used, changed = user["password_last_used"], user["password_last_changed"]
                since.append(used if is_time(used) else changed if used == "no_information" else "")
            untold |= "" in since
            failing += any(time and days(time) >= 45 for time in since)
        return ("unknown", "aws_error", None) if untold and not failing else failing

    def details():
        pages = iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 7})
        found = collections.defaultdict(list)
        for page in pages:
            for kind in ("UserDetailList", "RoleDetailList", "Policies"):
                found[kind] += page[kind]
        return found

    def users_with_policies():
        return sum(bool(user.get("UserPolicyList") or user["AttachedManagedPolicies"]) for user in details()["UserDetailList"])

    def rotation():
        try:
            policy = iam.get_account_password_policy()["PasswordPolicy"]
        except iam.exceptions.NoSuchEntityException:
            policy = {}
        if not any(user["password_enabled"] == "true" and user["mfa_active"] == "false" for user in report()[1]):
            return "not_applicable"
        return policy.get("MaxPasswordAge", 9999) <= 180 and policy.get("PasswordReusePrevention", 0) >= 5

    def human_access():
        ways = [
            lambda: any(user["password_enabled"] == "true" for user in report()[1]),
            lambda: iam.list_saml_providers()["SAMLProviderList"],
            lambda: any(role["Path"].startswith("/aws-reserved/sso.amazonaws.com/") for role in details()["RoleDetailList"]),
        ]
        refusal = None
        for way in ways:
            try:
                if way():
                    return True
            except ClientError as error:
                refusal = refusal or error
        if refusal:
            raise refusal
        return False

    def open_administrators():
        found = details()
        default = {p["Arn"]: next(v["Document"] for v in p["PolicyVersionList"] if v["IsDefaultVersion"]) for p in found["Policies"]}
        default["arn:aws:iam::aws:policy/AdministratorAccess"] = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}

        def listed(value):
            return value if isinstance(value, list) else [value]

        def full(statement):
            everything = {"*", "*:*"} & set(listed(statement.get("Action", []))) or "iam:*" not in listed(statement.get("NotAction", "iam:*"))
            return statement["Effect"] == "Allow" and everything and "*" in listed(statement["Resource"])

        def is_open(role):
            trust = [s for s in listed(role["AssumeRolePolicyDocument"]["Statement"]) if s["Principal"] == "*" or "AWS" in s["Principal"]]
            if any(s["Effect"] == "Deny" for s in trust):
                return False
            strict = ("Bool", "NumericLessThan")
            return any(not any(operator in strict for operator in s.get("Condition", {})) for s in trust)

        def administrator(role):
            documents = [p["PolicyDocument"] for p in role["RolePolicyList"]]
            documents += [default[p["PolicyArn"]] for p in role["AttachedManagedPolicies"] if p["PolicyArn"] in default]
            return any(full(statement) for document in documents for statement in listed(document["Statement"]))

        exempt = [role for role in found["RoleDetailList"] if role["Path"].startswith("/aws-") or role["RoleName"] == "OrgsweepAudit"]
        return sum(administrator(role) and is_open(role) for role in found["RoleDetailList"] if role not in exempt)

    def users_without_mfa():
        users = report()[1]
        return sum(user["password_enabled"] == "true" and user["mfa_active"] == "false" for user in users)

    def password_policy():
        users = report()[1]
        try:
            policy = iam.get_account_password_policy()["PasswordPolicy"]
        except iam.exceptions.NoSuchEntityException:
            policy = {"MinimumPasswordLength": 0}
        if not any(user["password_enabled"] == "true" for user in users):
            return "not_applicable"
        wanted = ("RequireSymbols", "RequireNumbers", "RequireUppercaseCharacters", "RequireLowercaseCharacters")
        return policy["MinimumPasswordLength"] >= 12 and all(policy[key] for key in wanted)

    def trail():
        good = False
        for found in trails.describe_trails()["trailList"]:
            if not found["IsMultiRegionTrail"]:
                continue
            status = trails.get_trail_status(Name=found["TrailARN"])
            owner = found["TrailARN"].split(":")[4]
            asker = trails if owner == account else simulation.client("cloudtrail", simulation.assume(owner))
            selectors = asker.get_event_selectors(TrailName=found["TrailARN"])
            classic = any(s["ReadWriteType"] == "All" and s["IncludeManagementEvents"] for s in selectors.get("EventSelectors", []))
            advanced = False
            for selector in selectors.get("AdvancedEventSelectors", []):
                fields = {field["Field"]: field.get("Equals") for field in selector["FieldSelectors"]}
                advanced |= fields["eventCategory"] == ["Management"] and "readOnly" not in fields
            good |= status["IsLogging"] and not status.get("LatestDeliveryError") and (classic or advanced) and bool(found["S3BucketName"])
        return good

    def public_access_block():
        control = simulation.client("s3control", session)
        try:
            return all(control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"].values())
        except control.exceptions.NoSuchPublicAccessBlockConfiguration:
            return False

    return {
        "root-mfa-enabled": root_mfa,
        "root-access-key-absent": root_key,
        "iam-user-mfa-enabled": users_without_mfa,
        "iam-password-policy-strong": password_policy,
        "iam-password-policy-rotation": rotation,
        "root-unused": root_unused,
        "root-mfa-redundant": root_devices,
        "iam-access-key-rotated": old_keys,
        "iam-credentials-unused": unused_credentials,
        "iam-user-permissions-via-groups": users_with_policies,
        "iam-human-access-without-root": human_access,
        "iam-admin-role-requires-mfa": open_administrators,
        "iam-account-alias-set": lambda: bool(iam.list_account_aliases()["AccountAliases"]),
        "iam-billing-access-enabled": lambda: ("unknown", "needs_attestation", None),
        "cloudtrail-multi-region-logging": trail,
        "s3-account-public-access-block": public_access_block,
    }


def judge_region(simulation, session, account, region, organization_analyzer):
    ec2, config = simulation.client("ec2", session, region), simulation.client("config", session, region)

    def recorder():
        groups = {r["name"]: r["recordingGroup"] for r in config.describe_configuration_recorders()["ConfigurationRecorders"]}
        statuses = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
        channels = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
        infos = [channel.get(kind, {}) for channel in channels for kind in ("configSnapshotDeliveryInfo", "configHistoryDeliveryInfo", "configStreamDeliveryInfo")]
        delivered = channels and not any(info.get("lastStatus") == "FAILURE" for info in infos)
        return bool(delivered) and any(
            status["recording"]
            and status["lastStatus"] == "SUCCESS"
            and groups[status["name"]]["allSupported"]
            and (region != "us-east-1" or groups[status["name"]]["includeGlobalResourceTypes"])
            for status in statuses
        )

    def hub():
        client = simulation.client("securityhub", session, region)
        try:
            return bool(client.describe_hub()["HubArn"])
        except client.exceptions.InvalidAccessException:
            return False

    def detector():
        client = simulation.client("guardduty", session, region)
        return any(client.get_detector(DetectorId=one)["Status"] == "ENABLED" for one in client.list_detectors()["DetectorIds"])

    def analyzer():
        found = simulation.client("accessanalyzer", session, region).list_analyzers()["analyzers"]
        return organization_analyzer(region) or any(a["type"] in ("ACCOUNT", "ORGANIZATION") and a["status"] == "ACTIVE" for a in found)

    def default_vpcs():
        interfaces = ec2.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 5})
        used = collections.Counter(interface["VpcId"] for page in interfaces for interface in page["NetworkInterfaces"])
        default = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if vpc["IsDefault"]]
        assert used and all(vpc in used or used[vpc] == 0 for vpc in default)
        return len(default)

    def open_groups():
        def too_wide(cidr):
            network = ipaddress.ip_network(cidr)
            return network.prefixlen < (8 if network.version == 4 else 16)

        def opens(rule):
            everything = rule["IpProtocol"] == "-1"
            if not everything and (rule["IpProtocol"] != "tcp" or not any(rule["FromPort"] <= port <= rule["ToPort"] for port in (22, 3389))):
                return False
            cidrs = [r["CidrIp"] for r in rule["IpRanges"]] + [r["CidrIpv6"] for r in rule["Ipv6Ranges"]]
            for reference in rule["PrefixListIds"]:
                pages = ec2.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=reference["PrefixListId"])
                cidrs += [entry["Cidr"] for page in pages for entry in page["Entries"]]
            return any(too_wide(cidr) for cidr in cidrs)

        pages = ec2.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 5})
        return sum(any(opens(rule) for rule in group["IpPermissions"]) for page in pages for group in page["SecurityGroups"])

    def listed(operation, key):
        return [item for page in ec2.get_paginator(operation).paginate(PaginationConfig={"PageSize": 5}) for item in page[key]]

    def default_groups():
        groups = listed("describe_security_groups", "SecurityGroups")
        return sum(group["GroupName"] == "default" and bool(group["IpPermissions"] or group["IpPermissionsEgress"]) for group in groups)

    def is_server(interface):
        if interface["OwnerId"] != account or interface["Status"] == "available":
            return False
        words, kind = interface["Description"], interface["InterfaceType"]
        databases = ("RDSNetworkInterface", "Network interface for DBProxy", "RedshiftNetworkInterface", "ElastiCache", "DAX ")
        task = words.startswith("arn:aws:ecs:") and ":attachment/" in words
        return task or "InstanceId" in interface.get("Attachment", {}) or kind == "branch" or (kind == "interface" and words.startswith(databases))

    def servers():
        subnets = {subnet["SubnetId"]: subnet["VpcId"] for subnet in listed("describe_subnets", "Subnets")}
        tables, mains = {}, {}
        for table in listed("describe_route_tables", "RouteTables"):
            public = any(route.get("GatewayId", "").startswith("igw-") and route["State"] == "active" for route in table["Routes"])
            for association in table["Associations"]:
                if association["AssociationState"]["State"] == "associated":
                    if association["Main"]:
                        mains[table["VpcId"]] = public
                    else:
                        tables[association["SubnetId"]] = public
        exposed, unseen = set(), False
        for interface in filter(is_server, listed("describe_network_interfaces", "NetworkInterfaces")):
            public = tables.get(interface["SubnetId"], mains.get(subnets.get(interface["SubnetId"])))
            unseen |= public is None
            if public:
                task = interface["Description"].startswith("arn:")
                exposed.add(interface["NetworkInterfaceId"] if task else interface.get("Attachment", {}).get("InstanceId", interface["NetworkInterfaceId"]))
        return len(exposed) or ("aws_error" if unseen else True)

    def endpoints():
        gateways = [(one["VpcId"], one["State"]) for one in listed("describe_nat_gateways", "NatGateways")]
        to_s3 = collections.defaultdict(set)
        for endpoint in listed("describe_vpc_endpoints", "VpcEndpoints"):
            if endpoint["VpcEndpointType"] == "Gateway" and endpoint["ServiceName"] == f"com.amazonaws.{region}.s3":
                to_s3[endpoint["VpcId"]].add(endpoint["State"].lower())
        without = {(vpc, state) for vpc, state in gateways if "available" not in to_s3[vpc]}
        missing = {vpc for vpc, state in without if state in ("available", "pending") and "resting" not in to_s3[vpc]}
        return len(missing) or ("aws_error" if any("resting" in to_s3[vpc] | {state} for vpc, state in without) else True)

    def setting(ask, key, good, bad):
        state = ask().get(key)
        return state in good if state in (*good, *bad) else "aws_error"

    def metadata_defaults():
        answer = ec2.get_instance_metadata_defaults()
        tokens = answer.get("AccountLevel", {"HttpTokens": "no answer"}).get("HttpTokens", "no-preference")
        return tokens == "required" if tokens in ("required", "optional", "no-preference") else "aws_error"

    return {
        "vpc-default-security-group-closed": default_groups,
        "server-in-public-subnet": servers,
        "vpc-s3-endpoint-present": endpoints,
        "ebs-snapshot-public-access-blocked": lambda: setting(
            ec2.get_snapshot_block_public_access_state, "State", ("block-all-sharing", "block-new-sharing"), ("unblocked",)
        ),
        "ami-public-access-blocked": lambda: setting(
            ec2.get_image_block_public_access_state, "ImageBlockPublicAccessState", ("block-new-sharing",), ("unblocked",)
        ),
        "imdsv2-required-by-default": metadata_defaults,
        "serial-console-disabled": lambda: setting(ec2.get_serial_console_access_status, "SerialConsoleAccessEnabled", (False,), (True,)),
        "config-recorder-enabled": recorder,
        "securityhub-enabled": hub,
        "guardduty-enabled": detector,
        "access-analyzer-enabled": analyzer,
        "ebs-default-encryption": lambda: ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"],
        "vpc-default-absent": default_vpcs,
        "security-group-admin-port-open": open_groups,
    }


def verdict(judge):
    """Status, blind reason and number of failing resources, as the truth table writes them."""
    try:
        answer = judge()
    except ClientError as error:
        if "not supported in this region" in str(error):
            return "not_applicable", None, None
        return "unknown", "scp_deny" if "service control policy" in str(error) else "iam_deny", None
    if answer == "not_applicable":
        return answer, None, None
    if isinstance(answer, tuple):
        return answer
    if answer == "aws_error":
        return "unknown", answer, None
    if isinstance(answer, bool):
        return ("pass", None, None) if answer else ("fail", None, 1)
    return ("fail", None, answer) if answer else ("pass", None, None)


def test_truth_is_what_the_services_show(generated, truth):
    """Every row of 40 accounts, in the regions where the variants are and two others."""
    owner = generated.client("organizations").list_delegated_administrators(ServicePrincipal=ANALYZER_PRINCIPAL)["DelegatedAdministrators"][0]["Id"]
    owner_session = generated.assume(owner)
    covered = {}

    def organization_analyzer(region):
        if region not in covered:
            try:
                found = generated.client("accessanalyzer", owner_session, region).list_analyzers(type="ORGANIZATION")["analyzers"]
            except ClientError:
                found = []
            covered[region] = any(analyzer["status"] == "ACTIVE" for analyzer in found)
        return covered[region]

    by_account = collections.defaultdict(list)
    for row in truth:
        by_account[row["account_id"]].append(row)
    assert set(by_account) == {account["Id"] for account in generated.accounts()}
    seen = collections.Counter()
    management = generated.client("organizations").describe_organization()["Organization"]["MasterAccountId"]
    places = collections.defaultdict(set)
    for row in truth:
        if row["account_id"] != management:
            places[row["region"] == "global"].add(row["check"])
    blind = len(places[True]) + 17 * len(places[False])
    for account in generated.accounts():
        rows = by_account[account["Id"]]
        if account["State"] != "ACTIVE":
            assert {row["blind_reason"] for row in rows} == {"account_suspended"} and len(rows) == blind
            continue
        try:
            session = generated.assume(account["Id"])
        except ClientError:
            assert {row["blind_reason"] for row in rows} == {"role_missing"} and len(rows) == blind
            continue
        enabled = {region["RegionName"] for region in generated.client("ec2", session).describe_regions()["Regions"]}
        assert {row["region"] for row in rows} == enabled | {"global"}
        regions = {"us-east-1", "eu-west-1", *(enabled & {"ap-east-1", "eu-south-1", "me-central-1"})}
        judges = {("global", check): judge for check, judge in judge_account(generated, session, account["Id"]).items()}
        for region in regions:
            for check, judge in judge_region(generated, session, account["Id"], region, organization_analyzer).items():
                judges[region, check] = judge
        for row in rows:
            judge = judges.get((row["region"], row["check"]))
            if judge:
                assert verdict(judge) == (row["status"], row["blind_reason"], row["failing"]), (account["Name"], row)
                seen[row["status"]] += 1
    assert min(seen[status] for status in ("pass", "fail", "unknown", "not_applicable")) > 0, seen
