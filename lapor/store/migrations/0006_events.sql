-- The log's table is named after what it holds: events. Nothing else changes, and no row is rewritten.
-- Run as lapor_owner, while no older release runs.

ALTER TABLE fact RENAME TO event;
ALTER TABLE event RENAME CONSTRAINT fact_pkey TO event_pkey;
ALTER TABLE event RENAME CONSTRAINT fact_stream_version TO event_stream_version;
ALTER INDEX fact_reference RENAME TO event_reference;

-- The same function as before, on the renamed table.
CREATE OR REPLACE FUNCTION lapor_append(
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

    SELECT coalesce(max(position), 0) INTO head FROM event;
    last := head + cardinality(streams);

    INSERT INTO event (position, stream, version, topic, state)
    SELECT head + n, s, v, t, b
      FROM unnest(streams, versions, topics, states) WITH ORDINALITY AS u (s, v, t, b, n);
    IF EXISTS (SELECT FROM unnest(streams, versions) AS u (s, v)
                WHERE v > 1 AND NOT EXISTS (SELECT FROM event WHERE stream = s AND version = v - 1)) THEN
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
            RAISE EXCEPTION 'a subject comes with its first event' USING ERRCODE = 'check_violation';
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
