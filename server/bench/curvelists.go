package main

import "asappchat/protocol"

var (
	listTime = &measure{name: "a list of conversations: time", unit: "µs", log: true}
	listCPU  = &measure{name: "a list of conversations: server CPU", unit: "µs", log: true}
)

// measureLists reads what has changed since a cursor, and the first page of a
// list, unless all that the user has is less than a page.
func measureLists(l *lab, server *child, n int, since string) (figures []figure, err error) {
	limit := homePage
	figures, err = measureList(l, server, "the ten that changed", protocol.ConversationsParams{Since: since, Limit: &limit}, missed)
	if err != nil || n < homePage {
		return figures, err
	}
	first, err := measureList(l, server, "the first page", protocol.ConversationsParams{Limit: &limit}, homePage)
	return append(figures, first...), err
}

func measureList(l *lab, server *child, by string, p protocol.ConversationsParams, want int) ([]figure, error) {
	asked, err := askHome(l, server, manyUser, p, 1, want)
	if err != nil {
		return nil, err
	}
	defer asked.Close()
	got, err := asked.round(l, 1, 1)
	if err != nil {
		return nil, err
	}
	return []figure{
		{listTime, by + ", p50", quantile(got.Answered, 50)},
		{listTime, by + ", p99", quantile(got.Answered, 99)},
		{listCPU, by, got.cpuOf(got.Answers)},
	}, nil
}
