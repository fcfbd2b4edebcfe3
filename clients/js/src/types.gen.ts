export type ConversationKind = "direct" | "group"

export type Role = "owner" | "admin" | "member"

export type State = "open" | "closed"

export type Change = "created" | "joined" | "left" | "renamed" | "role" | "state" | "preferences"

export type Registration = "open" | "closed" | "invitation"

export type Directory = "everybody" | "shared" | "nobody"

export type PresenceState = "online" | "away" | "offline"

export type Contact = "everybody" | "shared" | "nobody"

export type Kind = "parse" | "invalid_request" | "method_not_found" | "invalid_params" | "internal" | "unauthenticated" | "forbidden" | "not_accepting" | "not_found" | "conflict" | "too_large" | "rate_limited" | "unavailable" | "draining" | "unknown_outcome" | "storage_full"

/** No params, or no result but that it was done. */
export type Empty = Record<string, never>

/** A JSON object of the application's own. */
export type JSONObject = { [name: string]: unknown }

export interface EditParams {
  with: string
  seq: number
  /** as of send */
  body: string
}

export interface MessageResult {
  message: Message
}

export interface DeleteParams {
  with: string
  seq: number
}

export interface ReactParams {
  with: string
  seq: number
  /** one grapheme cluster (Unicode, UAX 29) of up to 32 bytes, to be seen */
  emoji: string
}

/**
 * Conversation is a conversation as one of its members sees it.
 */
export interface Conversation {
  /** "c:" and 22 characters of base64url */
  id: string
  kind: ConversationKind
  /** of a group */
  name?: string
  /** the peer of a direct conversation */
  with?: string
  /** of the caller */
  role: Role
  member_count: number
  /** the first few by name, at most 10 */
  members?: string[]
  last_message?: Message
  /** 0 when there is no message */
  last_seq: number
  /** the caller's marker: all up to here is read; 0 when there is no message */
  read_seq: number
  /** messages of others after the marker that are not deleted */
  unread: number
  /** those of them that mention the caller */
  mentions: number
  muted: boolean
  pinned: boolean
  state: State
  /** newcomers see what was sent before */
  history?: boolean
  created_at: string
  /** by the caller, the last time */
  joined_at: string
}

export interface CreateParams {
  name: string
  members: string[]
  /** newcomers see what was sent before they came */
  history?: boolean
}

export interface ConversationResult {
  conversation: Conversation
}

/**
 * WithParams is the params of methods on one conversation. With is a username,
 * for the direct conversation with that user, or a conversation id.
 */
export interface WithParams {
  with: string
}

export interface MembersParams {
  with: string
  /** items of the page */
  limit?: number
  /** Next of the page before */
  page?: string
}

export interface MembersResult {
  members: Member[]
  /** absent on the last page */
  next?: string
}

/**
 * Member is a user in a conversation.
 */
export interface Member {
  username: string
  role: Role
  joined_at: string
  /** their marker, where the caller may see it */
  read_seq?: number
}

/**
 * ErrorData is the data member of an error object.
 */
export interface ErrorData {
  kind: Kind
  retryable: boolean
  /** milliseconds */
  retry_after_ms?: number
  pointer?: string
  incident?: string
}

export interface MessageEvent {
  message: Message
  cursor: string
}

export interface ReadEvent {
  /** its id */
  conversation: string
  username: string
  seq: number
  cursor: string
}

export interface ConversationEvent {
  /** its id */
  conversation: string
  change: Change
  kind: ConversationKind
  /** of a group */
  name?: string
  /** who joined or left, or whose role or preferences changed */
  username?: string
  /** of role */
  role?: Role
  /** of state */
  state?: State
  /** of preferences */
  muted?: boolean
  /** of preferences */
  pinned?: boolean
  /** of a new conversation: the first few by name, at most 10 */
  members?: string[]
  member_count?: number
  cursor: string
}

export interface LaggingEvent {
  /** of the last event that was sent */
  cursor: string
}

