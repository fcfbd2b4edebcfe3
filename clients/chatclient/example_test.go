package chatclient_test

import (
	"context"
	"fmt"
	"log"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

func Example() {
	converse := func(ctx context.Context) error {
		client, err := chatclient.Dial(ctx, "ws://127.0.0.1:8080", &chatclient.Options{
			Credentials: chatclient.Credentials{Username: "ana"},
		})
		if err != nil {
			return err
		}
		defer client.Close()
		hello := protocol.SendParams{To: "bo", Body: "hello"}
		if _, err := chatclient.Call(ctx, client, protocol.Send, hello); err != nil {
			return err
		}
		for event, err := range client.Events(ctx) {
			if err != nil {
				return err
			}
			if m, ok := event.(protocol.MessageEvent); ok {
				fmt.Println(m.Message.Sender+":", m.Message.Body)
			}
		}
		return nil
	}
	if err := converse(context.Background()); err != nil {
		log.Print(err)
	}
}
