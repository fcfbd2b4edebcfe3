-- +goose Up

-- The one row of the log: its last place, and what cursors are made with.
CREATE TABLE log (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    place      INTEGER NOT NULL,
    epoch      TEXT    NOT NULL,
    cursor_key BLOB    NOT NULL
) STRICT;

CREATE TABLE account (
    username      TEXT PRIMARY KEY,
    display_name  TEXT    NOT NULL,
    password_hash TEXT    NOT NULL, -- '' when there is none
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A session's key rises with the order in which they were opened, its tokens
-- are numbered from 0 in the order in which they were given out.
CREATE TABLE session (
    key          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    username     TEXT    NOT NULL REFERENCES account,
    device       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    used         INTEGER NOT NULL, -- the token that was used last
    given        INTEGER NOT NULL  -- the token that was given out last
) STRICT;

CREATE INDEX session_of_user ON session (username, key);

CREATE TABLE token (
    hash    BLOB PRIMARY KEY,
    session TEXT    NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    parent  INTEGER NOT NULL -- the token that it was given out for
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX token_of_session ON token (session, number);

-- A conversation's key is the place of its creation. A direct one has its two
-- names in order, which are the same one in notes to oneself.
CREATE TABLE conversation (
    key          INTEGER PRIMARY KEY,
    id           TEXT    NOT NULL UNIQUE,
    low          TEXT    REFERENCES account,
    high         TEXT    REFERENCES account,
    name         TEXT    NOT NULL, -- '' when direct
    member_count INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX conversation_of_pair ON conversation (low, high) WHERE low IS NOT NULL;

-- Who is in a conversation now. last_place is the place of the conversation's
-- last event, or NULL in a large conversation, which must be looked at itself.
CREATE TABLE member (
    conversation INTEGER NOT NULL REFERENCES conversation,
    username     TEXT    NOT NULL REFERENCES account,
    role         TEXT    NOT NULL,
    joined_at    INTEGER NOT NULL,
    place        INTEGER NOT NULL, -- of the joining
    first_seq    INTEGER NOT NULL, -- the first one to be seen
    last_place   INTEGER,
    PRIMARY KEY (conversation, username)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_of_user ON member (username, last_place);
CREATE INDEX member_by_place ON member (conversation, place);

-- Who was in a conversation and is not now.
CREATE TABLE former (
    conversation INTEGER NOT NULL REFERENCES conversation,
    username     TEXT    NOT NULL REFERENCES account,
    place        INTEGER NOT NULL, -- of the leaving
    PRIMARY KEY (conversation, username)
) STRICT, WITHOUT ROWID;

CREATE INDEX former_of_user ON former (username, place);
CREATE INDEX former_by_place ON former (conversation, place);

-- What has no value is '' or 0, which take no space. This table and the next
-- are the ones that grow; they refer to rows that their only writer has just
-- looked at, and spare the check.
CREATE TABLE message (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    place        INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    sender       TEXT    NOT NULL,
    client_id    TEXT    NOT NULL,
    reply_to     INTEGER NOT NULL,
    mentions     TEXT    NOT NULL, -- usernames with spaces between them
    data         TEXT    NOT NULL,
    body         TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq)
) STRICT, WITHOUT ROWID;

-- Every client id that was ever used, and for what. The key comes first, since
-- those of time-ordered client ids rise: all senders then write to one end.
CREATE TABLE sent (
    key          BLOB    NOT NULL,
    sender       TEXT    NOT NULL,
    content      BLOB    NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (key, sender)
) STRICT, WITHOUT ROWID;