export interface DrainingEvent {
  /** milliseconds, different for each connection */
  delay_ms: number
}

/**
 * MemberParams is the params of methods on somebody in a group.
 */
export interface MemberParams {
  with: string
  username: string
}

export interface RenameParams {
  with: string
  name: string
}

export interface SetRoleParams {
  with: string
  username: string
  role: Role
}

export interface SetStateParams {
  with: string
  state: State
}

export interface ConversationsParams {
  since?: string
  /** items of the page */
  limit?: number
  /** Next of the page before, of a call with the same Since */
  page?: string
}

export interface ConversationsResult {
  conversations: Conversation[]
  /** ids of conversations that are the caller's no longer */
  left: string[]
  /** where the list stands, the same on all its pages */
  cursor: string
  /** absent on the last page */
  next?: string
  reset: boolean
}

export interface ReadParams {
  with: string
  seq: number
}

export interface ReadResult {
  conversation: string
  read_seq: number
  unread: number
}

export interface SetPreferencesParams {
  with: string
  muted?: boolean
  pinned?: boolean
}

/**
 * Limits are the bounds that a server keeps. All of them are in server_info
 * and in the answer to login. Sizes are in bytes unless the comment says
 * otherwise, times in milliseconds.
 */
export interface Limits {
  /** one incoming frame before login */
  frame_before_login: number
  /** one incoming frame after login */
  frame: number
  /** time from connecting to login */
  login_ms: number
  /** requests in one batch */
  batch: number
  /** commands of a connection that wait to be stored, then the server stops reading it */
  in_flight: number
  /** nested arrays and objects of a frame */
  depth: number
  body: number
  client_id: number
  data: number
  /** characters */
  group_name: number
  /** of a group */
  members: number
  /** of a message */
  mentions: number
  /** different emoji under a message */
  reactions: number
  /** users whom a user blocks */
  blocked: number
  /** users whose presence a connection watches */
  watched: number
  /** items of a page when the caller does not say */
  page: number
  /** items of a page at most */
  page_max: number
  /** a page ends before its frame passes this, unless one item is larger */
  page_bytes: number
  /** waiting for a connection that reads slowly */
  outbox: number
  /** without progress of a connection's outbox */
  stall_ms: number
  connections: number
  /** messages of a user at once */
  send_burst: number
  /** messages of a user per second after that, 0 for no limit */
  send_rate: number
}

/**
 * Message is what somebody said. Its place in its conversation is Seq, which
 * counts from 1 without holes; Rev counts its versions from 1, and of two
 * versions the one with the higher Rev is the present one.
 */
export interface Message {
  conversation: string
  seq: number
  rev: number
  sender: string
  /** absent once it is deleted */
  body?: string
  at: string
  client_id?: string
  /** the Seq of an earlier message */
  reply_to?: number
  /** usernames */
  mentions?: string[]
  /** the application's own JSON object, without white space */
  data?: JSONObject
  edited_at?: string
  /** Deleted says that this is a tombstone: of the message are left where and when it was sent, and by whom. */
  deleted?: boolean
  reactions?: Reaction[]
}

/**
 * Reaction is an emoji under a message, and who put it there.
 */
export interface Reaction {
  emoji: string
  count: number
  /** the first few by name, at most 20 */
  users: string[]
}

export interface SendParams {
  /** a username or a conversation id */
  to: string
  /** up to 16 KiB of UTF-8, without U+0000 */
  body: string
  client_id?: string
  reply_to?: number
  /** a name given twice counts once */
  mentions?: string[]
  data?: JSONObject
}

export interface SendResult {
  conversation: string
  seq: number
  at: string
  duplicate: boolean
}

export interface HistoryParams {
  with: string
  limit?: number
  /** at most one of these three */
  before?: number
  after?: number
  around?: number
  /** alone or with After */
  since?: string
}

