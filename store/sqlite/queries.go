package sqlite

// query names a statement. Every statement that runs after the store has been
// opened is one of these, so that a test can look at all their plans.
type query int

const (
	begin query = iota
	beginWrite
	commit
	rollback
	checkpoint
	checkpointRestart

	readLog
	createLog
	moveLog

	getAccount
	listUsers
	getPrivacy
	listBlocked
	insertAccount
	replacePassword
	updateProfile
	updatePrivacy
	getContact
	sharesGroup
	isInMore
	insertBlocked
	deleteBlocked
	countBlocked
	maySee
	hearers

	listSessions
	insertSession
	useSession
	seeSession
	deleteSession
	getToken
	insertToken
	deleteTokens

	conversationByID
	conversationByPair
	insertConversation
	countMembers
	renameConversation
	closeConversation
	viewByID
	viewByPair
	viewByKey

	seats
	memberNames
	listMembers
	conversationsOf
	namesBetween
	insertMember
	deleteMember
	placeMembers
	unplaceMembers
	speakMembers
	changeMembers
	markSpeaker
	moveMarker
	giveRole
	getPreferences
	setPreferences
	insertFormer
	deleteFormer
	getFormer

	lastMessage
	insertMessage
	getMessage
	rewriteMessage
	insertMention
	deleteMention
	insertReaction
	deleteReaction
	deleteReactions
	reactionUsers
	messagePlace
	messageAt
	messagesUp
	messagesDown
	messagesChanged
	changedSeqs
	countUnread
	insertSent
	getSent

	activeMembers
	changedMembers
	largeMembers
	movedFormers
	conversationID
	nextChange
	memberships
	listRoles
	listReads

	readForgotten
	moveForgotten
	nextConversation
	insertReplaced
	deleteReplaced
	firstReplaced
	replacedLater
	listReplaced
	endReplaced
	replacedAfter
	contentOf
	contentsFrom

	// The statements from here on are those of the index's file.
	readIndex
	createIndex
	moveIndex
	insertEntry
	deleteEntry
	findEntries

	queries // how many there are
)

const (
	conversationColumns = `SELECT key, id, coalesce(low, ''), coalesce(high, ''), name, closed, history FROM conversation `

	viewColumns = `SELECT c.key, c.id, coalesce(c.low, ''), coalesce(c.high, ''), c.name, c.member_count, c.created_at,
		c.closed, c.history, c.renamed_place, c.state_place,
		m.role, m.joined_at, m.place, m.first_seq, m.read_seq, m.read_place,
		m.muted, m.pinned, m.preferences_place,
		coalesce((SELECT seq FROM message WHERE conversation = c.key ORDER BY seq DESC LIMIT 1), 0)
		FROM conversation c CROSS JOIN member m ON m.conversation = c.key AND m.username = ?1 `

	messageColumns = `SELECT place, seq, rev, at, sender, client_id, reply_to, mentions, data, body,
		coalesce(changed, 0), edited_at, deleted, reactions FROM message `

	contentColumns = `SELECT conversation, seq, place, sender, mentions, body, deleted FROM message `

	sessionColumns = `SELECT id, device, created_at, last_seen_at FROM session `
)

