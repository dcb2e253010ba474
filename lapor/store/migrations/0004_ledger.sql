-- The ledger: a Merkle tree over the log, and its signed checkpoints. Rows are only ever added. Run as lapor_owner.

-- Hashes of complete subtrees of 2^level facts (level 0: of the facts themselves; then 8, 16, …), in runs as they
-- were sealed. No run leaves its tile of 256 hashes.
CREATE TABLE ledger_tile (
    level  smallint NOT NULL CHECK (level >= 0 AND level % 8 = 0),
    first  bigint   NOT NULL CHECK (first >= 0),   -- index of the first hash, among those of its level
    hashes bytea    NOT NULL CHECK (length(hashes) > 0 AND length(hashes) % 32 = 0
                                    AND first % 256 + length(hashes) / 32 <= 256),
    PRIMARY KEY (level, first)
);
ALTER TABLE ledger_tile ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes cannot be compressed

-- The public keys that have signed, in the order in which they followed each other.
CREATE TABLE ledger_key (
    number integer     NOT NULL PRIMARY KEY CHECK (number > 0),
    name   text        NOT NULL,               -- of the log, in its checkpoints: its origin
    public bytea       NOT NULL UNIQUE CHECK (length(public) = 32),
    since  bigint      NOT NULL CHECK (since >= 0),  -- size of its first checkpoint, which its forerunner signed too
    at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger_checkpoint (
    size bigint      NOT NULL CHECK (size >= 0),
    key  integer     NOT NULL REFERENCES ledger_key,
    note text        NOT NULL,                 -- C2SP signed note, as it is handed out
    at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (size, key)
);

-- No part of the proof: when all was last sealed, and why nothing is.
CREATE TABLE sealer (
    sole     boolean     NOT NULL PRIMARY KEY DEFAULT true CHECK (sole),
    whole_at timestamptz NOT NULL,
    failure  text
);

GRANT SELECT, INSERT ON ledger_tile, ledger_key, ledger_checkpoint TO lapor_app;
GRANT SELECT, INSERT, UPDATE ON sealer TO lapor_app;
