//! The words round a check's own texts, in every language.

use orgsweep_model::check::Language;

use super::needs::Asked;

/// The words in one language.
pub struct Words {
    pub why: &'static str,
    pub fails_when: &'static str,
    pub fix_console: &'static str,
    pub fix_cli: &'static str,
    pub activation: &'static str,
    pub on_by_default: &'static str,
    pub off_by_default: &'static str,
    pub off_because_billable: &'static str,
    pub attestation: &'static str,
    pub attestable_when_unknown: &'static str,
    pub attestable_when_failing: &'static str,
    pub parameters: &'static str,
    pub permissions: &'static str,
    pub needed_everywhere: &'static str,
    pub needed_by_owners: &'static str,
    pub needed_by_hub: &'static str,
    pub calls: &'static str,
    pub asked: fn(Asked) -> &'static str,
    pub no_calls: &'static str,
    pub how_calls_add_up: &'static str,
    pub free: &'static str,
    pub billable: &'static str,
    pub mappings: &'static str,
    pub references: &'static str,
    /// For the index.
    pub check: &'static str,
    pub severity: &'static str,
    pub scope: &'static str,
    pub cadence: &'static str,
    pub title: &'static str,
    pub index: &'static str,
    pub other_language: &'static str,
    pub about_index: &'static str,
    pub by_severity: &'static str,
    pub by_service: &'static str,
    pub number: &'static str,
    pub legend: &'static str,
}

/// The words of a language.
pub const fn words(lang: Language) -> &'static Words {
    match lang {
        Language::En => &ENGLISH,
        Language::Ja => &JAPANESE,
    }
}

const ENGLISH: Words = Words {
    why: "Why",
    fails_when: "Fails when",
    fix_console: "Fix it in the console",
    fix_cli: "Fix it with the AWS CLI",
    activation: "Activation",
    on_by_default: "On by default. To switch it off, name it in checks.disable.",
    off_by_default: "Off by default. To switch it on:",
    off_because_billable: "Off by default, because its requests cost money. To switch on all such checks:",
    attestation: "Attestation",
    attestable_when_unknown: "Where this check is unknown, a person's word can stand in: an entry in the file of attestations says who looked, \
                              and until when that holds. Until then the check passes.",
    attestable_when_failing: "Where this check is unknown or fails, a person's word can stand in, because there are good ways that it cannot \
                              see: an entry in the file of attestations says who looked, and until when that holds. Until then the check passes.",
    parameters: "Parameters and their defaults",
    permissions: "Permissions needed",
    needed_everywhere: "The role in every account",
    needed_by_owners: "The role in the management account and in delegated administrators",
    needed_by_hub: "orgsweep's own identity",
    calls: "Calls",
    asked: |asked| match asked {
        Asked::Account => "For each account",
        Asked::Region => "For each account and region",
        Asked::Management => "Once, in the management account",
        Asked::Owners => "Once for the organization, in the accounts that own its view",
        Asked::OwnersByRegion => "Once for the organization and region, in the accounts that own its view",
        Asked::Hub => "Once for the organization, with orgsweep's own identity",
    },
    no_calls: "None: no API shows the answer.",
    how_calls_add_up: "A long list takes a request for each page, and what is asked of each item a request for each. What several checks need \
                       is asked once.",
    free: "None of them costs money.",
    billable: "AWS charges for each request",
    mappings: "The same control elsewhere",
    references: "References",
    check: "Check",
    severity: "Severity",
    scope: "Scope",
    cadence: "Cadence",
    title: "It wants",
    index: "All checks",
    other_language: "日本語",
    about_index: "Every check has a page: why it matters, when it fails, how to mend it in the console and with the AWS CLI, and what it needs. \
                  The command orgsweep checks show ID prints the same.",
    by_severity: "By severity",
    by_service: "By service",
    number: "Checks",
    legend: "Checks with * are off until they are switched on; checks with † can be attested. In the commands of a page, {account}, {region} and {resource} stand for the finding's own.",
};

const JAPANESE: Words = Words {
    why: "理由",
    fails_when: "不合格となる条件",
    fix_console: "コンソールでの修正方法",
    fix_cli: "AWS CLI での修正方法",
    activation: "有効化",
    on_by_default: "既定で有効です。無効にするには checks.disable に指定します。",
    off_by_default: "既定では無効です。有効にするには次のように設定します。",
    off_because_billable: "リクエストに料金がかかるため、既定では無効です。このようなチェックをすべて有効にするには次のように設定します。",
    attestation: "証明",
    attestable_when_unknown: "このチェックが不明となる場合は、担当者の確認で代えることができます。証明ファイルに確認者と有効期限を記載すると、\
                              その期限まで合格になります。",
    attestable_when_failing: "このチェックからは見えない適切な方法もあるため、不明または不合格となる場合は、担当者の確認で代えることができます。\
                              証明ファイルに確認者と有効期限を記載すると、その期限まで合格になります。",
    parameters: "パラメーターと既定値",
    permissions: "必要なアクセス許可",
    needed_everywhere: "各アカウントのロール",
    needed_by_owners: "管理アカウントと委任管理者アカウントのロール",
    needed_by_hub: "orgsweep 自身のアイデンティティ",
    calls: "API 呼び出し",
    asked: |asked| match asked {
        Asked::Account => "アカウントごと",
        Asked::Region => "アカウントとリージョンごと",
        Asked::Management => "管理アカウントで 1 回",
        Asked::Owners => "組織で 1 回 (組織全体の情報を持つアカウント)",
        Asked::OwnersByRegion => "組織とリージョンごとに 1 回 (組織全体の情報を持つアカウント)",
        Asked::Hub => "組織で 1 回 (orgsweep 自身のアイデンティティ)",
    },
    no_calls: "ありません。API では確認できません。",
    how_calls_add_up: "一覧が長い場合はページごとに、項目ごとの問い合わせは項目ごとにリクエストが必要です。複数のチェックに必要な情報は 1 回だけ\
                       取得します。",
    free: "いずれも料金はかかりません。",
    billable: "リクエストごとの AWS の料金",
    mappings: "対応するコントロール",
    references: "参考資料",
    check: "チェック",
    severity: "重要度",
    scope: "範囲",
    cadence: "頻度",
    title: "求める状態",
    index: "チェック一覧",
    other_language: "English",
    about_index: "各チェックのページに、理由、不合格となる条件、コンソールと AWS CLI での修正方法、必要なものを記載しています。同じ内容は \
                  orgsweep checks show ID --lang ja でも表示できます。",
    by_severity: "重要度別",
    by_service: "サービス別",
    number: "チェック数",
    legend: "* の付いたチェックは有効にするまで実行されません。† の付いたチェックは証明で代えることができます。各ページのコマンドの {account}、{region}、{resource} は、検出結果のものに置き換えてください。",
};
