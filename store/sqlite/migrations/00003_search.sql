-- +goose Up

-- What was indexed of a message until it was changed or deleted at a place. The
-- index, which is in a file of its own, does not keep what it has been given,
-- and must be given it again to forget it. It has seen what is up to the place
-- forgotten of the log: what was before then is deleted here.
CREATE TABLE replaced (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    mentions     TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX replaced_by_place ON replaced (place);

ALTER TABLE log ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
