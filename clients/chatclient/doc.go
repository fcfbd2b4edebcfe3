// Package chatclient is the Go library for the chat protocol: typed calls, an
// ordered stream of events, and a connection that comes back by itself.
//
//	client, err := chatclient.Dial(ctx, "ws://127.0.0.1:8080", &chatclient.Options{
//		Credentials: chatclient.Credentials{Username: "ana"},
//	})
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	hello := protocol.SendParams{To: "bo", Body: "hello"}
//	if _, err := chatclient.Call(ctx, client, protocol.Send, hello); err != nil {
//		return err
//	}
//	for event, err := range client.Events(ctx) {
//		if err != nil {
//			return err
//		}
//		if m, ok := event.(protocol.MessageEvent); ok {
//			fmt.Println(m.Message.Sender+":", m.Message.Body)
//		}
//	}
//
// An application that shows all conversations follows a [Mirror] instead, which
// applies the events, and asks for what they leave open.
//
// # What is promised
//
// A send that is answered is stored, once, however often the connection was
// lost meanwhile; sends are stored in the order in which they were made.
// Events come once each, in the order of the server's log; where that cannot
// be, a [Reset] says so. A mirror shows, when it has caught up, what a fresh
// login would be shown. What waits is bounded: 1024 calls (who makes one more is
// held back until there is room, and not refused), and the bytes of
// Options.Buffer for events. A send has a client id: the client makes one unless
// there is one that is not empty, also for a send by [Client.CallRaw].
//
// # Errors
//
// What the server says is a *protocol.Error; programs decide by its Basis, or with
// [errors.Is]. That is its Kind or, of one that a newer server says and this
// client does not know, the first that has its code. Params that the server would
// not read are refused as parse without being sent, and so are credentials. A
// connection that the server closed for good is a *[CloseError]. While there
// is no connection calls wait, and end with their context; so give them one
// that ends.
//
// # Goroutines
//
// A client has one goroutine of its own, which ends with Close or when the
// client gives up, and those of its connection: two, and one for each request
// that is under way.
//
// The package may import protocol and no other package of this module.
package chatclient