/**
 * HistoryResult is a page, and where it stands. A page may hold fewer messages
 * than asked for at any time; only HasMore says whether there are others.
 */
export interface HistoryResult {
  conversation: string
  messages: Message[]
  has_more: HasMore
  /** the first that the caller may see, 0 when there is none */
  first_seq: number
  /** the last one, 0 when there is none */
  last_seq: number
}

/**
 * HasMore says whether there are messages before the first and after the last
 * of a page.
 */
export interface HasMore {
  before: boolean
  after: boolean
}

export interface TypingParams {
  with: string
  /** true when absent */
  on?: boolean
}

export interface PresenceParams {
  usernames: string[]
}

export interface PresenceResult {
  presence: Presence[]
}

/**
 * Presence says whether a user is there.
 */
export interface Presence {
  username: string
  state: PresenceState
  /** of who is offline, where it is known */
  last_seen_at?: string
}

export interface SetPresenceParams {
  state: PresenceState
}

export interface TypingEvent {
  /** its id */
  conversation: string
  username: string
  on: boolean
}

/**
 * Privacy is what a user lets others do and see.
 */
export interface Privacy {
  contact: Contact
  /** others see how far the user has read */
  receipts: boolean
  /** others see when the user is there */
  presence: boolean
}

export interface SetPrivacyParams {
  contact?: Contact
  receipts?: boolean
  presence?: boolean
}

export interface PrivacyResult {
  privacy: Privacy
}

export interface BlockParams {
  username: string
}

export interface BlockedParams {
  /** items of the page */
  limit?: number
  /** Next of the page before */
  page?: string
}

export interface BlockedResult {
  users: User[]
  /** absent on the last page */
  next?: string
}

/**
 * Server names the program at the other end.
 */
export interface Server {
  name: string
  version: string
}

export interface ServerInfoResult {
  server: Server
  /** versions of the protocol that are spoken */
  protocols: string[]
  node: string
  limits: Limits
  /** whom users lists */
  directory: Directory
  authentication: Authentication
}

/**
 * Authentication tells the ways of logging in.
 */
export interface Authentication {
  /** by name alone, for accounts without a password */
  name: boolean
  password: boolean
  token: boolean
  registration: Registration
}

export interface PingResult {
  at: string
  /** when logged in */
  cursor?: string
}

/**
 * Session is one device's login. It lasts until it logs out, is revoked or
 * has not been seen for long.
 */
export interface Session {
  /** its id: "s:" and 22 characters of base64url */
  session: string
  device?: string
  created_at: string
  last_seen_at: string
  /** the session of the connection that asks */
  current: boolean
}

export interface LoginParams {
  /** needed unless there is a token */
  username?: string
  password?: string
  token?: string
  /** what sessions shows, up to 100 characters */
  device?: string
}

/**
 * LoginResult tells a client all that it needs to go on.
 */
export interface LoginResult {
  user: User
  session: string
  /** for the next login; keep it secret */
  token: string
  /** Version */
  protocol: string
  server: Server
  epoch: string
  /** the present end of the log */
  cursor: string
  limits: Limits
}

export interface SessionsResult {
  sessions: Session[]
}

export interface RevokeParams {
  session: string
}

export interface SubscribeParams {
  cursor?: string
}

export interface SubscribeResult {
  /** Cursor is where the events begin: the given one, or the end of the log. */
  cursor: string
  reset: boolean
}

export interface UnsubscribeResult {
  cursor: string
}

/**
 * User is an account as others see it.
 */
export interface User {
  username: string
  display_name?: string
  /** what they say of themselves */
  status?: string
}

export interface RegisterParams {
  username: string
  /** 8 to 1024 bytes */
  password?: string
  /** up to 100 characters */
  display_name?: string
  invitation?: string
}

export interface SetPasswordParams {
  /** 8 to 1024 bytes */
  new: string
  /** needed when the account has a password */
  old?: string
}

export interface SetProfileParams {
  /** up to 100 characters */
  display_name?: string
  /** up to 200 characters */
  status?: string
}

