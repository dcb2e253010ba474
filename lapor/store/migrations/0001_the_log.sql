-- The log of facts, the vault, and what stands beside them. Run as lapor_owner.

CREATE TABLE fact (
    position bigint  NOT NULL PRIMARY KEY,   -- dense, in commit order: see lapor_append
    stream   uuid    NOT NULL,
    version  integer NOT NULL CHECK (version > 0),
    topic    text    NOT NULL,
    state    bytea   NOT NULL,               -- canonical JSON, never rewritten
    CONSTRAINT fact_stream_version UNIQUE (stream, version)
);
COMMENT ON TABLE fact IS 'What happened, in order. Rows are only ever added.';

-- Agencies and officers are few and read by every process before every command.
CREATE INDEX fact_reference ON fact (position) WHERE NOT starts_with(topic, 'lapor.complaint.');

-- What a caller asked with an Idempotency-Key; kept seven days.
CREATE TABLE request (
    caller   text        NOT NULL,
    key      uuid        NOT NULL,
    digest   bytea       NOT NULL,           -- SHA-256 of method, path and body
    stream   uuid        NOT NULL,
    version  integer     NOT NULL,
    position bigint      NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (caller, key)
);
CREATE INDEX request_at ON request (at);

-- Names that only one stream may have: tracking codes, agency codes.
CREATE TABLE claim (
    kind   text NOT NULL,
    value  text NOT NULL,
    stream uuid NOT NULL,
    PRIMARY KEY (kind, value)
);

-- All that is personal and derived, one row a stream. Deleting the row erases the person.
CREATE SCHEMA vault;
CREATE TABLE vault.subject (
    stream         uuid  NOT NULL PRIMARY KEY,
    at             timestamptz NOT NULL,     -- of the stream's first fact: the newest are found first
    wrapped_key    bytea NOT NULL,
    receipt_digest bytea,
    contact_hmacs  bytea[]  NOT NULL DEFAULT '{}',
    terms          bigint[] NOT NULL DEFAULT '{}'  -- keyed hashes of the stems of what was written
);
CREATE INDEX subject_terms ON vault.subject USING gin (terms);
CREATE INDEX subject_at ON vault.subject (at, stream);

-- Officers' and machines' tokens, as SHA-256.
CREATE TABLE credential (
    digest     bytea       NOT NULL PRIMARY KEY,
    id         uuid        NOT NULL UNIQUE,
    officer    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz
);

-- How far each projection has come. Apart from the rows it is all that a projection knows.
CREATE TABLE projection (
    name     text    NOT NULL,
    version  integer NOT NULL,
    position bigint  NOT NULL DEFAULT 0,
    leaf     bytea,                          -- of the fact at that position: the log it was folded from
    failure  text,                           -- why it has stepped off, null while it goes on
    PRIMARY KEY (name, version)
);

-- Facts that a projection passes over, because somebody said so.
CREATE TABLE skipped (
    name     text        NOT NULL,
    version  integer     NOT NULL,
    position bigint      NOT NULL,
    reason   text        NOT NULL,
    by       text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version, position)
);

-- The latest instant of the log's first facts, for every 1,024th position: see projections/horizon.py.
CREATE TABLE horizon (
    position bigint      NOT NULL PRIMARY KEY,
    latest   timestamptz NOT NULL
);

-- Where the days begin by which projections sum.
CREATE TABLE day_zone (
    sole boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (sole),
    zone text    NOT NULL
);

-- The feeder's sign of life, so that readers do not wait for one that is not there.
CREATE TABLE feeder (
    sole     boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (sole),
    beat_at  timestamptz NOT NULL,
    position bigint      NOT NULL
);

-- One append: all of it or nothing, in one round trip, with the next dense positions.
--
-- The advisory lock makes positions rise in commit order, so that no reader ever sees a later one
-- before an earlier one. It needs READ COMMITTED: each statement after the lock must see what was
-- committed while waiting for it.
CREATE FUNCTION lapor_append(
    streams uuid[], versions integer[], topics text[], states bytea[],
    request_caller text, request_key uuid, request_digest bytea,
    subjects uuid[], wrapped_keys bytea[], receipt_digests bytea[], terms text[],
    retermed uuid[], new_terms text[],
    claim_kinds text[], claim_values text[], claim_streams uuid[],
    OUT last bigint, OUT done_stream uuid, OUT done_version integer, OUT done_digest bytea
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    head bigint;
    added bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'lapor_append needs READ COMMITTED' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_append', 0));

    IF request_key IS NOT NULL THEN
        SELECT position, stream, version, digest INTO last, done_stream, done_version, done_digest
          FROM request WHERE caller = request_caller AND key = request_key;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;

    SELECT coalesce(max(position), 0) INTO head FROM fact;
    last := head + cardinality(streams);

    INSERT INTO fact (position, stream, version, topic, state)
    SELECT head + n, s, v, t, b
      FROM unnest(streams, versions, topics, states) WITH ORDINALITY AS u (s, v, t, b, n);
    IF EXISTS (SELECT FROM unnest(streams, versions) AS u (s, v)
                WHERE v > 1 AND NOT EXISTS (SELECT FROM fact WHERE stream = s AND version = v - 1)) THEN
        RAISE EXCEPTION 'versions must follow each other' USING ERRCODE = 'check_violation';
    END IF;

    IF request_key IS NOT NULL THEN
        INSERT INTO request (caller, key, digest, stream, version, position)
        SELECT request_caller, request_key, request_digest, streams[1], max(v), last
          FROM unnest(streams, versions) AS u (s, v) WHERE s = streams[1];
    END IF;
    IF cardinality(subjects) > 0 THEN
        INSERT INTO vault.subject (stream, at, wrapped_key, receipt_digest, terms)
        SELECT s, (convert_from(b, 'UTF8')::json ->> 'at')::timestamptz, k, r, t::bigint[]
          FROM unnest(subjects, wrapped_keys, receipt_digests, terms) AS u (s, k, r, t)
          JOIN unnest(streams, versions, states) AS f (s, v, b) USING (s) WHERE v = 1;
        GET DIAGNOSTICS added = ROW_COUNT;
        IF added <> cardinality(subjects) THEN
            RAISE EXCEPTION 'a subject comes with its first fact' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF cardinality(retermed) > 0 THEN  -- never an insert: an erased subject stays erased
        UPDATE vault.subject SET terms = ARRAY(SELECT DISTINCT unnest(subject.terms || t::bigint[]))
          FROM unnest(retermed, new_terms) AS u (s, t) WHERE stream = s;
    END IF;
    IF cardinality(claim_kinds) > 0 THEN
        INSERT INTO claim (kind, value, stream)
        SELECT * FROM unnest(claim_kinds, claim_values, claim_streams);
    END IF;
END
$$;

-- The service adds facts; it can neither change nor remove one.
GRANT USAGE ON SCHEMA vault TO lapor_app;
GRANT SELECT, INSERT ON fact, claim TO lapor_app;
GRANT SELECT, INSERT, DELETE ON request TO lapor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON vault.subject TO lapor_app;
GRANT SELECT ON day_zone TO lapor_app;
GRANT SELECT, INSERT ON skipped, horizon TO lapor_app;
GRANT SELECT, INSERT, UPDATE ON credential, projection, feeder TO lapor_app;
