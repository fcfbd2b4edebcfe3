package main

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/google/uuid"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type talkCommand struct {
	With  string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Limit int    `help:"Messages to begin with; what is shown is marked as read." default:"20"`
}

func (c *talkCommand) Run(a *app) error {
	client, err := a.connect(a.lasting())
	if err != nil {
		return err
	}
	defer client.Close()
	with, _ := protocol.FoldUsername(c.With)
	t := &talk{app: a, client: client, with: with, typed: isTerminal(a.stdin), own: map[string]bool{}, marked: func() {}}
	if err := t.begin(c.Limit); err != nil {
		return err
	}
	defer func() { t.marked() }()
	return t.hold()
}

// isTerminal says whether somebody types there, and sees what they type.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// talk is a conversation that is being held. It belongs to one goroutine; two
// others read stdin and the events for it, and end with them or its context.
type talk struct {
	app    *app
	client *chatclient.Client
	with   string
	typed  bool            // stdin is a terminal
	own    map[string]bool // client ids of what was typed there, and need not be shown again

	id      string // of the conversation, "" until it is opened
	shown   int64  // seq of the last message that was shown
	stored  int64  // seq of the last message of ours
	marked  func() // waits until what was shown is marked as read
	waiting []*chatclient.Pending[protocol.SendResult]
}

// begin shows the newest messages. That there is no conversation with a user
// yet is no error: the first message opens it.
func (t *talk) begin(limit int) error {
	page, err := call(t.app, t.client, protocol.History, protocol.HistoryParams{With: t.with, Limit: &limit})
	if errors.Is(err, &protocol.Error{Kind: protocol.NotFound}) && !protocol.IsConversationID(t.with) {
		return nil
	}
	if err != nil {
		return err
	}
	t.id = page.Conversation
	for _, m := range page.Messages {
		if err := t.hear(protocol.MessageEvent{Message: m}); err != nil {
			return err
		}
	}
	t.read()
	return nil
}

// read marks what was shown as read. Whether that succeeds is of no importance
// to the conversation.
func (t *talk) read() {
	if t.shown == 0 {
		return
	}
	ctx, cancel := t.app.patience()
	p := chatclient.Go(ctx, t.client, protocol.Read, protocol.ReadParams{With: t.id, Seq: t.shown})
	t.marked = func() { // those before are answered before
		p.Wait()
		cancel()
	}
}

// hold sends what is typed and shows what comes, until stdin has ended and all
// that was typed is stored and shown.
func (t *talk) hold() error {
	ctx, cancel := context.WithCancel(t.app.ctx)
	defer cancel()
	lines, events := t.listen(ctx), t.follow(ctx)
	for lines != nil || len(t.waiting) > 0 || t.shown < t.stored {
		var answered <-chan struct{}
		if len(t.waiting) > 0 {
			answered = t.waiting[0].Done()
		}
		var err error
		select {
		case line, more := <-lines:
			if more {
				t.say(ctx, line)
			} else {
				lines = nil
			}
		case <-answered:
			err = t.answer()
		case event := <-events:
			shown := t.shown
			if err = t.hear(event); t.shown > shown {
				t.read()
			}
		case <-ctx.Done():
			return nil // an interrupt, which is how a talk may end
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// listen reads the lines of stdin.
func (t *talk) listen(ctx context.Context) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		eachLine(t.app.stdin, func(line string) error {
			select {
			case lines <- line:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	return lines
}

// follow reads the events; an error is the last of them.
func (t *talk) follow(ctx context.Context) <-chan any {
	events := make(chan any)
	go func() {
		for event, err := range t.client.Events(ctx) {
			if err != nil {
				event = err
			}
			select {
			case events <- event:
			case <-ctx.Done():
				return
			}
		}
	}()
	return events
}

func (t *talk) say(ctx context.Context, line string) {
	params := protocol.SendParams{To: t.with, Body: line, ClientID: uuid.Must(uuid.NewV7()).String()}
	if t.typed {
		t.own[params.ClientID] = true
	}
	t.waiting = append(t.waiting, chatclient.Go(ctx, t.client, protocol.Send, params))
}

// answer takes the answer to the first send that waits for one. Who types sees
// what went wrong and may go on; a script fails.
func (t *talk) answer() error {
	result, err := t.waiting[0].Wait()
	t.waiting = t.waiting[1:]
	if err != nil && t.typed && diagnose(err).code != exitCredentials {
		report(t.app.stderr, err)
		return nil
	}
	if err != nil {
		return err
	}
	t.id, t.stored = result.Conversation, result.Seq
	return nil
}

// hear shows an event, if it is of this conversation and was not shown.
func (t *talk) hear(event any) error {
	switch event := event.(type) {
	case error:
		return event
	case protocol.ConversationEvent:
		if t.id == "" && t.isOurs(event) {
			t.id = event.Conversation
		}
		if event.Conversation != t.id || event.Change == protocol.Created {
			return nil
		}
	case protocol.MessageEvent:
		if event.Message.Conversation != t.id || event.Message.Seq <= t.shown {
			return nil
		}
		t.shown = event.Message.Seq
		if t.own[event.Message.ClientID] {
			delete(t.own, event.Message.ClientID)
			return nil
		}
		return t.app.print(happened{protocol.OnMessage.Name, event}, "%s", messageLine(event.Message))
	case chatclient.Updated:
		if event.Message.Conversation != t.id {
			return nil
		}
	case protocol.ReadEvent:
		return nil
	case chatclient.Reset:
		t.shown, t.stored = 0, 0
	}
	return t.app.printEvent(event, func(string) string { return "" })
}

// isOurs says whether an event tells of the opening of the direct conversation
// that we are waiting for.
func (t *talk) isOurs(e protocol.ConversationEvent) bool {
	members := 2
	if t.with == t.client.Login().User.Username {
		members = 1
	}
	return e.Change == protocol.Created && e.Kind == protocol.Direct && len(e.Members) == members && slices.Contains(e.Members, t.with)
}
