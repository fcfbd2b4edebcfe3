package sqlite

import (
	"errors"
	"time"
)

// settle moves what was written into the file from time to time, and at once
// where words are to be gone: once that is durable, what was kept of them for the
// index is deleted.
func (x *indexer) settle() error {
	pages, err := pagesWritten(x.conn)
	if err != nil {
		return err
	}
	if x.pages += pages; x.pages < checkpointEvery && !x.owing {
		return nil
	}
	x.pages = 0
	whole, err := x.checkpoint()
	if err != nil || !x.owing {
		return err
	}
	if !whole { // somebody searches
		x.poke()
		return nil
	}
	return x.clean()
}

// checkpoint moves what was written into the file, and says whether all of it is
// there. When it must, or has become much, it waits for who searches.
func (x *indexer) checkpoint() (whole bool, err error) {
	q := checkpoint
	if x.owing || x.long {
		q = checkpointRestart
	}
	var busy, pages, moved int
	_, err = x.conn.get(scan{&busy, &pages, &moved}, q)
	if isBusy(err) {
		return false, nil
	}
	x.long = pages >= restartAt
	return err == nil && busy == 0 && pages == moved, err
}

// clean has the writer delete what was kept for the index, and asks for a
// checkpoint. It takes the writer's turn.
func (x *indexer) clean() error {
	kept, err := x.chat.get(scan{new(int64)}, firstReplaced, int64(x.state.seen))
	if err != nil || !kept {
		x.owing = x.owing && err != nil
		return err
	}
	x.turn <- struct{}{} // Close waits for the indexer before it takes the turn
	defer func() { <-x.turn }()
	x.writer.fresh.forget = x.state.seen
	if _, _, err = x.writer.transact(nil); err != nil {
		return err
	}
	x.forgot()
	kept, err = x.chat.get(scan{new(int64)}, firstReplaced, int64(x.state.seen))
	x.owing = kept || err != nil
	return err
}

// What the indexer does when the store is closed, so that the next one need not
// look for it: so many batches, and for so long.
const (
	endBatches = 4
	endMost    = time.Second
)

// end does the rest, if it is little, and notes that there is no more.
func (x *indexer) end() error {
	late := make(chan struct{})
	defer time.AfterFunc(endMost, func() { close(late) }).Stop()
	x.gaveUp = late
	for range endBatches {
		if x.state.goal > 0 {
			return nil
		}
		if more, err := x.step(); err != nil || !more {
			return errors.Join(err, x.noteEnd())
		}
	}
	return nil
}

// noteEnd writes that all is indexed, if it is.
func (x *indexer) noteEnd() error {
	x.turn <- struct{}{}
	place := x.writer.place
	<-x.turn
	if x.conn == nil || x.state.goal > 0 || x.state.seen < x.writer.unindexed.lastPlace() || x.state.seen == place {
		return nil
	}
	return x.apply(&batch{state: indexState{seen: place}})
}
