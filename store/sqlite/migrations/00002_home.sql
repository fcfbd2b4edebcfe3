-- +goose Up

-- When a message was changed last: NULL when never. reactions is what is shown
-- of those in table reaction, as JSON, '' when there are none.
ALTER TABLE message ADD COLUMN changed INTEGER;
ALTER TABLE message ADD COLUMN edited_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN reactions TEXT NOT NULL DEFAULT '';

-- Neither index costs a new message anything.
CREATE INDEX message_changed ON message (conversation, changed) WHERE changed IS NOT NULL;
CREATE INDEX message_deleted ON message (conversation, seq) WHERE deleted = 1;

-- Who has put what under a message.
CREATE TABLE reaction (
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    emoji        TEXT    NOT NULL,
    username     TEXT    NOT NULL,
    PRIMARY KEY (conversation, seq, emoji, username)
) STRICT, WITHOUT ROWID;

-- Where somebody was mentioned by others, in messages that are not deleted.
CREATE TABLE mention (
    username     TEXT    NOT NULL,
    conversation INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    PRIMARY KEY (username, conversation, seq)
) STRICT, WITHOUT ROWID;

-- The places say when that was changed last, 0 when never.
ALTER TABLE conversation ADD COLUMN closed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN history INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN renamed_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversation ADD COLUMN state_place INTEGER NOT NULL DEFAULT 0;

-- last_place, which was the place of the conversation's last event, is from
-- now on that of its last activity: message, creation, or the member's joining.
-- changed_place is that of its last other event that concerns the member, NULL
-- when there was none, and in a large conversation, which must be looked at
-- itself, unless it concerns the member alone.
-- Nobody has messages of their own after read_seq, since sending moves it. What
-- was there before markers were is read.
ALTER TABLE member ADD COLUMN changed_place INTEGER;
ALTER TABLE member ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN read_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN role_place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE member ADD COLUMN preferences_place INTEGER NOT NULL DEFAULT 0;

-- It costs nothing but a change of role.
CREATE INDEX member_role ON member (conversation, role_place) WHERE role_place > 0;
CREATE INDEX member_changed ON member (username, changed_place) WHERE changed_place IS NOT NULL;

UPDATE member SET read_seq =
    coalesce((SELECT seq FROM message WHERE conversation = member.conversation ORDER BY seq DESC LIMIT 1), 0);
UPDATE member SET changed_place = last_place, last_place = max(place,
    coalesce((SELECT place FROM message WHERE conversation = member.conversation ORDER BY seq DESC LIMIT 1), 0))
    WHERE last_place IS NOT NULL;

-- Nobody followed an owner who had left. Who has been there longest does now.
UPDATE member SET role = 'owner' WHERE (conversation, username) IN (
    SELECT c.key, (SELECT username FROM member WHERE conversation = c.key ORDER BY place, username LIMIT 1)
    FROM conversation c WHERE c.low IS NULL
    AND NOT EXISTS (SELECT 1 FROM member WHERE conversation = c.key AND role = 'owner'));

ALTER TABLE account ADD COLUMN status TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN contact TEXT NOT NULL DEFAULT 'everybody';
ALTER TABLE account ADD COLUMN receipts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE account ADD COLUMN presence INTEGER NOT NULL DEFAULT 1;

-- Whom username blocks.
CREATE TABLE blocked (
    username TEXT NOT NULL REFERENCES account,
    other    TEXT NOT NULL REFERENCES account,
    PRIMARY KEY (username, other)
) STRICT, WITHOUT ROWID;
