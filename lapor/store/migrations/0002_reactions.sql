-- What the service does by itself when a moment has come, and what it has to tell people. Run as lapor_owner.

-- What is to be done about a running clock, and when: an index over the log, made anew from it at need.
CREATE TABLE timer (
    stream  uuid        NOT NULL,
    step    text        NOT NULL,
    n       integer     NOT NULL,
    share   integer     NOT NULL,             -- per cent of the promised time
    agency  uuid,                             -- in whose hours; null: in the coordinating office's
    fire_at timestamptz NOT NULL,
    PRIMARY KEY (stream, step, n, share)
);
CREATE INDEX timer_fire_at ON timer (fire_at);

-- Complaints about which it is not known what is to be done: something is wrong, in the log or in the code.
CREATE TABLE timer_failure (
    stream  uuid NOT NULL PRIMARY KEY,
    failure text NOT NULL
);

-- What has to be said to whom, once: the position is that of the fact that says so. No text, nobody's name.
CREATE TABLE outbox (
    position  bigint      NOT NULL,
    message   text        NOT NULL,
    addressee text        NOT NULL,           -- a role
    agency    uuid,                           -- of which agency; null: of the coordinating office, or none
    stream    uuid        NOT NULL,           -- about which complaint
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (position, stream, addressee, message)
);

-- How far timers and outbox have followed the log, the leader's sign of life, and how late it is.
CREATE TABLE reactor (
    sole     boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (sole),
    position bigint      NOT NULL,
    leaf     bytea,                           -- of the fact at that position
    beat_at  timestamptz NOT NULL DEFAULT now(),
    late     interval    NOT NULL DEFAULT '0',-- since when the oldest timer waits that could be fired
    fired_at timestamptz                      -- the last time, by the service's clock
);

GRANT SELECT, INSERT, DELETE ON timer, timer_failure TO lapor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON reactor TO lapor_app;
GRANT SELECT, INSERT, DELETE ON outbox TO lapor_app;