export interface UserResult {
  user: User
}

export interface UsersParams {
  /** only names that begin so */
  prefix?: string
  /** items of the page */
  limit?: number
  /** Next of the page before */
  page?: string
}

export interface UsersResult {
  users: User[]
  /** absent on the last page */
  next?: string
}

/** All methods, by their names on the wire. */
export interface Methods {
  /**
   * Edit replaces the body of a message that the caller has sent, and raises its
   * Rev. Earlier bodies are not kept. Replacing it with itself changes nothing.
   * A deleted message is not_found. To the other of a direct conversation who does
   * not accept the caller's messages it is not_accepting, as React is.
   */
  edit: { params: EditParams; result: MessageResult }
  /**
   * Delete takes away what a message says, and leaves a tombstone: one's own
   * message, or in a group, as an owner or admin, anybody's. Deleting a
   * tombstone changes nothing.
   */
  delete: { params: DeleteParams; result: MessageResult }
  react: { params: ReactParams; result: MessageResult }
  unreact: { params: ReactParams; result: MessageResult }
  /**
   * Create opens a group with the caller as its owner. Members are usernames;
   * the caller need not be among them, and a name given twice counts once.
   */
  create: { params: CreateParams; result: ConversationResult }
  /**
   * Members lists the members of a conversation in the order of their names.
   */
  members: { params: MembersParams; result: MembersResult }
  /**
   * Invite makes a user a member of a group, with effect at once. Any member may
   * do so. Inviting a member changes nothing and answers the same.
   */
  invite: { params: MemberParams; result: ConversationResult }
  /**
   * Remove ends the membership of another user. An owner may remove everybody,
   * an admin those who are neither. Who is removed is told once, and to them the
   * group is not_found from then on. Removing who is no member is not_found.
   */
  remove: { params: MemberParams; result: ConversationResult }
  /**
   * Leave ends the caller's membership of a group, which is then not_found. When
   * the owner leaves, the admin who has been there longest becomes the owner, or
   * without one the member who has.
   */
  leave: { params: WithParams; result: Empty }
  /**
   * Rename gives a group another name. Owners and admins may.
   */
  rename: { params: RenameParams; result: ConversationResult }
  /**
   * SetRole changes the role of another member. Only the owner may; making
   * somebody else the owner makes the caller an admin.
   */
  set_role: { params: SetRoleParams; result: ConversationResult }
  /**
   * SetState closes a group, so that nothing more is sent to it, or opens it
   * again. Owners and admins may.
   */
  set_state: { params: SetStateParams; result: ConversationResult }
  /**
   * Conversations lists the caller's conversations, newest activity first:
   * what counts is the last message, the creation or the caller's joining.
   * Subscribing from the Cursor of the first page leaves no hole behind the list.
   * A conversation that changes while the pages are read may come again on a later
   * one, which then counts.
   * 
   * With Since, a cursor of before, it lists what changed after it alone: the
   * conversations, and in Left those that the caller has left or was removed from.
   * Reset says that Since cannot be continued from: this is then the whole list.
   */
  conversations: { params: ConversationsParams; result: ConversationsResult }
  /**
   * ConversationOf answers one conversation as the list does.
   */
  conversation: { params: WithParams; result: ConversationResult }
  /**
   * Read moves the caller's read marker forward, up to the last message at most;
   * a seq before it changes nothing. Sending moves it too. All devices of the
   * caller are told, and in a direct conversation or a small group everybody in
   * it, unless the caller has turned that off.
   */
  read: { params: ReadParams; result: ReadResult }
  /**
   * SetPreferences changes how the caller wants a conversation shown. It means
   * nothing to the server, and is the same on all devices.
   */
  set_preferences: { params: SetPreferencesParams; result: ConversationResult }
  /**
   * Send appends a message to a conversation. The answer means that it is on
   * disk. The first message to a user opens the direct conversation with them.
   * 
   * ClientID makes a repetition safe, for ever: a send with the same client id
   * and the same content is answered as the first one was, with Duplicate set,
   * and changes nothing; with other content it is a conflict. A UUID of version
   * 7 (RFC 9562) serves best.
   */
  send: { params: SendParams; result: SendResult }
  /**
   * History reads a page of a conversation, seq ascending: the newest messages,
   * or those just before or after a seq (without it), or those around one (with
   * it). A member sees messages from their latest joining on, or all of them in a
   * group that shares its history.
   * 
   * With Since, a cursor, only messages that were sent or changed after it count,
   * from the first one on, or with After from the one behind a seq: who keeps
   * pages refreshes them so. A cursor that cannot be continued from is invalid.
   */
  history: { params: HistoryParams; result: HistoryResult }
  /**
   * Typing tells the other members of a conversation that the caller is typing,
   * or, with on false, has stopped. On is repeated every few seconds, and ends by
   * itself after [TypingExpires], or with the caller's next message, neither of
   * which is told in an event.
   */
  typing: { params: TypingParams; result: Empty }
  /**
   * PresenceOf answers whether users are there, in the order asked, and makes this
   * connection watch them: it is told of changes from now on. They take the place
   * of those it watched before; an empty list ends watching. Who does not exist,
   * or whose presence is not for the caller, is offline, without a time.
   */
  presence: { params: PresenceParams; result: PresenceResult }
  /**
   * SetPresence says of this connection that nobody is in front of it, or that
   * somebody is again. A connection begins online.
   */
  set_presence: { params: SetPresenceParams; result: Empty }
  privacy: { params: Empty; result: PrivacyResult }
  set_privacy: { params: SetPrivacyParams; result: PrivacyResult }
  block: { params: BlockParams; result: Empty }
  unblock: { params: BlockParams; result: Empty }
  blocked: { params: BlockedParams; result: BlockedResult }
  /**
   * ServerInfo tells what a client should know before it logs in.
   */
  server_info: { params: Empty; result: ServerInfoResult }
  /**
   * Ping asks whether the server is there, and keeps the cursor of a client
   * fresh: on a subscribed connection it is safe to resume from, since all
   * events before it have been sent.
   */
  ping: { params: Empty; result: PingResult }
  /**
   * Login makes this connection act for an account: by name alone where the
   * account has no password and the server offers it, by name and password, or
   * by the token of an earlier login. By name and by password it opens a
   * session; by token it goes on with the one of the token, which is exchanged
   * for a new token. The old one stays good until the new one is used, so that
   * an answer which was lost costs nothing; to use it after that ends the
   * session. An unknown name and a wrong password are the same error. A
   * connection that is logged in may log in again, but only as the same user.
   */
  login: { params: LoginParams; result: LoginResult }
  /**
   * Logout ends the session of this connection, which may then log in anew.
   * Other connections of the session are closed.
   */
  logout: { params: Empty; result: Empty }
  /**
   * Sessions lists the caller's sessions, oldest first.
   */
  sessions: { params: Empty; result: SessionsResult }
  /**
   * Revoke ends one of the caller's sessions and closes its connections.
   */
  revoke: { params: RevokeParams; result: Empty }
  /**
   * Subscribe makes this connection receive events: from now on, or, with a
   * cursor, all that came after it and then from now on, each once and in the
   * order of the log. Reset says that the cursor cannot be continued from (it is
   * of another epoch, or not one of ours): events come from now on, and the
   * client takes what it shows anew. Subscribing again starts anew.
   */
  subscribe: { params: SubscribeParams; result: SubscribeResult }
  /**
   * Unsubscribe ends the events of this connection. The cursor is the place of
   * the last of them.
   */
  unsubscribe: { params: Empty; result: UnsubscribeResult }
  /**
   * Register opens an account; it does not log in. An account without a password
   * is logged in by its name alone, where the server offers that. Whether
   * anybody may register, nobody, or who has an invitation code, is a setting of
   * the server: otherwise the answer is forbidden. A name in use is a conflict.
   */
  register: { params: RegisterParams; result: UserResult }
  /**
   * SetPassword gives the caller's account a password, or another one. An
   * account that has one must name it in old. All other sessions of the account
   * are ended, since they may be why the password is changed.
   */
  set_password: { params: SetPasswordParams; result: Empty }
  /**
   * SetProfile changes what others see of the caller. What is absent stays, and
   * "" takes away.
   */
  set_profile: { params: SetProfileParams; result: UserResult }
  /**
   * Users lists accounts by name, in the order of their names: all of them, those
   * with whom the caller shares a conversation, or none, as the server is set.
   */
  users: { params: UsersParams; result: UsersResult }
}

