-- The schema of orgsweep's database, version 1. docs/database.md explains it.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    account_id    TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    state         TEXT NOT NULL,
    ou_path       TEXT NOT NULL,
    ou_ids        TEXT NOT NULL,
    ou_names      TEXT NOT NULL,
    tags          TEXT NOT NULL,
    reachable     INTEGER,
    reachable_at  INTEGER,
    blind_reason  TEXT,
    blind_detail  TEXT,
    regions_at    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE region (
    account_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    PRIMARY KEY (account_id, region)
) STRICT, WITHOUT ROWID;

CREATE TABLE verdict (
    account_id     TEXT NOT NULL,
    region         TEXT NOT NULL,
    check_id       TEXT NOT NULL,
    status         TEXT NOT NULL,
    since          INTEGER,
    confirmed_at   INTEGER,
    evaluated_at   INTEGER,
    failing        INTEGER NOT NULL,
    reason         TEXT,
    attested       INTEGER NOT NULL,
    blind_reason   TEXT,
    blind_detail   TEXT,
    missing_action TEXT,
    PRIMARY KEY (account_id, region, check_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
    account_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    check_id   TEXT NOT NULL,
    position   INTEGER NOT NULL,
    resource   TEXT NOT NULL,
    arn        TEXT,
    reason     TEXT NOT NULL,
    PRIMARY KEY (account_id, region, check_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE transition (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    account_id  TEXT NOT NULL,
    region      TEXT NOT NULL,
    check_id    TEXT NOT NULL,
    from_status TEXT NOT NULL,
    to_status   TEXT NOT NULL,
    reason      TEXT NOT NULL
) STRICT;
CREATE INDEX transition_at ON transition (at);
CREATE INDEX transition_target ON transition (account_id, region, check_id, id);

CREATE TABLE evaluation (
    account_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    cadence    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (account_id, region, cadence)
) STRICT, WITHOUT ROWID;

CREATE TABLE measure (
    account_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    measure    TEXT NOT NULL,
    at         INTEGER NOT NULL,
    value      REAL NOT NULL,
    PRIMARY KEY (account_id, region, measure)
) STRICT, WITHOUT ROWID;

CREATE TABLE waiver_use (
    account_id TEXT NOT NULL,
    region     TEXT NOT NULL,
    check_id   TEXT NOT NULL,
    reason     TEXT NOT NULL,
    owner      TEXT,
    ticket     TEXT,
    first_used INTEGER NOT NULL,
    last_used  INTEGER NOT NULL,
    PRIMARY KEY (account_id, region, check_id, reason)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiver_use_last_used ON waiver_use (last_used);
