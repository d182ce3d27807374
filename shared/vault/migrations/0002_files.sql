-- Evidence files (photos, papers), sealed under their household's key; with the key they go.
CREATE TABLE files (
    id uuid PRIMARY KEY,
    household uuid NOT NULL REFERENCES data_keys ON DELETE CASCADE,
    kind text NOT NULL,
    media_type text NOT NULL,
    sha256 text NOT NULL,
    sealed bytea NOT NULL
);
CREATE INDEX files_household ON files (household);
