-- Papers that came with a demand: which, and of what kind. Their content lies sealed in the vault.
CREATE TABLE papers (
    household uuid NOT NULL,
    demand uuid NOT NULL,
    file uuid NOT NULL,
    kind text NOT NULL,
    PRIMARY KEY (household, demand, file)
);
