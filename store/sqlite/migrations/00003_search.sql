-- +goose Up

-- What the index of the search, which is in a file of its own, has not seen:
-- a row for each group with messages that are new or have other words. messages
-- are the new ones, the conversation and the seq of each as varints. It has all
-- after the place indexed of the log.
CREATE TABLE unindexed (
    place    INTEGER PRIMARY KEY, -- the last one of the group
    messages BLOB NOT NULL
) STRICT;

-- What was indexed of a message until it was changed or deleted at a place. The
-- index does not keep what it has been given, and must be given it again to
-- forget it.
CREATE TABLE replaced (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    mentions     TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX replaced_by_place ON replaced (place);

ALTER TABLE log ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;

UPDATE log SET indexed = place;
