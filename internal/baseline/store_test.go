//go:build unix

package baseline

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func testStore(path, token string) *Store {
	return &Store{
		Path: path, Owner: Owner{Host: "here", PID: os.Getpid(), Token: token}, Now: time.Now, Wait: time.Sleep,
		Alive: func(pid int) bool { return syscall.Kill(pid, 0) == nil }, Patience: 20 * time.Second,
	}
}

// bump counts one more run of a failure; filler makes the file large enough to
// be caught in the middle.
func bump(s *State) (*State, error) {
	f := s.Failures["000000000000"]
	if f == nil {
		s = NewState()
		f = &Failure{Signature: "shop.count", Title: "count", Severity: "high", State: "ongoing"}
		s.Failures["000000000000"] = f
		for i := 1; i < 800; i++ {
			s.Failures[fmt.Sprintf("%012x", i)] = &Failure{Signature: "shop.filler", Title: "filler", Severity: "low", State: "quiet"}
		}
	}
	f.Older++
	for _, g := range s.Failures { // all say the same, so that half of a file shows
		g.Older = f.Older
	}
	return s, nil
}

func bumped(t *testing.T, path string) int {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := Decode(path, data)
	if err != nil {
		t.Fatal(err)
	}
	n := s.Failures["000000000000"].Older
	for id, f := range s.Failures {
		if f.Older != n || len(s.Failures) != 800 {
			t.Fatalf("half of one state and half of another: %s says %d, not %d", id, f.Older, n)
		}
	}
	return n
}

// TestWriters: many writers at once, each of whom adds one; none is lost.
func TestWriters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	const writers, each = 8, 12
	var wg sync.WaitGroup
	var failed atomic.Int32
	for w := range writers {
		wg.Go(func() {
			st := testStore(path, fmt.Sprint("w", w))
			for range each {
				if err := st.Update(bump); err != nil {
					t.Error(err)
					failed.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := bumped(t, path); n != writers*each {
		t.Errorf("%d of %d writes are there", n, writers*each)
	}
	names, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(names) != 1 {
		t.Errorf("something was left behind: %v, %v", names, err)
	}
}

// TestUpdateAgain: a writer whose lock was taken away starts again from what
// the other one has written.
func TestUpdateAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	st := testStore(path, "slow")
	calls := 0
	err := st.Update(func(s *State) (*State, error) {
		if calls++; calls == 1 {
			if err := os.Remove(path + ".lock"); err != nil {
				t.Fatal(err)
			}
			if err := testStore(path, "fast").Update(bump); err != nil {
				t.Fatal(err)
			}
		}
		return bump(s)
	})
	if err != nil || calls != 2 || bumped(t, path) != 2 {
		t.Errorf("%v after %d calls, %d written", err, calls, bumped(t, path))
	}
}

func TestStaleLocks(t *testing.T) {
	at := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	lock := func(host string, pid int, age time.Duration) string {
		data, err := json.Marshal(lockFile{Owner{host, pid, "other"}, at.Add(-age)})
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for _, tt := range []struct {
		name, lock string
		held       bool
	}{
		{"held", lock("here", 1, time.Second), true},
		{"held elsewhere", lock("there", 99, time.Second), true},
		{"owner gone", lock("here", 99, time.Second), false},
		{"old", lock("there", 1, time.Hour), false},
		{"from the future", lock("there", 1, -time.Hour), false},
		{"just made, empty yet", "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state.json")
			if err := os.WriteFile(path+".lock", []byte(tt.lock), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path+".lock", at, at); err != nil {
				t.Fatal(err)
			}
			st := testStore(path, "mine")
			now := at
			st.Now, st.Wait = func() time.Time { return now }, func(d time.Duration) { now = now.Add(d) }
			st.Alive, st.Patience = func(pid int) bool { return pid == 1 }, time.Second
			err := st.Update(bump)
			if got := errors.Is(err, ErrLocked); got != tt.held || !got && err != nil {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(path + ".lock"); tt.held != (err == nil) {
				t.Errorf("the lock: %v", err)
			}
		})
	}
}

// TestStateKeepsItsMode: who shares a state file goes on sharing it.
func TestStateKeepsItsMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.json")
	st := testStore(path, "mine")
	for _, mode := range []os.FileMode{0o600, 0o664} {
		if err := st.Update(bump); err != nil {
			t.Fatal(err)
		}
		if mode != 0o600 {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if err := st.Update(bump); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}

// TestMain writes states for good when it is started by TestKilled.
func TestMain(m *testing.M) {
	if path := os.Getenv("STATE_TO_WRITE"); path != "" {
		for n := 0; ; n++ {
			st := testStore(path, fmt.Sprint(os.Getpid(), "-", n))
			if err := st.Update(bump); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			fmt.Println(n)
		}
	}
	os.Exit(m.Run())
}

// TestKilled: a process that is killed at any moment leaves the state before
// or the state after, whole; the next one is not kept waiting.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hundred processes")
	}
	path := filepath.Join(t.TempDir(), "state.json")
	r := rand.New(rand.NewPCG(9, 10))
	before, grown, locked := 0, 0, 0
	start := time.Now()
	for range 3 {
		if err := testStore(path, "first").Update(bump); err != nil {
			t.Fatal(err)
		}
	}
	before = 3
	most := int(time.Since(start)/time.Microsecond) + 1 // some three writings, on this machine
	for i := range 100 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "STATE_TO_WRITE="+path)
		var diag strings.Builder
		cmd.Stderr = &diag
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The first writing shows that it runs, and that no lock kept it.
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatalf("round %d: %v: %s", i, err, diag.String())
		}
		go func() { _, _ = out.Read(make([]byte, 1<<16)) }()
		time.Sleep(time.Duration(r.IntN(most)) * time.Microsecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		n := bumped(t, path)
		if n < before+1 {
			t.Fatalf("round %d: the state went back from %d to %d", i, before, n)
		}
		if n > before+1 {
			grown++
		}
		before = n
		if _, err := os.Stat(path + ".lock"); err == nil {
			locked++
		}
	}
	if locked == 0 {
		t.Error("no kill came while the state was being written")
	}
	if err := testStore(path, "after").Update(bump); err != nil || bumped(t, path) != before+1 {
		t.Error(err)
	}
	t.Logf("%d states written, %d rounds wrote more than once, %d kills under the lock", before, grown, locked)
}
