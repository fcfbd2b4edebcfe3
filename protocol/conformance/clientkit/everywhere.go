package clientkit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"asappchat/protocol/conformance/clientkit/stage"
)

// world makes the server of a run: the kit's own, or a way to the one of the
// options, with users of its own.
func (k *kit) world(t trouble) (*world, error) {
	if k.options.Server == "" {
		return newStage(t.tamper, t.cut)
	}
	return newProxy(k.options.Server, strings.ToLower(rand.Text()[:10])+"-", t.cut)
}

// baseline plays the conversation without a fault, holds what the application
// saw against what a bare connection did, and keeps it for the other runs. A
// server of the options must show what the kit's own does.
func (k *kit) baseline(ctx context.Context) (string, error) {
	own := &kit{options: k.options}
	own.options.Server = ""
	story, err := own.undisturbed(ctx)
	if err != nil || k.options.Server == "" {
		k.saw, k.measure = own.saw, own.measure
		return story, errors.Join(err, own.close())
	}
	story, err = k.undisturbed(ctx)
	k.measure.frames, k.measure.requests = own.measure.frames, own.measure.requests
	if err == nil {
		err = different(k.saw, own.saw)
	}
	return story, errors.Join(err, own.close())
}

func (k *kit) undisturbed(ctx context.Context) (string, error) {
	told := &story{}
	w, err := k.world(trouble{tamper: stage.Tamper{Note: told.note}})
	if err != nil {
		return "", err
	}
	defer w.close()
	d, err := k.borrow(ctx)
	if err != nil {
		return "", err
	}
	p := &play{driver: d, world: w, script: conversation(), story: told, witnessed: true}
	saw, err := p.run(ctx)
	err = errors.Join(err, k.giveBack(d, err != nil), violated(w))
	if err == nil {
		k.saw = saw
		k.measure.up, k.measure.down = w.gate.bytes()
	}
	if err == nil && w.stage != nil {
		k.measure.frames, k.measure.requests = w.stage.Frames(), w.stage.Requests()-1
	}
	return told.String(), err
}

// known plays the run without faults, unless it was played before.
func (k *kit) known(ctx context.Context) (string, error) {
	if k.saw != nil {
		return "", nil
	}
	story, err := k.baseline(ctx)
	if err != nil {
		err = fmt.Errorf("without any fault: %w", err)
	}
	return story, err
}

// witness is a bare connection of ana's, subscribed all the time.
func (p *play) witness(ctx context.Context) (*peer, error) {
	w, err := dialPeer(ctx, p.world.direct)
	if err != nil {
		return nil, err
	}
	if err := w.join(ctx, p.world.prefix+"ana", false); err != nil {
		return nil, err
	}
	_, err = w.call(ctx, "subscribe", "{}")
	return w, err
}

// compare holds the events and the home that the application saw against those
// that the witness was told.
func (p *play) compare(ctx context.Context, w *peer) error {
	home, err := w.call(ctx, "conversations", "{}") // after which all events are there
	if err != nil {
		return err
	}
	bare := newNormal(p.world.prefix)
	var want []string
	for _, raw := range w.events {
		text, err := bare.event(raw)
		if err != nil {
			return err
		}
		want = append(want, text)
	}
	text, err := bare.home(home)
	if err != nil {
		return err
	}
	want = append(want, text)
	told := newNormal(p.world.prefix)
	var got []string
	for _, raw := range p.driver.events {
		text, err := told.event(raw)
		if err != nil {
			return err
		}
		got = append(got, text)
	}
	text, err = told.home(p.shown)
	if err != nil {
		return err
	}
	return different(append(got, text), want)
}

func different(got, want []string) error {
	if d := differ(got, want); d != "" {
		return errors.New(d)
	}
	return nil
}

func violated(w *world) error {
	if w.stage == nil {
		return nil
	}
	for _, v := range w.stage.Violations() {
		return errors.New(v)
	}
	return nil
}

// everywhere plays the conversation with the fault at its places, on several
// drivers side by side. It returns the story of the first run that failed.
func (f fault) everywhere(ctx context.Context, k *kit) (string, error) {
	if story, err := k.known(ctx); err != nil {
		return story, err
	}
	total := f.places(k.measure)
	places := spread(total, k.options.Places)
	queue := make(chan int, len(places))
	for _, p := range places {
		queue <- p
	}
	close(queue)
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		failed []int
		story  string
		first  error
	)
	for range f.drivers(k.options.Parallel) {
		wg.Go(func() { // ends with the queue
			for place := range queue {
				if ctx.Err() != nil {
					return
				}
				text, err := f.once(ctx, k, place)
				if err == nil {
					continue
				}
				mu.Lock()
				failed = append(failed, place)
				if first == nil || place < slices.Min(failed) {
					story, first = text, err
				}
				enough := len(failed) >= failuresMax
				mu.Unlock()
				if enough {
					return
				}
			}
		})
	}
	wg.Wait()
	if first == nil {
		return "", ctx.Err()
	}
	slices.Sort(failed)
	return story, fmt.Errorf("at place %d of %d (and %d others): %w", failed[0], total, len(failed)-1, first)
}

// drivers says how many run side by side: more where they wait for most of the
// time.
func (f fault) drivers(parallel int) int {
	if f.timing != (timing{}) {
		return 4 * parallel
	}
	return parallel
}

// failuresMax is how often a fault is tried on after it was seen to be one.
const failuresMax = 3

// spread chooses n of so many places, 0 for all.
func spread(total, n int) []int {
	if n == 0 || n > total {
		n = total
	}
	places := make([]int, n)
	for i := range places {
		places[i] = (2*i + 1) * total / (2 * n)
	}
	return places
}

// once plays the conversation with the fault at one place.
func (f fault) once(ctx context.Context, k *kit, place int) (string, error) {
	t, told := f.at(place), &story{}
	t.tamper.Note = told.note
	w, err := k.world(t)
	if err != nil {
		return "", err
	}
	defer w.close()
	d, err := k.borrow(ctx)
	if err != nil {
		return "", err
	}
	p := &play{driver: d, world: w, script: conversation(), story: told, timing: f.timing, reset: t.reset}
	saw, err := p.run(ctx)
	if err == nil {
		err = different(saw, expected(k.saw, t.reset))
	}
	if err == nil && p.unknown > max(1, w.gate.count()-1) {
		err = fmt.Errorf("%d outcomes were unknown on %d connections", p.unknown, w.gate.count())
	}
	err = errors.Join(err, violated(w))
	return p.story.String(), errors.Join(err, k.giveBack(d, err != nil))
}

// expected is what is seen in a run without faults, or with a reset in place of
// the events of one turn.
func expected(saw []string, reset int) []string {
	if reset == 0 {
		return saw
	}
	told := 0
	for _, t := range conversation()[:reset] {
		told += t.events
	}
	var want []string
	n := 0
	for _, s := range saw {
		about, text, isEvent := cutEvent(s)
		switch {
		case !isEvent:
			want = append(want, s)
		case about == told+1:
			n++
			want = append(want, eventLine(n, `{"event":"reset","params":{}}`))
		case about > told+1 && about <= told+conversation()[reset].events:
		default:
			n++
			want = append(want, eventLine(n, text))
		}
	}
	return want
}
