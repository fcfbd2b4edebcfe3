package main

import "asappchat/server/bench/programs"

// membersLaw is one member who sends to a group all of whose members are
// subscribed, as in the fan-out, with 16 messages in flight. A broadcast
// without a commit is measured beside it.
var membersLaw = law{
	name: "members", grows: "members of the group", sizes: theSizes(2, 10, 50, 100, 500, 1000, 5000),
	figures: measureMembers,
}

var (
	deliveryCPU = &measure{name: "server CPU a delivery", unit: "µs", log: true}
	deliveries  = &measure{name: "deliveries", unit: "a second", log: true}
)

func measureMembers(l *lab, members int) (figures []figure, err error) {
	server, err := l.start(programs.Server)
	if err != nil {
		return nil, err
	}
	conns, request, event, err := makeGroup(l, server, members)
	if err != nil {
		return nil, err
	}
	house := &fanoutHouse{members: members}
	defer house.close()
	house.add(server, conns, request)
	if err := house.bare(l, programs.Joined, event); err != nil {
		return nil, err
	}
	for i, by := range []string{"the server", "a bare broadcast, frames joined"} {
		got, err := house.opened[i].round(l, 1, fanoutWindow)
		if err != nil {
			return nil, err
		}
		figures = append(figures,
			figure{deliveryCPU, by, got.cpuOf(got.Events)},
			figure{deliveries, by, got.perSecond(got.Events)})
	}
	return figures, nil
}
