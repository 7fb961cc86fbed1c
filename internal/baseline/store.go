package baseline

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Store is a state file. Reads need no lock, since the file is only ever
// replaced as a whole; writers go one after the other.
type Store struct {
	Path string
	// Owner names this process in the lock: host, process and something that
	// differs each time.
	Owner Owner
	// Now and Wait are the clock.
	Now  func() time.Time
	Wait func(time.Duration)
	// Alive reports whether a process of this host still runs.
	Alive func(pid int) bool
	// Patience is how long to wait for another writer.
	Patience time.Duration
}

// Owner is who holds a lock.
type Owner struct {
	Host  string `json:"host"`
	PID   int    `json:"pid"`
	Token string `json:"token"`
}

// ErrLocked says that another writer held the lock for too long.
var ErrLocked = errors.New("another run is writing the state")

// Read reads the state; a file that is not there is the state before the first
// run. Errors are *ReadError where the file is not what it should be.
func (st *Store) Read() (*State, error) {
	s, _, err := st.read()
	return s, err
}

// read returns the bytes of the file too; nil when there is none.
func (st *Store) read() (*State, []byte, error) {
	data, err := os.ReadFile(st.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return NewState(), nil, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the state: %w", err)
	}
	s, err := Decode(st.Path, data)
	return s, data, err
}

// Update reads the state, has it changed, and writes it, with no other writer
// in between. change may be called again when somebody took the lock away. A
// nil state, or one that is as before, writes nothing.
func (st *Store) Update(change func(*State) (*State, error)) error {
	for {
		release, mine, err := st.lock()
		if err != nil {
			return err
		}
		done, err := st.update(change, mine)
		release()
		if done || err != nil {
			return err
		}
	}
}

func (st *Store) update(change func(*State) (*State, error), mine func() bool) (bool, error) {
	old, before, err := st.read()
	if err != nil {
		return false, err
	}
	s, err := change(old)
	if err != nil || s == nil {
		return err == nil, err
	}
	data, err := Encode(s)
	if err != nil {
		return false, err
	}
	if !mine() {
		return false, nil
	}
	if bytes.Equal(before, data) {
		return true, nil
	}
	return true, st.replace(data)
}

// replace writes the file beside its place, makes sure that it is on the disk,
// and renames it: whoever is interrupted leaves the old file or the new one.
func (st *Store) replace(data []byte) error {
	st.clear()
	tmp, err := os.CreateTemp(filepath.Dir(st.Path), st.temporary()+"*")
	if err != nil {
		return fmt.Errorf("cannot write the state: %w", err)
	}
	defer os.Remove(tmp.Name()) // after the rename there is nothing left to remove
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(st.mode())
	}
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), st.Path)
	}
	if err != nil {
		return fmt.Errorf("cannot write the state: %w", err)
	}
	if dir, err := os.Open(filepath.Dir(st.Path)); err == nil {
		_ = dir.Sync() // not every file system can
		_ = dir.Close()
	}
	return nil
}

// mode is that of the file that is replaced: who shares a state goes on
// sharing it.
func (st *Store) mode() os.FileMode {
	if info, err := os.Stat(st.Path); err == nil {
		return info.Mode().Perm()
	}
	return 0o600
}

func (st *Store) temporary() string { return "." + filepath.Base(st.Path) + ".new-" }

// clear removes what interrupted runs have left. Under the lock nobody else is
// writing.
func (st *Store) clear() {
	names, err := os.ReadDir(filepath.Dir(st.Path))
	if err != nil {
		return
	}
	for _, n := range names {
		old := strings.HasPrefix(n.Name(), st.temporary())
		if info, err := n.Info(); err == nil && strings.HasPrefix(n.Name(), st.lockTemporary()) {
			old = st.Now().Sub(info.ModTime()) > lockStale // younger ones are of those who wait
		}
		if old {
			_ = os.Remove(filepath.Join(filepath.Dir(st.Path), n.Name()))
		}
	}
}
