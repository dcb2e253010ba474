-- Which master keys were closed and destroyed, and what an erasure leaves to be cleaned up. Run as lapor_owner.

-- The versions of the master key (the first byte of what it wraps). The keys themselves are in files.
CREATE TABLE vault.master_key (
    version      integer     NOT NULL PRIMARY KEY CHECK (version BETWEEN 1 AND 255),
    made_at      timestamptz NOT NULL DEFAULT now(),
    closed_at    timestamptz,               -- from then on nothing new is wrapped by it
    destroyed_at timestamptz,
    erased_since timestamptz                -- when the first erasure was made that an old copy could undo
);
INSERT INTO vault.master_key (version) VALUES (1);

-- Nothing new is wrapped by a key that is about to be destroyed: what a process that has not heard of it yet
-- brings is refused as if the log were busy, and nothing of its append is stored. The append's lock is held
-- here, and by whoever closes a key, so every row that comes later is held against the closing. A version that
-- is not known here is taken: a backup of before a rotation may have been restored.
CREATE FUNCTION vault.refuse_closed_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM vault.master_key
                WHERE version = get_byte(NEW.wrapped_key || '\x00', 0) AND closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'wrapped by a master key that was closed' USING ERRCODE = 'lock_not_available';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_closed_key BEFORE INSERT ON vault.subject
    FOR EACH ROW EXECUTE FUNCTION vault.refuse_closed_key();

GRANT SELECT, INSERT, UPDATE ON vault.master_key TO lapor_app;
-- What a request held is forgotten with the person; that it was done is not.
GRANT UPDATE (digest) ON request TO lapor_app;
