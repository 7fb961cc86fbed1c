package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func generate(t *testing.T, args ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := run(args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSameSeedSameBytes(t *testing.T) {
	a := generate(t, "-seed", "7", "-entries", "3000")
	if !bytes.Equal(a, generate(t, "-seed", "7", "-entries", "3000")) {
		t.Error("two runs differ")
	}
	if bytes.Equal(a, generate(t, "-seed", "8", "-entries", "3000")) {
		t.Error("the seed makes no difference")
	}
	// A longer export begins with the shorter one.
	if !bytes.HasPrefix(generate(t, "-seed", "7", "-entries", "3500"), a) {
		t.Error("what comes later changes what was before")
	}
}

// entry is what the tests look at.
type entry struct {
	InsertID    string          `json:"insertId"`
	Timestamp   time.Time       `json:"timestamp"`
	Receive     time.Time       `json:"receiveTimestamp"`
	Severity    string          `json:"severity"`
	LogName     string          `json:"logName"`
	TextPayload string          `json:"textPayload"`
	JSONPayload json.RawMessage `json:"jsonPayload"`
	HTTPRequest *struct {
		Status  int    `json:"status"`
		Latency string `json:"latency"`
	} `json:"httpRequest"`
	Labels   map[string]string `json:"labels"`
	Resource struct {
		Labels map[string]string `json:"labels"`
	} `json:"resource"`
}

func read(t *testing.T, b []byte) []entry {
	t.Helper()
	var out []entry
	for line := range bytes.Lines(b) {
		var e entry
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		out = append(out, e)
	}
	return out
}

func TestTheMixIsThatOfCloudRun(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 46 MB")
	}
	b := generate(t, "-entries", "40000")
	es := read(t, b)
	var requests, texts, jsons, errors, exits int
	ids, instances, services := map[string]bool{}, map[string]bool{}, map[string]bool{}
	last := time.Time{}
	for i, e := range es {
		switch {
		case e.HTTPRequest != nil:
			requests++
			if _, err := time.ParseDuration(e.HTTPRequest.Latency); err != nil {
				t.Fatal(err)
			}
		case e.TextPayload != "":
			texts++
		case e.JSONPayload != nil:
			jsons++
		default:
			t.Fatalf("entry %d has no payload", i)
		}
		if e.Severity == "ERROR" || bytes.Contains(e.JSONPayload, []byte(`"level":"error"`)) {
			errors++
		}
		if strings.HasPrefix(e.TextPayload, "Container called exit(") {
			exits++
		}
		if e.Timestamp.Before(last) || !e.Receive.After(e.Timestamp) {
			t.Fatalf("entry %d is at %v, received %v, after one at %v", i, e.Timestamp, e.Receive, last)
		}
		last = e.Timestamp
		if ids[e.InsertID] {
			t.Fatalf("insertId %s twice", e.InsertID)
		}
		ids[e.InsertID] = true
		instances[e.Labels["instanceId"]] = true
		services[e.Resource.Labels["service_name"]] = true
	}
	share := func(n int) float64 { return float64(n) / float64(len(es)) }
	within := func(what string, got, low, high float64) {
		if got < low || got > high {
			t.Errorf("%s: %.4f, want %v to %v", what, got, low, high)
		}
	}
	within("requests", share(requests), 0.29, 0.31)
	within("texts", share(texts), 0.33, 0.37)
	within("JSON payloads", share(jsons), 0.33, 0.37)
	within("errors", share(errors), 0.005, 0.02)
	within("bytes an entry", float64(len(b))/float64(len(es)), 1148*0.97, 1148*1.03)
	within("crash loops, by exits", float64(exits), 10, 400)
	within("instances", float64(len(instances)), 40, 1000)
	within("services", float64(len(services)), 7, 7)
}

func TestArrayIsOneArray(t *testing.T) {
	b := generate(t, "-format", "array", "-entries", "50")
	var es []entry
	if err := json.Unmarshal(b, &es); err != nil || len(es) != 50 {
		t.Fatalf("%d entries, %v", len(es), err)
	}
	if !bytes.HasPrefix(b, []byte("[\n  {\n    \"")) || !bytes.HasSuffix(b, []byte("\n  }\n]\n")) {
		t.Errorf("not indented as gcloud does: %s … %s", b[:40], b[len(b)-20:])
	}
}

func TestSizeIsKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x.ndjson")
	generate(t, "-size", "1MB", "-o", file)
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if n := info.Size(); n < 1e6 || n > 1e6+10e3 {
		t.Errorf("%d bytes", n)
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{{"-size", "much"}, {"-size", "-1"}, {"-format", "xml"}, {"-nothing"}, {"-o", filepath.Join(t.TempDir(), "no", "dir")}} {
		if err := run(args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is accepted", args)
		}
	}
	for s, want := range map[string]int64{"500MB": 500e6, "2GB": 2e9, "1.5g": 1.5e9, "70k": 70e3, "100000": 100000} {
		if got, err := parseSize(s); err != nil || got != want {
			t.Errorf("%s: %d, %v", s, got, err)
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	x := newWorld(1)
	var n int64
	for b.Loop() {
		n += int64(len(x.next()))
	}
	b.SetBytes(n / int64(b.N))
}
