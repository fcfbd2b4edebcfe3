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
	insertAccount
	replacePassword

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
	viewByID
	viewByPair
	viewByKey

	seats
	memberNames
	listMembers
	insertMember
	deleteMember
	placeMembers
	unplaceMembers
	insertFormer
	deleteFormer
	getFormer

	lastSeq
	insertMessage
	messagePlace
	messageAt
	messagesUp
	messagesDown
	insertSent
	getSent

	movedMembers
	largeMembers
	movedFormers
	nextMembership
	memberships

	queries // how many there are
)

const (
	conversationColumns = `SELECT key, id, coalesce(low, ''), coalesce(high, ''), name, created_at FROM conversation `

	viewColumns = `SELECT c.key, c.id, coalesce(c.low, ''), coalesce(c.high, ''), c.name, c.member_count, c.created_at,
		m.role, m.joined_at, m.place, m.first_seq,
		coalesce((SELECT seq FROM message WHERE conversation = c.key ORDER BY seq DESC LIMIT 1), 0)
		FROM conversation c CROSS JOIN member m ON m.conversation = c.key AND m.username = ?1 `

	messageColumns = `SELECT place, seq, rev, at, sender, client_id, reply_to, mentions, data, body FROM message `

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

	getAccount: `SELECT username, display_name, password_hash FROM account WHERE username = ?`,
	listUsers:  `SELECT username, display_name FROM account WHERE username >= ? AND username < ? ORDER BY username LIMIT ? + 0`,
	insertAccount: `INSERT INTO account (username, display_name, password_hash, created_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (username) DO NOTHING`,
	replacePassword: `UPDATE account SET password_hash = ? WHERE username = ? AND password_hash = ?`,

	listSessions: sessionColumns + `WHERE username = ? ORDER BY key`,
	insertSession: `INSERT INTO session (id, username, device, created_at, last_seen_at, used, given)
		VALUES (?1, ?2, ?3, ?4, ?4, 0, 0)`,
	useSession:    `UPDATE session SET device = ?, last_seen_at = ?, used = ?, given = ? WHERE id = ?`,
	seeSession:    `UPDATE session SET last_seen_at = ?1 WHERE id = ?2 AND last_seen_at < ?1`,
	deleteSession: `DELETE FROM session WHERE id = ? AND username = ?`,
	getToken: `SELECT t.session, t.number, t.parent, s.device, s.created_at, s.last_seen_at, s.used, s.given,
		a.username, a.display_name FROM token t CROSS JOIN session s ON s.id = t.session
		CROSS JOIN account a ON a.username = s.username WHERE t.hash = ?`,
	insertToken:  `INSERT INTO token (hash, session, number, parent) VALUES (?, ?, ?, ?)`,
	deleteTokens: `DELETE FROM token WHERE session = ?1 AND number <= ?2 AND number <> ?3`,

	conversationByID:   conversationColumns + `WHERE id = ?`,
	conversationByPair: conversationColumns + `WHERE low = ? AND high = ?`,
	insertConversation: `INSERT INTO conversation (key, id, low, high, name, member_count, created_at)
		VALUES (?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?)`,
	countMembers: `UPDATE conversation SET member_count = ? WHERE key = ?`,
	viewByID:     viewColumns + `WHERE c.id = ?2`,
	viewByPair:   viewColumns + `WHERE c.low = ?2 AND c.high = ?3`,
	viewByKey:    viewColumns + `WHERE c.key = ?2`,

	seats: `SELECT username, role, joined_at, first_seq, last_place IS NULL FROM member
		WHERE conversation = ? ORDER BY username`,
	memberNames: `SELECT username FROM member WHERE conversation = ? ORDER BY username LIMIT ? + 0`,
	listMembers: `SELECT username, role, joined_at FROM member
		WHERE conversation = ? AND username > ? ORDER BY username LIMIT ? + 0`,
	insertMember: `INSERT INTO member (conversation, username, role, joined_at, place, first_seq)
		VALUES (?, ?, ?, ?, ?, ?)`,
	deleteMember:   `DELETE FROM member WHERE conversation = ? AND username = ?`,
	placeMembers:   `UPDATE member SET last_place = ? WHERE conversation = ?`,
	unplaceMembers: `UPDATE member SET last_place = NULL WHERE conversation = ?`,
	insertFormer:   `INSERT INTO former (conversation, username, place) VALUES (?, ?, ?)`,
	deleteFormer:   `DELETE FROM former WHERE conversation = ? AND username = ?`,
	getFormer: `SELECT c.id, c.name, f.place FROM conversation c
		CROSS JOIN former f ON f.conversation = c.key AND f.username = ?1 WHERE c.key = ?2`,

	lastSeq: `SELECT seq FROM message WHERE conversation = ? ORDER BY seq DESC LIMIT 1`,
	insertMessage: `INSERT INTO message
		(conversation, seq, place, rev, at, sender, client_id, reply_to, mentions, data, body)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
	messagePlace: `SELECT place FROM message WHERE conversation = ? AND seq = ?`,
	messageAt:    `SELECT at FROM message WHERE conversation = ? AND seq = ?`,
	messagesUp:   messageColumns + `WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq LIMIT ? + 0`,
	messagesDown: messageColumns + `WHERE conversation = ? AND seq >= ? AND seq <= ? ORDER BY seq DESC LIMIT ? + 0`,
	insertSent: `INSERT INTO sent (sender, key, content, conversation, seq) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (sender, key) DO NOTHING`,
	getSent: `SELECT content, conversation, seq FROM sent WHERE sender = ? AND key = ?`,

	movedMembers: `SELECT conversation FROM member WHERE username = ? AND last_place > ?`,
	largeMembers: `SELECT conversation FROM member WHERE username = ? AND last_place IS NULL`,
	movedFormers: `SELECT conversation, place FROM former WHERE username = ? AND place > ? AND place <= ?`,
	nextMembership: `SELECT
		coalesce((SELECT place FROM member WHERE conversation = ?1 AND place >= ?2 ORDER BY place LIMIT 1), 0),
		coalesce((SELECT place FROM former WHERE conversation = ?1 AND place >= ?2 ORDER BY place LIMIT 1), 0)`,
	memberships: `SELECT place, username, 1 FROM member WHERE conversation = ?1 AND place >= ?2 AND place <= ?3
		UNION ALL SELECT place, username, 0 FROM former WHERE conversation = ?1 AND place >= ?2 AND place <= ?3
		ORDER BY place LIMIT ?4 + 0`,
}
