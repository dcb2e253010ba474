-- What a rebuild has folded into the tables beside the live ones, so that one that was stopped goes on.
-- A row is written in one transaction with all that the range comes to.
CREATE TABLE rebuild_part (
    name    text    NOT NULL,
    version integer NOT NULL,
    first   uuid    NOT NULL,     -- the range of streams, both included
    last    uuid    NOT NULL,
    head    bigint  NOT NULL,     -- up to which position the log was folded
    plan    bytea   NOT NULL,     -- SHA-256 of all else that the rows follow from
    PRIMARY KEY (name, version, first)
);