/** All events, by their names on the wire. */
export interface Events {
  /**
   * OnMessage tells of a new message, to every member, its sender included.
   */
  message: MessageEvent
  /**
   * OnMessageUpdated tells of a message that was edited, deleted or reacted to,
   * as it is now.
   */
  message_updated: MessageEvent
  /**
   * OnRead tells how far somebody has read.
   */
  read: ReadEvent
  /**
   * OnConversation tells of a conversation that was opened or has changed.
   */
  conversation: ConversationEvent
  /**
   * OnLagging tells that this connection reads too slowly, and that its
   * subscription has ended: subscribe again from the cursor.
   */
  lagging: LaggingEvent
  /**
   * OnDraining tells that the server is about to end or restart. The connection
   * will be closed with [CloseRestart]; come back after the delay.
   */
  draining: DrainingEvent
  /**
   * OnTyping tells that another member is typing, or has stopped.
   */
  typing: TypingEvent
  /**
   * OnPresence tells that somebody who is watched came, went, or turned away.
   */
  presence: Presence
}

/** What is known of each method when a program runs. */
export const methods: { readonly [M in keyof Methods]: { readonly command: boolean } } = {
  edit: { command: true },
  delete: { command: true },
  react: { command: true },
  unreact: { command: true },
  create: { command: true },
  members: { command: false },
  invite: { command: true },
  remove: { command: true },
  leave: { command: true },
  rename: { command: true },
  set_role: { command: true },
  set_state: { command: true },
  conversations: { command: false },
  conversation: { command: false },
  read: { command: true },
  set_preferences: { command: true },
  send: { command: true },
  history: { command: false },
  typing: { command: false },
  presence: { command: false },
  set_presence: { command: false },
  privacy: { command: false },
  set_privacy: { command: true },
  block: { command: true },
  unblock: { command: true },
  blocked: { command: false },
  server_info: { command: false },
  ping: { command: false },
  login: { command: false },
  logout: { command: false },
  sessions: { command: false },
  revoke: { command: true },
  subscribe: { command: false },
  unsubscribe: { command: false },
  register: { command: true },
  set_password: { command: true },
  set_profile: { command: true },
  users: { command: false },
}

/** The code of each kind of error, and whether a repetition may succeed. */
export const kinds: { readonly [K in Kind]: { readonly code: number; readonly retryable: boolean } } = {
  parse: { code: -32700, retryable: false },
  invalid_request: { code: -32600, retryable: false },
  method_not_found: { code: -32601, retryable: false },
  invalid_params: { code: -32602, retryable: false },
  internal: { code: -32603, retryable: true },
  unauthenticated: { code: 401, retryable: false },
  forbidden: { code: 403, retryable: false },
  not_accepting: { code: 403, retryable: false },
  not_found: { code: 404, retryable: false },
  conflict: { code: 409, retryable: false },
  too_large: { code: 413, retryable: false },
  rate_limited: { code: 429, retryable: true },
  unavailable: { code: 503, retryable: true },
  draining: { code: 503, retryable: true },
  unknown_outcome: { code: 504, retryable: true },
  storage_full: { code: 507, retryable: true },
}
