package clientkit

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
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
		err = k.saw.against(*own.saw)
	}
	return story, errors.Join(err, own.close())
}

func (k *kit) undisturbed(ctx context.Context) (string, error) {
	p := &play{witnessed: true}
	return k.perform(ctx, trouble{}, p, func() error {
		k.saw = &p.saw
		k.measure.up, k.measure.down = p.world.gate.bytes()
		if s := p.world.stage; s != nil {
			k.measure.frames, k.measure.requests = s.Frames(), s.Requests()-1
		}
		return nil
	})
}

// perform plays the conversation in trouble, in a world of its own, and then has
// what was seen judged. It returns the story.
func (k *kit) perform(ctx context.Context, t trouble, p *play, judge func() error) (string, error) {
	told := &story{}
	t.tamper.Note = told.note
	w, err := k.world(t)
	if err != nil {
		return "", err
	}
	defer w.close()
	p.world, p.script, p.story, p.reset = w, conversation(), told, t.reset
	err = k.lend(ctx, func(d *Driver) error {
		p.driver = d
		if err := errors.Join(p.run(ctx), violated(w)); err != nil {
			return err
		}
		return judge()
	})
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
	want, err := newNormal(p.world.prefix).sight(w.events, home)
	if err != nil {
		return err
	}
	got, err := newNormal(p.world.prefix).sight(p.driver.events, p.shown)
	return cmp.Or(err, got.against(want))
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
	var wg sync.WaitGroup
	var failed failures
	for range f.drivers(k.options.Parallel) {
		wg.Go(func() { // ends with the queue
			for place := range queue {
				if ctx.Err() != nil || failed.enough() {
					return
				}
				if story, err := f.once(ctx, k, place); err != nil {
					failed.add(place, story, err)
				}
			}
		})
	}
	wg.Wait()
	if failed.err == nil {
		return "", ctx.Err()
	}
	return failed.story, fmt.Errorf("at place %d of %d (and %d others): %w", failed.first, total, failed.count-1, failed.err)
}

// failures are those of a fault, at any place. Its methods may be called from any
// goroutine.
type failures struct {
	mu    sync.Mutex
	count int
	first int // the place, and what happened there
	story string
	err   error
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

func (f *failures) enough() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count >= failuresMax
}

func (f *failures) add(place int, story string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.count++; f.count == 1 || place < f.first {
		f.first, f.story, f.err = place, story, err
	}
}

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
	t := f.at(place)
	p := &play{timing: f.timing}
	return k.perform(ctx, t, p, func() error {
		connections := p.world.gate.count()
		if p.unknown > max(1, connections-1) {
			return fmt.Errorf("%d outcomes were unknown on %d connections", p.unknown, connections)
		}
		return p.saw.against(k.saw.missing(t.reset))
	})
}
