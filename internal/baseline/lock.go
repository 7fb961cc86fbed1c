package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Times of the lock. It is held while the state is read, changed and written:
// some milliseconds.
const (
	lockWait  = 20 * time.Millisecond
	lockStale = 30 * time.Second // older locks were left by somebody who is gone
)

// lockFile is what stands in a lock.
type lockFile struct {
	Owner
	At time.Time `json:"at"`
}

func (st *Store) lockPath() string { return st.Path + ".lock" }

func (st *Store) lockTemporary() string { return "." + filepath.Base(st.Path) + ".lock-" }

// lock waits until no other writer holds the lock, and takes it. mine reports
// whether it is still held.
func (st *Store) lock() (release func(), mine func() bool, err error) {
	deadline := st.Now().Add(st.Patience)
	for {
		err := st.take()
		if err == nil {
			break
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, nil, fmt.Errorf("cannot lock the state: %w", err)
		}
		if st.breakStale() {
			continue
		}
		if !st.Now().Before(deadline) {
			return nil, nil, fmt.Errorf("%w\nIf none is, remove %s", ErrLocked, st.lockPath())
		}
		st.Wait(lockWait)
	}
	mine = func() bool {
		l, ok := readLock(st.lockPath())
		return ok && l.Owner == st.Owner
	}
	release = func() {
		if mine() {
			_ = os.Remove(st.lockPath())
		}
	}
	return release, mine, nil
}

// take makes the lock, with its words already in it: written beside, then
// linked to its name, which fails when the name is taken.
func (st *Store) take() error {
	data, err := json.Marshal(lockFile{st.Owner, st.Now().UTC()})
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(st.Path), st.lockTemporary()+"*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if err = os.Link(tmp.Name(), st.lockPath()); err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	return st.takePlain(data) // a file system without links
}

func (st *Store) takePlain(data []byte) error {
	f, err := os.OpenFile(st.lockPath(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

func readLock(path string) (lockFile, bool) {
	var l lockFile
	data, err := os.ReadFile(path)
	return l, err == nil && json.Unmarshal(data, &l) == nil && l.Token != ""
}

// breakStale removes a lock whose owner is gone. It is renamed first, and put
// back when another writer has taken it in the meantime: only one of several
// that find it stale gets it away.
func (st *Store) breakStale() bool {
	l, ok := readLock(st.lockPath())
	if ok && !st.stale(l) || !ok && !st.oldFile() {
		return false
	}
	away := filepath.Join(filepath.Dir(st.Path), st.lockTemporary()+st.Owner.Token)
	if err := os.Rename(st.lockPath(), away); err != nil {
		return errors.Is(err, fs.ErrNotExist) // somebody was faster
	}
	if got, readable := readLock(away); readable != ok || got.Owner != l.Owner {
		_ = os.Link(away, st.lockPath()) // not the one that was stale
	}
	_ = os.Remove(away)
	return true
}

func (st *Store) stale(l lockFile) bool {
	if l.Host == st.Owner.Host && l.Owner != st.Owner && !st.Alive(l.PID) {
		return true
	}
	age := st.Now().Sub(l.At)
	return age > lockStale || age < -lockStale // a clock that was set back is no reason to wait
}

// oldFile reports whether a lock that says nothing is old.
func (st *Store) oldFile() bool {
	info, err := os.Stat(st.lockPath())
	return err == nil && st.Now().Sub(info.ModTime()) > lockStale
}
