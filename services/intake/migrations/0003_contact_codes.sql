-- Codes by which somebody shows that a telephone is theirs, to see what was asked for under it. The code is not here: the
-- vault makes it from the id. `household` is null where nobody is known by the telephone: that is answered the same way.
CREATE TABLE contact_codes (
    id uuid PRIMARY KEY,
    phone_hash text NOT NULL,
    household uuid,
    made_at timestamptz NOT NULL,
    tries smallint NOT NULL DEFAULT 0,
    used boolean NOT NULL DEFAULT false
);
CREATE INDEX contact_codes_of_a_phone ON contact_codes (phone_hash, made_at);