// The bounds of LIMIT are sums, since SQLite prepares a statement again, in
// 4 µs and more, when what stands there alone is bound to another number.
var texts = [queries]string{
	begin:             `BEGIN`,
	beginWrite:        `BEGIN IMMEDIATE`,
	commit:            `COMMIT`,
	rollback:          `ROLLBACK`,
	checkpoint:        `PRAGMA wal_checkpoint(PASSIVE)`,
	checkpointRestart: `PRAGMA wal_checkpoint(RESTART)`,

	readLog:   `SELECT place, epoch, cursor_key FROM log WHERE id = 1`,
	createLog: `INSERT INTO log (id, place, epoch, cursor_key) VALUES (1, 0, ?, ?) ON CONFLICT DO NOTHING`,
	moveLog:   `UPDATE log SET place = ? WHERE id = 1`,

	getAccount: `SELECT username, display_name, status, password_hash FROM account WHERE username = ?`,
	listUsers: `SELECT username, display_name, status FROM account
		WHERE username >= ? AND username < ? ORDER BY username LIMIT ? + 0`,
	listBlocked: `SELECT a.username, a.display_name, a.status
		FROM blocked b CROSS JOIN account a ON a.username = b.other
		WHERE b.username = ? AND b.other > ? ORDER BY b.other LIMIT ? + 0`,
	insertAccount: `INSERT INTO account (username, display_name, status, password_hash, created_at) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (username) DO NOTHING`,
	replacePassword: `UPDATE account SET password_hash = ? WHERE username = ? AND password_hash = ?`,
	updateProfile: `UPDATE account SET display_name = coalesce(?, display_name), status = coalesce(?, status)
		WHERE username = ?`,
	getPrivacy: `SELECT contact, receipts, presence FROM account WHERE username = ?`,
	updatePrivacy: `UPDATE account SET contact = coalesce(nullif(?, ''), contact), receipts = coalesce(?, receipts),
		presence = coalesce(?, presence) WHERE username = ?`,
	getContact: `SELECT contact, EXISTS (SELECT 1 FROM blocked WHERE username = ?1 AND other = ?2)
		FROM account WHERE username = ?1`,
	sharesGroup: `SELECT EXISTS (SELECT 1 FROM member a
		CROSS JOIN member b ON b.conversation = a.conversation AND b.username = ?2
		CROSS JOIN conversation c ON c.key = a.conversation
		WHERE a.username = ?1 AND c.low IS NULL)`,
	isInMore: `SELECT EXISTS (SELECT 1 FROM member WHERE username = ? LIMIT 1 OFFSET ? + 0)`,
	maySee: `SELECT coalesce((SELECT max(last_seen_at) FROM session WHERE username = ?2), 0)
		FROM account WHERE username = ?2 AND (?1 = ?2 OR presence = 1
		AND NOT EXISTS (SELECT 1 FROM blocked WHERE username = ?1 AND other = ?2)
		AND NOT EXISTS (SELECT 1 FROM blocked WHERE username = ?2 AND other = ?1)
		AND (EXISTS (SELECT 1 FROM conversation WHERE low = min(?1, ?2) AND high = max(?1, ?2))
		OR EXISTS (SELECT 1 FROM member a
			CROSS JOIN member b ON b.conversation = a.conversation AND b.username = ?2 WHERE a.username = ?1)))`,
	hearers: `SELECT username FROM member WHERE conversation = ?1 AND username <> ?2
		AND NOT EXISTS (SELECT 1 FROM blocked WHERE username = ?2 AND other = member.username)
		AND NOT EXISTS (SELECT 1 FROM blocked WHERE username = member.username AND other = ?2) ORDER BY username`,
	insertBlocked: `INSERT INTO blocked (username, other) VALUES (?, ?) ON CONFLICT DO NOTHING`,
	deleteBlocked: `DELETE FROM blocked WHERE username = ? AND other = ?`,
	countBlocked:  `SELECT count(*) FROM blocked WHERE username = ?`,

	listSessions: sessionColumns + `WHERE username = ? ORDER BY key`,
	insertSession: `INSERT INTO session (id, username, device, created_at, last_seen_at, used, given)
		VALUES (?1, ?2, ?3, ?4, ?4, 0, 0)`,
	useSession:    `UPDATE session SET device = ?, last_seen_at = ?, used = ?, given = ? WHERE id = ?`,
	seeSession:    `UPDATE session SET last_seen_at = ?1 WHERE id = ?2 AND last_seen_at < ?1`,
	deleteSession: `DELETE FROM session WHERE id = ? AND username = ?`,
	getToken: `SELECT t.session, t.number, t.parent, s.device, s.created_at, s.last_seen_at, s.used, s.given,
		a.username, a.display_name, a.status FROM token t CROSS JOIN session s ON s.id = t.session
		CROSS JOIN account a ON a.username = s.username WHERE t.hash = ?`,
	insertToken:  `INSERT INTO token (hash, session, number, parent) VALUES (?, ?, ?, ?)`,
	deleteTokens: `DELETE FROM token WHERE session = ?1 AND number <= ?2 AND number <> ?3`,

	conversationByID:   conversationColumns + `WHERE id = ?`,
	conversationByPair: conversationColumns + `WHERE low = ? AND high = ?`,
	insertConversation: `INSERT INTO conversation (key, id, low, high, name, member_count, history, created_at)
		VALUES (?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?)`,
	countMembers:       `UPDATE conversation SET member_count = ? WHERE key = ?`,
	renameConversation: `UPDATE conversation SET name = ?, renamed_place = ? WHERE key = ?`,
	closeConversation:  `UPDATE conversation SET closed = ?, state_place = ? WHERE key = ?`,
	viewByID:           viewColumns + `WHERE c.id = ?2`,
	viewByPair:         viewColumns + `WHERE c.low = ?2 AND c.high = ?3`,
	viewByKey:          viewColumns + `WHERE c.key = ?2`,

	seats: `SELECT username, role, place, first_seq, read_seq, last_place IS NULL FROM member
		WHERE conversation = ? ORDER BY username`,
	memberNames: `SELECT username FROM member WHERE conversation = ? ORDER BY username LIMIT ? + 0`,
	listMembers: `SELECT username, role, joined_at, CASE
			WHEN username = ?3 THEN read_seq
			WHEN ?4 AND (SELECT receipts FROM account WHERE username = member.username) THEN read_seq
			ELSE 0 END
		FROM member WHERE conversation = ?1 AND username > ?2 ORDER BY username LIMIT ?5 + 0`,
	conversationsOf: `SELECT conversation FROM member WHERE username = ?`,
	namesBetween: `SELECT username FROM member
		WHERE conversation = ? AND username >= ? AND username < ? ORDER BY username LIMIT ? + 0`,
	insertMember: `INSERT INTO member (conversation, username, role, joined_at, place, first_seq, read_seq, last_place)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
	deleteMember: `DELETE FROM member WHERE conversation = ? AND username = ?`,
	placeMembers: `UPDATE member SET last_place = max(?, place),
		changed_place = max(?, read_place, preferences_place) WHERE conversation = ?`,
	unplaceMembers: `UPDATE member SET last_place = NULL,
		changed_place = nullif(max(read_place, preferences_place), 0) WHERE conversation = ?`,
	speakMembers: `UPDATE member SET last_place = ?,
		read_seq = CASE WHEN username = ? THEN ? ELSE read_seq END WHERE conversation = ?`,
	changeMembers: `UPDATE member SET changed_place = max(coalesce(changed_place, 0), ?) WHERE conversation = ?`,
	markSpeaker:   `UPDATE member SET read_seq = ? WHERE conversation = ? AND username = ?`,
	moveMarker: `UPDATE member SET read_seq = ?1, read_place = ?2, changed_place = ?2
		WHERE conversation = ?3 AND username = ?4`,
	giveRole:       `UPDATE member SET role = ?, role_place = ? WHERE conversation = ? AND username = ?`,
	getPreferences: `SELECT muted, pinned FROM member WHERE conversation = ? AND username = ?`,
	setPreferences: `UPDATE member SET muted = ?1, pinned = ?2, preferences_place = ?3, changed_place = ?3
		WHERE conversation = ?4 AND username = ?5`,
	insertFormer: `INSERT INTO former (conversation, username, place) VALUES (?, ?, ?)`,
	deleteFormer: `DELETE FROM former WHERE conversation = ? AND username = ?`,
	getFormer: `SELECT c.id, iif(c.renamed_place > f.place, '', c.name), f.place FROM conversation c
		CROSS JOIN former f ON f.conversation = c.key AND f.username = ?1 WHERE c.key = ?2`,

	lastMessage: `SELECT seq, place FROM message WHERE conversation = ? ORDER BY seq DESC LIMIT 1`,
	insertMessage: `INSERT INTO message
		(conversation, seq, place, rev, at, sender, client_id, reply_to, mentions, data, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	getMessage: messageColumns + `WHERE conversation = ? AND seq = ?`,
	rewriteMessage: `UPDATE message SET rev = ?, changed = ?, client_id = ?, reply_to = ?, mentions = ?, data = ?,
		body = ?, edited_at = ?, deleted = ?, reactions = ? WHERE conversation = ? AND seq = ?`,
	insertMention: `INSERT INTO mention (username, conversation, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
	deleteMention: `DELETE FROM mention WHERE username = ? AND conversation = ? AND seq = ?`,
	insertReaction: `INSERT INTO reaction (conversation, seq, emoji, username) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`,
	deleteReaction:  `DELETE FROM reaction WHERE conversation = ? AND seq = ? AND emoji = ? AND username = ?`,
	deleteReactions: `DELETE FROM reaction WHERE conversation = ? AND seq = ?`,
	reactionUsers: `SELECT username FROM reaction WHERE conversation = ? AND seq = ? AND emoji = ?
		ORDER BY username LIMIT ? + 0`,
	messagePlace: `SELECT place FROM message WHERE conversation = ? AND seq = ?`,
	messageAt:    `SELECT at FROM message WHERE conversation = ? AND seq = ?`,
	messagesUp:   messageColumns + `WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ? + 0`,
	messagesDown: messageColumns + `WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ? + 0`,
	messagesChanged: messageColumns + `INDEXED BY message_changed
		WHERE conversation = ? AND changed >= ? AND changed <= ? AND seq >= ? AND place <= ? ORDER BY changed LIMIT ? + 0`,
	changedSeqs: `SELECT seq FROM message INDEXED BY message_changed
		WHERE conversation = ? AND changed > ? AND seq >= ? AND seq <= ? LIMIT ? + 0`,
	countUnread: `SELECT
		(SELECT count(*) FROM message INDEXED BY message_deleted WHERE conversation = ?2 AND seq > ?3 AND deleted = 1),
		(SELECT count(*) FROM mention WHERE username = ?1 AND conversation = ?2 AND seq > ?3)`,
	insertSent: `INSERT INTO sent (sender, key, content, conversation, seq) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (sender, key) DO NOTHING`,
	getSent: `SELECT content, conversation, seq FROM sent WHERE sender = ? AND key = ?`,

	activeMembers: `SELECT conversation, last_place FROM member
		WHERE username = ? AND last_place > ? AND last_place < ? ORDER BY last_place DESC LIMIT ? + 0`,
	changedMembers: `SELECT conversation, last_place FROM member INDEXED BY member_changed
		WHERE username = ?1 AND changed_place > ?2 AND last_place <= ?2 AND last_place < ?3`,
	largeMembers: `SELECT conversation,
		max(place, coalesce((SELECT place FROM message WHERE conversation = member.conversation ORDER BY seq DESC LIMIT 1), 0))
		FROM member WHERE username = ? AND last_place IS NULL`,
	movedFormers:   `SELECT conversation, place FROM former WHERE username = ? AND place > ? AND place <= ?`,
	conversationID: `SELECT id FROM conversation WHERE key = ?`,
	nextChange: `SELECT
		coalesce((SELECT place FROM member WHERE conversation = ?1 AND place >= ?4 AND place < ?3 ORDER BY place LIMIT 1), 0),
		coalesce((SELECT place FROM former WHERE conversation = ?1 AND place >= ?4 AND place < ?3 ORDER BY place LIMIT 1), 0),
		coalesce((SELECT role_place FROM member INDEXED BY member_role
			WHERE conversation = ?1 AND role_place >= ?2 AND role_place < ?3 AND role_place > 0 ORDER BY role_place LIMIT 1), 0),
		coalesce((SELECT changed FROM message INDEXED BY message_changed
			WHERE conversation = ?1 AND changed >= ?2 AND changed < ?3 AND seq >= ?5 ORDER BY changed LIMIT 1), 0)`,
	memberships: `SELECT place, username, 1 FROM member WHERE conversation = ?1 AND place >= ?2 AND place <= ?3
		UNION ALL SELECT place, username, 0 FROM former WHERE conversation = ?1 AND place >= ?2 AND place <= ?3
		ORDER BY place LIMIT ?4 + 0`,
	listRoles: `SELECT role_place, username, role FROM member INDEXED BY member_role
		WHERE conversation = ? AND role_place >= ? AND role_place <= ? AND role_place > 0 ORDER BY role_place LIMIT ? + 0`,
	listReads: `SELECT m.read_place, m.username, m.read_seq
		FROM member m CROSS JOIN account a ON a.username = m.username
		WHERE m.conversation = ?1 AND m.read_place >= ?2 AND m.read_place <= ?3 AND (a.receipts = 1 OR m.username = ?4)`,

	insertReplaced:   `INSERT INTO replaced (conversation, seq, place, mentions, body) VALUES (?, ?, ?, ?, ?)`,
	deleteReplaced:   `DELETE FROM replaced WHERE place <= ?`,
	readForgotten:    `SELECT forgotten FROM log WHERE id = 1`,
	moveForgotten:    `UPDATE log SET forgotten = ? WHERE id = 1`,
	nextConversation: `SELECT key FROM conversation WHERE key > ? ORDER BY key LIMIT 1`,
	firstReplaced:    `SELECT place FROM replaced WHERE place <= ? LIMIT 1`,
	replacedLater:    `SELECT place FROM replaced WHERE place > ? LIMIT 1`,
	listReplaced: `SELECT conversation, seq, mentions, body FROM replaced
		WHERE place > ? AND place <= ? ORDER BY place`,
	endReplaced: `SELECT place FROM replaced
		WHERE place > ? AND place <= ? ORDER BY place LIMIT 1 OFFSET ? + 0`,
	replacedAfter: `SELECT mentions, body FROM replaced
		WHERE conversation = ? AND seq = ? AND place > ? ORDER BY place LIMIT 1`,
	contentOf:    contentColumns + `WHERE conversation = ? AND seq = ?`,
	contentsFrom: contentColumns + `WHERE conversation = ? AND seq >= ? ORDER BY seq LIMIT ? + 0`,

	readIndex: `SELECT version, epoch, seen, goal, conversation, seq FROM state WHERE id = 1`,
	createIndex: `INSERT INTO state (id, version, epoch, seen, goal, conversation, seq)
		VALUES (1, ?, ?, 0, ?, 0, 0)`,
	moveIndex:   `UPDATE state SET seen = ?, goal = ?, conversation = ?, seq = ? WHERE id = 1`,
	insertEntry: `INSERT INTO entry (rowid, terms) VALUES (?, ?)`,
	deleteEntry: `INSERT INTO entry (entry, rowid, terms) VALUES ('delete', ?, ?)`,
	findEntries: `SELECT rowid FROM entry WHERE entry MATCH ? AND rowid < ? AND rowid > ?
		ORDER BY rowid DESC LIMIT ? + 0`,
}
