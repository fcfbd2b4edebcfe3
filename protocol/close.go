package protocol

// CloseCode is the status with which a websocket connection is closed (RFC
// 6455, section 7.4). Those from 4000 up are ours. Each says whether, and how,
// the client should come back.
type CloseCode int

const (
	CloseNormal      CloseCode = 1000 // done
	CloseGoingAway   CloseCode = 1001 // the server is gone: come back with the cursor
	CloseUnsupported CloseCode = 1003 // a binary frame: do not repeat it
	CloseInvalidData CloseCode = 1007 // a text frame that is not UTF-8: do not repeat it
	CloseTooLarge    CloseCode = 1009 // a frame beyond the limit: do not repeat it
	CloseInternal    CloseCode = 1011 // a bug of the server: come back with the cursor
	CloseRestart     CloseCode = 1012 // come back after the announced delay, with the cursor
	CloseOverloaded  CloseCode = 1013 // come back later, with full jitter
	CloseLagging     CloseCode = 4000 // read too slowly: come back with the cursor of the last event
	CloseRevoked     CloseCode = 4001 // the session was revoked: do not come back with this token
	CloseExpired     CloseCode = 4002 // the token has expired: log in again
	CloseIdle        CloseCode = 4003 // no login, or silence, for too long: come back when there is something to say
	CloseAbuse       CloseCode = 4008 // limits broken again and again: wait, a person should look
)
